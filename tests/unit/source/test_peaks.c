// SPDX-License-Identifier: GPL-2.0-only
/* When slots are sampled, on a sampler that only notes its calls. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/base/event.h"
#include "plugin/counter/totals.h"
#include "plugin/hook/program.h"
#include "plugin/source/peaks.h"
#include "plugin/source/sampler.h"

#define SECOND 1000000000ULL

static struct {
	unsigned int opened, totals;
	int error;
	char log[256];
	bool has_window;
	uint64_t left_out;
} sampling;

static char told[512];
static struct source *source;
static struct program program;
static int counter_object;

static void note(const char *what, unsigned int slot)
{
	size_t used = strlen(sampling.log);

	snprintf(sampling.log + used, sizeof(sampling.log) - used, "%s %u; ", what, slot);
}

/* --- plugin/counter/totals.h and plugin/source/sampler.h */

int counter_totals_open(struct counter_totals *totals, const struct counter *counter)
{
	assert_ptr_equal(counter, program.counter);
	sampling.totals++;
	totals->cpus = 1;
	return 0;
}

void counter_totals_close(struct counter_totals *totals)
{
	sampling.totals -= totals->cpus;
	*totals = (struct counter_totals){0};
}

int counter_totals_read(struct counter_totals *totals, unsigned int first, unsigned int count,
			struct record_cell *ret_totals)
{
	(void)totals;
	(void)first;
	(void)count;
	(void)ret_totals;
	return -EIO;
}

int sampler_open(const struct sampler_reader *reader, unsigned int slots,
		 struct sampler **ret_sampler)
{
	assert_non_null(reader->read);
	assert_int_equal(slots, 4);
	if (sampling.error)
		return sampling.error;
	sampling.opened++;
	*ret_sampler = (struct sampler *)&sampling;
	return 0;
}

void sampler_close(struct sampler *sampler)
{
	sampling.opened -= sampler != NULL;
}

void sampler_begin(struct sampler *sampler, unsigned int slot)
{
	assert_ptr_equal(sampler, &sampling);
	note("begin", slot);
}

void sampler_end(struct sampler *sampler, unsigned int slot)
{
	assert_ptr_equal(sampler, &sampling);
	note("end", slot);
}

bool sampler_take(struct sampler *sampler, unsigned int slot,
		  struct record_cell ret_peaks[WINDOWS_LENGTHS])
{
	assert_ptr_equal(sampler, &sampling);
	ret_peaks[WINDOWS_10MS] = (struct record_cell){slot * 10, slot * 1000};
	ret_peaks[WINDOWS_100MS] = (struct record_cell){slot, slot * 100};
	return sampling.has_window;
}

uint64_t sampler_left_out(struct sampler *sampler)
{
	assert_ptr_equal(sampler, &sampling);
	return sampling.left_out;
}

/* --- the tests */

static void on_event(void *context, const struct event *event)
{
	(void)context;
	snprintf(told, sizeof(told), "%d %s%s", event->severity, event->interface, event->text);
}

static const struct event_teller teller = {.tell = on_event};

static int set_up(void **state)
{
	const struct source_settings settings = {.slots = 4, .interval_ns = SECOND};

	(void)state;
	memset(&sampling, 0, sizeof(sampling));
	told[0] = '\0';
	program.counter = (struct counter *)&counter_object;
	return peaks_open(&settings, &source);
}

static int tear_down(void **state)
{
	(void)state;
	source->operations->end(source);
	source->operations->close(source);
	assert_int_equal(sampling.opened, 0);
	assert_int_equal(sampling.totals, 0);
	return 0;
}

static void take(unsigned int slot)
{
	const struct source_interface taken = {.slot = slot};

	source->operations->slot_taken(source, &taken);
}

static void step(uint64_t seconds)
{
	source->operations->step(source, &teller, seconds * SECOND);
}

static void begin(void)
{
	source->operations->begin(source, &program, &teller);
}

/* Slots are taken before the thread is there, and while it is. */
static void test_slots(void **state)
{
	(void)state;
	step(0);
	assert_int_equal(sampling.opened, 0);
	begin();
	take(2);
	take(3);
	source->operations->slot_released(source, 3);
	assert_string_equal(sampling.log, "");
	step(1);
	assert_string_equal(sampling.log, "begin 2; ");
	take(4);
	source->operations->slot_released(source, 2);
	step(2);
	assert_string_equal(sampling.log, "begin 2; begin 4; end 2; ");
	assert_int_equal(sampling.opened, 1);
	assert_string_equal(told, "");
}

