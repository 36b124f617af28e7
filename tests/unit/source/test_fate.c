// SPDX-License-Identifier: GPL-2.0-only
/* When ReportFate counts, from which counts on, and what it tells, on tracepoints of the test's. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/hook/program.h"
#include "plugin/source/fate.h"
#include "plugin/source/tracepoints.h"
#include "tests/unit/fail_alloc.h"

#define SECOND 1000000000ULL
#define SLOT 2

static struct {
	unsigned int attempts;
	unsigned int opened;
	int open_error;
	int read_error;
	const char *missing;
	uint64_t packets; /* of each cell of each slot */
	uint64_t passed, dropped;
} tracepoints;

static char told[1024];
static unsigned int times_told;
static enum event_severity severity;
static struct source *source;
static int counter_object;
static struct program program;

/* --- plugin/source/tracepoints.h */

int tracepoints_open(struct counter *counter, struct tracepoints **ret_tracepoints,
		     struct tracepoints_failure *failure)
{
	assert_ptr_equal(counter, &counter_object);
	tracepoints.attempts++;
	*failure = (struct tracepoints_failure){.step = DIAGNOSE_FATE_ATTACH};
	if (tracepoints.open_error)
		return tracepoints.open_error;
	tracepoints.opened++;
	*ret_tracepoints = (struct tracepoints *)&tracepoints;
	return 0;
}

void tracepoints_close(struct tracepoints *closed)
{
	if (closed)
		tracepoints.opened--;
}

const char *tracepoints_missing(const struct tracepoints *asked)
{
	assert_ptr_equal(asked, &tracepoints);
	return tracepoints.missing ? tracepoints.missing : "";
}

int tracepoints_read(const struct tracepoints *asked, unsigned int slot,
		     uint64_t ret_packets[FATE_CELLS])
{
	assert_ptr_equal(asked, &tracepoints);
	assert_int_equal(slot, SLOT);
	if (tracepoints.read_error)
		return tracepoints.read_error;
	for (unsigned int i = 0; i < FATE_CELLS; i++)
		ret_packets[i] = tracepoints.packets + i;
	return 0;
}

int tracepoints_read_cpus(const struct tracepoints *asked, struct record_cell *ret_passed,
			  struct record_cell *ret_dropped, unsigned int count)
{
	assert_ptr_equal(asked, &tracepoints);
	for (unsigned int i = 0; i < count; i++) {
		ret_passed[i].packets = tracepoints.passed + i;
		ret_dropped[i].packets = tracepoints.dropped + i;
	}
	return tracepoints.read_error;
}

/* --- the tests */

static void on_event(void *context, const struct event *event)
{
	(void)context;
	assert_string_equal(event->interface, "");
	severity = event->severity;
	times_told++;
	snprintf(told, sizeof(told), "%s", event->text);
}

static const struct event_teller teller = {.tell = on_event};

static int set_up(void **state)
{
	const struct source_settings settings = {.slots = 4, .interval_ns = SECOND};

	(void)state;
	memset(&tracepoints, 0, sizeof(tracepoints));
	memset(&program, 0, sizeof(program));
	program.counter = (struct counter *)&counter_object;
	told[0] = '\0';
	times_told = 0;
	return fate_open(&settings, &source);
}

static int tear_down(void **state)
{
	(void)state;
	source->operations->end(source);
	assert_int_equal(tracepoints.opened, 0);
	source->operations->close(source);
	return 0;
}

static const struct source_interface seen = {.slot = SLOT, .epoch = 1};

static bool read_cells(struct record_cell cells[FATE_CELLS])
{
	return source->operations->read(source, &seen, cells);
}

static void test_from_taken(void **state)
{
	struct record_cell cells[FATE_CELLS];

	(void)state;
	source->operations->begin(source, &program, &teller);
	assert_int_equal(times_told, 0);
	tracepoints.packets = 100;
	source->operations->slot_taken(source, &seen);
	tracepoints.packets = 107;
	assert_true(read_cells(cells));
	for (unsigned int i = 0; i < FATE_CELLS; i++)
		assert_int_equal(cells[i].packets, 7);
	/* The slot is another's. */
	source->operations->slot_taken(source, &seen);
	assert_true(read_cells(cells));
	assert_int_equal(cells[FATE_DROPPED].packets, 0);
}

static void test_unreadable(void **state)
{
	struct record_cell cells[FATE_CELLS];

	(void)state;
	source->operations->begin(source, &program, &teller);
	tracepoints.packets = 100;
	tracepoints.read_error = -ENOMEM;
	source->operations->slot_taken(source, &seen);
	assert_false(read_cells(cells));
	tracepoints.read_error = 0;
	assert_true(read_cells(cells));
	assert_int_equal(cells[FATE_TX].packets, 0);
	tracepoints.packets = 101;
	assert_true(read_cells(cells));
	assert_int_equal(cells[FATE_TX].packets, 1);
}

static void test_refused(void **state)
{
	struct record_cell cells[FATE_CELLS];

	(void)state;
	tracepoints.open_error = -EOPNOTSUPP;
	source->operations->begin(source, &program, &teller);
	assert_int_equal(severity, EVENT_WARNING);
	assert_contains(told, "not counted (ReportFate)");
	source->operations->slot_taken(source, &seen);
	for (uint64_t second = 1; second < 1000; second++)
		source->operations->step(source, &teller, second * SECOND);
	assert_int_equal(tracepoints.attempts, 1);
	assert_int_equal(times_told, 1);
	assert_false(read_cells(cells));
	/* The program is loaded once more: the log has that once all the same. */
	source->operations->end(source);
	source->operations->begin(source, &program, &teller);
	assert_int_equal(tracepoints.attempts, 2);
	assert_int_equal(times_told, 1);
}

