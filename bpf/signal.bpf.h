/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signs of attacks and faults (enum record_signal) in the header of layer 4, TTL and fragments.
 * By tables, as the class: where to look, what is found there -> cell. The header is looked at
 * where it is whole, in first or only fragments, and as far as the IP packet goes: what Ethernet
 * pads a packet with is no part of it.
 */
#ifndef COLLECTD_XDP_SIGNAL_BPF_H
#define COLLECTD_XDP_SIGNAL_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/parse.bpf.h"
#include "bpf/plain.bpf.h"
#include "bpf/record.h"
#include "bpf/tally.bpf.h"

/* Slot number - 1 -> signs. The loader sets the number of entries, where they are on. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_signals);
} signals SEC(".maps");

#define SIGNAL_TTL_LOW 1

/* What one packet shows. */
struct signal_found {
	__u64 cell;	      /* of its layer 4 header; RECORD_NO_SIGNAL: none */
	__u64 ttl;	      /* or hop limit; PARSE_NO_TTL: none */
	__u64 short_fragment; /* nonzero: it is one */
};

/* RFC 9293, 768, 792, 9260, 3828, 4340; ICMPv6 (RFC 4443) has four bytes at least behind its first
 * four in each message of those that are counted. */
#define SIGNAL_TCP_BYTES 20
#define SIGNAL_UDP_BYTES 8
#define SIGNAL_ICMP_BYTES 8
#define SIGNAL_SCTP_BYTES 12
#define SIGNAL_DCCP_BYTES 12
#define SIGNAL_BYTES_MASK 31
static const volatile __u8 signal_header_bytes[256] = {
	[IPPROTO_TCP] = SIGNAL_TCP_BYTES,     [IPPROTO_UDP] = SIGNAL_UDP_BYTES,
	[IPPROTO_ICMP] = SIGNAL_ICMP_BYTES,   [IPPROTO_ICMPV6] = SIGNAL_ICMP_BYTES,
	[IPPROTO_SCTP] = SIGNAL_SCTP_BYTES,   [IPPROTO_DCCP] = SIGNAL_DCCP_BYTES,
	[IPPROTO_UDPLITE] = SIGNAL_UDP_BYTES,
};

/*
 * What is looked at is the first two bytes of the last eight of the header: of TCP its length
 * and flags, of UDP the source port, of ICMP type and code.
 */
#define SIGNAL_LOOKED_AT 8
#define SIGNAL_KEYS 256 /* of each protocol: flags, low byte of the port, type */
enum { SIGNAL_OF_TCP, SIGNAL_OF_UDP, SIGNAL_OF_ICMP, SIGNAL_OF_ICMPV6, SIGNAL_OF_OTHER };
#define SIGNAL_CELLS (8 * SIGNAL_KEYS) /* a power of two */
#define SIGNAL_KEY(protocol, key) (SIGNAL_OF_##protocol * SIGNAL_KEYS + (key))

#define SIGNAL_FIN 0x01
#define SIGNAL_SYN 0x02
#define SIGNAL_RST 0x04
#define SIGNAL_ACK 0x10
/* The low five flags with any of the other three: PSH stands between RST and ACK. */
#define SIGNAL_FLAGS(flags, cell)                                                                  \
	[SIGNAL_KEY(TCP, flags)] = (cell), [SIGNAL_KEY(TCP, (flags) | 0x08)] = (cell),             \
			 [SIGNAL_KEY(TCP, (flags) | 0x20)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0x28)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0x40)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0x48)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0x60)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0x68)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0x80)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0x88)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0xa0)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0xa8)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0xc0)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0xc8)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0xe0)] = (cell),                               \
			 [SIGNAL_KEY(TCP, (flags) | 0xe8)] = (cell)
/* With and without ACK. */
#define SIGNAL_FLAGS_ANY_ACK(flags, cell)                                                          \
	SIGNAL_FLAGS(flags, cell), SIGNAL_FLAGS((flags) | SIGNAL_ACK, cell)
#define SIGNAL_PORT(port, cell) [SIGNAL_KEY(UDP, (port) % SIGNAL_KEYS)] = (cell)

