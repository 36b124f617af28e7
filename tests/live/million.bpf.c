// SPDX-License-Identifier: GPL-2.0-only
/* A hash of 1,000,000 keys: each run of the program adds the next one, which has counted one. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1000000);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

__u32 next;

SEC("xdp")
int fill(struct xdp_md *context)
{
	__u32 key = next++;
	__u64 one = 1;

	(void)context;
	bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	return XDP_PASS;
}
