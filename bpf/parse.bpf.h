/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounds-checked walk over the headers of a frame: from the Ethernet header, through tags and
 * tunnels, to the protocol number that decides the class. Reads the packet, writes nothing.
 */
#ifndef COLLECTD_XDP_PARSE_BPF_H
#define COLLECTD_XDP_PARSE_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/order.bpf.h"
#include "bpf/record.h"

/* EtherTypes of tags that are older than 802.1ad; linux/if_ether.h has the first by another name.
 */
#define PARSE_TPID_9100 0x9100
#define PARSE_TPID_9200 0x9200
#define PARSE_VLAN_TAGS 2
#define PARSE_MPLS_LABELS 4
#define PARSE_EXTENSIONS 8
/* No extension header is longer: 255 units of 8 bytes, and more than the verifier needs for 12. */
#define PARSE_EXTENSION_MASK 0xfff

struct parse_vlan {
	__be16 tci;
	__be16 encapsulated_proto;
};

/* PPPoE session (RFC 2516, section 4), and the protocol of PPP, which is not compressed there. */
struct parse_pppoe {
	__u8 version_and_type;
	__u8 code;
	__be16 session;
	__be16 length; /* not looked at, as that of IP is not */
	__be16 ppp_proto;
};
#define PARSE_PPPOE_VERSION_1_TYPE_1 0x11
#define PARSE_PPP_IPV4 0x0021
#define PARSE_PPP_IPV6 0x0057

/* In a label of MPLS (RFC 3032): the last one of the stack. */
#define PARSE_MPLS_BOTTOM 0x00000100

/* What RFC 8200 extension headers (and AH, RFC 4302) have in common. */
struct parse_extension {
	__u8 nexthdr;
	__u8 hdrlen;
	__be16 fragment; /* only in a fragment header: offset, reserved, M */
	__u32 rest;
};

#define PARSE_IPV4_FRAGMENT 0x3fff /* MF and the offset (RFC 791) */
#define PARSE_IPV4_OFFSET 0x1fff
#define PARSE_IPV4_MORE 0x2000
#define PARSE_IPV6_FRAGMENT_OFFSET 0xfff8 /* RFC 8200, section 4.5 */
#define PARSE_IPV6_FRAGMENT_MORE 0x0001

/*
 * How the headers are read. A program at the hook reads them where they are, as far as they lie
 * in the first buffer of the packet, and across buffers by a helper, of which each kind of hook
 * has its own. One that traces another program has to copy them, for to it a packet is any kernel
 * memory.
 */
enum parse_way { PARSE_IN_PLACE, PARSE_ACROSS, PARSE_ACROSS_SKB, PARSE_COPIED };

struct parse_cursor {
	enum parse_way way; /* a constant, so that one of them is left */
	__u64 at;	    /* bytes before the cursor */
	__u64 any;	    /* see parse_join() */
	void *start, *end;  /* but across buffers: */
	void *ctx;	    /* of the program */
	__u64 length;	    /* in all */
};
/* No cursor is moved as far: 8 extension headers of 2,048 bytes stand behind less than 100. */
#define PARSE_AT_MASK 0x7fff

/* What stands behind the last header of an IP packet, as far as its headers tell. */
struct parse_upper {
	struct parse_cursor cursor; /* there */
	__s64 left;		    /* bytes of the IP packet from there on, by its length field */
	__u64 protocol;		    /* whose header begins there */
	/* Bits, not whether: each question would be two paths for the verifier. */
	__u64 more;  /* nonzero: fragments follow */
	__u64 later; /* nonzero: it is no first fragment, and there is no header */
};

#define PARSE_NO_TTL 0xff
struct parse_result {
	__u64 class;	/* enum record_class */
	__u64 tagged;	/* 1 or 0, to be added without asking: that would be two paths, too */
	__u64 fragment; /* the same */
	__u64 tunnel;	/* enum record_tunnel; RECORD_TUNNELS: none */
	__u64 ttl;	/* or hop limit; PARSE_NO_TTL: no whole header of IP */
	/* Of IP that is not malformed. Where a caller uses nothing of it, its code goes. */
	struct parse_upper upper;
};

/* Length fields of IP are zero where they are too short for the length (RFC 2675; BIG TCP). */
#define PARSE_ANY_LENGTH 0x100000

/*
 * What is no class but an IPv6 extension header, behind which the walk goes on. The low bits are
 * the unit of its length field, in bytes beyond the first 8 (RFC 8200, RFC 4302); a fragment
 * header is 8 bytes long and has no such field.
 */