/* Key -> enum record_signal. No two ports have the same low byte. */
static const volatile __u8 signal_cells[SIGNAL_CELLS] = {
	[SIGNAL_KEY(TCP, 0)] = RECORD_TCP_NULL,
	SIGNAL_FLAGS(SIGNAL_SYN, RECORD_TCP_SYN),
	SIGNAL_FLAGS(SIGNAL_SYN | SIGNAL_ACK, RECORD_TCP_SYN_ACK),
	SIGNAL_FLAGS_ANY_ACK(SIGNAL_FIN, RECORD_TCP_FIN),
	SIGNAL_FLAGS_ANY_ACK(SIGNAL_RST, RECORD_TCP_RST),
	SIGNAL_FLAGS_ANY_ACK(SIGNAL_RST | SIGNAL_FIN, RECORD_TCP_RST),
	SIGNAL_FLAGS_ANY_ACK(SIGNAL_SYN | SIGNAL_FIN, RECORD_TCP_SYN_FIN),
	SIGNAL_FLAGS_ANY_ACK(SIGNAL_SYN | SIGNAL_RST, RECORD_TCP_SYN_FIN),
	SIGNAL_FLAGS_ANY_ACK(SIGNAL_SYN | SIGNAL_RST | SIGNAL_FIN, RECORD_TCP_SYN_FIN),
	SIGNAL_PORT(53, RECORD_FROM_DNS),
	SIGNAL_PORT(123, RECORD_FROM_NTP),
	SIGNAL_PORT(161, RECORD_FROM_SNMP),
	SIGNAL_PORT(389, RECORD_FROM_CLDAP),
	SIGNAL_PORT(1900, RECORD_FROM_SSDP),
	SIGNAL_PORT(5353, RECORD_FROM_MDNS),
	SIGNAL_PORT(11211, RECORD_FROM_MEMCACHED),
	SIGNAL_PORT(19, RECORD_FROM_CHARGEN),
	/* RFC 792. */
	[SIGNAL_KEY(ICMP, 0)] = RECORD_ICMP_ECHO_REPLY,
	[SIGNAL_KEY(ICMP, 3)] = RECORD_ICMP_UNREACHABLE,
	[SIGNAL_KEY(ICMP, 5)] = RECORD_ICMP_REDIRECT,
	[SIGNAL_KEY(ICMP, 8)] = RECORD_ICMP_ECHO_REQUEST,
	[SIGNAL_KEY(ICMP, 11)] = RECORD_ICMP_TIME_EXCEEDED,
	/* RFC 4443, RFC 4861. */
	[SIGNAL_KEY(ICMPV6, 1)] = RECORD_ICMP_UNREACHABLE,
	[SIGNAL_KEY(ICMPV6, 3)] = RECORD_ICMP_TIME_EXCEEDED,
	[SIGNAL_KEY(ICMPV6, 128)] = RECORD_ICMP_ECHO_REQUEST,
	[SIGNAL_KEY(ICMPV6, 129)] = RECORD_ICMP_ECHO_REPLY,
	[SIGNAL_KEY(ICMPV6, 133)] = RECORD_ICMP_NEIGHBOUR,
	[SIGNAL_KEY(ICMPV6, 134)] = RECORD_ICMP_NEIGHBOUR,
	[SIGNAL_KEY(ICMPV6, 135)] = RECORD_ICMP_NEIGHBOUR,
	[SIGNAL_KEY(ICMPV6, 136)] = RECORD_ICMP_NEIGHBOUR,
	[SIGNAL_KEY(ICMPV6, 137)] = RECORD_ICMP_NEIGHBOUR_REDIRECT,
};

/* The whole port, which the low byte has led to; 0: no port. */
static const volatile __u16 signal_ports[RECORD_SIGNALS] = {
	[RECORD_FROM_DNS] = 53,		 [RECORD_FROM_NTP] = 123,    [RECORD_FROM_SNMP] = 161,
	[RECORD_FROM_CLDAP] = 389,	 [RECORD_FROM_SSDP] = 1900,  [RECORD_FROM_MDNS] = 5353,
	[RECORD_FROM_MEMCACHED] = 11211, [RECORD_FROM_CHARGEN] = 19,
};

