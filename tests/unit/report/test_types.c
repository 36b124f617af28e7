// SPDX-License-Identifier: GPL-2.0-only
/* Types of a file of the user's in place of collectd's own. */
#include "tests/unit/unit.h"
#include "tests/unit/report/scene.h"
#include "tests/unit/report/values.h"

#include "plugin/report/self.h"
#include "plugin/report/types.h"
#include "plugin/source/sources.h"

static struct report_types checked(bool self)
{
	const struct source_set none = {0};
	struct report_types types;

	report_types_check(&types, &none, true, self);
	return types;
}

static void test_own(void **state)
{
	(void)state;
	assert_int_equal(checked(true).refused_count, 0);
	assert_int_equal(fake.log_count, 0);
}

static void test_gauge(void **state)
{
	static const char *const lines[] = {"if_rx_packets value:GAUGE:0:U", NULL};
	struct report_types types;

	(void)state;
	fake.types = lines;
	types = checked(true);
	assert_int_equal(types.refused_count, 1);
	assert_false(report_types_allow(&types, "if_rx_packets"));
	assert_true(report_types_allow(&types, "if_rx_octets"));
	assert_int_equal(fake.log_count, 1);
	assert_int_equal(fake.logs[0].level, LOG_ERR);
	assert_contains(fake.logs[0].text, "type \"if_rx_packets\" is not one DERIVE");
	assert_contains(fake.logs[0].text, "TypesDB");
}

static void test_kinds(void **state)
{
	static const char *const lines[] = {
		"if_rx_packets value:COUNTER:0:U", "if_rx_octets rx:DERIVE:0:U, tx:DERIVE:0:U",
		"gauge value:DERIVE:0:U", "duration value:ABSOLUTE:0:U", NULL};

	(void)state;
	fake.types = lines;
	assert_int_equal(checked(false).refused_count, 3);
	assert_int_equal(checked(true).refused_count, 4);
}

/* Types that only what goes out has are looked at where that is reported. */
static void test_outgoing(void **state)
{
	static const char *const lines[] = {"if_tx_packets value:GAUGE:0:U", NULL};
	const struct source_set none = {0};
	struct report_types types;

	(void)state;
	fake.types = lines;
	types = checked(false);
	assert_int_equal(types.refused_count, 1);
	assert_false(report_types_allow(&types, "if_tx_packets"));
	assert_contains(fake.logs[0].text, "type \"if_tx_packets\" is not one DERIVE");
	report_types_check(&types, &none, false, true);
	assert_int_equal(types.refused_count, 0);
	assert_int_equal(fake.log_count, 1);
}

/* The others go on. */
static void test_refused(void **state)
{
	static const char *const lines[] = {"if_rx_packets value:GAUGE:0:U", NULL};
	cdtime_t before, now;

	(void)state;
	fake.types = lines;
	scene.settings.types = checked(true);
	before = scene_begin();
	scene_count_class(RECORD_OTHER, 2, 128);
	now = scene_read_next();
	scene_assert_starts("if_rx_octets", "", before, now, 128);
	scene_assert_gauge("gauge", "attached", 1);
	assert_int_equal(scene_count("if_rx_packets", ""), 0);
	report_self_reading(0.5, &scene.settings.types, now);
	values_assert_gauge("", "duration", "read", now, 0.5);
}

// clang-format off
#define TYPES_TEST(sentence, function) {(sentence), (function), scene_set_up, scene_tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		TYPES_TEST("collectd's own types are what the values are", test_own),
		TYPES_TEST("a count that is a GAUGE is refused once, with what to do", test_gauge),
		TYPES_TEST("so is each other kind, and more than one value", test_kinds),
		TYPES_TEST("types of what goes out are checked where that is reported",
			   test_outgoing),
		TYPES_TEST("values of a refused type are not dispatched, and all others are",
			   test_refused),
	};

	return cmocka_run_group_tests_name("report/types", tests, NULL, NULL);
}