#define PARSE_WALK 0x80
#define PARSE_UNIT 0x0f
#define PARSE_FRAGMENT (PARSE_WALK | 0)
#define PARSE_AH (PARSE_WALK | 4)
#define PARSE_EXTENSION (PARSE_WALK | 8)
_Static_assert((int)RECORD_CLASSES <= PARSE_WALK, "a class is no extension header");

/*
 * Protocol number -> class or extension header; the numbers of IPv6 follow those of IPv4, and
 * behind them is what has no such number. A table, not branches: with mixed traffic
 * mispredictions cost more than all the rest of the walk.
 */
#define PARSE_IPV6 256
#define PARSE_ARP 512
#define PARSE_CLASSES 1024 /* a power of two */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winitializer-overrides"
static const volatile __u8 parse_classes[PARSE_CLASSES] = {
	[0 ... PARSE_IPV6 - 1] = RECORD_IPV4_OTHER,
	[IPPROTO_TCP] = RECORD_IPV4_TCP,
	[IPPROTO_UDP] = RECORD_IPV4_UDP,
	[IPPROTO_ICMP] = RECORD_IPV4_ICMP,
	[PARSE_IPV6... PARSE_ARP - 1] = RECORD_IPV6_OTHER,
	[PARSE_IPV6 | IPPROTO_TCP] = RECORD_IPV6_TCP,
	[PARSE_IPV6 | IPPROTO_UDP] = RECORD_IPV6_UDP,
	[PARSE_IPV6 | IPPROTO_ICMPV6] = RECORD_IPV6_ICMP,
	[PARSE_IPV6 | IPPROTO_HOPOPTS] = PARSE_EXTENSION,
	[PARSE_IPV6 | IPPROTO_ROUTING] = PARSE_EXTENSION,
	[PARSE_IPV6 | IPPROTO_DSTOPTS] = PARSE_EXTENSION,
	[PARSE_IPV6 | IPPROTO_FRAGMENT] = PARSE_FRAGMENT,
	[PARSE_IPV6 | IPPROTO_AH] = PARSE_AH,
	[PARSE_ARP... PARSE_CLASSES - 1] = RECORD_ARP,
};
#pragma clang diagnostic pop

/* A tag between the addresses and the EtherType moves all that follows. */
static __always_inline bool parse_is_tag(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD) ||
	       proto == bpf_htons(PARSE_TPID_9100) || proto == bpf_htons(PARSE_TPID_9200);
}

/*
 * The same number, of which the verifier knows nothing any longer. It goes every way that leads
 * to a place, and from there on again where it knows something else of a number that matters. Where
 * ways meet, that is taken from it: `any` is always zero, which only the caller knows.
 */
static __always_inline __u64 parse_join(const struct parse_cursor *cursor, __u64 number)
{
	number += cursor->any;
	barrier_var(number);
	return number;
}

static __always_inline void parse_join_at(struct parse_cursor *cursor)
{
	cursor->at = parse_join(cursor, cursor->at) & PARSE_AT_MASK;
}

/* Where the cursor stands. One addition, for the verifier knows the length behind its result. */
static __always_inline void *parse_pos(const struct parse_cursor *cursor)
{
	void *pos = cursor->start + cursor->at;

	barrier_var(pos);
	return pos;
}

/*
 * Finds the next bytes where they can be read, which is there, or in `*header`, where that
 * points to memory for a copy. False where the frame ends before.
 */
static __always_inline bool parse_fetch(const struct parse_cursor *cursor, void **header,
					__u32 size)
{
	void *pos;

	if (cursor->way == PARSE_ACROSS)
		return bpf_xdp_load_bytes(cursor->ctx, cursor->at, *header, size) == 0;
	if (cursor->way == PARSE_ACROSS_SKB)
		return bpf_skb_load_bytes(cursor->ctx, cursor->at, *header, size) == 0;
	pos = parse_pos(cursor);
	if (pos + size > cursor->end)
		return false;
	if (cursor->way == PARSE_IN_PLACE)
		*header = pos;
	else /* Fills it with zeros where it fails. */
		(void)bpf_probe_read_kernel(*header, size, pos);
	return true;
}

/* Moves the cursor over what was fetched. */
static __always_inline void parse_skip(struct parse_cursor *cursor, __u64 bytes)
{
	cursor->at += bytes;
}

