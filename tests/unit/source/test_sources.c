// SPDX-License-Identifier: GPL-2.0-only
/* Which sources are opened: those that are switched on, all or none. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "plugin/source/sources.h"
#include "tests/unit/fail_alloc.h"

/* Each bit that switches a source on, and the option that names it. */
static const struct {
	enum record_breakdown bit;
	const char *option;
	size_t count; /* of sources that it opens */
} sources[] = {
	{RECORD_BY_VERDICT, "OnBusy", 1},
	{RECORD_BY_PEAK, "ReportPeaks", 1},
	{RECORD_BY_SIGNAL, "ReportSignals", 1},
	{RECORD_BY_FATE, "ReportFate", 2}, /* tracepoints, and AF_XDP sockets */
};

#define ALL_SOURCES 5

static struct sources_settings settings = {.each = {.slots = 2, .interval_ns = 1000000000}};

static void test_none(void **state)
{
	struct source_set set = {0};

	(void)state;
	settings.breakdowns = (RECORD_COUNTED & ~RECORD_BY_SIGNAL) | RECORD_BY_CPU;
	assert_int_equal(sources_open(&settings, &set), 0);
	assert_int_equal(set.count, 0);
	sources_close(&set);
}

static void test_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(sources); i++) {
		struct source_set set = {0};

		settings.breakdowns = (RECORD_COUNTED & ~RECORD_BY_SIGNAL) | sources[i].bit;
		assert_int_equal(sources_open(&settings, &set), 0);
		assert_int_equal(set.count, sources[i].count);
		for (size_t j = 0; j < set.count; j++) {
			assert_string_equal(set.list[j]->operations->option, sources[i].option);
			assert_true(set.list[j]->operations->series_count > 0);
		}
		sources_close(&set);
		assert_null(set.list);
	}
}

static void test_no_memory(void **state)
{
	struct source_set set = {0};

	(void)state;
	settings.breakdowns = 0;
	for (size_t i = 0; i < UNIT_LENGTH(sources); i++)
		settings.breakdowns |= sources[i].bit;
	for (unsigned int i = 1;; i++) {
		int err;

		fail_alloc(i);
		err = sources_open(&settings, &set);
		if (!fail_alloc_happened())
			break;
		/* Without memory to measure it, the number of CPUs is that of /sys. */
		if (!err) {
			sources_close(&set);
			continue;
		}
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(set.count, 0);
	}
	assert_int_equal(set.count, ALL_SOURCES);
	sources_close(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("what is switched off is not opened", test_none),
		UNIT_TEST("each is opened by its bit", test_each),
		UNIT_TEST("without memory none is opened", test_no_memory),
	};

	return cmocka_run_group_tests_name("source/sources", tests, NULL, NULL);
}
