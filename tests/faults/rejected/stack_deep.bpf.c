// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: writes below the 512 bytes of stack. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	asm volatile("r1 = 0\n"
		     "*(u64 *)(r10 - 520) = r1\n" ::
			     : "r1", "memory");
	return XDP_PASS;
}
