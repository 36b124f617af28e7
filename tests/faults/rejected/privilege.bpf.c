// SPDX-License-Identifier: GPL-2.0-only
/* Rejected without CAP_PERFMON: a number is added to a pointer into the packet. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	const __u8 *end = (void *)(long)ctx->data_end;
	const __u8 *byte = (void *)(long)ctx->data;

	byte += ctx->rx_queue_index & 63;
	if (byte + 1 > end)
		return XDP_PASS;
	return *byte ? XDP_PASS : XDP_DROP;
}
