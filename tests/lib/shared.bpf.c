// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counter as it is often written: a plain ++ on one counter that all CPUs
 * share. Test material: test_races.c shows that it loses packets.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char shared_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int xdp_shared(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *counter = bpf_map_lookup_elem(&packets, &key);

	(void)ctx;
	if (counter)
		*counter += 1;
	return XDP_PASS;
}
