// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel has that a test needs: the kernel is asked, and not the counter. */
#include "tests/kernel/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>

/* Ends the test that calls, with what the kernel would have to have. */
_Noreturn static void skip_for(const char *needs)
{
	printf("# needs %s\n", needs);
	fflush(stdout);
	skip();
	abort();
}

void harness_needs_queues(void)
{
	if (harness_is_outgoing())
		skip_for("a program that knows queues, which that for what goes out does not");
}

/* What the kernel says to a run of so many zero bytes. */
static int try_run(int program, size_t length, struct xdp_md *context)
{
	static const uint8_t zeros[FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = zeros, .data_size_in = (__u32)length);

	assert_uint_in_range(length, HARNESS_SHORTEST, sizeof(zeros));
	if (context) {
		run.ctx_in = context;
		run.ctx_size_in = sizeof(*context);
	}
	return bpf_prog_test_run_opts(program, &run);
}

bool harness_takes(int program, size_t length)
{
	int err = try_run(program, length, NULL);

	if (err && err != -EMSGSIZE)
		assert_int_equal(err, -EINVAL);
	return !err;
}

/* A program that lets all pass: what the kernel is asked about is not the counter. */
static int load_pass(void)
{
	const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "cxdp_pass", "GPL", instructions, 2, NULL);

	assert_true(program >= 0);
	return program;
}

void harness_needs_context(void)
{
	struct xdp_md context = {.data_end = HARNESS_SHORTEST, .ingress_ifindex = HARNESS_LO};
	int program = load_pass(), err = try_run(program, HARNESS_SHORTEST, &context);

	close(program);
	if (!err)
		return;
	assert_int_equal(err, -EINVAL);
	skip_for("a kernel whose BPF_PROG_TEST_RUN takes an interface and a queue (Linux 5.15)");
}

bool harness_is_jited(void)
{
	int program = load_pass();
	bool jited = harness_program_size(program).machine_bytes > 0;

	close(program);
	return jited;
}

bool harness_has_cast(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf && btf__find_by_name_kind(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return has && harness_is_jited();
}

void harness_needs_cast(void)
{
	if (!harness_has_cast())
		skip_for("bpf_cast_to_kern_ctx(), BTF and a JIT (Linux 6.2)");
}
