// SPDX-License-Identifier: GPL-2.0-only
/* What the plugin costs, as the manual names it. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"
#include "tests/unit/report/values.h"

#include "plugin/report/self.h"

static const struct report_types types;

static void test_all(void **state)
{
	const struct report_self self = {.read_seconds = 0.25,
					 .memory = 1 << 20,
					 .interfaces = 3,
					 .instructions = 1234,
					 .is_timed = true,
					 .run_time_ns = 5000000999,
					 .run_count = 123456789012};

	(void)state;
	report_self(&self, &types, fake.now);
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
	const struct report_self self = {.read_seconds = 0.5};

	(void)state;
	report_self(&self, &types, fake.now);
	values_assert_gauge("", "duration", "read", fake.now, 0.5);
	values_assert_gauge("", "memory", "maps", fake.now, 0);
	values_assert_gauge("", "gauge", "interfaces", fake.now, 0);
	assert_int_equal(fake.list_count, 3);
}

static bool read_two(struct source *source, struct record_cell *ret_cells)
{
	(void)source;
	ret_cells[0].packets = 7;
	ret_cells[1].packets = 8;
	return true;
}

static bool read_nothing(struct source *source, struct record_cell *ret_cells)
{
	(void)source;
	(void)ret_cells;
	return false;
}

/* What sources say of the plugin itself; of what that costs only where it is asked for. */
static void test_sources(void **state)
{
	static const struct source_series series[] = {
		{.cell = 0, .packets_type = "derive", .instance = "cost", .cost = true},
		{.cell = 1, .packets_type = "if_rx_packets", .instance = "cpumap"},
	};
	static const struct source_operations two = {
		.self_series = series, .self_series_count = 2, .read_self = read_two};
	static const struct source_operations nothing = {
		.self_series = series, .self_series_count = 2, .read_self = read_nothing};
	static const struct source_operations none = {0};
	struct source sources[] = {{&nothing}, {&two}, {&none}};
	struct source *list[] = {&sources[0], &sources[1], &sources[2]};
	const struct source_set set = {list, 3};

	(void)state;
	report_self_sources(&set, &types, false, fake.now);
	values_assert_count("", "if_rx_packets", "cpumap", fake.now, 8);
	assert_int_equal(fake.list_count, 1);
	fake_reset(NULL);
	report_self_sources(&set, &types, true, fake.now);
	values_assert_count("", "derive", "cost", fake.now, 7);
	values_assert_count("", "if_rx_packets", "cpumap", fake.now, 8);
	assert_int_equal(fake.list_count, 2);
}

// clang-format off
#define SELF_TEST(sentence, function) {(sentence), (function), fake_reset, NULL, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		SELF_TEST("ReportSelf gives the plugin's own cost with bpf statistics", test_all),
		SELF_TEST("ReportSelf leaves out what is not known", test_unknown),
		SELF_TEST("sources have values of the plugin, too", test_sources),
	};

	return cmocka_run_group_tests_name("report/self", tests, NULL, NULL);
}
