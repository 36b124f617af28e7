// SPDX-License-Identifier: GPL-2.0-only
/* Packets of several buffers, as drivers with large MTUs or merged segments hand them over. */
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/probe.h"
#include "tests/kernel/harness.h"

static struct frame frame;

/* A program that answers how long its first buffer is. */
static int load_measure(void)
{
	const struct bpf_insn instructions[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .src_reg = 1,
		 .off = offsetof(struct xdp_md, data_end)},
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = 2,
		 .src_reg = 1,
		 .off = offsetof(struct xdp_md, data)},
		{.code = BPF_ALU64 | BPF_SUB | BPF_X, .src_reg = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int program =
		bpf_prog_load(BPF_PROG_TYPE_XDP, "cxdp_measure", "GPL", instructions, 4, NULL);

	assert_true(program >= 0);
	return program;
}

/* Some kernels (Linux 6.12) give the program several buffers that it has not asked for. */
static bool fits_one_buffer(int program, size_t length)
{
	static const uint8_t zeros[FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = zeros, .data_size_in = (__u32)length);

	return bpf_prog_test_run_opts(program, &run) == 0 && run.retval == length;
}

/*
 * The longest frame that BPF_PROG_TEST_RUN puts into one buffer, asked of the kernel: that depends
 * on pages and cache lines.
 */
static size_t one_buffer(void)
{
	size_t fits = HARNESS_SHORTEST, too_long = FRAME_MAX + 1;
	int program = load_measure();

	while (too_long - fits > 1) {
		size_t middle = fits + (too_long - fits) / 2;

		if (fits_one_buffer(program, middle))
			fits = middle;
		else
			too_long = middle;
	}
	close(program);
	return fits;
}

/* Where there are no packets of several buffers (before Linux 5.18), the kernel must refuse them.
 */
static void run_lengths(const char *name)
{
	/* BPF_PROG_TEST_RUN puts what is beyond the first buffer into others of a page each. */
	const size_t one = one_buffer(), page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t lengths[] = {one,	4096,  one + 1, one + page, one + page + 1,
				  9014, 20000, 40000,	65535};
	const struct frame_sample *sample = frame_sample(name);
	bool frags = counter_info(harness_on_lo.counter)->frags;
	struct frame_expectation expected;

	assert_non_null(sample);
	expected = sample->expected;
	expected.size = RECORD_SIZE_1519_TO_MAX;
	frame_build(sample->steps, &frame);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (lengths[i] > FRAME_MAX)
			continue;
		if (!frags && lengths[i] > one) {
			/* Given them all the same, it counts one buffer. */
			if (probe_has_buff_len())
				continue;
			assert_false(harness_takes(counter_program_fd(harness_on_lo.counter),
						   lengths[i]));
			continue;
		}
		frame_resize(&frame, lengths[i]);
		harness_check(&harness_on_lo, frame.bytes, frame.length, &expected);
	}
}

static void test_ipv4(void **state)
{
	(void)state;
	run_lengths("IPv4 TCP");
}

static void test_ipv6(void **state)
{
	(void)state;
	run_lengths("QinQ, IPv6 hop-by-hop, destination, AH, fragment, TCP");
}

static void test_no_ip(void **state)
{
	(void)state;
	run_lengths("LLDP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"IPv4 of up to 17 buffers is counted once, with its whole length", test_ipv4, NULL,
		 NULL, NULL},
		{"IPv6 of up to 17 buffers is counted once, with its whole length", test_ipv6, NULL,
		 NULL, NULL},
		{"no IP in up to 17 buffers is counted once, with its whole length", test_no_ip,
		 NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, harness_group_open, harness_group_close);
}
