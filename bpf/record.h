/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * THE CONTRACT between the counter in the kernel and the plugin that reads it:
 * what is kept for one interface on one CPU. Compiles alone, as BPF C and as
 * user space C. Whoever changes the meaning or the place of a member raises
 * RECORD_VERSION.
 */
#ifndef COLLECTD_XDP_RECORD_H
#define COLLECTD_XDP_RECORD_H

#include <linux/types.h>

#ifdef RECORD_TEST_LAYOUT /* longer by a cache line: tests upgrade to it and from it */
#define RECORD_VERSION 999
#define RECORD_PADDING 10
#else
#define RECORD_VERSION 1
#define RECORD_PADDING 2
#endif

/*
 * Class of a packet, by the protocol number of its IP header or of the last
 * IPv6 extension header walked. Every packet is in exactly one class, so the
 * total of an interface is the sum over its classes. One more takes a line
 * here, one in parse_classes (bpf/parse.bpf.h) and a name to report it by.
 */
enum record_class {
	RECORD_IPV4_OTHER,
	RECORD_IPV4_TCP,
	RECORD_IPV4_UDP,
	RECORD_IPV4_ICMP,
	RECORD_IPV6_OTHER,
	RECORD_IPV6_TCP,
	RECORD_IPV6_UDP,
	RECORD_IPV6_ICMP,
	RECORD_ARP,
	RECORD_OTHER,	  /* no IP: LLDP, a third VLAN tag, a fifth label, ...; or out of reach */
	RECORD_MALFORMED, /* ends inside a header, or contradicts itself */
	RECORD_UNPARSED,  /* headers not looked at: the breakdown is off */
	RECORD_CLASSES
};

/* Frame length at the hook, in bytes, without FCS. */
enum record_size {
	RECORD_SIZE_1_TO_64,
	RECORD_SIZE_65_TO_127,
	RECORD_SIZE_128_TO_255,
	RECORD_SIZE_256_TO_511,
	RECORD_SIZE_512_TO_1023,
	RECORD_SIZE_1024_TO_1518,
	RECORD_SIZE_1519_TO_MAX,
	RECORD_SIZES
};

/* By the destination address; a frame without a whole one has no cast. */
enum record_cast { RECORD_UNICAST, RECORD_MULTICAST, RECORD_BROADCAST, RECORD_CASTS };

/* Inside what the packet that has the class was found. */
enum record_tunnel { RECORD_PPPOE, RECORD_MPLS, RECORD_TUNNELS };

/* What an XDP program that is observed decided; in the order of enum xdp_action (linux/bpf.h). */
enum record_verdict {
	RECORD_ABORTED, /* and any value that is no verdict: the kernel drops the packet, too */
	RECORD_DROP,
	RECORD_PASS,
	RECORD_TX,
	RECORD_REDIRECT,
	RECORD_VERDICTS
};

/*
 * Signs of attacks and faults, each with a cell. What is counted where bpf/signal.bpf.h says; a
 * packet is in one of those of its layer 4 header at most, and in the last two besides.
 */
enum record_signal {
	RECORD_NO_SIGNAL, /* of the tables of the program; its cell stays zero */
	RECORD_TCP_SYN,	  /* without ACK; the next five exclude each other as well */
	RECORD_TCP_SYN_ACK,
	RECORD_TCP_FIN, /* with or without ACK */
	RECORD_TCP_RST, /* also with FIN */
	RECORD_TCP_NULL,
	RECORD_TCP_SYN_FIN, /* or SYN and RST */
	RECORD_ICMP_ECHO_REQUEST,
	RECORD_ICMP_ECHO_REPLY,
	RECORD_ICMP_UNREACHABLE,
	RECORD_ICMP_TIME_EXCEEDED,
	RECORD_ICMP_REDIRECT,
	RECORD_ICMP_NEIGHBOUR,
	RECORD_ICMP_NEIGHBOUR_REDIRECT, /* of ICMPv6, which is both */
	RECORD_FROM_DNS,		/* UDP source ports */
	RECORD_FROM_NTP,
	RECORD_FROM_SNMP,
	RECORD_FROM_CLDAP,
	RECORD_FROM_SSDP,
	RECORD_FROM_MDNS,
	RECORD_FROM_MEMCACHED,
	RECORD_FROM_CHARGEN,
	RECORD_TTL_LOW,
	RECORD_SHORT_FRAGMENT,
	RECORD_SIGNALS
};

