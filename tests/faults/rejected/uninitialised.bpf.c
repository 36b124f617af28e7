// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: a register is read that nothing has written. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	__u64 value;

	asm volatile("%0 = r7" : "=r"(value));
	return value ? XDP_PASS : XDP_DROP;
}
