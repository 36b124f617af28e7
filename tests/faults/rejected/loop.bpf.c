// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: a loop that nothing bounds. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

volatile __u32 go_on = 1;

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	while (go_on)
		;
	return XDP_PASS;
}
