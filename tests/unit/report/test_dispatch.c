// SPDX-License-Identifier: GPL-2.0-only
/* Values on their way into the fake daemon, and how first ones wait for their zeros. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"
#include "tests/unit/report/values.h"

#include <stdio.h>
#include <stdlib.h>

#include <utils_cache.h>

#include "plugin/report/dispatch.h"
#include "tests/unit/fail_alloc.h"

#define LARGE 0x7fffffffffffffffULL
#define MANY 150

static const struct report_dispatch_name name = {"eth0", "if_rx_packets", "proto-arp"};
static struct report_dispatch dispatch;

static int set_up(void **state)
{
	dispatch = (struct report_dispatch){0};
	return fake_reset(state);
}

static int tear_down(void **state)
{
	(void)state;
	report_dispatch_close(&dispatch);
	return 0;
}

static void first(const struct report_dispatch_name *of, uint64_t value)
{
	report_dispatch_first(&dispatch, of, value, fake.now - fake.interval, fake.now);
}

static void assert_started(const struct report_dispatch_name *of, uint64_t value)
{
	values_assert_starts(of->plugin_instance, of->type, of->type_instance,
			     fake.now - fake.interval, fake.now, value);
}

static void test_identity(void **state)
{
	const value_list_t *list = &fake.lists[0].list;

	(void)state;
	report_dispatch_count(&name, 7, fake.now);
	assert_int_equal(fake.list_count, 1);
	assert_string_equal(list->host, "host.example");
	assert_string_equal(list->plugin, "xdp");
	assert_string_equal(list->plugin_instance, "eth0");
	assert_string_equal(list->type, "if_rx_packets");
	assert_string_equal(list->type_instance, "proto-arp");
	assert_true(list->time == fake.now);
	/* 0: collectd puts in the interval of the plugin. */
	assert_int_equal(list->interval, 0);
	assert_null(list->meta);
	assert_int_equal(fake.lists[0].value.derive, 7);
}

static void test_values(void **state)
{
	const struct report_dispatch_name gauge = {"", "gauge", "interfaces"};

	(void)state;
	report_dispatch_gauge(&gauge, -0.5, fake.now);
	values_assert_gauge("", "gauge", "interfaces", fake.now, -0.5);
	report_dispatch_count(&name, LARGE, fake.now);
	values_assert_count("eth0", "if_rx_packets", "proto-arp", fake.now, LARGE);
}

static void test_long_names(void **state)
{
	char text[2 * DATA_MAX_NAME_LEN];
	const struct report_dispatch_name longer = {text, "if_rx_packets", text};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	first(&longer, 1);
	report_dispatch_finish(&dispatch);
	text[DATA_MAX_NAME_LEN - 1] = '\0';
	assert_started(&longer, 1);
}

/* collectd's write threads may take a zero and its value in either order. */
static void test_waits_for_zero(void **state)
{
	const struct report_dispatch_name other = {"eth1", "if_rx_octets", "proto-arp"};

	(void)state;
	fake.cache_delay = 2;
	first(&name, 5);
	first(&other, 6);
	assert_int_equal(fake.list_count, 2);
	report_dispatch_finish(&dispatch);
	assert_started(&name, 5);
	assert_started(&other, 6);
	assert_true(values_find("eth0", "if_rx_packets", "proto-arp", fake.now)->zero_arrived);
	assert_true(values_find("eth1", "if_rx_octets", "proto-arp", fake.now)->zero_arrived);
	/* Two lookups in vain and one that finds it, for each; and writers have time to store it.
	 */
	assert_int_equal(fake.lookups, 2 * 3);
	assert_int_equal(fake.slept_ms, 2 * 2 + 31);
}

/* A series that was there before has another value in the cache while its zero is on its way. */
static void test_other_value_is_no_zero(void **state)
{
	value_list_t list;

	(void)state;
	report_dispatch_count(&name, 3, fake.now - 2 * fake.interval);
	list = fake.lists[0].list;
	free(uc_get_value(plugin_get_ds("if_rx_packets"), &list));
	fake_forget_lists();
	fake.lookups = 0;
	fake.cache_delay = 2;
	first(&name, 5);
	report_dispatch_finish(&dispatch);
	assert_started(&name, 5);
	assert_int_equal(fake.lookups, 3);
}

static void test_zero_never_arrives(void **state)
{
	const struct report_dispatch_name other = {"eth1", "if_rx_packets", "proto-arp"};

	(void)state;
	fake.cache_delay = FAKE_NEVER;
	first(&name, 5);
	first(&other, 6);
	report_dispatch_finish(&dispatch);
	assert_started(&name, 5);
	assert_false(values_find("eth0", "if_rx_packets", "proto-arp", fake.now)->zero_arrived);
	/* An eighth of the interval of 250 ms for both, with a lookup per ms; and one for each. */
	assert_int_equal(fake.lookups, 31 + 2);
	assert_int_equal(fake.slept_ms, 31 + 31);
}

