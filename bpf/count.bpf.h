/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the counters of both directions do with a packet: find the record of the interface, and add
 * the packet to this CPU's copy of it. The program that includes this has included before how its
 * hook hands over a packet: bpf/length.bpf.h or bpf/length_out.bpf.h.
 */
#ifndef COLLECTD_XDP_COUNT_BPF_H
#define COLLECTD_XDP_COUNT_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/parse.bpf.h"
#include "bpf/plain.bpf.h"
#include "bpf/record.h"
#include "bpf/signal.bpf.h"
#include "bpf/tally.bpf.h"

#ifndef LENGTH_CONTEXT
#error "include bpf/length.bpf.h or bpf/length_out.bpf.h first"
#endif

const volatile __u32 setting_version = RECORD_VERSION;

/* Slot number - 1 -> who is counted there. The loader sets the number of entries. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_owner);
} owners SEC(".maps");

/* Of the records of the interface. Not ours: slot 0, an index beyond the end, no record. */
static __always_inline __u32 index_of(LENGTH_CONTEXT *ctx)
{
	return tally_slot_of(length_interface(ctx)) - 1;
}

/*
 * Class of any frame; tags, tunnels and fragments are counted here, and signs, if they are looked
 * for. Headers that do not lie in the first buffer are walked again, across the buffers (some
 * drivers hand over an empty first one).
 */
static __always_inline __u64 walk(LENGTH_CONTEXT *ctx, struct record *record, const __u32 *index,
				  const struct tally_packets *packets, __u64 flags, bool atomic,
				  bool signs)
{
	struct signal_found found = {0};
	struct parse_cursor cursor = {
		.way = PARSE_IN_PLACE,
		.any = tally_zero(),
		.start = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
		.ctx = ctx,
		.length = packets->frame,
	};
	struct parse_result walked = parse_walk(cursor, signs);
	bool again = signs && !signal_walked(&walked, &found);

	if ((walked.class == RECORD_MALFORMED || again) && length_may_have_more(ctx)) {
		cursor.way = LENGTH_ACROSS;
		walked = parse_walk(cursor, signs);
		if (signs)
			signal_walked(&walked, &found);
	}
	if (signs)
		signal_count(&found, index, packets, atomic);
	if (signs && !(flags & RECORD_BY_PROTOCOL))
		return RECORD_UNPARSED;
	walked.tagged |= length_tagged(ctx);
	tally_add(&record->vlan_tagged, walked.tagged * packets->count, atomic);
	tally_add(&record->ip_fragments, walked.fragment * packets->count, atomic);
	tally_tunnel(record, walked.tunnel, packets->count, atomic);
	return walked.class;
}

static __always_inline void count_cast(LENGTH_CONTEXT *ctx, struct record *record, __u64 packets,
				       bool atomic)
{
	struct ethhdr *eth = (void *)(long)ctx->data, copy;

	if ((void *)(eth + 1) <= (void *)(long)ctx->data_end)
		tally_cast(record, tally_cast_of(eth), packets, atomic);
	else if (length_may_have_more(ctx) && length_load(ctx, &copy, sizeof(copy)))
		tally_cast(record, tally_cast_of(&copy), packets, atomic);
}

static __always_inline void count_sizes(struct record *record, const struct tally_packets *packets,
					bool atomic)
{
	__u64 each = packets->each, last = packets->last;

	if (!tally_is_one(packets) && packets->count > 1) {
		barrier_var(each);
		tally_size(record, each, packets->count - 1, atomic);
	}
	barrier_var(last);
	tally_size(record, last, 1, atomic);
}

/* Any packet, or several at once. */
static __always_inline void count_any(LENGTH_CONTEXT *ctx, __u64 flags, bool atomic, bool signs)
{
	__u32 index = index_of(ctx);
	struct record *record = bpf_map_lookup_elem(&records, &index);
	struct tally_packets packets;
	__u64 class = RECORD_UNPARSED;

	if (!record)
		return;
	packets = length_of(ctx);
	if (flags & RECORD_BY_SIZE)
		count_sizes(record, &packets, atomic);
	if (flags & RECORD_BY_CAST)
		count_cast(ctx, record, packets.count, atomic);
	if (flags & RECORD_BY_QUEUE)
		tally_queue(record, length_queue(ctx), packets.bytes, atomic);
	/* Last, for the verifier goes every way through it, and through what follows each time. */
	if (signs || flags & RECORD_BY_PROTOCOL)
		class = walk(ctx, record, &index, &packets, flags, atomic, signs);
	tally_class(record, class, packets.count, packets.bytes, atomic);
}

/*
 * The ordinary packet, of one buffer with plain headers, without a call. False: it is another
 * one, and nothing of it is counted.
 */
