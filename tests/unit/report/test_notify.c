// SPDX-License-Identifier: GPL-2.0-only
/* Events, and the lines of the log and the notifications that come of them. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <stdio.h>

#include "plugin/report/notify.h"

#define TEXT "what happened: cause; what to do"

/* The last line and the last notification. */
static void assert_told(const char *text, const char *plugin_instance, const char *type_instance)
{
	const struct fake_log *log = &fake.logs[fake.log_count - 1];
	const notification_t *notification = &fake.notifications[fake.notification_count - 1];
	char line[sizeof(log->text)];

	assert_true(fake.log_count > 0);
	assert_int_equal(fake.notification_count, fake.log_count);
	snprintf(line, sizeof(line), "xdp plugin: %s.", text);
	assert_string_equal(log->text, line);
	assert_string_equal(notification->message, text);
	assert_string_equal(notification->host, "host.example");
	assert_string_equal(notification->plugin, "xdp");
	assert_string_equal(notification->plugin_instance, plugin_instance);
	assert_string_equal(notification->type, "gauge");
	assert_string_equal(notification->type_instance, type_instance);
	assert_true(notification->time == fake.now);
	assert_null(notification->meta);
}

static void test_severities(void **state)
{
	static const struct {
		enum event_severity severity;
		int log, notification;
	} rows[] = {
		{EVENT_OKAY, LOG_INFO, NOTIF_OKAY},
		{EVENT_WARNING, LOG_WARNING, NOTIF_WARNING},
		{EVENT_FAILURE, LOG_ERR, NOTIF_FAILURE},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		const struct event event = {rows[i].severity, "eth0", TEXT};

		report_notify(&event);
		assert_told("eth0: " TEXT, "eth0", "attached");
		assert_int_equal(fake.logs[i].level, rows[i].log);
		assert_int_equal(fake.notifications[i].severity, rows[i].notification);
	}
	assert_int_equal(fake.log_count, 3);
	assert_int_equal(fake.list_count, 0);
}

static void test_of_all(void **state)
{
	const struct event event = {EVENT_WARNING, "", "100%s of it; do that"};

	(void)state;
	report_notify(&event);
	assert_told("100%s of it; do that", "", "attached");
}

static void test_custom(void **state)
{
	const struct event of_interface = {EVENT_FAILURE, "eth0", TEXT};
	const struct event of_all = {EVENT_OKAY, "", TEXT};

	(void)state;
	report_notify_custom("web", &of_interface);
	assert_told("counter web: eth0: " TEXT, "custom-counter-web", "attached-eth0");
	report_notify_custom("web", &of_all);
	assert_told("counter web: " TEXT, "custom-counter-web", "attached");
	assert_int_equal(fake.log_count, 2);
}

static void test_outgoing(void **state)
{
	const struct event of_interface = {EVENT_FAILURE, "eth0", TEXT};
	const struct event of_all = {EVENT_OKAY, "", TEXT};

	(void)state;
	report_notify_outgoing(&of_interface);
	assert_told("outgoing: eth0: " TEXT, "eth0", "attached_outgoing");
	report_notify_outgoing(&of_all);
	assert_told("outgoing: " TEXT, "", "attached_outgoing");
}

/* Of a notification, which holds 255 bytes, words of the cause go, and none of what is to do. */
static void test_long(void **state)
{
	static const char advice[] = "...; detach it";
	char text[1024] = "not counted: ";
	const struct event event = {EVENT_FAILURE, "eth0", text};
	const char *message = fake.notifications[0].message;

	(void)state;
	while (strlen(text) < 600)
		strcat(text, "words ");
	strcat(text, "of a cause; detach it");
	report_notify(&event);
	assert_int_equal(strlen(fake.logs[0].text), strlen("xdp plugin: eth0: .") + strlen(text));
	assert_uint_in_range(strlen(message), NOTIF_MAX_MSG_LEN - 7, NOTIF_MAX_MSG_LEN - 1);
	assert_memory_equal(message, "eth0: not counted: words ", 25);
	assert_string_equal(message + strlen(message) - strlen(advice), advice);
}

// clang-format off
#define NOTIFY_TEST(sentence, function) {(sentence), (function), fake_reset, NULL, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOTIFY_TEST("an event is one line and one notification, each of its severity",
			    test_severities),
		NOTIFY_TEST("an event of no interface names none, and is no format", test_of_all),
		NOTIFY_TEST("an event of a custom counter names it, before the interface",
			    test_custom),
		NOTIFY_TEST("an event of what goes out says so, and is of that value",
			    test_outgoing),
		NOTIFY_TEST("a long event is whole in the log and cut off in the notification",
			    test_long),
	};

	return cmocka_run_group_tests_name("report/notify", tests, NULL, NULL);
}
