// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the counter is compared with: the same numbers, counted as one would
 * write it down first, by branches, each number in a map entry with a lookup
 * of its own. Always XDP_PASS.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "tests/bench/naive.h"

char naive_license[] SEC("license") = "GPL";

/* Sizes, casts and queues, too. */
const volatile _Bool naive_everything = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NAIVE_INTERFACES *NAIVE_METRICS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct vlan {
	__be16 tci;
	__be16 proto;
};

struct extension {
	__u8 next;
	__u8 length;
	__be16 fragment;
	__u32 rest;
};

/* `first`: key of the interface's first number. */
static __always_inline void count(__u32 first, __u32 metric, __u64 n)
{
	__u32 key = first + metric;
	__u64 *counter = bpf_map_lookup_elem(&counters, &key);

	if (counter)
		*counter += n;
}

static __always_inline void count_both(__u32 first, __u32 metric, __u64 length)
{
	count(first, metric, 1);
	count(first, metric + 1, length);
}

static __always_inline void count_ipv4(__u32 first, void *pos, void *end, __u64 length)
{
	struct iphdr *ip = pos;

	if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5 || pos + ip->ihl * 4 > end) {
		count_both(first, NAIVE_MALFORMED, length);
		return;
	}
	if (ip->frag_off & bpf_htons(0x3fff))
		count(first, NAIVE_FRAGMENT, 1);
	if (ip->protocol == IPPROTO_TCP)
		count_both(first, NAIVE_IPV4_TCP, length);
	else if (ip->protocol == IPPROTO_UDP)
		count_both(first, NAIVE_IPV4_UDP, length);
	else if (ip->protocol == IPPROTO_ICMP)
		count_both(first, NAIVE_IPV4_ICMP, length);
	else
		count_both(first, NAIVE_IPV4_OTHER, length);
}

static __always_inline void count_ipv6(__u32 first, void *pos, void *end, __u64 length)
{
	struct ipv6hdr *ip = pos;
	__u8 next;

	if ((void *)(ip + 1) > end || ip->version != 6) {
		count_both(first, NAIVE_MALFORMED, length);
		return;
	}
	next = ip->nexthdr;
	pos = ip + 1;
	for (int i = 0; i < 8; i++) {
		struct extension *header = pos;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_FRAGMENT && next != IPPROTO_AH)
			break;
		if ((void *)(header + 1) > end) {
			count_both(first, NAIVE_MALFORMED, length);
			return;
		}
		if (next == IPPROTO_FRAGMENT) {
			count(first, NAIVE_FRAGMENT, 1);
			pos += sizeof(*header);
		} else if (next == IPPROTO_AH) {
			pos += sizeof(*header) + header->length * 4;
		} else {
			pos += sizeof(*header) + header->length * 8;
		}
		next = header->next;
	}
	if (next == IPPROTO_TCP)
		count_both(first, NAIVE_IPV6_TCP, length);
	else if (next == IPPROTO_UDP)
		count_both(first, NAIVE_IPV6_UDP, length);
	else if (next == IPPROTO_ICMPV6)
		count_both(first, NAIVE_IPV6_ICMP, length);
	else
		count_both(first, NAIVE_IPV6_OTHER, length);
}

static __always_inline void count_protocol(__u32 first, struct ethhdr *eth, void *end, __u64 length)
{
	__be16 proto = eth->h_proto;
	void *pos = eth + 1;

	for (int i = 0; i < 2; i++) {
		struct vlan *tag = pos;

		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > end) {
			count_both(first, NAIVE_MALFORMED, length);
			return;
		}
		if (i == 0)
			count(first, NAIVE_TAGGED, 1);
		proto = tag->proto;
		pos = tag + 1;
	}
	if (proto == bpf_htons(ETH_P_IP))
		count_ipv4(first, pos, end, length);
	else if (proto == bpf_htons(ETH_P_IPV6))
		count_ipv6(first, pos, end, length);
	else if (proto == bpf_htons(ETH_P_ARP))
		count_both(first, NAIVE_ARP, length);
	else
		count_both(first, NAIVE_OTHER, length);
}

static __always_inline void count_size(__u32 first, __u64 length)
{
	if (length <= 64)
		count(first, NAIVE_SIZES, 1);
	else if (length <= 127)
		count(first, NAIVE_SIZES + 1, 1);
	else if (length <= 255)
		count(first, NAIVE_SIZES + 2, 1);
	else if (length <= 511)
		count(first, NAIVE_SIZES + 3, 1);
	else if (length <= 1023)
		count(first, NAIVE_SIZES + 4, 1);
	else if (length <= 1518)
		count(first, NAIVE_SIZES + 5, 1);
	else
		count(first, NAIVE_SIZES + 6, 1);
}

static __always_inline void count_cast(__u32 first, const __u8 *address)
{
	if ((address[0] & address[1] & address[2] & address[3] & address[4] & address[5]) == 0xff)
		count(first, NAIVE_CASTS + 2, 1);
	else if (address[0] & 1)
		count(first, NAIVE_CASTS + 1, 1);
	else
		count(first, NAIVE_CASTS, 1);
}

SEC("xdp")
int xdp_naive(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u32 first = ctx->ingress_ifindex * NAIVE_METRICS;
	__u32 queue = ctx->rx_queue_index & 7;
	__u64 length = bpf_xdp_get_buff_len(ctx);

	count_both(first, NAIVE_TOTAL, length);
	if ((void *)(eth + 1) > end) {
		count_both(first, NAIVE_MALFORMED, length);
		return XDP_PASS;
	}
	count_protocol(first, eth, end, length);
	if (naive_everything) {
		count_size(first, length);
		count_cast(first, eth->h_dest);
		count_both(first, NAIVE_QUEUES + 2 * queue, length);
	}
	return XDP_PASS;
}
