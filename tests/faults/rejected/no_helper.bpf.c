// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: a helper that no kernel has. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

static long (*missing)(void) = (void *)100000;

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	return missing() ? XDP_PASS : XDP_DROP;
}