/*
 * Where a packet of a class is looked at; what takes part in finding that there is no sign comes
 * first. Offsets that begin with `plain` are from the destination address of a plain frame.
 */
struct signal_row {
	__u8 plain_key;	   /* of the byte that is the key */
	__u8 plain_place;  /* of the two bytes that have it */
	__u16 first;	   /* in signal_cells */
	__u16 ttl_end;	   /* the lowest of SIGNAL_TTL() that is not low */
	__u16 minimum;	   /* of the two bytes: the length of TCP's header is 5 words at least */
	__u8 plain_length; /* of the length field of IP */
	__u8 plain_end;	   /* of what is behind the header of layer 4 */
	__u16 bytes;	   /* that the length field has to say at least */
	__u8 place;	   /* of the two bytes, from the header of layer 4 */
	__u8 shift;	   /* of the two bytes, to make a key of them */
	__u8 padding[2];
};

#define SIGNAL_IPV4 sizeof(struct ethhdr)
#define SIGNAL_IPV4_UPPER (SIGNAL_IPV4 + 20)
#define SIGNAL_IPV6_UPPER (SIGNAL_IPV4 + 40)
#define SIGNAL_TCP_PLACE (SIGNAL_TCP_BYTES - SIGNAL_LOOKED_AT)
/*
 * The hop limit of IPv6 and the TTL of IPv4, which follow each other: before the TTL of a plain
 * frame there is a zero, behind the hop limit an address.
 */
#define SIGNAL_HOP_LIMIT (SIGNAL_IPV4 + 7)
#define SIGNAL_TTL(hop_limit, ttl) ((hop_limit) << 8 | (ttl))
#define SIGNAL_IPV4_FIELDS                                                                         \
	.ttl_end = SIGNAL_TTL(0, SIGNAL_TTL_LOW + 1), .plain_length = SIGNAL_IPV4 + 2
#define SIGNAL_IPV6_FIELDS                                                                         \
	.ttl_end = SIGNAL_TTL(SIGNAL_TTL_LOW + 1, 0), .plain_length = SIGNAL_IPV4 + 4
#define SIGNAL_NO_KEY .plain_key = SIGNAL_IPV4, .first = SIGNAL_KEY(OTHER, 0)
#define SIGNAL_TCP(upper)                                                                          \
	.plain_key = (upper) + SIGNAL_TCP_PLACE + 1, .plain_place = (upper) + SIGNAL_TCP_PLACE,    \
	.plain_end = (upper) + SIGNAL_TCP_BYTES, .place = SIGNAL_TCP_PLACE,                        \
	.first = SIGNAL_KEY(TCP, 0), .minimum = 0x5000
#define SIGNAL_UDP(upper)                                                                          \
	.plain_key = (upper) + 1, .plain_place = (upper), .plain_end = (upper) + SIGNAL_UDP_BYTES, \
	.first = SIGNAL_KEY(UDP, 0)
#define SIGNAL_ICMP(upper, protocol)                                                               \
	.plain_key = (upper), .plain_place = (upper), .plain_end = (upper) + SIGNAL_ICMP_BYTES,    \
	.shift = 8, .first = SIGNAL_KEY(protocol, 0)

