// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: every path is another one, more than the verifier looks at. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

volatile __u32 inputs[32];

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	__u64 sum = 0;

	for (int i = 0; i < 5000000; i++) {
		sum = sum * 3 + inputs[sum & 31];
		if (sum & 64)
			sum ^= ctx->rx_queue_index;
	}
	return sum & 1 ? XDP_PASS : XDP_ABORTED;
}
