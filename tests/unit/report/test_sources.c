// SPDX-License-Identifier: GPL-2.0-only
/* The values of the plugin itself, which sources count of the whole machine. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "plugin/report/sources.h"
#include "tests/unit/fail_alloc.h"
#include "tests/unit/fake_collectd.h"
#include "tests/unit/report/values.h"

#define CPUS 3

static const struct source_series own_series[] = {
	{.cell = 0, .count = CPUS, .packets_type = "if_rx_packets", .instance = "cpumap-cpu"},
	{.cell = CPUS, .packets_type = "derive", .instance = "cost", .cost = true},
	{.cell = CPUS, .packets_type = "if_rx_dropped", .instance = "all"},
	{.cell = CPUS, .gauge = true, .packets_type = "gauge", .instance = "busy"},
};

static const struct report_types types;
static bool counts, cost;
static struct record_cell own_cells[CPUS + 1];

static bool read_own(struct source *source, struct record_cell *ret_cells)
{
	(void)source;
	memcpy(ret_cells, own_cells, sizeof(own_cells));
	return counts;
}

static const struct source_operations silent_operations = {.cells = 1};
static const struct source_operations operations = {.self_cells = CPUS + 1,
						    .self_series = own_series,
						    .self_series_count = UNIT_LENGTH(own_series),
						    .read_self = read_own};

static struct source silent = {&silent_operations}, speaking = {&operations};
static struct source *const list[] = {&silent, &speaking};
static struct report_sources_settings settings;
static struct report_sources *sources;
static struct report_dispatch dispatch;
static cdtime_t now;

static int set_up(void **state)
{
	fake_reset(state);
	settings = (struct report_sources_settings){list, UNIT_LENGTH(list), false, &types};
	memset(own_cells, 0, sizeof(own_cells));
	counts = true;
	cost = false;
	now = fake.now;
	sources = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	report_sources_close(sources);
	report_dispatch_close(&dispatch);
	return 0;
}

static void begin(void)
{
	assert_int_equal(report_sources_open(&settings, &dispatch, now, &sources), 0);
}

static void read_next(void)
{
	now = fake.now += fake.interval;
	fake_forget_lists();
	report_sources_self(sources, cost);
	report_dispatch_finish(&dispatch);
}

static void test_starts(void **state)
{
	cdtime_t before = now;

	(void)state;
	begin();
	own_cells[2].packets = 7;
	read_next();
	values_assert_starts("", "if_rx_packets", "cpumap-cpu-2", before, now, 7);
	values_assert_gauge("", "gauge", "busy", now, 0);
	assert_int_equal(fake.list_count, 3);
	own_cells[CPUS].packets = 4;
	before = now;
	read_next();
	values_assert_goes_on("", "if_rx_packets", "cpumap-cpu-2", now, 7);
	values_assert_starts("", "if_rx_dropped", "all", before, now, 4);
	values_assert_gauge("", "gauge", "busy", now, 4);
	assert_int_equal(fake.list_count, 4);
}

/* What is not read leaves a gap; what is not counted yet is 0 until then. */
static void test_unread(void **state)
{
	cdtime_t before;

	(void)state;
	begin();
	counts = false;
	read_next();
	before = now;
	counts = true;
	own_cells[0].packets = 1;
	read_next();
	values_assert_starts("", "if_rx_packets", "cpumap-cpu-0", before, now, 1);
	counts = false;
	read_next();
	assert_int_equal(fake.list_count, 0);
	counts = true;
	before = now - fake.interval;
	own_cells[1].packets = 2;
	read_next();
	values_assert_starts("", "if_rx_packets", "cpumap-cpu-1", before, now, 2);
}

/* collectd reads for the first time right after init. */
static void test_early(void **state)
{
	cdtime_t before = now;

	(void)state;
	begin();
	own_cells[0].packets = 1;
	fake.now += 1;
	report_sources_self(sources, false);
	assert_int_equal(fake.list_count, 0);
	read_next();
	values_assert_starts("", "if_rx_packets", "cpumap-cpu-0", before, now, 1);
}

static void test_inactive(void **state)
{
	cdtime_t before = now;

	(void)state;
	settings.inactive = true;
	begin();
	read_next();
	for (unsigned int i = 0; i < CPUS; i++) {
		static const char *const names[] = {"cpumap-cpu-0", "cpumap-cpu-1", "cpumap-cpu-2"};

		values_assert_starts("", "if_rx_packets", names[i], before, now, 0);
	}
	values_assert_starts("", "if_rx_dropped", "all", before, now, 0);
}

/* As the rest of ReportSelf: also where it is 0. */
static void test_cost(void **state)
{
	cdtime_t before = now;

	(void)state;
	cost = true;
	begin();
	own_cells[0].packets = 1;
	read_next();
	values_assert_starts("", "derive", "cost", before, now, 0);
	values_assert_starts("", "if_rx_packets", "cpumap-cpu-0", before, now, 1);
	own_cells[CPUS].packets = 4;
	before = now;
	read_next();
	values_assert_goes_on("", "derive", "cost", now, 4);
	values_assert_starts("", "if_rx_dropped", "all", before, now, 4);
}

static void test_memory(void **state)
{
	(void)state;
	for (unsigned int i = 1;; i++) {
		int err;

		fail_alloc(i);
		err = report_sources_open(&settings, &dispatch, now, &sources);
		if (!fail_alloc_happened())
			break;
		assert_int_equal(err, -ENOMEM);
		assert_null(sources);
	}
	assert_non_null(sources);
}

#define SOURCES_TEST(sentence, function)                                                           \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOURCES_TEST("counts start with their zero when they are first seen", test_starts),
		SOURCES_TEST("what is not read is not reported, and its zero is the last reading",
			     test_unread),
		SOURCES_TEST("a reading right after the start is not reported", test_early),
		SOURCES_TEST("with ReportInactive all are reported", test_inactive),
		SOURCES_TEST("what a source costs is reported with ReportSelf", test_cost),
		SOURCES_TEST("without memory nothing is opened", test_memory),
	};

	return cmocka_run_group_tests_name("report/sources", tests, NULL, NULL);
}
