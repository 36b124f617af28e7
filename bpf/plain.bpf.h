/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nearly all frames are, without a walk: plain headers, whose class takes a few reads at
 * places that are known, and no branch that depends on which of them it is.
 */
#ifndef COLLECTD_XDP_PLAIN_BPF_H
#define COLLECTD_XDP_PLAIN_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ipv6.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/parse.bpf.h"
#include "bpf/record.h"

/*
 * What makes a frame a plain one, by protocol; the low two bits of the second
 * byte of the EtherType tell the three apart. A table, and for the same reason.
 */
struct plain_header {
	/* Of the first 8 bytes behind the Ethernet header: the bits that matter, and their values.
	 */
	union plain_bytes {
		__u8 bytes[8];
		__u64 word;
	} mask, value;
	__be16 proto;
	__u16 classes; /* where its classes begin in parse_classes */
	__u8 number;   /* bytes before the protocol number */
	__u8 padding[11];
};

/* Of IPv4: version, length of a header without options; flags and offset, but for "don't fragment".
 */
#define PLAIN_IPV4_MASK                                                                            \
	{                                                                                          \
		{                                                                                  \
			0xff, [6] = PARSE_IPV4_FRAGMENT >> 8, PARSE_IPV4_FRAGMENT & 0xff           \
		}                                                                                  \
	}
#define PLAIN_HEADERS 4
static const volatile struct plain_header plain_headers[PLAIN_HEADERS] = {
	[ETH_P_IP % PLAIN_HEADERS] = {.mask = PLAIN_IPV4_MASK,
				      .value = {{0x45}},
				      .proto = bpf_htons(ETH_P_IP),
				      .number = sizeof(struct ethhdr) + 9},
	[ETH_P_IPV6 % PLAIN_HEADERS] = {.mask = {{0xf0}},
					.value = {{0x60}},
					.proto = bpf_htons(ETH_P_IPV6),
					.classes = PARSE_IPV6,
					.number = sizeof(struct ethhdr) + 6},
	[ETH_P_ARP % PLAIN_HEADERS] = {.proto = bpf_htons(ETH_P_ARP), .classes = PARSE_ARP},
};

/* Ethernet and IPv6 header: shorter frames are walked. */
#define PLAIN_BYTES (sizeof(struct ethhdr) + sizeof(struct ipv6hdr))
#define PLAIN_NUMBER_MASK 31

/* 8 bytes where they lie in memory, which is aligned to that only without a tag before them. */
static __always_inline __u64 plain_word(const void *pos, bool tagged)
{
	const __u32 *halves = pos;

	if (!tagged)
		return *(const __u64 *)pos;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return halves[0] | (__u64)halves[1] << 32;
#else
	return (__u64)halves[0] << 32 | halves[1];
#endif
}

/*
 * Class of what nearly all frames are: ARP, IPv4 without options that is no
 * fragment, IPv6 without extension headers. No branch depends on which of them
 * it is, so that a mix costs what one of them costs. Anything from
 * RECORD_CLASSES up is no class: the frame has to be walked.
 * `data`: 12 bytes before the EtherType, which are behind the first tag if it is `tagged`.
 */
static __always_inline __u64 plain_class(void *data, void *end, bool tagged)
{
	const volatile struct plain_header *header;
	__u64 number, class;
	__u8 *protocol;
	__be16 proto;

	if (data + PLAIN_BYTES > end)
		return RECORD_CLASSES;
	/* The struct is packed, for which the compiler would read bytes. */
	proto = *(__be16 *)(data + __builtin_offsetof(struct ethhdr, h_proto));
	header = &plain_headers[bpf_ntohs(proto) % PLAIN_HEADERS];
	barrier_var(header); /* Else the compiler computes the address again each time. */
	if (proto != header->proto)
		return RECORD_CLASSES;
	if ((plain_word(data + sizeof(struct ethhdr), tagged) & header->mask.word) !=
	    header->value.word)
		return RECORD_CLASSES;
	/* Always true; the verifier does not know what the table holds. */
	protocol = data + (header->number & PLAIN_NUMBER_MASK);
	if ((void *)(protocol + 1) > end)
		return RECORD_CLASSES;
	/*
	 * Verifiers before Linux 6.10 know nothing about a disjunction; the mask
	 * tells them, and the barrier has the compiler keep it where it stands.
	 */
	number = *protocol | header->classes;
	barrier_var(number);
	/* An extension header is a number beyond all classes. */
	class = parse_classes[number % PARSE_CLASSES];
	barrier_var(class); /* The compiler is to compare and use the same register. */
	return class;
}

/* The same of a frame with one tag. */
static __always_inline __u64 plain_class_tagged(void *data, void *end)
{
	if (data + sizeof(struct ethhdr) > end)
		return RECORD_CLASSES;
	if (!parse_is_tag(*(__be16 *)(data + __builtin_offsetof(struct ethhdr, h_proto))))
		return RECORD_CLASSES;
	return plain_class(data + sizeof(struct parse_vlan), end, true);
}

#endif
