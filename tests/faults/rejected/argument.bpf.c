// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: a number where the helper wants a pointer. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	return bpf_map_lookup_elem(&values, (void *)1) ? XDP_PASS : XDP_DROP;
}