/* Moves the cursor on; false where the frame ends before. */
static __always_inline bool parse_advance(struct parse_cursor *cursor, __u64 bytes)
{
	cursor->at += bytes;
	if (cursor->way == PARSE_ACROSS || cursor->way == PARSE_ACROSS_SKB)
		return cursor->at <= cursor->length;
	return parse_pos(cursor) <= cursor->end;
}

/* Moves the cursor over the tags; returns the protocol behind them, or -1 if a tag is cut off. */
static __always_inline __s64 parse_vlan_tags(struct parse_cursor *cursor, __be16 proto,
					     __u64 *tagged)
{
	for (int i = 0; i < PARSE_VLAN_TAGS; i++) {
		struct parse_vlan copy, *tag = &copy;

		if (!parse_is_tag(proto))
			break;
		if (!parse_fetch(cursor, (void **)&tag, sizeof(*tag)))
			return -1;
		*tagged = 1;
		proto = tag->encapsulated_proto;
		parse_skip(cursor, sizeof(*tag));
	}
	return proto;
}

/*
 * Moves the cursor over a PPPoE session header. Returns the EtherType of the packet inside; 0: it
 * is no IP; -1: the header is cut off, or of no session.
 */
static __always_inline __s64 parse_pppoe(struct parse_cursor *cursor, __u64 *tunnel)
{
	struct parse_pppoe copy, *pppoe = &copy;

	if (!parse_fetch(cursor, (void **)&pppoe, sizeof(*pppoe)))
		return -1;
	if (pppoe->version_and_type != PARSE_PPPOE_VERSION_1_TYPE_1 || pppoe->code != 0)
		return -1;
	*tunnel = RECORD_PPPOE;
	parse_skip(cursor, sizeof(*pppoe));
	if (pppoe->ppp_proto == bpf_htons(PARSE_PPP_IPV4))
		return bpf_htons(ETH_P_IP);
	return pppoe->ppp_proto == bpf_htons(PARSE_PPP_IPV6) ? bpf_htons(ETH_P_IPV6) : 0;
}

/*
 * The same of a stack of MPLS labels. No label says what is inside: the first four bits do, which
 * are a version of IP, or none where a control word stands there (RFC 4928).
 */
static __always_inline __s64 parse_mpls(struct parse_cursor *cursor, __u64 *tunnel)
{
	__u8 copied, *first = &copied;
	__u32 bottom = 0;

#pragma clang loop unroll(disable)
	for (int i = 0; i < PARSE_MPLS_LABELS && !bottom; i++) {
		__be32 copy, *label = &copy;

		if (!parse_fetch(cursor, (void **)&label, sizeof(*label)))
			return -1;
		*tunnel = RECORD_MPLS;
		bottom = *label & bpf_htonl(PARSE_MPLS_BOTTOM);
		parse_skip(cursor, sizeof(*label));
	}
	if (!bottom)
		return 0;
	if (!parse_fetch(cursor, (void **)&first, sizeof(*first)))
		return -1;
	if (*first >> 4 == 4)
		return bpf_htons(ETH_P_IP);
	return *first >> 4 == 6 ? bpf_htons(ETH_P_IPV6) : 0;
}

static __always_inline __s64 parse_ip_length(__be16 field)
{
	return field ? bpf_ntohs(field) : PARSE_ANY_LENGTH;
}

/* Class of an IPv4 packet; options are stepped over, not read. */
static __always_inline __u64 parse_ipv4(struct parse_cursor *cursor, struct parse_result *result)
{
	struct parse_upper *upper = &result->upper;
	struct iphdr copy, *ip = &copy;

	if (!parse_fetch(cursor, (void **)&ip, sizeof(*ip)))
		return RECORD_MALFORMED;
	if (ip->version != 4 || ip->ihl < 5)
		return RECORD_MALFORMED;
	if (!parse_advance(cursor, ip->ihl * 4))
		return RECORD_MALFORMED;
	result->fragment = (bpf_ntohs(ip->frag_off) & PARSE_IPV4_FRAGMENT) != 0;
	result->ttl = ip->ttl;
	upper->later = ip->frag_off & bpf_htons(PARSE_IPV4_OFFSET);
	upper->more = ip->frag_off & bpf_htons(PARSE_IPV4_MORE);
	upper->left = parse_ip_length(ip->tot_len) - ip->ihl * 4;
	upper->protocol = ip->protocol;
	return parse_classes[ip->protocol];
}

/*
 * Class of an IPv6 packet. What stands behind the fragment header of a
 * fragment that is not the first is payload, not a header (RFC 8200, section
 * 4.5), so the walk ends there.
 */
