// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: two pointers are added. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	__u64 sum;

	asm volatile("%0 = %1\n"
		     "%0 += r10\n"
		     : "=r"(sum)
		     : "r"(ctx));
	return sum ? XDP_PASS : XDP_DROP;
}
