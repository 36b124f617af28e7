/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that count have in common: settings, the maps of slots and
 * records, and how a packet is added to a record.
 */
#ifndef COLLECTD_XDP_TALLY_BPF_H
#define COLLECTD_XDP_TALLY_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpf/record.h"

/*
 * Settings are written before the program is loaded. The verifier sees them
 * as constants and removes the code of what is off. What it leaves is that they
 * are read: the counter reads the one that it needs for each packet once.
 * The observer, which costs many times that anyway, reads where it needs them.
 */
/* Bits of enum record_breakdown, and RECORD_ATOMIC: see tally_add(). */
const volatile __u32 setting_flags = RECORD_BY_PROTOCOL;
/* RX queues with a cell of their own behind the record. */
const volatile __u32 setting_queues = 0;
/* The kernel has bpf_xdp_get_buff_len() and bpf_xdp_load_bytes() (Linux 5.18). */
const volatile bool setting_buff_len = true;

/* Interface index -> slot number; 0: not ours. A variable, which takes no lookup; the only one in
 * .bss. */
__u16 slots[RECORD_NEAR_INDEXES];

/* The same for interface indexes from RECORD_NEAR_INDEXES up. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} far_slots SEC(".maps");

/* Slot number - 1 -> record. The loader sets the number of entries, and the size of a value. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

/*
 * A plain addition is exact: the cell belongs to this CPU, and the hook runs
 * in softirq context, which nothing else that runs this program interrupts on
 * the same CPU. PREEMPT_RT without PREEMPT_RT_NEEDS_BH_LOCK breaks the second
 * half of that (kernel commit 1872e75375c4).
 */
static __always_inline void tally_add(__u64 *counter, __u64 n, bool atomic)
{
	if (atomic)
		__sync_fetch_and_add(counter, n);
	else
		*counter += n;
}

/*
 * Zero, of which no verifier knows: no interface has index 0, so that nothing is ever written
 * there. The product knows nothing of its factors, either.
 */
static __always_inline __u64 tally_zero(void)
{
	return *(volatile __u16 *)slots * 0x1000100010001ULL;
}

static __always_inline __u32 tally_slot_of(__u32 ifindex)
{
	__u32 *slot, far;

	if (__builtin_expect(ifindex < RECORD_NEAR_INDEXES, true))
		return slots[ifindex];
	far = ifindex;
	slot = bpf_map_lookup_elem(&far_slots, &far);
	return slot ? *slot : 0;
}

/* What is counted at once: one packet, or several that are to be made of one. */
struct tally_packets {
	__u64 count;
	__u64 bytes; /* of all of them */
	__u64 each;  /* of those but the last */
	__u64 last;
	__u64 frame; /* bytes that can be read, which have the headers of all of them */
};

static __always_inline struct tally_packets tally_one(__u64 length)
{
	return (struct tally_packets){.count = 1, .bytes = length, .last = length, .frame = length};
}

/* Whether the compiler knows that it is one packet: then there is no code for several. */
static __always_inline bool tally_is_one(const struct tally_packets *packets)
{
	return __builtin_constant_p(packets->count) && packets->count == 1;
}

static __always_inline void tally_cell(struct record_cell *cell, __u64 packets, __u64 bytes,
				       bool atomic)
{
	tally_add(&cell->packets, packets, atomic);
	tally_add(&cell->bytes, bytes, atomic);
}

/*
 * The check is always true, but the verifier does not know what the parser's
 * tables hold; the barrier has the compiler use the checked register and no
 * copy of it.
 */
static __always_inline void tally_class(struct record *record, __u64 class, __u64 packets,
					__u64 bytes, bool atomic)
{
	barrier_var(class);
	if (class < RECORD_CLASSES)
		tally_cell(&record->classes[class], packets, bytes, atomic);
}

/*
 * A table here as well, for the lengths of packets mix as their protocols do. A caller puts a
 * barrier before, for the compiler is to use the register that it compares: a copy on the stack is
 * unknown to verifiers before Linux 5.12. (A barrier in here would be of a copy.)
 */
static const volatile __u8 tally_sizes[] = {
	[0 ... 64] = RECORD_SIZE_1_TO_64,	  [65 ... 127] = RECORD_SIZE_65_TO_127,
	[128 ... 255] = RECORD_SIZE_128_TO_255,	  [256 ... 511] = RECORD_SIZE_256_TO_511,
	[512 ... 1023] = RECORD_SIZE_512_TO_1023, [1024 ... 1518] = RECORD_SIZE_1024_TO_1518,
};

static __always_inline void tally_size(struct record *record, __u64 length, __u64 packets,
				       bool atomic)
{
	__u64 size = RECORD_SIZE_1519_TO_MAX;

	if (length < sizeof(tally_sizes))
		size = tally_sizes[length];
	/* Always true; the verifier does not know. */
	if (size < RECORD_SIZES)
		tally_add(&record->sizes[size], packets, atomic);
}

/*
 * Kind of the destination at the beginning of an Ethernet header. The first bit
 * sent says whether it is a group; all of them set, that it is everybody.
 */
static __always_inline __u64 tally_cast_of(const void *address)
{
	const __u16 *words = address;

	return (*(const __u8 *)address & 1) + (((__u32)(words[0] & words[1] & words[2]) + 1) >> 16);
}

/* RECORD_CASTS and above: there was no whole address. */
static __always_inline void tally_cast(struct record *record, __u64 cast, __u64 packets,
				       bool atomic)
{
	/* Where always true, neither compiler nor every verifier is to make use of that. */
	barrier_var(cast);
	if (cast < RECORD_CASTS)
		tally_add(&record->casts[cast], packets, atomic);
}

/* Counts the tunnel; RECORD_TUNNELS and above: the packet was in none. */
static __always_inline void tally_tunnel(struct record *record, __u64 tunnel, __u64 packets,
					 bool atomic)
{
	barrier_var(tunnel);
	if (tunnel < RECORD_TUNNELS)
		tally_add(&record->tunnels[tunnel], packets, atomic);
}

/* The cells of the queues follow the record; map value sized accordingly by the loader. */
static __always_inline void tally_queue(struct record *record, __u64 queue, __u64 length,
					bool atomic)
{
	struct record_cell *cells = (void *)(record + 1);

	barrier_var(queue);
	if (queue >= setting_queues)
		return;
	tally_cell(&cells[queue], 1, length, atomic);
}

#endif
