// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Next is tested with: firewalls that drop all, each with a count of its
 * own, in every form that a program can have; and a classifier that counts
 * what gets past the hook.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#ifndef NEXT_SECTION
#define NEXT_SECTION "xdp.frags"
#endif

char next_license[] SEC("license") = "GPL";

enum { DROPPED_ONE, DROPPED_TWO, THROUGH, TALLIES };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TALLIES);
	__type(key, __u32);
	__type(value, __u64);
} tally SEC(".maps");

static __always_inline void count(__u32 key)
{
	__u64 *value = bpf_map_lookup_elem(&tally, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
}

SEC(NEXT_SECTION)
int drop_one(struct xdp_md *ctx)
{
	(void)ctx;
	count(DROPPED_ONE);
	return XDP_DROP;
}

SEC(NEXT_SECTION)
int drop_two(struct xdp_md *ctx)
{
	(void)ctx;
	count(DROPPED_TWO);
	return XDP_DROP;
}

/* Without packets of several buffers. */
SEC("xdp")
int drop_plain(struct xdp_md *ctx)
{
	(void)ctx;
	count(DROPPED_TWO);
	return XDP_DROP;
}

SEC("xdp/devmap")
int for_devmap(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

SEC("tc")
int through(struct __sk_buff *skb)
{
	(void)skb;
	count(THROUGH);
	return 0; /* TC_ACT_OK */
}
