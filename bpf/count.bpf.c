// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counter: finds the record of the interface a packet came in on, adds
 * the packet to this CPU's copy of it, and lets the packet pass, whatever it is.
 * The second of the two programs leaves what becomes of it to the user's.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/parse.bpf.h"
#include "bpf/record.h"
#include "bpf/tally.bpf.h"

char xdp_license[] SEC("license") = "GPL";

const volatile __u32 setting_version = RECORD_VERSION;

/* Slot number - 1 -> who is counted there. The loader sets the number of entries. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_owner);
} owners SEC(".maps");

/* The user's program, for xdp_count_next; not created for xdp_count. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next_program SEC(".maps");

/* Bytes of the whole packet. Before Linux 5.18 there are no packets of several buffers. */
static __always_inline __u64 frame_length(struct xdp_md *ctx)
{
	if (setting_buff_len)
		return bpf_xdp_get_buff_len(ctx);
	return (void *)(long)ctx->data_end - (void *)(long)ctx->data;
}

/* Class by its protocol; tags and fragments are counted here. */
static __always_inline __u32 count_headers(struct record *record, void *data, void *end,
					   bool atomic)
{
	struct parse_result walked;
	__u32 class = parse_plain(data, end);

	if (class != PARSE_NOT_PLAIN)
		return class;
	walked = parse_walk((struct parse_cursor){.pos = data, .end = end});
	if (walked.tagged)
		tally_add(&record->vlan_tagged, 1, atomic);
	if (walked.fragment)
		tally_add(&record->ip_fragments, 1, atomic);
	return walked.class;
}

static __always_inline void count_cast(struct xdp_md *ctx, struct record *record, bool atomic)
{
	void *data = (void *)(long)ctx->data;

	if (data + sizeof(struct ethhdr) <= (void *)(long)ctx->data_end)
		tally_cast(record, tally_cast_of(data), atomic);
}

static __always_inline void count_further(struct xdp_md *ctx, struct record *record, __u64 length,
					  bool atomic)
{
	const __u32 further = setting_breakdowns & ~RECORD_BY_PROTOCOL;

	if (!further)
		return;
	if (further & RECORD_BY_SIZE)
		tally_size(record, length, atomic);
	if (further & RECORD_BY_CAST)
		count_cast(ctx, record, atomic);
	if (further & RECORD_BY_QUEUE)
		tally_queue(record, ctx->rx_queue_index, length, atomic);
}

static __always_inline void count(struct xdp_md *ctx, bool atomic)
{
	__u32 class = RECORD_UNPARSED;
	struct record *record;
	__u64 length;
	__u32 index;

	/* Not ours: slot 0, an index beyond the end, no record. */
	index = tally_slot_of(ctx->ingress_ifindex) - 1;
	record = bpf_map_lookup_elem(&records, &index);
	if (!record)
		return;
	length = frame_length(ctx);

	if (setting_breakdowns & RECORD_BY_PROTOCOL)
		class = count_headers(record, (void *)(long)ctx->data, (void *)(long)ctx->data_end,
				      atomic);
	tally_class(record, class, length, atomic);
	count_further(ctx, record, length, atomic);
}

/* Two copies of the code, one of which the verifier removes: the setting is asked for once. */
static __always_inline void count_once(struct xdp_md *ctx)
{
	if (setting_atomic)
		count(ctx, true);
	else
		count(ctx, false);
}

SEC("xdp")
int xdp_count(struct xdp_md *ctx)
{
	count_once(ctx);
	return XDP_PASS;
}

/* With Next, in place of xdp_count. A tail call does not return; an empty slot falls through. */
SEC("?xdp")
int xdp_count_next(struct xdp_md *ctx)
{
	count_once(ctx);
	bpf_tail_call(ctx, &next_program, 0);
	return XDP_PASS;
}
