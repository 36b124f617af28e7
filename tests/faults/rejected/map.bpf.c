// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: an index into the value of a map that nothing bounds. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

struct value {
	__u64 cells[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&values, &key);

	if (!value)
		return XDP_PASS;
	value->cells[ctx->rx_queue_index]++;
	return XDP_PASS;
}
