// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any frame through the programs in the kernel (BPF_PROG_TEST_RUN), in one buffer and, where the
 * kernel can, in several: it passes as it was, and is counted as the model of tests/lib/frame.c
 * says.
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

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A counter for each way to the length of a packet that the kernel has, and what it has to say. */
static struct fuzz_counter {
	struct counter *counter;
	unsigned int slot;
	bool splits; /* it takes frames in several buffers (Linux 5.18) */
	struct record wanted;
	struct record_signals signs;
} counters[2 * (COUNTER_LENGTH_POINTERS + 1)];
static int counter_count;

static void open_counter(enum counter_length length, uint32_t signs)
{
	const struct counter_settings settings = {
		.breakdowns = RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | signs,
		.slots = 1,
		.length = length,
	};
	struct fuzz_counter *place = &counters[counter_count];
	struct counter_failure failure;

	if (counter_open(&settings, NULL, &place->counter, &failure) != 0 ||
	    counter_slot_take(counter_slots(place->counter), FUZZ_LO, "lo", 0, 0, &place->slot) !=
		    0) {
		fprintf(stderr, "%s: %s%s\n", failure.step, failure.log.libbpf,
			failure.log.verifier);
		exit(1);
	}
	place->splits = counter_info(place->counter)->frags;
	if (counter_info(place->counter)->length == length)
		counter_count++;
	else
		counter_close(place->counter);
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
	record->tunnels[RECORD_PPPOE] += expected->pppoe;
	record->tunnels[RECORD_MPLS] += expected->mpls;
}

static void expect_signs(struct fuzz_counter *counter, uint32_t signs, size_t length)
{
	if (!(counter_settings(counter->counter)->breakdowns & RECORD_BY_SIGNAL))
		return;
	for (int i = 0; i < RECORD_SIGNALS; i++) {
		counter->signs.cells[i].packets += signs >> i & 1;
		counter->signs.cells[i].bytes += (signs >> i & 1) * length;
	}
}

static struct record_signals read_signs(const struct counter *counter, unsigned int slot)
{
	static struct record_signals values[1024];
	struct record_signals sum = {0};
	__u32 at = slot - 1;
	int map = counter_maps(counter).signals;

	if (map < 0)
		return sum;
	if (counter_info(counter)->cpus > 1024 || bpf_map_lookup_elem(map, &at, values) < 0)
		abort();
	for (unsigned int cpu = 0; cpu < counter_info(counter)->cpus; cpu++) {
		for (int i = 0; i < RECORD_SIGNALS; i++) {
			sum.cells[i].packets += values[cpu].cells[i].packets;
			sum.cells[i].bytes += values[cpu].cells[i].bytes;
		}
	}
	return sum;
}

/* `context`: NULL, or where the first buffer ends. Returns 0 or a negative errno. */
static int run(const struct counter *counter, struct xdp_md *context, const uint8_t *data,
	       size_t size)
{
	static uint8_t out[FUZZ_LONGEST];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = data, .data_size_in = (__u32)size,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = context,
		    .ctx_size_in = context ? sizeof(*context) : 0);
	int err = bpf_prog_test_run_opts(counter_program_fd(counter), &options);

	if (err)
		return err;
	if (options.retval != XDP_PASS || options.data_size_out != size ||
	    memcmp(out, data, size) != 0)
		abort();
	return 0;
}

/* The last byte of the frame says where its first buffer ends. */
static void count(struct fuzz_counter *counter, const uint8_t *data, size_t size)
{
	const struct frame_expectation expected = frame_model(data, size);
	struct xdp_md split = {.data_end = data[size - 1] % (__u32)size,
			       .ingress_ifindex = FUZZ_LO};
	struct view_reading reading;
	struct record_signals signs;

	if (run(counter->counter, NULL, data, size) != 0)
		abort();
	expect(&counter->wanted, &expected, size);
	expect_signs(counter, expected.signs, size);
	if (counter->splits) {
		if (run(counter->counter, &split, data, size) != 0)
			abort();
		expect(&counter->wanted, &expected, size);
		expect_signs(counter, expected.signs, size);
	}
	if (counter_read(counter_reader(counter->counter), counter->slot, &reading) != 0 ||
	    memcmp(&reading.sum, &counter->wanted, sizeof(counter->wanted)) != 0)
		abort();
	signs = read_signs(counter->counter, counter->slot);
	if (memcmp(&signs, &counter->signs, sizeof(signs)) != 0)
		abort();
}

/* The time of loading is none of an input. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (int way = COUNTER_LENGTH_CAST; way <= COUNTER_LENGTH_POINTERS; way++) {
		open_counter((enum counter_length)way, 0);
		open_counter((enum counter_length)way, RECORD_BY_SIGNAL);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < FUZZ_SHORTEST || size > FUZZ_LONGEST)
		return 0;
	for (int i = 0; i < counter_count; i++)
		count(&counters[i], data, size);
	return 0;
}
