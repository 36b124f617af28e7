// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the plugin does not show of the program: settings that it derives from
 * the kernel it runs on, with which the program has to count the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/counter/image.h"
#include "plugin/kernel/cpus.h"
#include "plugin/kernel/tcx_link.h"
#include "tests/kernel/harness.h"

static struct frame frame;

/* What a kernel before Linux 5.18, or without BTF, would refuse is not asked for. */
static struct counter_image open_variant(bool atomic, enum counter_length length)
{
	const struct counter_image_settings settings = {
		.flags = RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST |
			 (atomic ? RECORD_ATOMIC : 0),
		.buff_len = length != COUNTER_LENGTH_POINTERS &&
			    libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len,
						    NULL) == 1,
	};
	struct counter_image image;

	assert_int_equal(counter_image_open(length, &image), 0);
	assert_int_equal(counter_image_set(&image, &settings), 0);
	return image;
}

static struct counter_image load_atomic(enum counter_length length)
{
	struct counter_image image = open_variant(true, length);
	static uint16_t slots[RECORD_NEAR_INDEXES];
	const __u32 first = 0;

	slots[HARNESS_LO] = 1;
	assert_int_equal(bpf_object__load(image.object), 0);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(image.slots), &first, slots, BPF_ANY), 0);
	return image;
}

static struct record read_record(const struct counter_image *image)
{
	unsigned int cpus = cpus_possible();
	struct record *values = calloc(cpus, RECORD_BYTES(0));
	struct record_cell *cells = calloc(cpus, sizeof(*cells)), no_queues;
	const __u32 first = 0;
	struct record sum;

	assert_true(values && cells);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(image->records), &first, values), 0);
	counter_sum(values, cpus, 0, &sum, cells, &no_queues);
	free(values);
	free(cells);
	return sum;
}

static void check_samples(const struct counter_image *image)
{
	struct record expected = {0}, actual;

	for (size_t i = 0; i < frame_sample_count; i++) {
		frame_build(frame_samples[i].steps, &frame);
		if (frame.length < HARNESS_SHORTEST || harness_refuses(frame.bytes, frame.length))
			continue;
		harness_run(bpf_program__fd(image->program), frame.bytes, frame.length);
		harness_expect(&expected, &harness_settings, &frame_samples[i].expected,
			       frame.length);
	}
	actual = read_record(image);
	assert_true(harness_same(&expected, &actual));
}

static bool is_atomic(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_STX | BPF_ATOMIC | BPF_DW);
}

static unsigned int count_atomics(const struct counter_image *image)
{
	return harness_count(bpf_program__fd(image->program), is_atomic);
}

static void check_atomic(enum counter_length length)
{
	struct counter_image atomic = load_atomic(length);

	/* Packets and bytes, size, cast, tagged, fragments. */
	assert_true(count_atomics(&atomic) >= 6);
	check_samples(&atomic);
	counter_image_close(&atomic);
}

static void test_atomic(void **state)
{
	(void)state;
	if (harness_has_cast())
		check_atomic(COUNTER_LENGTH_CAST);
	check_atomic(COUNTER_LENGTH_HELPER);
	check_atomic(COUNTER_LENGTH_POINTERS);
	if (tcx_link_probe() != 0)
		return;
	setenv(HARNESS_LENGTH, "wire", true);
	check_atomic(COUNTER_LENGTH_WIRE);
	unsetenv(HARNESS_LENGTH);
}

/* The way to the length that a counter takes which is asked for no other. */
static enum counter_length way_taken(void)
{
	struct harness harness;
	enum counter_length length;

	harness_open(&harness, &harness_settings, HARNESS_LO);
	length = counter_info(harness.counter)->length;
	frame_build(frame_samples[0].steps, &frame);
	harness_check(&harness, frame.bytes, frame.length, &frame_samples[0].expected);
	harness_close(&harness);
	return length;
}

static void test_fastest(void **state)
{
	enum counter_length length = way_taken();

	(void)state;
	if (harness_has_cast())
		assert_int_equal(length, COUNTER_LENGTH_CAST);
	else if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) == 1)
		assert_int_equal(length, COUNTER_LENGTH_HELPER);
	else
		assert_int_equal(length, COUNTER_LENGTH_POINTERS);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The verifier's own account (log level 4); program info has the number from Linux 5.16 only. */
static void check_cost(const char *name, enum counter_length length)
{
	struct counter_image image = open_variant(false, length);
	unsigned int instructions = 0;
	static char log[4096];
	const char *account;
	uint64_t started;

	assert_int_equal(bpf_program__set_log_level(image.program, 4), 0);
	assert_int_equal(bpf_program__set_log_buf(image.program, log, sizeof(log)), 0);
	started = now_us();
	assert_int_equal(bpf_object__load(image.object), 0);
	printf("# length by %s: loaded in %llu us\n", name,
	       (unsigned long long)(now_us() - started));
	assert_int_equal(count_atomics(&image), 0);
	counter_image_close(&image);
	account = strstr(log, "processed ");
	assert_non_null(account);
	assert_int_equal(sscanf(account, "processed %u insns", &instructions), 1);
	printf("# length by %s: %u instructions verified of 1,000,000 that are allowed\n", name,
	       instructions);
	fflush(stdout);
	assert_uint_in_range(instructions, 1, 100000);
}

static void test_cost(void **state)
{
	(void)state;
	if (harness_has_cast())
		check_cost("cast", COUNTER_LENGTH_CAST);
	check_cost("helper", COUNTER_LENGTH_HELPER);
	check_cost("pointers", COUNTER_LENGTH_POINTERS);
	if (tcx_link_probe() != 0)
		return;
	check_cost("wire", COUNTER_LENGTH_WIRE);
	if (harness_has_cast())
		check_cost("wire and cast", COUNTER_LENGTH_WIRE_CAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"with atomic additions, as on PREEMPT_RT, all samples are counted the same",
		 test_atomic, NULL, NULL, NULL},
		{"the fastest way to the length that the kernel has is taken", test_fastest, NULL,
		 NULL, NULL},
		{"the verifier is done within a tenth of the instructions it allows, and none is "
		 "atomic",
		 test_cost, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
