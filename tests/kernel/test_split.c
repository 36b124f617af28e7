// SPDX-License-Identifier: GPL-2.0-only
/* Headers that do not lie in the first buffer, which some drivers hand over empty. */
#include <stdio.h>
#include <string.h>

#include "tests/kernel/harness.h"

static struct frame frame;

/* In how many first buffers it is tried: of each length that headers may reach to. */
#define SPLITS 2200

/* Runs a frame split at each byte: it is counted as its model says of the whole. */
static void split(const struct frame_sample *sample, size_t length)
{
	struct frame_expectation expected;

	frame_build(sample->steps, &frame);
	if (length)
		frame_resize(&frame, length);
	if (frame.length < HARNESS_SHORTEST)
		return;
	expected = frame_model(frame.bytes, frame.length);
	for (size_t first = 0; first < frame.length && first < SPLITS; first++) {
		struct record_signals signs = harness_signals(&harness_on_lo), signs_after;
		struct record before = harness_record(&harness_on_lo), after;

		harness_run_split(counter_program_fd(harness_on_lo.counter), frame.bytes,
				  frame.length, first);
		harness_expect(&before, counter_settings(harness_on_lo.counter), &expected,
			       frame.length);
		harness_expect_signals(&signs, counter_settings(harness_on_lo.counter), &expected,
				       frame.length);
		after = harness_record(&harness_on_lo);
		signs_after = harness_signals(&harness_on_lo);
		if (!harness_same(&before, &after) || !harness_same_signals(&signs, &signs_after))
			fail_msg("\"%s\" with %zu of %zu bytes in the first buffer is counted "
				 "wrongly",
				 sample->name, first, frame.length);
	}
}

static void needs_buffers(void)
{
	if (counter_info(harness_on_lo.counter)->frags)
		return;
	printf("# needs packets of several buffers (Linux 5.18)\n");
	fflush(stdout);
	skip();
}

static void test_samples(void **state)
{
	(void)state;
	needs_buffers();
	for (size_t i = 0; i < frame_sample_count; i++)
		split(&frame_samples[i], 0);
}

static void test_large(void **state)
{
	(void)state;
	needs_buffers();
	for (size_t i = 0; i < frame_sample_count; i += 10)
		split(&frame_samples[i], 9014);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"every sample, split at every byte, is counted as it is unsplit", test_samples,
		 NULL, NULL, NULL},
		{"frames of 9,014 bytes, split at every byte, are counted as they are unsplit",
		 test_large, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, harness_group_open, harness_group_close);
}
