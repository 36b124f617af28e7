// SPDX-License-Identifier: GPL-2.0-only
/* The series of sources, which count beside the counter. */
#include "tests/unit/unit.h"
#include "tests/unit/report/scene.h"
#include "tests/unit/report/values.h"

enum { FLAGS_SYN, FLAGS_RST, REFLECTED, PEAK, PER_CPU, CELLS = PER_CPU + 3 };

/* One of each kind: packets, packets and octets, a gauge, cells in a row. */
static const struct source_series series[] = {
	{.cell = FLAGS_SYN, .packets_type = "if_rx_packets", .instance = "tcp-syn"},
	{.cell = FLAGS_RST, .packets_type = "if_rx_packets", .instance = "tcp-rst"},
	{.cell = REFLECTED,
	 .packets_type = "if_rx_packets",
	 .octets_type = "if_rx_octets",
	 .instance = "from-dns"},
	{.cell = PEAK, .gauge = true, .packets_type = "gauge", .instance = "peak_packets"},
	{.cell = PEAK, .gauge = true, .octets_type = "gauge", .instance = "peak_octets"},
	{.cell = PER_CPU, .count = 3, .octets_type = "if_rx_octets", .instance = "cpumap-cpu"},
};
#define SERIES (2 + 2 + 2 + 3) /* that these rows are */

static const struct source_operations plain_operations = {
	.cells = CELLS, .series = series, .series_count = UNIT_LENGTH(series)};

static enum source_answer hold(struct source *source, const struct source_interface *interface,
			       const struct event_teller *teller, uint64_t now, char *why,
			       size_t size)
{
	(void)source;
	(void)interface;
	(void)teller;
	(void)now;
	(void)why;
	(void)size;
	return SOURCE_COUNTS;
}

static const struct source_series holder_series[] = {
	{.packets_type = "if_rx_packets", .instance = "verdict-drop"},
};
static const struct source_operations holder_operations = {
	.cells = 1, .series = holder_series, .series_count = 1, .hook_is_held = hold};

static struct source plain = {&plain_operations}, holder = {&holder_operations};
static struct source *const sources[] = {&plain, &holder};
static struct record_cell plain_cells[CELLS], holder_cells[1];
static struct view_source views[2];

/* The scene with both sources, which count nothing yet. */
static int sources_set_up(void **state)
{
	scene_set_up(state);
	memset(plain_cells, 0, sizeof(plain_cells));
	memset(holder_cells, 0, sizeof(holder_cells));
	views[0] = (struct view_source){.source = &plain};
	views[1] = (struct view_source){.source = &holder};
	scene.settings.sources = sources;
	scene.settings.source_count = UNIT_LENGTH(sources);
	scene.view.sources = views;
	scene.view.source_count = UNIT_LENGTH(views);
	return 0;
}

static void test_kinds(void **state)
{
	cdtime_t before = scene_begin(), now;

	(void)state;
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN] = (struct record_cell){3, 180};
	plain_cells[REFLECTED] = (struct record_cell){4, 5000};
	plain_cells[PEAK] = (struct record_cell){1000, 64000};
	plain_cells[PER_CPU + 2] = (struct record_cell){1, 60};
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-syn", before, now, 3);
	assert_int_equal(scene_count("if_rx_octets", "tcp-syn"), 0);
	assert_int_equal(scene_count("if_rx_packets", "tcp-rst"), 0);
	scene_assert_cell_starts("from-dns", before, now, 4, 5000);
	scene_assert_gauge("gauge", "peak_packets", 1000);
	scene_assert_gauge("gauge", "peak_octets", 64000);
	scene_assert_starts("if_rx_octets", "cpumap-cpu-2", before, now, 60);
	assert_int_equal(scene_count("if_rx_octets", "cpumap-cpu-0"), 0);
	assert_int_equal(scene_count("if_rx_packets", "cpumap-cpu-2"), 0);
	plain_cells[FLAGS_RST] = (struct record_cell){1, 60};
	before = now;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-rst", before, now, 1);
	scene_assert_goes_on("if_rx_packets", "tcp-syn", now, 3);
	scene_assert_goes_on("if_rx_octets", "from-dns", now, 5000);
	scene_assert_goes_on("if_rx_octets", "cpumap-cpu-2", now, 60);
}

