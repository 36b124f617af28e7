// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: an index into a local array that reaches beyond it. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	volatile __u64 cells[4] = {0, 0, 0, 0};

	return cells[ctx->rx_queue_index & 63] ? XDP_PASS : XDP_DROP;
}
