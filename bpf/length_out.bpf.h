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
#define LENGTH_TRIES 8

/*
 * Packets that will be made of one where it does not say so: it came from a guest, or another
 * program has changed it (SKB_GSO_DODGY, with gso_segs 0). The kernel has counted them for
 * `headers`, which are those of all of them but one (qdisc_pkt_len_init()): packets of which each
 * has the same, and that carry the rest in pieces of `size`.
 */
static __always_inline __u64 length_derive(__u64 frame, __u64 headers, __u64 size)
{
	__u64 count = (frame + size - 1) / size, found = 1;

	if (!headers)
		return 1;
#pragma clang loop unroll(disable)
	for (int i = 0; i < LENGTH_TRIES; i++) {
		__u64 others = count - 1 - i, header = headers / others;

		if (header * others == headers &&
		    (frame - header + size - 1) / size == others + 1) {
			found = others + 1;
			break;
		}
	}
	return found;
}

static __always_inline struct tally_packets length_of_several(const struct __sk_buff *ctx)
{
	__u64 frame = ctx->len, bytes = ctx->wire_len, size = ctx->gso_size, count = ctx->gso_segs;
	__u64 others, each;

	if (!count)
		count = length_derive(frame, bytes - frame, size);
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
static __always_inline struct tally_packets length_of(const struct __sk_buff *ctx)
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
