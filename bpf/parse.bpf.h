/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounds-checked walk over the headers of a frame: from the Ethernet header to
 * the protocol number that decides the class. Reads the packet, writes nothing.
 * A program at the hook reads a packet where it is; one that traces another
 * program has to copy what it reads, for to it a packet is any kernel memory.
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

#include "bpf/record.h"

#define PARSE_VLAN_TAGS 2
#define PARSE_EXTENSIONS 8
/* No extension header is longer: 255 units of 8 bytes, and more than the verifier needs for 12. */
#define PARSE_EXTENSION_MASK 0xfff

struct parse_vlan {
	__be16 tci;
	__be16 encapsulated_proto;
};

/* What RFC 8200 extension headers (and AH, RFC 4302) have in common. */
struct parse_extension {
	__u8 nexthdr;
	__u8 hdrlen;
	__be16 fragment; /* only in a fragment header: offset, reserved, M */
	__u32 rest;
};

#define PARSE_IPV4_FRAGMENT 0x3fff	  /* MF and the offset (RFC 791) */
#define PARSE_IPV6_FRAGMENT_OFFSET 0xfff8 /* RFC 8200, section 4.5 */

struct parse_cursor {
	void *pos;
	void *end;
	bool copies; /* a constant, so that one of the two ways is left */
};

struct parse_result {
	__u32 class; /* enum record_class */
	bool tagged;
	bool fragment;
};

/*
 * Protocol number -> enum record_kind; the numbers of IPv6 follow those of
 * IPv4. A table, not branches: with mixed traffic mispredictions cost more
 * than all the rest of the walk. Zero is RECORD_KIND_OTHER.
 */
#define PARSE_IPV6 256
static const volatile __u8 parse_kinds[2 * PARSE_IPV6] = {
	[IPPROTO_TCP] = RECORD_KIND_TCP,
	[IPPROTO_UDP] = RECORD_KIND_UDP,
	[IPPROTO_ICMP] = RECORD_KIND_ICMP,
	[PARSE_IPV6 | IPPROTO_TCP] = RECORD_KIND_TCP,
	[PARSE_IPV6 | IPPROTO_UDP] = RECORD_KIND_UDP,
	[PARSE_IPV6 | IPPROTO_ICMPV6] = RECORD_KIND_ICMP,
	[PARSE_IPV6 | IPPROTO_HOPOPTS] = RECORD_KIND_EXTENSION,
	[PARSE_IPV6 | IPPROTO_ROUTING] = RECORD_KIND_EXTENSION,
	[PARSE_IPV6 | IPPROTO_DSTOPTS] = RECORD_KIND_EXTENSION,
	[PARSE_IPV6 | IPPROTO_FRAGMENT] = RECORD_KIND_FRAGMENT,
	[PARSE_IPV6 | IPPROTO_AH] = RECORD_KIND_AH,
};

/*
 * What makes a frame a plain one, by protocol; the low two bits of the second
 * byte of the EtherType tell the three apart. A table, and for the same reason.
 */
struct parse_header {
	__be16 proto;
	__be16 fragment; /* bits of the fragment field that have to be zero */
	__u8 first_mask; /* of the first byte behind the Ethernet header: */
	__u8 first;	 /* version, and for IPv4 the length of a header without options */
	__u8 ipv4, ipv6; /* masks: where the protocol number stands */
	__u16 kinds;	 /* where its kinds begin in parse_kinds */
	__u16 class;	 /* of RECORD_KIND_OTHER */
	__u32 padding;
};

#define PARSE_HEADERS 4
static const volatile struct parse_header parse_headers[PARSE_HEADERS] = {
	[ETH_P_IP % PARSE_HEADERS] = {.proto = bpf_htons(ETH_P_IP),
				      .fragment = bpf_htons(PARSE_IPV4_FRAGMENT),
				      .first_mask = 0xff,
				      .first = 0x45,
				      .ipv4 = 0xff,
				      .class = RECORD_IPV4_OTHER},
	[ETH_P_IPV6 % PARSE_HEADERS] = {.proto = bpf_htons(ETH_P_IPV6),
					.first_mask = 0xf0,
					.first = 0x60,
					.ipv6 = 0xff,
					.kinds = PARSE_IPV6,
					.class = RECORD_IPV6_OTHER},
	[ETH_P_ARP % PARSE_HEADERS] = {.proto = bpf_htons(ETH_P_ARP), .class = RECORD_ARP},
};

/* Ethernet and IPv6 header: shorter frames are walked. */
#define PARSE_PLAIN_BYTES (sizeof(struct ethhdr) + sizeof(struct ipv6hdr))
/* Not a class: the frame has to be walked. */
#define PARSE_NOT_PLAIN RECORD_CLASSES

/*
 * Class of what nearly all frames are: ARP, IPv4 without options that is no
 * fragment, IPv6 without extension headers, none of them tagged. No branch
 * depends on which of them it is, so that a mix costs what one of them costs.
 */
static __always_inline __u32 parse_plain(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ipv4 = (void *)(eth + 1);
	struct ipv6hdr *ipv6 = (void *)(eth + 1);
	const volatile struct parse_header *header;
	__u32 number, kind;
	__be16 proto;

	if (data + PARSE_PLAIN_BYTES > end)
		return PARSE_NOT_PLAIN;
	/* The struct is packed, for which the compiler would read bytes. */
	proto = *(__be16 *)(data + __builtin_offsetof(struct ethhdr, h_proto));
	header = &parse_headers[bpf_ntohs(proto) % PARSE_HEADERS];
	barrier_var(header); /* Else the compiler computes the address anew each time. */
	if (proto != header->proto)
		return PARSE_NOT_PLAIN;
	if ((*(__u8 *)(eth + 1) & header->first_mask) != header->first)
		return PARSE_NOT_PLAIN;
	if (ipv4->frag_off & header->fragment)
		return PARSE_NOT_PLAIN;
	number = (ipv4->protocol & header->ipv4) | (ipv6->nexthdr & header->ipv6) | header->kinds;
	/*
	 * Verifiers before Linux 6.10 know nothing about a disjunction; the mask
	 * tells them, and the barrier has the compiler keep it where it stands.
	 */
	barrier_var(number);
	kind = parse_kinds[number % (2 * PARSE_IPV6)];
	if (kind >= RECORD_KIND_AH)
		return PARSE_NOT_PLAIN;
	return header->class + kind;
}