/* Each series keeps to itself whether it has started. */
static void test_beside_all(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns = SCENE_ALL;
	before = scene_begin();
	scene_count_all();
	views[0].cells = plain_cells;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "queue-7", before, now, 1);
	views[1].cells = holder_cells;
	holder_cells[0].packets = 8;
	plain_cells[PER_CPU + 2].bytes = plain_cells[PER_CPU + 2].packets = 1;
	before = now;
	now = scene_read_next();
	scene_assert_goes_on("if_rx_packets", "queue-7", now, 1);
	scene_assert_starts("if_rx_octets", "cpumap-cpu-2", before, now, 1);
	scene_assert_starts("if_rx_packets", "verdict-drop", before, now, 8);
	assert_int_equal(scene_count("if_rx_packets", "tcp-syn"), 0);
	now = scene_read_next();
	scene_assert_goes_on("if_rx_octets", "cpumap-cpu-2", now, 1);
	scene_assert_goes_on("if_rx_packets", "verdict-drop", now, 8);
	assert_int_equal(scene_count("if_rx_packets", "tcp-rst"), 0);
	assert_int_equal(scene_count("if_rx_packets", "from-dns"), 0);
	assert_int_equal(scene_count("if_rx_octets", "cpumap-cpu-0"), 0);
}

/* A source that begins later does not take the time of the counter's first zero. */
static void test_late(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene_begin();
	scene_read_next();
	before = scene_read_next();
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-syn", before, now, 3);
	/* Which of the two it is makes no difference. */
	before = now;
	views[1].cells = holder_cells;
	holder_cells[0].packets = 8;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "verdict-drop", before, now, 8);
	scene_assert_goes_on("if_rx_packets", "tcp-syn", now, 3);
}

/* Each source is read by itself, and its values have the time of that. */
static void test_times(void **state)
{
	const cdtime_t late = fake.interval / 8, later = fake.interval / 4;
	cdtime_t before;

	(void)state;
	scene_begin();
	for (int i = 0; i < 2; i++) {
		fake.now += fake.interval;
		fake_forget_lists();
		scene.view.time = scene.reading.time = fake.now;
		scene_count_class(RECORD_OTHER, 2, 128);
		views[0] = (struct view_source){&plain, fake.now + late, plain_cells};
		views[1] = (struct view_source){&holder, fake.now + later, holder_cells};
		report_interface_view(scene.report, &scene.view);
		report_dispatch_finish(&scene.dispatch);
		plain_cells[FLAGS_SYN].packets += 3;
		holder_cells[0].packets += 8;
	}
	before = fake.now - fake.interval;
	scene_assert_goes_on("if_rx_packets", "", fake.now, 4);
	scene_assert_starts("if_rx_packets", "tcp-syn", before + late, fake.now + late, 3);
	scene_assert_starts("if_rx_packets", "verdict-drop", before + later, fake.now + later, 8);
}

/* The counter is read on meanwhile. */
static void test_missed(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene_begin();
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	before = scene_read_next();
	views[0].cells = NULL;
	scene_read_next();
	scene_read_next();
	views[0].cells = plain_cells;
	plain_cells[FLAGS_RST].packets = 9;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-rst", before, now, 9);
	scene_assert_goes_on("if_rx_packets", "tcp-syn", now, 3);
}

/* While the interface is not counted, there is nothing for a source to have counted. */
static void test_after_wait(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene_begin();
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	scene_read_next();
	views[0].cells = NULL;
	scene.view.attached = false;
	scene.view.reading = NULL;
	scene_read_next();
	before = scene.view.since = scene_read_next() + 1;
	scene.view.observing = true;
	scene.view.reading = &scene.reading;
	views[1].cells = holder_cells;
	holder_cells[0].packets = 8;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "verdict-drop", before, now, 8);
}

/* A source that counts from the start on after a restart may go on with what it has counted. */
static void test_continued(void **state)
{
	(void)state;
	scene.view.continued = true;
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	scene_begin();
	scene_read_next();
	scene_assert_goes_on("if_rx_packets", "tcp-syn", fake.now, 3);
}

/* One that begins later has no counts from the time before the restart. */
static void test_continued_late(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.view.continued = true;
	scene_begin();
	before = scene_read_next();
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-syn", before, now, 3);
}

/* Where somebody else holds the hook, what counts anywhere is reported all the same. */
static void test_anywhere(void **state)
{
	struct source_operations anywhere_operations = plain_operations;
	cdtime_t before, now;

	(void)state;
	anywhere_operations.anywhere = true;
	plain.operations = &anywhere_operations;
	scene.view.attached = false;
	scene.view.reading = NULL;
	before = scene_begin();
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-syn", before, now, 3);
	assert_int_equal(scene_count("if_rx_packets", ""), 0);
	/* The counter begins later, and the source goes on. */
	plain_cells[FLAGS_RST].packets = 1;
	before = now;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-rst", before, now, 1);
	scene.view.attached = true;
	scene.view.reading = &scene.reading;
	scene_count_class(RECORD_OTHER, 1, 60);
	before = scene.view.since = now;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "", before, now, 1);
	scene_assert_goes_on("if_rx_packets", "tcp-syn", now, 3);
	plain.operations = &plain_operations;
}

