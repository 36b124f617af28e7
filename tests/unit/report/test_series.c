// SPDX-License-Identifier: GPL-2.0-only
/* The rule by which series start, case by case. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"
#include "tests/unit/report/values.h"

#include "plugin/report/series.h"

#define BEGUN TIME_T_TO_CDTIME_T(1000)

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

struct next_row {
	const char *name;
	/* What is known before. */
	bool continued, is_read, started, was_zero, inactive;
	uint64_t count;
	/* What follows. */
	enum report_series_step step;
	bool starts_now;
};

static const struct next_row next_rows[] = {
	{"what was never seen is silent", .was_zero = true, .step = REPORT_SERIES_SILENT},
	{"what was never seen and may have been before is silent", .step = REPORT_SERIES_SILENT},
	{"what was never seen starts with ReportInactive", .was_zero = true, .inactive = true,
	 .step = REPORT_SERIES_STARTS, .starts_now = true},
	{"a first count starts", .was_zero = true, .count = 1, .step = REPORT_SERIES_STARTS,
	 .starts_now = true},
	{"a first count after other readings starts", .is_read = true, .was_zero = true, .count = 5,
	 .step = REPORT_SERIES_STARTS, .starts_now = true},
	{"a first count of what may have been there before has no zero", .is_read = true,
	 .count = 5, .step = REPORT_SERIES_GOES_ON, .starts_now = true},
	{"a count from before this process has no zero", .continued = true, .was_zero = true,
	 .count = 5, .step = REPORT_SERIES_GOES_ON, .starts_now = true},
	{"what was 0 before this process is silent", .continued = true, .was_zero = true,
	 .step = REPORT_SERIES_SILENT},
	{"what was 0 before this process starts with ReportInactive", .continued = true,
	 .was_zero = true, .inactive = true, .step = REPORT_SERIES_STARTS, .starts_now = true},
	{"what has started goes on", .started = true, .was_zero = true, .count = 5,
	 .step = REPORT_SERIES_GOES_ON},
	{"what has started goes on at 0", .started = true, .was_zero = true,
	 .step = REPORT_SERIES_GOES_ON},
};

static void test_next(void **state)
{
	const struct next_row *row = *state;
	const struct report_series_group group = {
		.zero_time = BEGUN, .continued = row->continued, .is_read = row->is_read};
	bool started = row->started;

	assert_int_equal(
		report_series_next(&group, &started, row->count, row->was_zero, row->inactive),
		row->step);
	assert_int_equal(started, row->started || row->starts_now);
}

/* collectd reads right after init: values so close to their zeros would give no rate. */
static void test_early(void **state)
{
	struct report_series_group group;

	(void)state;
	report_series_begin(&group, false, BEGUN);
	assert_true(report_series_is_early(&group, BEGUN));
	assert_true(report_series_is_early(&group, BEGUN + fake.interval / 2 - 1));
	assert_false(report_series_is_early(&group, BEGUN + fake.interval / 2));
	/* Only the first one: a reading that follows quickly is a reading. */
	report_series_end(&group, BEGUN + fake.interval);
	assert_false(report_series_is_early(&group, BEGUN + fake.interval + 1));
	/* Values that have no zero can be close to nothing. */
	report_series_begin(&group, true, BEGUN);
	assert_false(report_series_is_early(&group, BEGUN));
}

static void test_zero_time(void **state)
{
	struct report_series_group group;

	(void)state;
	report_series_begin(&group, false, BEGUN);
	assert_true(group.zero_time == BEGUN);
	report_series_wait(&group, BEGUN + 1);
	assert_true(group.zero_time == BEGUN + 1);
	report_series_end(&group, BEGUN + 2);
	assert_true(group.zero_time == BEGUN + 2);
}

/* What was counted before this process is known after the first reading. */
static void test_continued_once(void **state)
{
	struct report_series_group group;
	bool one = false, other = false;

	(void)state;
	report_series_begin(&group, true, BEGUN);
	report_series_wait(&group, BEGUN + 1);
	assert_int_equal(report_series_next(&group, &one, 7, true, false), REPORT_SERIES_GOES_ON);
	report_series_end(&group, BEGUN + 2);
	assert_int_equal(report_series_next(&group, &other, 7, true, false), REPORT_SERIES_STARTS);
}

static void test_put(void **state)
{
	const struct report_series_group group = {.zero_time = BEGUN};
	const struct report_dispatch_name name = {"eth0", "if_rx_packets", "proto-arp"};
	const cdtime_t now = BEGUN + fake.interval;

	(void)state;
	report_series_put(&group, REPORT_SERIES_SILENT, &dispatch, &name, 5, now);
	assert_int_equal(fake.list_count, 0);
	report_series_put(&group, REPORT_SERIES_STARTS, &dispatch, &name, 5, now);
	assert_int_equal(fake.list_count, 1);
	report_dispatch_finish(&dispatch);
	values_assert_starts("eth0", "if_rx_packets", "proto-arp", BEGUN, now, 5);
	fake_forget_lists();
	report_series_put(&group, REPORT_SERIES_GOES_ON, &dispatch, &name, 6, now + 1);
	report_dispatch_finish(&dispatch);
	values_assert_goes_on("eth0", "if_rx_packets", "proto-arp", now + 1, 6);
}

// clang-format off
#define SERIES_TEST(sentence, function) {(sentence), (function), set_up, tear_down, NULL}
// clang-format on
#define SERIES_OTHERS 4

int main(void)
{
	struct CMUnitTest tests[SERIES_OTHERS + UNIT_LENGTH(next_rows)] = {
		SERIES_TEST("a first reading within half an interval is too early", test_early),
		SERIES_TEST("a zero stands where the counting began, or at the last reading",
			    test_zero_time),
		SERIES_TEST("counts from before this process are those of the first reading",
			    test_continued_once),
		SERIES_TEST("a series is silent, or has a zero first, or goes on", test_put),
	};

	for (size_t i = 0; i < UNIT_LENGTH(next_rows); i++)
		tests[SERIES_OTHERS + i] =
			(struct CMUnitTest){.name = next_rows[i].name,
					    .test_func = test_next,
					    .setup_func = set_up,
					    .teardown_func = tear_down,
					    .initial_state = (void *)&next_rows[i]};
	return cmocka_run_group_tests_name("report/series", tests, NULL, NULL);
}
