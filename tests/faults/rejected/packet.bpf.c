// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: reads a byte of the packet without a look at its end. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	const __u8 *data = (void *)(long)ctx->data;

	return data[0] ? XDP_PASS : XDP_DROP;
}