/*
 * The waits are shares of the interval, but no longer than 200 ms, and twice as long as the zeros
 * took, for threads that are slow to take them are as slow to store them.
 */
static void test_longest_wait(void **state)
{
	(void)state;
	fake.interval = TIME_T_TO_CDTIME_T(10);
	fake.cache_delay = FAKE_NEVER;
	first(&name, 5);
	report_dispatch_finish(&dispatch);
	assert_int_equal(fake.lookups, 200 + 1);
	assert_int_equal(fake.slept_ms, 200 + 400);
}

/* Sleeps of 1 ms that last 10 are as many as there is time for, and the zeros are that slow. */
static void test_busy(void **state)
{
	(void)state;
	fake.interval = TIME_T_TO_CDTIME_T(10);
	fake.cache_delay = FAKE_NEVER;
	fake.late_ms = 9;
	first(&name, 5);
	report_dispatch_finish(&dispatch);
	assert_int_equal(fake.lookups, 20 + 1);
	assert_int_equal(fake.slept_ms, 20 + 400);
	fake.cache_delay = 8;
	fake.slept_ms = 0;
	first(&name, 6);
	report_dispatch_finish(&dispatch);
	assert_int_equal(fake.slept_ms, 8 + 2 * 80);
}

static void test_rounds(void **state)
{
	(void)state;
	first(&name, 5);
	report_dispatch_finish(&dispatch);
	fake_forget_lists();
	fake.lookups = 0;
	report_dispatch_finish(&dispatch);
	report_dispatch_count(&name, 6, fake.now + 1);
	report_dispatch_finish(&dispatch);
	assert_int_equal(fake.lookups, 0);
	assert_int_equal(fake.slept_ms, 31);
	values_assert_goes_on("eth0", "if_rx_packets", "proto-arp", fake.now + 1, 6);
}

static void test_many(void **state)
{
	char instance[32];
	const struct report_dispatch_name one = {"eth0", "if_rx_packets", instance};

	(void)state;
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(instance, sizeof(instance), "cpu-%u", i);
		first(&one, i + 1);
	}
	assert_int_equal(fake.list_count, MANY);
	report_dispatch_finish(&dispatch);
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(instance, sizeof(instance), "cpu-%u", i);
		assert_started(&one, i + 1);
	}
}

/* It goes at once, behind its zero; the next one waits again. */
static void test_no_memory(void **state)
{
	const struct report_dispatch_name other = {"eth1", "if_rx_packets", "proto-arp"};

	(void)state;
	fail_alloc(1);
	first(&name, 5);
	assert_true(fail_alloc_happened());
	assert_started(&name, 5);
	first(&other, 6);
	assert_int_equal(values_count("eth1", "if_rx_packets", "proto-arp"), 1);
	report_dispatch_finish(&dispatch);
	assert_started(&name, 5);
	assert_started(&other, 6);
}

static void test_close(void **state)
{
	(void)state;
	first(&name, 5);
	report_dispatch_close(&dispatch);
	report_dispatch_finish(&dispatch);
	assert_int_equal(fake.list_count, 1);
	report_dispatch_close(&dispatch);
}

// clang-format off
#define DISPATCH_TEST(sentence, function) {(sentence), (function), set_up, tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		DISPATCH_TEST("a value has host, plugin, names and time, and collectd's interval",
			      test_identity),
		DISPATCH_TEST("gauges and counts near 2^63 stay exact", test_values),
		DISPATCH_TEST("a long name is cut off, the same for a zero and its value",
			      test_long_names),
		DISPATCH_TEST("a first value is dispatched when its zero has arrived",
			      test_waits_for_zero),
		DISPATCH_TEST("another value in the cache is not taken for the zero",
			      test_other_value_is_no_zero),
		DISPATCH_TEST("a zero that never arrives holds back for a share of the interval",
			      test_zero_never_arrives),
		DISPATCH_TEST("with a long interval it holds back for 200 ms, and for twice that",
			      test_longest_wait),
		DISPATCH_TEST(
			"on a busy machine it holds back no longer, and knows how long it was",
			test_busy),
		DISPATCH_TEST("what a round has dispatched is not dispatched in the next",
			      test_rounds),
		DISPATCH_TEST("all series that start in one round have their zero and their value",
			      test_many),
		DISPATCH_TEST("without memory a first value goes at once, and none is lost",
			      test_no_memory),
		DISPATCH_TEST("what is closed dispatches nothing more", test_close),
	};

	return cmocka_run_group_tests_name("report/dispatch", tests, NULL, NULL);
}
