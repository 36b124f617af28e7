// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counter: finds the record of the interface a packet came in on, adds
 * the packet to this CPU's copy of it, and lets the packet pass, whatever it is.
 * The second of the two programs leaves what becomes of it to the user's.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "parse.bpf.h"
#include "record.h"

char xdp_license[] SEC("license") = "GPL";

/*
 * Settings are written before the program is loaded. The verifier sees them
 * as constants and removes the code of what is off. What it leaves is that they
 * are read, at 0.1 ns each, so no packet asks for more of them than it has to.
 */
const volatile __u32 setting_version = RECORD_VERSION;
const volatile __u32 setting_breakdowns = RECORD_BY_PROTOCOL; /* enum record_breakdown */
/* RX queues with a cell of their own behind the record. */
const volatile __u32 setting_queues = 0;
/* The kernel has bpf_xdp_get_buff_len() (Linux 5.18). */
const volatile bool setting_buff_len = true;
/* Softirqs may interleave on one CPU: PREEMPT_RT, see add(). */
const volatile bool setting_atomic = false;

/* Interface index -> slot number; 0: not ours. A variable, which takes no lookup. */
__u32 slots[RECORD_NEAR_INDEXES] SEC(".data.slots");

/* The same for interface indexes from RECORD_NEAR_INDEXES up. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} far_slots SEC(".maps");

/* Slot number - 1 -> who is counted there. The loader sets the number of entries. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_owner);
} owners SEC(".maps");

/* Slot number - 1 -> record. The loader sets the number of entries, and the size of a value. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

/* The user's program, for xdp_count_next; not created for xdp_count. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next_program SEC(".maps");

/*
 * A plain addition is exact: the cell belongs to this CPU, and the hook runs
 * in softirq context, which nothing else that runs this program interrupts on
 * the same CPU. PREEMPT_RT without PREEMPT_RT_NEEDS_BH_LOCK breaks the second
 * half of that (kernel commit 1872e75375c4).
 */
static __always_inline void add(__u64 *counter, __u64 n, bool atomic)
{
	if (atomic)
		__sync_fetch_and_add(counter, n);
	else
		*counter += n;
}

static __always_inline __u32 slot_of(__u32 ifindex)
{
	__u32 *slot;

	if (ifindex < RECORD_NEAR_INDEXES)
		return slots[ifindex];
	slot = bpf_map_lookup_elem(&far_slots, &ifindex);
	return slot ? *slot : 0;
}

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
	walked = parse_walk(data, end);
	if (walked.tagged)
		add(&record->vlan_tagged, 1, atomic);
	if (walked.fragment)
		add(&record->ip_fragments, 1, atomic);
	return walked.class;
}

/* A table here as well, for the lengths of packets mix as their protocols do. */
static const volatile __u8 size_classes[] = {
	[0 ... 64] = RECORD_SIZE_1_TO_64,	  [65 ... 127] = RECORD_SIZE_65_TO_127,
	[128 ... 255] = RECORD_SIZE_128_TO_255,	  [256 ... 511] = RECORD_SIZE_256_TO_511,
	[512 ... 1023] = RECORD_SIZE_512_TO_1023, [1024 ... 1518] = RECORD_SIZE_1024_TO_1518,
};

static __always_inline void count_size(struct record *record, __u64 length, bool atomic)
{
	__u32 size = RECORD_SIZE_1519_TO_MAX;

	if (length < sizeof(size_classes))
		size = size_classes[length];
	/* Always true; the verifier does not know. */
	if (size < RECORD_SIZES)
		add(&record->sizes[size], 1, atomic);
}

/* The first bit sent says whether it is a group; all of them set, that it is everybody. */
static __always_inline void count_cast(struct record *record, void *data, void *end, bool atomic)
{
	struct ethhdr *eth = data;
	__u16 *address = data;
	__u32 cast;

	if ((void *)(eth + 1) > end)
		return;
	cast = eth->h_dest[0] & 1;
	cast += ((__u32)(address[0] & address[1] & address[2]) + 1) >> 16;
	/* Always true, but neither compiler nor every verifier is to make use of that. */
	barrier_var(cast);
	if (cast < RECORD_CASTS)
		add(&record->casts[cast], 1, atomic);
}

/* The cells of the queues follow the record; map value sized accordingly by the loader. */
static __always_inline void count_queue(struct record *record, __u32 queue, __u64 length,
					bool atomic)
{
	struct record_cell *cells = (void *)(record + 1);

	barrier_var(queue);
	if (queue >= setting_queues)
		return;
	add(&cells[queue].packets, 1, atomic);
	add(&cells[queue].bytes, length, atomic);
}

static __always_inline void count_further(struct xdp_md *ctx, struct record *record, __u64 length,
					  bool atomic)
{
	const __u32 further = setting_breakdowns & ~RECORD_BY_PROTOCOL;

	if (!further)
		return;
	if (further & RECORD_BY_SIZE)
		count_size(record, length, atomic);
	if (further & RECORD_BY_CAST)
		count_cast(record, (void *)(long)ctx->data, (void *)(long)ctx->data_end, atomic);
	if (further & RECORD_BY_QUEUE)
		count_queue(record, ctx->rx_queue_index, length, atomic);
}

static __always_inline void count(struct xdp_md *ctx, bool atomic)
{
	__u32 class = RECORD_UNPARSED;
	struct record *record;
	__u64 length;
	__u32 index;

	/* Not ours: slot 0, an index beyond the end, no record. */
	index = slot_of(ctx->ingress_ifindex) - 1;
	record = bpf_map_lookup_elem(&records, &index);
	if (!record)
		return;
	length = frame_length(ctx);

	if (setting_breakdowns & RECORD_BY_PROTOCOL)
		class = count_headers(record, (void *)(long)ctx->data, (void *)(long)ctx->data_end,
				      atomic);
	/*
	 * Always true, but the verifier does not know what the tables hold; the
	 * barrier has the compiler use the checked register and no copy of it.
	 */
	barrier_var(class);
	if (class < RECORD_CLASSES) {
		struct record_cell *cell = &record->classes[class];

		add(&cell->packets, 1, atomic);
		add(&cell->bytes, length, atomic);
	}
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
