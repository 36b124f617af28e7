// SPDX-License-Identifier: GPL-2.0-only
/* An XDP program that leaves the verdict to another one, by a tail call. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char chain_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

SEC("xdp")
int chain(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 0);
	return XDP_ABORTED;
}