#define SIGNAL_ROWS 16 /* a power of two */
_Static_assert((int)RECORD_CLASSES <= SIGNAL_ROWS, "each class has a row");
#define SIGNAL_PLAIN_MASK 127
/* Of TCP and UDP their header is whole then; of ICMP its last byte may be missing. */
#define SIGNAL_BEHIND_KEY (SIGNAL_LOOKED_AT - 1)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winitializer-overrides"
static const volatile struct signal_row signal_rows[SIGNAL_ROWS] = {
	[0 ... SIGNAL_ROWS - 1] = {SIGNAL_NO_KEY},
	[RECORD_IPV4_OTHER] = {SIGNAL_IPV4_FIELDS, SIGNAL_NO_KEY},
	[RECORD_IPV4_TCP] = {SIGNAL_IPV4_FIELDS, SIGNAL_TCP(SIGNAL_IPV4_UPPER),
			     .bytes = 20 + SIGNAL_TCP_BYTES},
	[RECORD_IPV4_UDP] = {SIGNAL_IPV4_FIELDS, SIGNAL_UDP(SIGNAL_IPV4_UPPER),
			     .bytes = 20 + SIGNAL_UDP_BYTES},
	[RECORD_IPV4_ICMP] = {SIGNAL_IPV4_FIELDS, SIGNAL_ICMP(SIGNAL_IPV4_UPPER, ICMP),
			      .bytes = 20 + SIGNAL_ICMP_BYTES},
	[RECORD_IPV6_OTHER] = {SIGNAL_IPV6_FIELDS, SIGNAL_NO_KEY},
	[RECORD_IPV6_TCP] = {SIGNAL_IPV6_FIELDS, SIGNAL_TCP(SIGNAL_IPV6_UPPER),
			     .bytes = SIGNAL_TCP_BYTES},
	[RECORD_IPV6_UDP] = {SIGNAL_IPV6_FIELDS, SIGNAL_UDP(SIGNAL_IPV6_UPPER),
			     .bytes = SIGNAL_UDP_BYTES},
	[RECORD_IPV6_ICMP] = {SIGNAL_IPV6_FIELDS, SIGNAL_ICMP(SIGNAL_IPV6_UPPER, ICMPV6),
			      .bytes = SIGNAL_ICMP_BYTES},
};
#pragma clang diagnostic pop

static __always_inline const volatile struct signal_row *signal_row_of(__u64 class)
{
	const volatile struct signal_row *row;

	/* The mask stays: a class that was checked may come from the stack, see tally_size(). */
	barrier_var(class);
	row = &signal_rows[class % SIGNAL_ROWS];
	barrier_var(row); /* Else the compiler computes the address again each time. */
	return row;
}

/* The cell of what was found; its key is not the whole of it. */
static __always_inline __u64 signal_cell(const volatile struct signal_row *row, __u64 key)
{
	key += row->first;
	barrier_var(key);
	return signal_cells[key % SIGNAL_CELLS];
}

/* Whether a cell that is one is meant. `found`: two bytes, one of which was the key. */
static __always_inline bool signal_is_meant(const volatile struct signal_row *row, __u64 cell,
					    __u64 found)
{
	__u64 port;

	barrier_var(cell);
	if (cell >= RECORD_SIGNALS)
		return false;
	port = signal_ports[cell];
	return found >= row->minimum && (!port || port == found);
}

/*
 * Signs in a frame that was walked. False where the header of layer 4 goes on beyond what the
 * walk could read, though its packet is longer; then the frame, as far as that, is all there is.
 */
static __always_inline bool signal_walked(const struct parse_result *walked,
					  struct signal_found *ret_found)
{
	const volatile struct signal_row *row = signal_row_of(walked->class);
	const struct parse_upper *upper = &walked->upper;
	struct parse_cursor behind = upper->cursor, place = upper->cursor;
	__u64 copy, *header = &copy;
	__u64 found, cell;
	__s64 bytes;

	*ret_found = (struct signal_found){.ttl = walked->ttl};
	if (walked->class > RECORD_IPV6_ICMP || upper->later)
		return true;
	bytes = signal_header_bytes[upper->protocol & 0xff] & SIGNAL_BYTES_MASK;
	if (!bytes)
		return true;
	if (upper->left < bytes || !parse_advance(&behind, bytes)) {
		ret_found->short_fragment = upper->more;
		return upper->left < bytes;
	}
	parse_skip(&place, row->place & SIGNAL_BYTES_MASK);
	if (!row->bytes || !parse_fetch(&place, (void **)&header, sizeof(*header)))
		return true;
	found = bpf_ntohs(*(__be16 *)header);
	cell = signal_cell(row, (found >> row->shift) % SIGNAL_KEYS);
	if (cell && signal_is_meant(row, cell, found))
		ret_found->cell = cell;
	return true;
}

/*
 * Adds what packets have shown. `index`: slot number - 1. Of a TCP segment that several are made
 * of, the last one gets its FIN.
 */