/* The program is unloaded, and another is loaded: its maps are others. */
static void test_reloaded(void **state)
{
	struct record_cell left_out;

	(void)state;
	begin();
	take(1);
	step(1);
	sampling.left_out = 5;
	source->operations->slot_released(source, 1);
	source->operations->end(source);
	assert_int_equal(sampling.opened, 0);
	assert_int_equal(sampling.totals, 0);
	step(2);
	assert_int_equal(sampling.opened, 0);
	assert_true(source->operations->read_self(source, &left_out));
	assert_int_equal(left_out.packets, 5);
	begin();
	sampling.left_out = 0;
	step(3);
	assert_int_equal(sampling.opened, 1);
	sampling.left_out = 2;
	assert_true(source->operations->read_self(source, &left_out));
	assert_int_equal(left_out.packets, 7);
}

/* Told once with what to do, tried again later and later, and told when it is over. */
static void test_no_thread(void **state)
{
	struct record_cell cells[WINDOWS_LENGTHS];

	(void)state;
	begin();
	take(1);
	sampling.error = -EAGAIN;
	step(1);
	assert_contains(told, "peaks cannot be sampled (errno 11");
	assert_contains(told, "TasksMax=");
	assert_int_equal(sampling.totals, 0);
	assert_false(
		source->operations->read(source, &(struct source_interface){.slot = 1}, cells));
	told[0] = '\0';
	step(2);
	sampling.error = 0;
	step(3);
	assert_string_equal(told, "");
	assert_int_equal(sampling.opened, 0);
	step(4);
	assert_int_equal(sampling.opened, 1);
	assert_contains(told, "peaks are sampled now");
	assert_string_equal(sampling.log, "begin 1; ");
}

/* A custom counter has no slots to sample. */
static void test_no_counter(void **state)
{
	(void)state;
	program.counter = NULL;
	begin();
	step(1);
	assert_int_equal(sampling.opened, 0);
	assert_string_equal(told, "");
}

/* The manual has these names. */
static void test_values(void **state)
{
	static const struct {
		const char *type_of_packets, *type_of_octets, *instance;
		unsigned int cell;
	} expected[] = {
		{"gauge", NULL, "peak_packets_10ms", WINDOWS_10MS},
		{NULL, "gauge", "peak_octets_10ms", WINDOWS_10MS},
		{"gauge", NULL, "peak_packets_100ms", WINDOWS_100MS},
		{NULL, "gauge", "peak_octets_100ms", WINDOWS_100MS},
	};
	struct record_cell cells[WINDOWS_LENGTHS];

	(void)state;
	begin();
	take(3);
	step(1);
	assert_false(
		source->operations->read(source, &(struct source_interface){.slot = 3}, cells));
	sampling.has_window = true;
	assert_true(source->operations->read(source, &(struct source_interface){.slot = 3}, cells));
	assert_int_equal(cells[WINDOWS_10MS].bytes, 3000);
	assert_int_equal(source->operations->cells, WINDOWS_LENGTHS);
	assert_int_equal(source->operations->series_count, UNIT_LENGTH(expected));
	for (size_t i = 0; i < UNIT_LENGTH(expected); i++) {
		const struct source_series *series = &source->operations->series[i];

		assert_string_equal(series->instance, expected[i].instance);
		assert_int_equal(series->cell, expected[i].cell);
		assert_true(series->gauge);
		assert_int_equal(series->packets_type != NULL, expected[i].type_of_packets != NULL);
		assert_int_equal(series->octets_type != NULL, expected[i].type_of_octets != NULL);
	}
}

#define PEAKS_TEST(sentence, function)                                                             \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEAKS_TEST("slots are sampled from when they are taken", test_slots),
		PEAKS_TEST("the thread ends with the program, and starts with the next",
			   test_reloaded),
		PEAKS_TEST("a thread that does not start is reported, and tried again",
			   test_no_thread),
		PEAKS_TEST("without slots there is no thread", test_no_counter),
		PEAKS_TEST("each window has a value of packets and one of octets", test_values),
	};

	return cmocka_run_group_tests_name("source/peaks", tests, NULL, NULL);
}