/* The header at the cursor, whose end was checked, where it can be read: there, or in `copy`. */
static __always_inline void *parse_fetch(const struct parse_cursor *cursor, void *copy, __u32 size)
{
	if (!cursor->copies)
		return cursor->pos;
	/* Fills it with zeros where it fails. */
	(void)bpf_probe_read_kernel(copy, size, cursor->pos);
	return copy;
}

/* Moves the cursor over the tags; returns the protocol behind them, or -1 if a tag is cut off. */
static __always_inline int parse_vlan_tags(struct parse_cursor *cursor, __be16 proto, bool *tagged)
{
	for (int i = 0; i < PARSE_VLAN_TAGS; i++) {
		struct parse_vlan copy, *tag = cursor->pos;

		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > cursor->end)
			return -1;
		*tagged = true;
		tag = parse_fetch(cursor, &copy, sizeof(copy));
		proto = tag->encapsulated_proto;
		cursor->pos += sizeof(*tag);
	}
	return proto;
}

/* Class of an IPv4 packet; options are stepped over, not read. */
static __always_inline __u32 parse_ipv4(struct parse_cursor *cursor, bool *fragment)
{
	struct iphdr copy, *ip = cursor->pos;

	if ((void *)(ip + 1) > cursor->end)
		return RECORD_MALFORMED;
	ip = parse_fetch(cursor, &copy, sizeof(copy));
	if (ip->version != 4 || ip->ihl < 5)
		return RECORD_MALFORMED;
	if (cursor->pos + ip->ihl * 4 > cursor->end)
		return RECORD_MALFORMED;
	*fragment = ip->frag_off & bpf_htons(PARSE_IPV4_FRAGMENT);
	return RECORD_IPV4_OTHER + parse_kinds[ip->protocol];
}

/*
 * Class of an IPv6 packet. What stands behind the fragment header of a
 * fragment that is not the first is payload, not a header (RFC 8200, section
 * 4.5), so the walk ends there.
 */
static __always_inline __u32 parse_ipv6(struct parse_cursor *cursor, bool *fragment)
{
	struct ipv6hdr copy, *ip = cursor->pos;
	__u32 kind;

	if ((void *)(ip + 1) > cursor->end)
		return RECORD_MALFORMED;
	ip = parse_fetch(cursor, &copy, sizeof(copy));
	if (ip->version != 6)
		return RECORD_MALFORMED;
	kind = parse_kinds[PARSE_IPV6 | ip->nexthdr];
	cursor->pos += sizeof(*ip);

	for (int i = 0; i < PARSE_EXTENSIONS && kind >= RECORD_KIND_AH; i++) {
		struct parse_extension copied, *ext = cursor->pos;
		__u32 length = kind & (RECORD_KIND_AH | RECORD_KIND_EXTENSION);
		bool last = false;

		if ((void *)(ext + 1) > cursor->end)
			return RECORD_MALFORMED;
		ext = parse_fetch(cursor, &copied, sizeof(copied));
		/*
		 * Verifiers up to Linux 6.10 know nothing about a product; the mask
		 * tells them, and the barrier has the compiler, which knows, keep it.
		 */
		length *= ext->hdrlen;
		barrier_var(length);
		cursor->pos += sizeof(*ext) + (length & PARSE_EXTENSION_MASK);
		if (cursor->pos > cursor->end)
			return RECORD_MALFORMED;
		if (kind == RECORD_KIND_FRAGMENT) {
			*fragment = true;
			last = ext->fragment & bpf_htons(PARSE_IPV6_FRAGMENT_OFFSET);
		}
		kind = parse_kinds[PARSE_IPV6 | ext->nexthdr];
		if (last)
			break;
	}
	if (kind >= RECORD_KIND_AH)
		kind = RECORD_KIND_OTHER;
	return RECORD_IPV6_OTHER + kind;
}

/*
 * Class of the frame that the cursor stands before, whatever it is, and whether
 * it carries a VLAN tag and is an IP fragment. There is the first byte of the
 * Ethernet header.
 */
static __always_inline struct parse_result parse_walk(struct parse_cursor cursor)
{
	struct parse_result result = {.class = RECORD_MALFORMED};
	struct ethhdr copy, *eth = cursor.pos;
	int proto;

	if ((void *)(eth + 1) > cursor.end)
		return result;
	eth = parse_fetch(&cursor, &copy, sizeof(copy));
	cursor.pos += sizeof(*eth);

	proto = parse_vlan_tags(&cursor, eth->h_proto, &result.tagged);
	if (proto == bpf_htons(ETH_P_IP))
		result.class = parse_ipv4(&cursor, &result.fragment);
	else if (proto == bpf_htons(ETH_P_IPV6))
		result.class = parse_ipv6(&cursor, &result.fragment);
	else if (proto == bpf_htons(ETH_P_ARP))
		result.class = RECORD_ARP;
	else if (proto >= 0)
		result.class = RECORD_OTHER;
	return result;
}

#endif