static __always_inline void signal_count(const struct signal_found *found, const __u32 *index,
					 const struct tally_packets *packets, bool atomic)
{
	struct record_signals *record;
	__u64 cell = found->cell, count = packets->count, bytes = packets->bytes;

	if (!cell && found->ttl > SIGNAL_TTL_LOW && !found->short_fragment)
		return;
	record = bpf_map_lookup_elem(&signals, index);
	if (!record)
		return;
	if (!tally_is_one(packets) && cell == RECORD_TCP_FIN) {
		count = 1;
		bytes = packets->last;
	}
	if (cell) {
		/* Else both comparisons become one, of another register than the one that is used.
		 */
		barrier_var(cell);
		if (cell < RECORD_SIGNALS)
			tally_cell(&record->cells[cell], count, bytes, atomic);
	}
	if (found->ttl <= SIGNAL_TTL_LOW)
		tally_cell(&record->cells[RECORD_TTL_LOW], packets->count, packets->bytes, atomic);
	if (found->short_fragment)
		tally_cell(&record->cells[RECORD_SHORT_FRAGMENT], packets->count, packets->bytes,
			   atomic);
}

/* Where signs of a plain frame are looked for. */
struct signal_place {
	const volatile struct signal_row *row;
	__u8 *data; /* 12 bytes before the EtherType, as in plain_class() */
	__u8 *key;
};

/*
 * Finds it. False where the header of layer 4 goes on beyond the first buffer: if there are more,
 * the frame has to be walked.
 */
static __always_inline bool signal_find(void *data, void *end, __u64 class,
					struct signal_place *ret_place)
{
	const volatile struct signal_row *row = signal_row_of(class);
	void *key = data + (row->plain_key & SIGNAL_PLAIN_MASK);

	/* Where the header is cut off, the version of IPv6, which is the key of nothing. */
	*ret_place = (struct signal_place){.row = row, .data = data, .key = data + SIGNAL_IPV4};
	if (key + SIGNAL_BEHIND_KEY > end)
		return false;
	ret_place->key = key;
	return true;
}

/* The cell of a plain frame whose key leads to one. */
static __always_inline __u64 signal_confirm(const struct signal_place *place, void *data, void *end,
					    __u64 length, __u64 cell)
{
	const volatile struct signal_row *row = place->row;
	__u8 *found = place->data + (row->plain_place & SIGNAL_PLAIN_MASK);
	__u64 tag = (void *)place->data - data;
	__u16 bytes;

	barrier_var(tag); /* Else the compiler may add to a pointer what it must not. */
	if (length < tag + row->plain_end || (void *)found + sizeof(__be16) > end)
		return RECORD_NO_SIGNAL;
	/* A length of zero is any. */
	bytes = bpf_ntohs(row->plain_length == SIGNAL_IPV4 + 2
				  ? *(__be16 *)(place->data + SIGNAL_IPV4 + 2)
				  : *(__be16 *)(place->data + SIGNAL_IPV4 + 4)) -
		1;
	if (bytes < row->bytes - 1 || !signal_is_meant(row, cell, found[0] << 8 | found[1]))
		return RECORD_NO_SIGNAL;
	return cell;
}

/* Counts the signs of a plain frame. Most have none, which takes a few reads and two branches. */
static __always_inline void signal_plain(const struct signal_place *place, void *data, void *end,
					 const __u32 *index, __u64 length, bool atomic)
{
	const __u8 *hop_limit = place->data + SIGNAL_HOP_LIMIT;
	const struct tally_packets packet = tally_one(length);
	struct signal_found found = {.ttl = PARSE_NO_TTL};
	__u64 cell = signal_cell(place->row, *place->key);

	if (SIGNAL_TTL((__u64)hop_limit[0], hop_limit[1]) < place->row->ttl_end)
		found.ttl = SIGNAL_TTL_LOW;
	else if (__builtin_expect(!cell, true))
		return;
	if (cell)
		found.cell = signal_confirm(place, data, end, length, cell);
	signal_count(&found, index, &packet, atomic);
}

#endif