static __always_inline __u64 parse_ipv6(struct parse_cursor *cursor, struct parse_result *result)
{
	struct parse_upper *upper = &result->upper;
	struct ipv6hdr copy, *ip = &copy;
	__u64 class;

	if (!parse_fetch(cursor, (void **)&ip, sizeof(*ip)))
		return RECORD_MALFORMED;
	if (ip->version != 6)
		return RECORD_MALFORMED;
	result->ttl = ip->hop_limit;
	upper->left = parse_ip_length(ip->payload_len);
	upper->protocol = ip->nexthdr;
	class = parse_classes[PARSE_IPV6 | ip->nexthdr];
	parse_skip(cursor, sizeof(*ip));

#pragma clang loop unroll(disable)
	for (int i = 0; i < PARSE_EXTENSIONS && (class & PARSE_WALK); i++) {
		struct parse_extension copied, *ext = &copied;
		__u64 length = class & PARSE_UNIT;

		parse_join_at(cursor);
		if (!parse_fetch(cursor, (void **)&ext, sizeof(*ext)))
			return RECORD_MALFORMED;
		/*
		 * Verifiers up to Linux 6.10 know nothing about a product; the mask
		 * tells them, and the barrier has the compiler, which knows, keep it.
		 */
		length *= ext->hdrlen;
		barrier_var(length);
		length = sizeof(*ext) + (length & PARSE_EXTENSION_MASK);
		if (!parse_advance(cursor, length))
			return RECORD_MALFORMED;
		if (class == PARSE_FRAGMENT) {
			result->fragment = 1;
			upper->later = ext->fragment & bpf_htons(PARSE_IPV6_FRAGMENT_OFFSET);
			upper->more |= ext->fragment & bpf_htons(PARSE_IPV6_FRAGMENT_MORE);
		}
		upper->left -= length;
		upper->protocol = ext->nexthdr;
		class = parse_classes[PARSE_IPV6 | ext->nexthdr];
		if (upper->later)
			break;
	}
	return class & PARSE_WALK ? RECORD_IPV6_OTHER : class;
}

/* The ways through the headers of IP meet. */
static __always_inline void parse_join_upper(struct parse_cursor *cursor,
					     struct parse_result *result)
{
	struct parse_upper *upper = &result->upper;

	parse_join_at(cursor);
	result->ttl = parse_join(cursor, result->ttl);
	upper->left = parse_join(cursor, upper->left);
	upper->protocol = parse_join(cursor, upper->protocol);
	upper->more = parse_join(cursor, upper->more);
	upper->later = parse_join(cursor, upper->later);
	upper->cursor = *cursor;
}

/*
 * Class of the frame that the cursor stands before, whatever it is, and whether
 * it carries a VLAN tag, is in a tunnel, and is an IP fragment. There is the
 * first byte of the Ethernet header.
 */
static __always_inline struct parse_result parse_walk(struct parse_cursor cursor, bool upper)
{
	struct parse_result result = {
		.class = RECORD_MALFORMED, .tunnel = RECORD_TUNNELS, .ttl = PARSE_NO_TTL};
	struct ethhdr copy, *eth = &copy;
	__s64 proto = -1;

	parse_join_at(&cursor);
	if (parse_fetch(&cursor, (void **)&eth, sizeof(*eth))) {
		parse_skip(&cursor, sizeof(*eth));
		proto = parse_vlan_tags(&cursor, eth->h_proto, &result.tagged);
	}
	if (proto == bpf_htons(ETH_P_PPP_SES))
		proto = parse_pppoe(&cursor, &result.tunnel);
	else if (proto == bpf_htons(ETH_P_MPLS_UC) || proto == bpf_htons(ETH_P_MPLS_MC))
		proto = parse_mpls(&cursor, &result.tunnel);

	parse_join_at(&cursor);
	proto = parse_join(&cursor, proto);
	result.tunnel = parse_join(&cursor, result.tunnel);
	if (proto == bpf_htons(ETH_P_IP))
		result.class = parse_ipv4(&cursor, &result);
	else if (proto == bpf_htons(ETH_P_IPV6))
		result.class = parse_ipv6(&cursor, &result);
	else if (proto == bpf_htons(ETH_P_ARP))
		result.class = RECORD_ARP;
	else if (proto >= 0)
		result.class = RECORD_OTHER;
	result.class = parse_join(&cursor, result.class);
	if (upper)
		parse_join_upper(&cursor, &result);
	return result;
}

#endif
