// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: a helper that is not for XDP programs. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	__u32 word;

	return bpf_skb_load_bytes(ctx, 0, &word, sizeof(word)) ? XDP_PASS : XDP_DROP;
}
