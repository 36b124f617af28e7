// SPDX-License-Identifier: GPL-2.0-only
/* What is switched off is not counted, and its instructions are not in the kernel. */
#include <stdio.h>
#include <string.h>

#include "tests/kernel/harness.h"

static struct frame frame;

/* All that can be switched on. */
static const struct counter_settings everything = {
	.breakdowns = RECORD_COUNTED,
	.queues = 4,
	.slots = 1,
};

static struct harness_size size_with(const struct counter_settings *settings)
{
	struct harness harness;
	struct harness_size size;

	harness_open(&harness, settings, HARNESS_LO);
	size = harness_program_size(counter_program_fd(harness.counter));
	harness_close(&harness);
	return size;
}

/* Runs every sample under the settings of a harness; fails unless just what is on was counted. */
static void check_samples(struct harness *harness)
{
	const struct counter_settings *settings = counter_settings(harness->counter);
	struct record_signals signs = {0}, actual_signs;
	struct record expected = {0}, actual;

	for (size_t i = 0; i < frame_sample_count; i++) {
		frame_build(frame_samples[i].steps, &frame);
		if (frame.length < HARNESS_SHORTEST || harness_refuses(frame.bytes, frame.length))
			continue;
		harness_run(counter_program_fd(harness->counter), frame.bytes, frame.length);
		harness_expect(&expected, settings, &frame_samples[i].expected, frame.length);
		harness_expect_signals(&signs, settings, &frame_samples[i].expected, frame.length);
	}
	actual = harness_record(harness);
	actual_signs = harness_signals(harness);
	assert_true(harness_same(&expected, &actual));
	assert_true(harness_same_signals(&signs, &actual_signs));
}

/*
 * The usual settings have copies of the code that are compiled for them, so that one of them may be
 * longer than a copy for more. With atomic additions all settings have the same copy, of which the
 * verifier takes what is off.
 */
static struct harness_size size_in_common_copy(const struct counter_settings *settings)
{
	struct counter_settings atomic = *settings;

	atomic.breakdowns |= RECORD_ATOMIC;
	return size_with(&atomic);
}

/* With all on: measured before the tests, for all of them. */
static struct harness_size with;

static void check_off(const struct counter_settings *settings)
{
	struct harness_size without = size_in_common_copy(settings);
	struct harness harness;

	harness_open(&harness, settings, HARNESS_LO);
	printf("# %u instructions, %u bytes of machine code; with all on %u, %u\n",
	       without.instructions, without.machine_bytes, with.instructions, with.machine_bytes);
	fflush(stdout);
	check_samples(&harness);
	harness_close(&harness);
	assert_true(without.instructions < with.instructions);
	/* No machine code: the kernel interprets. */
	assert_true(without.machine_bytes < with.machine_bytes || with.machine_bytes == 0);
}

static struct harness all_on;

static int open_all_on(void **state)
{
	(void)state;
	harness_open(&all_on, &everything, HARNESS_LO);
	with = size_in_common_copy(&everything);
	return 0;
}

static int close_all_on(void **state)
{
	(void)state;
	harness_close(&all_on);
	return 0;
}

static void test_all_on(void **state)
{
	(void)state;
	printf("# with all on the verifier processed %u instructions\n",
	       counter_info(all_on.counter)->instructions);
	fflush(stdout);
	check_samples(&all_on);
}

static void test_protocols_off(void **state)
{
	struct counter_settings settings = everything;

	(void)state;
	settings.breakdowns &= ~RECORD_BY_PROTOCOL;
	check_off(&settings);
}

static void test_sizes_off(void **state)
{
	struct counter_settings settings = everything;

	(void)state;
	settings.breakdowns &= ~RECORD_BY_SIZE;
	check_off(&settings);
}

static void test_cast_off(void **state)
{
	struct counter_settings settings = everything;

	(void)state;
	settings.breakdowns &= ~RECORD_BY_CAST;
	check_off(&settings);
}

static void test_queues_off(void **state)
{
	struct counter_settings settings = everything;

	(void)state;
	harness_needs_queues();
	settings.breakdowns &= ~RECORD_BY_QUEUE;
	check_off(&settings);
}

static void test_signals_off(void **state)
{
	struct counter_settings settings = everything;

	(void)state;
	settings.breakdowns &= ~RECORD_BY_SIGNAL;
	check_off(&settings);
}

/* Without protocols it looks at headers all the same. */
static void test_signals_alone(void **state)
{
	struct counter_settings settings = {.slots = 1, .breakdowns = RECORD_BY_SIGNAL};

	(void)state;
	check_off(&settings);
}

static void test_all_off(void **state)
{
	struct counter_settings settings = {.slots = 1};

	(void)state;
	check_off(&settings);
}

/*
 * What nobody switched on must not even be an instruction that is never reached. Queues are
 * on throughout: the first of the three to be on costs that there are any.
 */
static void test_each_costs_its_own(void **state)
{
	struct counter_settings settings = {.slots = 1, .breakdowns = RECORD_BY_QUEUE, .queues = 1};
	unsigned int none = size_with(&settings).instructions, total, sizes, cast;

	(void)state;
	settings.breakdowns |= RECORD_BY_SIZE;
	sizes = size_with(&settings).instructions - none;
	settings.breakdowns |= RECORD_BY_CAST;
	total = size_with(&settings).instructions;
	settings.breakdowns &= ~RECORD_BY_SIZE;
	cast = size_with(&settings).instructions - none;
	/* The compiler may have made two ends of one. */
	assert_uint_in_range(total, none + 1, none + sizes + cast + 16);
	assert_true(sizes > 0 && cast > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"with all on every sample is counted in each breakdown", test_all_on, NULL, NULL,
		 NULL},
		{"with protocols off the totals are exact and no header is read",
		 test_protocols_off, NULL, NULL, NULL},
		{"with sizes off no size is counted, and its code is gone", test_sizes_off, NULL,
		 NULL, NULL},
		{"with cast off no cast is counted, and its code is gone", test_cast_off, NULL,
		 NULL, NULL},
		{"with queues off the rest is exact, and its code is gone", test_queues_off, NULL,
		 NULL, NULL},
		{"with signs off the rest is exact, and their code is gone", test_signals_off, NULL,
		 NULL, NULL},
		{"with signs alone they are counted, and no class is", test_signals_alone, NULL,
		 NULL, NULL},
		{"with all off only the totals are counted", test_all_off, NULL, NULL, NULL},
		{"sizes and cast together cost hardly more than each alone",
		 test_each_costs_its_own, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, open_all_on, close_all_on);
}
