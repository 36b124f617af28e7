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
 * as constants and removes the code of what is off.
 */
const volatile __u32 setting_version = RECORD_VERSION;
const volatile bool setting_protocols = true;
const volatile bool setting_sizes = false;
const volatile bool setting_cast = false;
/* RX queues with a cell of their own behind the record; 0: none. */
const volatile __u32 setting_queues = 0;
/* The kernel has bpf_xdp_get_buff_len() (Linux 5.18). */
const volatile bool setting_buff_len = true;
/* Softirqs may interleave on one CPU: PREEMPT_RT, see add(). */
const volatile bool setting_atomic = false;

/* Interface index -> slot number; 0: not ours. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RECORD_NEAR_INDEXES);
	__type(key, __u32);
	__type(value, __u32);
} slots SEC(".maps");

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
static __always_inline void add(__u64 *counter, __u64 n)
{
	if (setting_atomic)
		__sync_fetch_and_add(counter, n);
	else
		*counter += n;
}

static __always_inline __u32 slot_of(__u32 ifindex)
{
	__u32 *slot;

	if (ifindex < RECORD_NEAR_INDEXES) {
		slot = bpf_map_lookup_elem(&slots, &ifindex);
		/*
		 * Keeps the compiler from making one call of the two: the kernel
		 * inlines the lookup in an array only where the map is a constant.
		 */
		barrier_var(slot);
	} else {
		slot = bpf_map_lookup_elem(&far_slots, &ifindex);
	}
	return slot ? *slot : 0;
}

/* Bytes of the whole packet. Before Linux 5.18 there are no packets of several buffers. */
static __always_inline __u64 frame_length(struct xdp_md *ctx)
{
	if (setting_buff_len)
		return bpf_xdp_get_buff_len(ctx);
	return (void *)(long)ctx->data_end - (void *)(long)ctx->data;
}

/* 1 if length > limit, without a branch; both are far below 2^63. */
static __always_inline __u32 exceeds(__u64 length, __u64 limit)
{
	return (limit - length) >> 63;
}

static __always_inline void count_size(struct record *record, __u64 length)
{
	__u32 size = exceeds(length, 64) + exceeds(length, 127) + exceeds(length, 255) +
		     exceeds(length, 511) + exceeds(length, 1023) + exceeds(length, 1518);

	add(&record->sizes[size], 1);
}

static __always_inline void count_cast(struct record *record, void *data, void *end)
{
	struct ethhdr *eth = data;
	__u32 cast = RECORD_UNICAST;
	__u64 address;

	if ((void *)(eth + 1) > end)
		return;
	address = (__u64)eth->h_dest[0] << 40 | (__u64)eth->h_dest[1] << 32 |
		  (__u64)eth->h_dest[2] << 24 | (__u64)eth->h_dest[3] << 16 |
		  (__u64)eth->h_dest[4] << 8 | eth->h_dest[5];
	if (address == 0xffffffffffff)
		cast = RECORD_BROADCAST;
	else if (eth->h_dest[0] & 1)
		cast = RECORD_MULTICAST;
	add(&record->casts[cast], 1);
}

/* The cells of the queues follow the record; map value sized accordingly by the loader. */
static __always_inline void count_queue(struct record *record, __u32 queue, __u64 length)
{
	struct record_cell *cells = (void *)(record + 1);

	barrier_var(queue);
	if (queue >= setting_queues)
		return;
	add(&cells[queue].packets, 1);
	add(&cells[queue].bytes, length);
}

static __always_inline void count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
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

	if (setting_protocols) {
		struct parse_result parsed = parse_frame(data, end);

		class = parsed.class;
		if (parsed.tagged)
			add(&record->vlan_tagged, 1);
		if (parsed.fragment)
			add(&record->ip_fragments, 1);
	}
	/*
	 * Always true, but the verifier does not know what the tables hold; the
	 * barrier has the compiler use the checked register and no copy of it.
	 */
	barrier_var(class);
	if (class < RECORD_CLASSES) {
		add(&record->classes[class].packets, 1);
		add(&record->classes[class].bytes, length);
	}
	if (setting_sizes)
		count_size(record, length);
	if (setting_cast)
		count_cast(record, data, end);
	if (setting_queues)
		count_queue(record, ctx->rx_queue_index, length);
}

SEC("xdp")
int xdp_count(struct xdp_md *ctx)
{
	count(ctx);
	return XDP_PASS;
}

/* With Next, in place of xdp_count. A tail call does not return; an empty slot falls through. */
SEC("?xdp")
int xdp_count_next(struct xdp_md *ctx)
{
	count(ctx);
	bpf_tail_call(ctx, &next_program, 0);
	return XDP_PASS;
}
