// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel by trying, not by its version: vendors' kernels have features of later ones. */
#include "plugin/kernel/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

bool probe_has_buff_len(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) == 1;
}

/* Loads a program that does nothing. Returns 0 or -errno of bpf(2). */
static int try_program(__u32 flags)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = flags);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "GPL", pass, sizeof(pass) / sizeof(pass[0]),
			       &options);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

bool probe_has_frags(void)
{
	return try_program(BPF_F_XDP_HAS_FRAGS) == 0;
}

/* Descriptors that libbpf holds at once while it loads the counter, and some to spare. */
#define PROBE_DESCRIPTORS 16

/* Whether there are as many descriptors left. Returns 0 or -errno of fcntl(2). */
static int try_descriptors(int fd)
{
	int copies[PROBE_DESCRIPTORS];
	int count = 0, err = 0;

	while (count < PROBE_DESCRIPTORS && !err) {
		copies[count] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (copies[count] < 0)
			err = -errno;
		else
			count++;
	}
	while (count)
		close(copies[--count]);
	return err;
}

int probe_try(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(__u32), sizeof(__u32), 1, NULL);
	int err;

	if (fd < 0)
		return -errno;
	err = try_descriptors(fd);
	close(fd);
	return err ? err : try_program(0);
}

/* The kernel names the configuration in its version (uname(2)). */
bool probe_is_realtime(void)
{
	struct utsname name;

	return uname(&name) == 0 && strstr(name.version, "PREEMPT_RT");
}

int probe_tracing(void)
{
	/* r0 = 0; exit; */
	const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY);
	/* Each kernel with bpf(BPF_PROG_TEST_RUN) has it to be traced in tests
	 * (net/bpf/test_run.c). */
	int function = libbpf_find_vmlinux_btf_id("bpf_fentry_test1", BPF_TRACE_FENTRY);
	int fd;

	if (function < 0)
		return -ESRCH;
	options.attach_btf_id = (__u32)function;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "xdp_probe", "GPL", instructions,
			   sizeof(instructions) / sizeof(instructions[0]), &options);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}