/* With Persist, too. */
static void test_from_zero(void **state)
{
	struct source_operations new_operations = plain_operations;
	cdtime_t before, now;

	(void)state;
	new_operations.from_zero = true;
	plain.operations = &new_operations;
	scene.view.continued = true;
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	before = scene_begin();
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-syn", before, now, 3);
	plain.operations = &plain_operations;
}

static void test_new_epoch(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene_begin();
	views[0].cells = plain_cells;
	plain_cells[FLAGS_SYN].packets = 3;
	scene_read_next();
	scene.view.epoch = 2;
	scene.view.reading = NULL;
	before = scene.view.since = scene_read_next();
	scene.view.reading = &scene.reading;
	plain_cells[FLAGS_SYN].packets = 1;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-syn", before, now, 1);
}

static void test_inactive(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.options.inactive = true;
	before = scene_begin();
	views[0].cells = plain_cells;
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "tcp-rst", before, now, 0);
	scene_assert_starts("if_rx_octets", "cpumap-cpu-0", before, now, 0);
	scene_assert_starts("if_rx_octets", "cpumap-cpu-2", before, now, 0);
	scene_assert_gauge("gauge", "peak_octets", 0);
	assert_int_equal(scene_count("if_rx_packets", "verdict-drop"), 0);
}

/* Which series a source has, and no values of it, decide how many there may be of an interface. */
static void test_series_max(void **state)
{
	const struct report_interface_settings none = {.slots = 3};

	(void)state;
	/* Totals, attached and native. */
	assert_int_equal(report_interface_series_max(&none, 4, 8), 4);
	/* And observing, for one of them may observe. */
	assert_int_equal(report_interface_series_max(&scene.settings, 4, 8), 4 + SERIES + 1 + 1);
	scene.settings.source_count = 1;
	assert_int_equal(report_interface_series_max(&scene.settings, 4, 8), 4 + SERIES);
}

/* What is observed is not attached, and both are reported; the mode is that of the other program.
 */
static void test_observing(void **state)
{
	(void)state;
	scene.view.attached = false;
	scene.view.mode = XDP_LINK_GENERIC;
	scene.view.reading = NULL;
	scene_begin();
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

static void test_no_observer(void **state)
{
	(void)state;
	scene.settings.source_count = scene.view.source_count = 1;
	scene.view.attached = false;
	scene.view.reading = NULL;
	scene_begin();
	scene_read_next();
	assert_int_equal(scene_count("gauge", "observing"), 0);
}

/* They start with what was seen, each with its zero, and are not there where nothing is observed.
 */
static void test_verdicts(void **state)
{
	struct record_cell verdicts[RECORD_VERDICTS] = {
		[RECORD_DROP] = {5, 500}, [RECORD_PASS] = {7, 700}, [RECORD_TX] = {1, 100}};
	cdtime_t before, now;

	(void)state;
	scene_observe(NULL);
	scene.view.attached = false;
	scene.view.observing = true;
	before = scene_begin();
	now = scene_read_next();
	assert_int_equal(scene_count("if_rx_packets", "verdict-drop"), 0);
	scene_observe(verdicts);
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
#define SOURCES_TEST(sentence, function) {(sentence), (function), sources_set_up, scene_tear_down, NULL}
#define SCENE_TEST(sentence, function) {(sentence), (function), scene_set_up, scene_tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOURCES_TEST("packets, octets, gauges and cells in a row become their series",
			     test_kinds),
		SOURCES_TEST(
			"sources beside all that the counter breaks down keep their own starts",
			test_beside_all),
		SOURCES_TEST("a source that begins later has its zero where it began", test_late),
		SOURCES_TEST("values and zeros of a source have the times of its own readings",
			     test_times),
		SOURCES_TEST("a reading of a source that failed leaves no gap", test_missed),
		SOURCES_TEST("a source that begins after a wait has its zero at the end of that",
			     test_after_wait),
		SOURCES_TEST("what a source goes on with after a restart has no zero",
			     test_continued),
		SOURCES_TEST("a source that begins later than a restart has its zero",
			     test_continued_late),
		SOURCES_TEST("a source that counts anywhere is reported where the counter is not",
			     test_anywhere),
		SOURCES_TEST("a source that begins at zero has its zero after a restart, too",
			     test_from_zero),
		SOURCES_TEST("a new epoch starts the series of a source again", test_new_epoch),
		SOURCES_TEST("ReportInactive gives all series of a source that counts",
			     test_inactive),
		SOURCES_TEST("the number of series follows from the rows of the sources",
			     test_series_max),
		SOURCES_TEST("observing is reported while it is not attached", test_observing),
		SOURCES_TEST("without a source that may observe, observing is not told",
			     test_no_observer),
		SCENE_TEST("verdicts start when they are first seen, packets and octets",
			   test_verdicts),
	};

	return cmocka_run_group_tests_name("report/interface, sources", tests, NULL, NULL);
}
