/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpf/length.bpf.h is for what comes in, for what goes out: how many packets and bytes there
 * will be of what the stack hands down, which may be one packet or several that are made of it
 * later (GSO). They are counted as they will be on the wire.
 */
#ifndef COLLECTD_XDP_LENGTH_OUT_BPF_H
#define COLLECTD_XDP_LENGTH_OUT_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpf/parse.bpf.h"
#include "bpf/plain.bpf.h"
#include "bpf/tally.bpf.h"

#define LENGTH_CONTEXT struct __sk_buff
#define LENGTH_ACROSS PARSE_ACROSS_SKB

/* More than any packet has (BIG TCP: 512 KiB), and what verifiers add to a pointer. */
#define LENGTH_MASK 0xffffff

/* Whether not all of the packet lies in its first buffer. */
static __always_inline bool length_may_have_more(const struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u64 length = ctx->len & LENGTH_MASK;

	barrier_var(length); /* The mask stays. */
	return data + length > (void *)(long)ctx->data_end;
}

/* Whether it is several packets. */
static __always_inline bool length_is_far(const struct __sk_buff *ctx)
{
	return __builtin_expect(ctx->gso_size, false);
}

static __always_inline bool length_near_may_have_more(const struct __sk_buff *ctx)
{
	return length_may_have_more(ctx);
}

/* Bytes of a packet that is not far. */
static __always_inline __u64 length_near(const struct __sk_buff *ctx, void *data, void *end)
{
	(void)data;
	(void)end;
	return ctx->len;
}

/* SCTP's segments are of any size (GSO_BY_FRAGS, linux/skbuff.h), each with its common header. */
#define LENGTH_BY_FRAGS 0xffff
#define LENGTH_SCTP_HEADER 12
/*
 * Packets that will be made of one where it does not say so (SKB_GSO_DODGY, with gso_segs 0, to
 * Linux 6.18): it came from a guest, or another program has changed it. The kernel has worked them
 * out for the headers that are to be added, which are those of all of them but one
 * (qdisc_pkt_len_init()). Each has the same headers, and the rest in pieces of a size.
 */
struct length_unsaid {
	__u64 frame, added, size;
};

#define LENGTH_TRIES 4

/*
 * That number, for headers that are some units of four bytes behind Ethernet's 14, or behind two of
 * these: two numbers for which the same is added differ in that. `remainder`: 2, 0. 0: none.
 */
static __always_inline __u64 length_count(const struct length_unsaid *unsaid, __u64 remainder,
					  __u64 shortest)
{
	__u64 most = (unsaid->frame + unsaid->size - 1) / unsaid->size, found = 0;

	/* As the last piece is more often nearly full than nearly empty, the fewest. */
	for (int i = 0; i < LENGTH_TRIES; i++) {
		__u64 count = most - i, header = unsaid->added / (count - 1);

		if (count > 1 && header * (count - 1) == unsaid->added && header % 4 == remainder &&
		    header >= shortest &&
		    (unsaid->frame - header + unsaid->size - 1) / unsaid->size == count)
			found = count;
	}
	return found;
}

/* Ethernet and IPv4 of UDP that is to be fragmented; the same, VXLAN, Ethernet, IPv4, UDP. */
#define LENGTH_PLAIN 34
#define LENGTH_TUNNEL 92

static __always_inline __u64 length_derive(struct __sk_buff *ctx,
					   const struct length_unsaid *unsaid)
{
	__u64 class = plain_class((void *)(long)ctx->data, (void *)(long)ctx->data_end, false);
	__u64 count = 0;

	if (!unsaid->added)
		return 1;
	/* Frames are tunnelled in UDP, TCP is no tunnel. */
	if (class == RECORD_IPV4_UDP || class == RECORD_IPV6_UDP)
		count = length_count(unsaid, 0, LENGTH_TUNNEL);
	if (!count)
		count = length_count(unsaid, 2, LENGTH_PLAIN);
	if (!count)
		count = length_count(unsaid, 0, LENGTH_TUNNEL);
	return count ? count : (unsaid->frame + unsaid->size - 1) / unsaid->size;
}

static __always_inline struct tally_packets length_of_several(struct __sk_buff *ctx)
{
	__u64 frame = ctx->len, bytes = ctx->wire_len, size = ctx->gso_size, count = ctx->gso_segs;
	__u64 others, each;

	if (!count) {
		const struct length_unsaid unsaid = {frame, bytes - frame, size};

		count = length_derive(ctx, &unsaid);
	}
	others = count - 1;
	if (size == LENGTH_BY_FRAGS)
		bytes += others * LENGTH_SCTP_HEADER;
	/* Of BPF, a division by zero is zero. */
	each = size + (bytes - frame) / others;
	/* As long as they are on average, if they are not as long as that. */
	if (bytes - each * others - 1 >= each)
		each = bytes / count;
	return (struct tally_packets){.count = count,
				      .bytes = bytes,
				      .each = each,
				      .last = bytes - each * others,
				      .frame = frame};
}

static __always_inline __u64 length_join(__u64 number)
{
	number += tally_zero();
	barrier_var(number);
	return number;
}

/* What is counted of it. The verifier forgets by which way, for the headers are walked next. */
static __always_inline struct tally_packets length_of(struct __sk_buff *ctx)
{
	struct tally_packets packets = tally_one(ctx->len);

	if (ctx->gso_size)
		packets = length_of_several(ctx);
	packets.count = length_join(packets.count);
	packets.bytes = length_join(packets.bytes);
	packets.each = length_join(packets.each);
	packets.last = length_join(packets.last);
	packets.frame = length_join(packets.frame);
	return packets;
}

/* 1 or 0: whether the packet has a tag that is not in its frame. */
static __always_inline __u64 length_tagged(const struct __sk_buff *ctx)
{
	return ctx->vlan_present;
}

static __always_inline bool length_load(const struct __sk_buff *ctx, void *to, __u32 size)
{
	return bpf_skb_load_bytes(ctx, 0, to, size) == 0;
}

/* Index of the interface that the packet goes out by. */
static __always_inline __u32 length_interface(const struct __sk_buff *ctx)
{
	return ctx->ifindex;
}

/* None is counted: it is chosen later. */
static __always_inline __u32 length_queue(const struct __sk_buff *ctx)
{
	(void)ctx;
	return 0;
}

#endif