/* What is counted besides packets and bytes; bits. */
enum record_breakdown {
	RECORD_BY_PROTOCOL = 1,
	RECORD_BY_SIZE = 2,
	RECORD_BY_CAST = 4,
	RECORD_BY_QUEUE = 8,
	RECORD_BY_SIGNAL = 0x10, /* in records of their own, and read by a source */
	/* What the counter does not get: it keeps a record per CPU anyway, and sources count apart.
	 */
	RECORD_BY_CPU = 0x10000,
	RECORD_BY_VERDICT = 0x20000,
	RECORD_BY_FATE = 0x40000,
	RECORD_BY_DIRECTION = 0x80000, /* what goes out, too: by a counter of its own */
	RECORD_BY_PEAK = 0x100000
};

/* The bits above that the counter gets, which removes the code of those that are off. */
#define RECORD_COUNTED                                                                             \
	(RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_QUEUE | RECORD_BY_SIGNAL)

/* In the same setting: add atomically, for softirqs may interleave on one CPU (PREEMPT_RT). */
#define RECORD_ATOMIC 0x100

struct record_cell {
	__u64 packets;
	__u64 bytes; /* whole frames, all fragments of a multi-buffer packet */
};

/*
 * One interface on one CPU. With the breakdown by queue on, the value of the
 * map is longer: one struct record_cell per RX queue follows directly.
 */
struct record {
	struct record_cell classes[RECORD_CLASSES];
	__u64 sizes[RECORD_SIZES];
	__u64 casts[RECORD_CASTS];
	__u64 vlan_tagged;  /* packets with at least one whole tag: 802.1Q, 802.1ad, 0x9100, 0x9200
			     */
	__u64 ip_fragments; /* packets that are a fragment of an IPv4 or IPv6 packet */
	__u64 tunnels[RECORD_TUNNELS]; /* packets with a whole session header, or label */
	/* Always zero, so that a new member can take its place without another version. */
	__u64 padding[RECORD_PADDING];
};

/*
 * The same packets once more by verdict, while they are counted at another
 * XDP program; a map of its own, so that the counter's records stay short.
 */
struct record_verdicts {
	struct record_cell cells[RECORD_VERDICTS];
	__u64 padding[6];
};

/* The signs of one interface on one CPU; a map of its own, for the same reason. */
struct record_signals {
	struct record_cell cells[RECORD_SIGNALS];
};

/*
 * Who is counted in a slot: for a plugin that starts later and finds the maps
 * pinned. The program does not read it.
 */
struct record_owner {
	char name[16]; /* of the interface, IF_NAMESIZE */
	__u32 ifindex; /* 0: nobody */
	__u32 padding;
};

/* Bytes of a map value with `queues` cells behind the record: whole cache lines. */
#define RECORD_LINE 64
#define RECORD_BYTES(queues)                                                                       \
	((sizeof(struct record) + (queues) * sizeof(struct record_cell) + RECORD_LINE - 1) /       \
	 RECORD_LINE * RECORD_LINE)

/* Cells for queues that a map value of that many bytes, which are at least a record's, has. */
#define RECORD_QUEUES(bytes) (((bytes) - sizeof(struct record)) / sizeof(struct record_cell))

/* Interface indexes below this are looked up in an array of 128 KiB, others in a hash. */
#define RECORD_NEAR_INDEXES 65536

_Static_assert(sizeof(struct record_cell) == 16, "two counters, no padding");
_Static_assert(sizeof(struct record) == 304 + RECORD_PADDING * 8, "no hidden padding");
_Static_assert(sizeof(struct record) % RECORD_LINE == 0, "whole cache lines");
_Static_assert(__builtin_offsetof(struct record, sizes) == 192, "classes come first");
_Static_assert(__builtin_offsetof(struct record, casts) == 248, "then sizes");
_Static_assert(__builtin_offsetof(struct record, vlan_tagged) == 272, "then casts");
_Static_assert(__builtin_offsetof(struct record, tunnels) == 288, "in what was padding at first");

_Static_assert(sizeof(struct record_verdicts) % RECORD_LINE == 0, "whole cache lines");
_Static_assert(sizeof(struct record_signals) % RECORD_LINE == 0, "whole cache lines");
_Static_assert(sizeof(struct record_owner) == 24, "no hidden padding");

#endif
