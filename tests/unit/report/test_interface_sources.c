// SPDX-License-Identifier: GPL-2.0-only
/* The series of sources, which count beside the counter. */
#include "tests/unit/unit.h"
#include "tests/unit/report/scene.h"
#include "tests/unit/report/values.h"

/* What is observed is not attached, and both are told; the mode is that of the other program. */
static void test_observing_gauges(void **state)
{
	(void)state;
	scene.settings.observe = true;
	scene.view.attached = false;
	scene.view.mode = XDP_LINK_GENERIC;
	scene_begin();
	scene.view.reading = NULL;
	scene_read_next();
	scene_assert_gauge("gauge", "attached", 0);
	scene_assert_gauge("gauge", "observing", 0);
	assert_int_equal(fake.list_count, 2);
	scene.view.observing = true;
	scene_read_next();
	scene_assert_gauge("gauge", "attached", 0);
	scene_assert_gauge("gauge", "observing", 1);
	scene_assert_gauge("gauge", "native", 0);
	assert_int_equal(fake.list_count, 3);
}

/* They start with what was seen, each with its zero, and are not there where nothing is observed.
 */
static void test_verdicts(void **state)
{
	struct record_cell verdicts[RECORD_VERDICTS] = {
		[RECORD_DROP] = {5, 500}, [RECORD_PASS] = {7, 700}, [RECORD_TX] = {1, 100}};
	cdtime_t before, now;

	(void)state;
	scene.settings.observe = true;
	scene.view.attached = false;
	scene.view.observing = true;
	before = scene_begin();
	now = scene_read_next();
	assert_int_equal(scene_count("if_rx_packets", "verdict-drop"), 0);
	scene.view.verdicts = verdicts;
	before = now;
	now = scene_read_next();
	scene_assert_cell_starts("verdict-drop", before, now, 5, 500);
	scene_assert_cell_starts("verdict-pass", before, now, 7, 700);
	scene_assert_cell_starts("verdict-tx", before, now, 1, 100);
	assert_int_equal(scene_count("if_rx_packets", "verdict-aborted"), 0);
	assert_int_equal(scene_count("if_rx_packets", "verdict-redirect"), 0);
	verdicts[RECORD_ABORTED] = (struct record_cell){2, 120};
	verdicts[RECORD_REDIRECT] = (struct record_cell){3, 180};
	before = now;
	now = scene_read_next();
	scene_assert_cell_starts("verdict-aborted", before, now, 2, 120);
	scene_assert_cell_starts("verdict-redirect", before, now, 3, 180);
	scene_assert_goes_on("if_rx_packets", "verdict-drop", now, 5);
}

// clang-format off
#define REPORT_TEST(sentence, function) {(sentence), (function), scene_set_up, scene_tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST("observing is told while it is not attached, if it may be",
			    test_observing_gauges),
		REPORT_TEST("verdicts start when they are first seen, packets and octets",
			    test_verdicts),
	};

	return cmocka_run_group_tests_name("report/interface, sources", tests, NULL, NULL);
}
