// SPDX-License-Identifier: GPL-2.0-only
/* What the plugin costs, as the manual names it. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"
#include "tests/unit/report/values.h"

#include "plugin/report/self.h"

static const struct report_types types;

static void test_all(void **state)
{
	const struct report_self self = {.memory = 1 << 20,
					 .interfaces = 3,
					 .instructions = 1234,
					 .is_timed = true,
					 .run_time_ns = 5000000999,
					 .run_count = 123456789012};

	(void)state;
	report_self(&self, &types, fake.now);
	report_self_reading(0.25, &types, fake.now);
	values_assert_gauge("", "duration", "read", fake.now, 0.25);
	values_assert_gauge("", "memory", "maps", fake.now, 1048576);
	values_assert_gauge("", "gauge", "interfaces", fake.now, 3);
	values_assert_gauge("", "gauge", "instructions", fake.now, 1234);
	values_assert_count("", "total_time_in_ms", "program", fake.now, 5000);
	values_assert_count("", "invocations", "program", fake.now, 123456789012);
	assert_int_equal(fake.list_count, 6);
}

static void test_unknown(void **state)
{
	const struct report_self self = {0};

	(void)state;
	report_self(&self, &types, fake.now);
	values_assert_gauge("", "memory", "maps", fake.now, 0);
	values_assert_gauge("", "gauge", "interfaces", fake.now, 0);
	assert_int_equal(fake.list_count, 2);
}

static void test_outgoing(void **state)
{
	const struct report_self self = {.outgoing = true,
					 .memory = 1 << 20,
					 .interfaces = 3,
					 .instructions = 1234,
					 .is_timed = true,
					 .run_time_ns = 5000000999,
					 .run_count = 12};

	(void)state;
	report_self(&self, &types, fake.now);
	values_assert_gauge("", "memory", "maps_outgoing", fake.now, 1048576);
	values_assert_gauge("", "gauge", "interfaces_outgoing", fake.now, 3);
	values_assert_gauge("", "gauge", "instructions_outgoing", fake.now, 1234);
	values_assert_count("", "total_time_in_ms", "program_outgoing", fake.now, 5000);
	values_assert_count("", "invocations", "program_outgoing", fake.now, 12);
	assert_int_equal(fake.list_count, 5);
}

// clang-format off
#define SELF_TEST(sentence, function) {(sentence), (function), fake_reset, NULL, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		SELF_TEST("ReportSelf gives the plugin's own cost with bpf statistics", test_all),
		SELF_TEST("ReportSelf leaves out what is not known", test_unknown),
		SELF_TEST("the cost of counting what goes out has series of its own",
			  test_outgoing),
	};

	return cmocka_run_group_tests_name("report/self", tests, NULL, NULL);
}