static __always_inline bool count_plain(LENGTH_CONTEXT *ctx, __u64 flags, bool atomic, bool signs)
{
	struct signal_place place;
	struct record *record;
	void *data, *end;
	__u64 length;
	__u32 index;

	if (length_is_far(ctx))
		return false;
	index = index_of(ctx);
	record = bpf_map_lookup_elem(&records, &index);
	if (!record)
		return true;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	length = length_near(ctx, data, end);
	if (signs || flags & RECORD_BY_PROTOCOL) {
		const bool classes = !signs || flags & RECORD_BY_PROTOCOL;
		__u64 class = plain_class(data, end, false);

		if (class >= RECORD_CLASSES) {
			class = plain_class_tagged(data, end);
			if (class >= RECORD_CLASSES)
				return false;
			if (signs &&
			    !signal_find(data + sizeof(struct parse_vlan), end, class, &place) &&
			    length_near_may_have_more(ctx))
				return false;
			if (classes)
				tally_add(&record->vlan_tagged, 1, atomic);
		} else if (signs && !signal_find(data, end, class, &place) &&
			   length_near_may_have_more(ctx)) {
			return false;
		}
		/* With signs it may have been on the stack, where verifiers forget what it is. */
		if (signs)
			tally_class(record, classes ? class : RECORD_UNPARSED, 1, length, atomic);
		else
			tally_cell(&record->classes[class], 1, length, atomic);
	} else {
		if ((flags & RECORD_BY_CAST) && data + sizeof(struct ethhdr) > end)
			return false;
		tally_cell(&record->classes[RECORD_UNPARSED], 1, length, atomic);
	}
	barrier_var(length);
	if (flags & RECORD_BY_SIZE)
		tally_size(record, length, 1, atomic);
	if (flags & RECORD_BY_CAST)
		tally_cast(record, tally_cast_of(data), 1, atomic);
	if (flags & RECORD_BY_QUEUE)
		tally_queue(record, length_queue(ctx), length, atomic);
	if (signs)
		signal_plain(&place, data, end, &index, length, atomic);
	return true;
}

/*
 * A copy of the code for each of the settings, of which the verifier leaves one. The empty
 * statements keep the compiler from making one end of several copies.
 */
#define COUNT_ANY_AS(settings)                                                                     \
	case (settings):                                                                           \
		count_any(ctx, flags, (settings)&RECORD_ATOMIC, (settings)&RECORD_BY_SIGNAL);      \
		asm volatile("" : : "i"(settings));                                                \
		break

static __always_inline void count_other(LENGTH_CONTEXT *ctx)
{
	__u64 flags = setting_flags;

	switch (flags & (RECORD_ATOMIC | RECORD_BY_SIGNAL)) {
		COUNT_ANY_AS(0);
		COUNT_ANY_AS(RECORD_ATOMIC);
		COUNT_ANY_AS(RECORD_BY_SIGNAL);
		COUNT_ANY_AS(RECORD_ATOMIC | RECORD_BY_SIGNAL);
	}
}

static __always_inline bool count_unusual(LENGTH_CONTEXT *ctx)
{
	__u64 flags = setting_flags; /* no register of the usual ones */

	switch (flags & (RECORD_ATOMIC | RECORD_BY_SIGNAL)) {
	case RECORD_ATOMIC | RECORD_BY_SIGNAL:
		return count_plain(ctx, flags, true, true);
	case RECORD_BY_SIGNAL:
		return count_plain(ctx, flags, false, true);
	case RECORD_ATOMIC:
		return count_plain(ctx, flags, true, false);
	default:
		return count_plain(ctx, flags, false, false);
	}
}

/*
 * A copy of the code for each of the usual settings. Where they are compared as a whole, the
 * verifier leaves nothing of it; where bits of them are, it leaves that they are taken.
 * The empty statements keep the compiler from making one end of several copies.
 */
#define COUNT_AS(usual)                                                                            \
	case (usual):                                                                              \
		plain = count_plain(ctx, usual, false, (usual)&RECORD_BY_SIGNAL);                  \
		asm volatile("" : : "i"(usual));                                                   \
		break

static __always_inline bool count_ordinary(LENGTH_CONTEXT *ctx)
{
	__u64 flags = setting_flags;
	bool plain;

	switch (flags) {
		COUNT_AS(0);
		COUNT_AS(RECORD_BY_PROTOCOL);
		COUNT_AS(RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST);
		COUNT_AS(RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_QUEUE);
		COUNT_AS(RECORD_BY_PROTOCOL | RECORD_BY_SIGNAL);
		COUNT_AS(RECORD_COUNTED);
	default:
		plain = count_unusual(ctx);
	}
	return plain;
}

#endif
