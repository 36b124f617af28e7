// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many packets, of how many bytes, are counted of one that is made several of later (GSO),
 * where what the kernel says of it is right, and where it is not: the bytes that there will be on
 * the wire (wire_len) are not worked out again when another program makes the packet longer, and
 * were wrong for some of what guests send, before kernels had a check.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/tcx_link.h"
#include "tests/kernel/harness.h"

static struct harness outgoing;
static int next = -1;

/* A program that makes each packet longer by so many bytes, then goes on with the counter. */
static int load_grow(int bytes)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = bytes},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_change_head},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6},
		{.code = BPF_LD | BPF_DW, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = next},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "cxdp_grow", "GPL", program,
			       sizeof(program) / sizeof(program[0]), NULL);

	assert_true(fd >= 0);
	return fd;
}

static int open_all(void **state)
{
	struct counter_settings settings = harness_settings;
	const __u32 first = 0;
	int counter;

	(void)state;
	settings.outgoing = true;
	harness_open(&outgoing, &settings, HARNESS_LO);
	counter = counter_program_fd(outgoing.counter);
	next = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "cxdp_next", 4, 4, 1, NULL);
	assert_true(next >= 0);
	assert_int_equal(bpf_map_update_elem(next, &first, &counter, BPF_ANY), 0);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	close(next);
	harness_close(&outgoing);
	return 0;
}

/* What is sent, and what has to be counted of it. */
struct sent {
	const char *what;
	uint16_t length; /* of a frame with headers of 54 bytes */
	uint16_t grow;	 /* what another program adds */
	uint32_t wire;
	uint16_t size, segments; /* 0 segments: not said */
	uint64_t packets, bytes;
};

static void check(const struct sent *sent)
{
	struct __sk_buff about = {
		.wire_len = sent->wire,
		.gso_size = sent->size,
		.gso_segs = sent->segments,
	};
	struct record before = harness_record(&outgoing), after;
	int program =
		sent->grow ? load_grow(sent->grow) : dup(counter_program_fd(outgoing.counter));
	uint64_t sizes = 0;
	struct frame frame;

	frame_build(frame_sample("IPv4 TCP")->steps, &frame);
	frame_resize(&frame, sent->length);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.bytes,
		    .data_size_in = (__u32)frame.length, .ctx_in = &about,
		    .ctx_size_in = sizeof(about));
	assert_int_equal(bpf_prog_test_run_opts(program, &run), 0);
	close(program);
	assert_int_equal(run.retval, (__u32)HARNESS_TCX_NEXT);
	after = harness_record(&outgoing);
	printf("# %s\n", sent->what);
	fflush(stdout);
	assert_int_equal(counter_total(&after).packets - counter_total(&before).packets,
			 sent->packets);
	assert_int_equal(counter_total(&after).bytes - counter_total(&before).bytes, sent->bytes);
	for (int i = 0; i < RECORD_SIZES; i++)
		sizes += after.sizes[i] - before.sizes[i];
	assert_int_equal(sizes, sent->packets);
}

static void check_all(const struct sent *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&all[i]);
}

static void test_right(void **state)
{
	static const struct sent all[] = {
		{"two, said", 2950, 0, 3004, 1448, 2, 2, 3004},
		{"two, not said", 2950, 0, 3004, 1448, 0, 2, 3004},
		{"three, not said", 3000, 0, 3108, 1448, 0, 3, 3108},
		{"a hundred of eight bytes of data, not said", 854, 0, 6200, 8, 0, 100, 6200},
		{"one of a size, not said", 1500, 0, 1500, 1448, 0, 1, 1500},
	};

	(void)state;
	check_all(all, sizeof(all) / sizeof(all[0]));
}

static void test_wrong(void **state)
{
	static const struct sent all[] = {
		{"headers alone, and fewer bytes on the wire", 60, 34, 60, 8, 0, 1, 94},
		{"a few bytes longer than on the wire", 3000, 4, 3000, 1448, 0, 1, 3004},
		{"two, said, longer than on the wire", 2950, 4, 2950, 1448, 2, 2, 2954},
		{"headers alone, and far more bytes on the wire", 60, 0, 65536, 8, 0, 1, 60},
		{"two, said, and far more bytes on the wire", 2950, 0, 65536, 1448, 2, 2, 2950},
	};

	(void)state;
	check_all(all, sizeof(all) / sizeof(all[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{.name = "several packets are counted as what the kernel says of them is",
		 .test_func = test_right},
		{.name = "a packet of which the kernel says what cannot be is none of thousands",
		 .test_func = test_wrong},
	};

	if (tcx_link_probe() != 0) {
		printf("# needs tcx (Linux 6.6)\n");
		return HARNESS_CANNOT;
	}
	return cmocka_run_group_tests(tests, open_all, close_all);
}
