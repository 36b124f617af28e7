// SPDX-License-Identifier: GPL-2.0-only
/* The smallest counter of one's own: all packets, in a map of one entry. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int count_all(struct xdp_md *ctx)
{
	__u64 *count = bpf_map_lookup_elem(&packets, &(__u32){0});

	(void)ctx;
	if (count)
		__sync_fetch_and_add(count, 1);
	return XDP_PASS;
}
