// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any frame through the program in the kernel (BPF_PROG_TEST_RUN): it passes
 * as it was, and is counted as the model of tests/lib/frame.c says.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/counter/counter.h"
#include "tests/lib/frame.h"

#define FUZZ_LO 1
/* BPF_PROG_TEST_RUN refuses frames without a whole Ethernet header. */
#define FUZZ_SHORTEST 14
#define FUZZ_LONGEST 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct counter_settings settings = {
	.breakdowns = RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST, .slots = 1};

static struct counter *open_counter(unsigned int *ret_slot)
{
	struct counter_failure failure;
	struct counter *counter;

	if (counter_open(&settings, NULL, &counter, &failure) != 0 ||
	    counter_slot_take(counter_slots(counter), FUZZ_LO, "lo", 0, 0, ret_slot) != 0) {
		fprintf(stderr, "%s: %s%s\n", failure.step, failure.log.libbpf,
			failure.log.verifier);
		exit(1);
	}
	return counter;
}

static void expect(struct record *record, const struct frame_expectation *expected, size_t length)
{
	record->classes[expected->class].packets++;
	record->classes[expected->class].bytes += length;
	record->sizes[expected->size]++;
	if (expected->cast != FRAME_NO_CAST)
		record->casts[expected->cast]++;
	record->vlan_tagged += expected->tagged;
	record->ip_fragments += expected->fragment;
}

static void run(const struct counter *counter, const uint8_t *data, size_t size)
{
	static uint8_t out[FUZZ_LONGEST];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = data, .data_size_in = (__u32)size,
		    .data_out = out, .data_size_out = sizeof(out));

	if (bpf_prog_test_run_opts(counter_program_fd(counter), &options) != 0 ||
	    options.retval != XDP_PASS || options.data_size_out != size ||
	    memcmp(out, data, size) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct counter *counter;
	static struct record wanted;
	static unsigned int slot;
	struct frame_expectation expected;
	struct view_reading reading;

	if (size < FUZZ_SHORTEST || size > FUZZ_LONGEST)
		return 0;
	if (!counter)
		counter = open_counter(&slot);
	expected = frame_model(data, size);
	expect(&wanted, &expected, size);
	run(counter, data, size);
	if (counter_read(counter_reader(counter), slot, &reading) != 0 ||
	    memcmp(&reading.sum, &wanted, sizeof(wanted)) != 0)
		abort();
	return 0;
}