static void test_transient(void **state)
{
	struct record_cell cells[FATE_CELLS];

	(void)state;
	tracepoints.open_error = -EMFILE;
	source->operations->begin(source, &program, &teller);
	source->operations->slot_taken(source, &seen);
	for (uint64_t second = 2; second < 100; second++)
		source->operations->step(source, &teller, second * SECOND);
	assert_true(tracepoints.attempts > 2);
	assert_true(tracepoints.attempts < 20);
	assert_int_equal(times_told, 1);
	tracepoints.open_error = 0;
	source->operations->step(source, &teller, 1000 * SECOND);
	assert_int_equal(times_told, 2);
	assert_int_equal(severity, EVENT_OKAY);
	/* From the beginning of the counting on. */
	tracepoints.packets = 5;
	assert_true(read_cells(cells));
	assert_int_equal(cells[0].packets, 5);
}

static void test_missing(void **state)
{
	(void)state;
	tracepoints.missing = "xdp_devmap_xmit";
	source->operations->begin(source, &program, &teller);
	assert_int_equal(severity, EVENT_WARNING);
	assert_contains(told, "lacks the tracepoints xdp_devmap_xmit, ");
	source->operations->end(source);
	source->operations->begin(source, &program, &teller);
	assert_int_equal(times_told, 1);
}

/* A program whose slots are no place to count in. */
static void test_no_counter(void **state)
{
	(void)state;
	program.counter = NULL;
	source->operations->begin(source, &program, &teller);
	source->operations->step(source, &teller, SECOND);
	assert_int_equal(tracepoints.attempts, 0);
	assert_int_equal(times_told, 0);
}

static void test_own(void **state)
{
	const struct source_operations *own = source->operations;
	unsigned int cpus = own->self_series[0].count;
	struct record_cell *cells = calloc(own->self_cells, sizeof(*cells));

	(void)state;
	assert_int_equal(own->self_series_count, 2);
	assert_int_equal(own->self_series[1].count, cpus);
	assert_int_equal(own->self_series[1].cell, cpus);
	assert_int_equal(own->self_cells, 2 * cpus);
	assert_string_equal(own->self_series[0].packets_type, "if_rx_packets");
	assert_string_equal(own->self_series[1].packets_type, "if_rx_dropped");
	assert_string_equal(own->self_series[0].instance, "cpumap-cpu");
	assert_string_equal(own->self_series[1].instance, "cpumap-cpu");
	assert_false(own->read_self(source, cells));
	source->operations->begin(source, &program, &teller);
	tracepoints.passed = 1000;
	tracepoints.dropped = 50;
	assert_true(own->read_self(source, cells));
	assert_int_equal(cells[cpus - 1].packets, 1000 + cpus - 1);
	assert_int_equal(cells[cpus].packets, 50);
	tracepoints.read_error = -EINTR;
	assert_false(own->read_self(source, cells));
	free(cells);
}

/* The manual has these names. */
static void test_names(void **state)
{
	static const struct {
		const char *type;
		const char *instance;
	} names[FATE_CELLS] = {
		[FATE_ABORTED] = {"if_rx_errors", "exception-aborted"},
		[FATE_DROP] = {"if_rx_errors", "exception-drop"},
		[FATE_PASS] = {"if_rx_errors", "exception-pass"},
		[FATE_TX] = {"if_rx_errors", "exception-tx"},
		[FATE_REDIRECT] = {"if_rx_errors", "exception-redirect"},
		[FATE_INVALID] = {"if_rx_errors", "exception-invalid"},
		[FATE_ENETDOWN] = {"if_rx_errors", "redirect-ENETDOWN"},
		[FATE_EMSGSIZE] = {"if_rx_errors", "redirect-EMSGSIZE"},
		[FATE_EOPNOTSUPP] = {"if_rx_errors", "redirect-EOPNOTSUPP"},
		[FATE_EINVAL] = {"if_rx_errors", "redirect-EINVAL"},
		[FATE_ENOSPC] = {"if_rx_errors", "redirect-ENOSPC"},
		[FATE_OTHER] = {"if_rx_errors", "redirect-other"},
		[FATE_SENT] = {"if_tx_packets", "redirect"},
		[FATE_DROPPED] = {"if_tx_dropped", "redirect"},
	};

	(void)state;
	assert_int_equal(source->operations->cells, FATE_CELLS);
	assert_int_equal(source->operations->series_count, FATE_CELLS);
	for (unsigned int i = 0; i < FATE_CELLS; i++) {
		const struct source_series *series = &source->operations->series[i];

		assert_string_equal(series->packets_type, names[series->cell].type);
		assert_string_equal(series->instance, names[series->cell].instance);
		assert_null(series->octets_type);
		assert_false(series->gauge);
	}
}

#define FATE_TEST(sentence, function)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FATE_TEST("an interface counts from when it got its slot on", test_from_taken),
		FATE_TEST("what could not be read then is no count of the interface",
			  test_unreadable),
		FATE_TEST("a kernel that cannot is logged once, and not tried again", test_refused),
		FATE_TEST("what passes by is tried again, and told when it is over",
			  test_transient),
		FATE_TEST("tracepoints that the kernel lacks are named once", test_missing),
		FATE_TEST("without slots to count in nothing is begun", test_no_counter),
		FATE_TEST("the queues of cpumaps are values of the plugin itself", test_own),
		FATE_TEST("each count has its series", test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
