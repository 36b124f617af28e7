/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpf/length.bpf.h is for what comes in, for what goes out: how many packets and bytes there
 * will be of what the stack hands down, which may be one packet or several that are made of it
 * later (GSO). They are counted as they will be on the wire, or as the device gets them: a tag
 * beside the frame that the device puts in is none of its bytes, as none is that a device takes
 * out of what comes in. One that the kernel puts in, for the device does not, is.
 *
 * Which device does is read as in bpf/length.bpf.h, with LENGTH_BY_CAST; without, none of these
 * tags are bytes.
 */
#ifndef COLLECTD_XDP_LENGTH_OUT_BPF_H
#define COLLECTD_XDP_LENGTH_OUT_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/device.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/tally.bpf.h"

#define LENGTH_CONTEXT struct __sk_buff
#define LENGTH_ACROSS PARSE_ACROSS_SKB

/* More than any packet has (BIG TCP: 512 KiB), and what verifiers add to a pointer. */
#define LENGTH_MASK 0xffffff
#define LENGTH_MAX (1 << 20) /* no packet is as long */

/* Whether not all of the packet lies in its first buffer. */
static __always_inline bool length_may_have_more(const struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u64 length = ctx->len & LENGTH_MASK;

	barrier_var(length); /* The mask stays. */
	return data + length > (void *)(long)ctx->data_end;
}

/* Whether it is several packets, or has a tag that is not in its frame. */
static __always_inline bool length_is_far(const struct __sk_buff *ctx)
{
	return __builtin_expect(ctx->gso_size, false) || __builtin_expect(ctx->vlan_present, false);
}

static __always_inline bool length_near_may_have_more(const struct __sk_buff *ctx)
{
	return length_may_have_more(ctx);
}

/* Bytes of a packet that is not far. */
static __always_inline __u64 length_near(const struct __sk_buff *ctx, void *data, void *end)
{
	(void)data;
	(void)end;
	return ctx->len;
}

/* SCTP's segments are of any size (GSO_BY_FRAGS, linux/skbuff.h), each with its common header. */
#define LENGTH_BY_FRAGS 0xffff
#define LENGTH_SCTP_HEADER 12
/* Ethernet and IPv4 of UDP that is to be fragmented; the same, VXLAN, Ethernet, IPv4, UDP. */
#define LENGTH_PLAIN 34
#define LENGTH_TUNNEL 92

/*
 * How many packets will be made of `frame` bytes where that is not said (SKB_GSO_DODGY, with
 * gso_segs 0, to Linux 6.18): they came from a guest, or another program has changed them. The
 * kernel has worked out how many bytes of headers are `added`, those of all packets but one
 * (qdisc_pkt_len_init()), and each has `header`. 0: it cannot be so.
 */
static __always_inline __u64 length_divide(__u64 frame, __u64 added, __u64 size, __u64 header)
{
	__u64 count;

	if (!header || header >= frame)
		return 0;
	count = (frame - header + size - 1) / size;
	return (count - 1) * header == added ? count : 0;
}

/* Whether headers can be as long: units of four bytes behind Ethernet's 14, or behind two of these.
 */
static __always_inline bool length_is_of_headers(__u64 header, bool tunnel)
{
	return header % 4 == (tunnel ? 0 : 2) && header >= (tunnel ? LENGTH_TUNNEL : LENGTH_PLAIN);
}

/*
 * As length_divide(), where the headers cannot be read: all packets have headers of one length, and
 * the rest in pieces of `size`. Sometimes two numbers fit, if the last piece is nearly full or
 * nearly empty. Headers that would be as long as the frame are wrong, and it is taken for one
 * packet. `tunnel`: it may have the headers of two frames.
 */
static __always_inline __u64 length_derive(__u64 frame, __u64 added, __u64 size, bool tunnel)
{
	__u64 count = (frame + size - 1) / size, header, fewer;

	if (!added || count < 2 || added / (count - 1) >= frame)
		return 1;
	count = (frame - added / (count - 1) + size - 1) / size;
	if (count < 3)
		return 2;
	fewer = count - 1;
	header = added / (fewer - 1);
	if (header * (fewer - 1) != added || (frame - header + size - 1) / size != fewer)
		return count;
	if (length_is_of_headers(header, tunnel))
		return fewer;
	if (length_is_of_headers(added / fewer, tunnel))
		return count;
	return length_is_of_headers(header, !tunnel) ? fewer : count;
}

#ifdef LENGTH_BY_CAST

/* Of the members `features` of the kernel's devices (linux/netdev_features.h): that they put in
 * tags of 802.1Q, and of 802.1ad. */
const volatile __u64 setting_puts_in_8021q = 0;
const volatile __u64 setting_puts_in_8021ad = 0;

/* Of linux/skbuff.h. libbpf puts in where this kernel has the member. */
struct sk_buff {
	struct net_device *dev;
} __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym;

/* Bytes that the kernel will put into the frame. */
static __always_inline __u64 length_of_tag(struct __sk_buff *ctx)
{
	const struct sk_buff *packet;
	__u64 device;

	if (!ctx->vlan_present)
		return 0;
	packet = bpf_cast_to_kern_ctx(ctx);
	device = packet->dev->features;
	device &= ctx->vlan_proto == bpf_htons(ETH_P_8021AD) ? setting_puts_in_8021ad
							     : setting_puts_in_8021q;
	return device ? 0 : sizeof(struct parse_vlan);
}

#else

static __always_inline __u64 length_of_tag(const struct __sk_buff *ctx)
{
	(void)ctx;
	return 0;
}

#endif

/* Numbers in one: packets, bytes of each but the last, bytes of the last. */
#define LENGTH_BITS 22
/* A packet's bytes have at most those of its headers and of `size` (16 bits); the last one's, on
 * average, one more for each packet. */
_Static_assert(2 * LENGTH_MAX + 0x10000 < 1 << LENGTH_BITS, "bytes fit");
_Static_assert(LENGTH_MAX <= 1 << (64 - 2 * LENGTH_BITS), "packets fit, of a byte or more");

/* The first bytes of an IP header, as far as the protocol number of IPv4; IPv6 has it before. */
#define LENGTH_IP_START (offsetof(struct iphdr, protocol) + 1)
/* Where the length of TCP's header stands, in the upper half of a byte. */
#define LENGTH_TCP_UNITS 12

/* Added to bytes of headers: it is UDP, in which frames may be tunnelled; TCP is no tunnel. */
#define LENGTH_OF_UDP (1 << 16)

/*
 * Bytes of the headers of TCP or UDP, of IPv4 or of IPv6 without extension headers, behind up to
 * two tags; 0: it has others.
 */
static __always_inline __u64 length_of_headers(struct __sk_buff *ctx)
{
	__u32 at = sizeof(struct ethhdr);
	__u8 start[LENGTH_IP_START], protocol, units;
	__be16 proto = 0;

	for (int i = 0; i <= PARSE_VLAN_TAGS; i++) {
		if (bpf_skb_load_bytes(ctx, at - sizeof(proto), &proto, sizeof(proto)) != 0)
			return 0;
		if (!parse_is_tag(proto))
			break;
		at += sizeof(struct parse_vlan);
	}
	if (bpf_skb_load_bytes(ctx, at, start, sizeof(start)) != 0)
		return 0;
	if (proto == bpf_htons(ETH_P_IP)) {
		at += (start[0] & 0xf) * 4;
		protocol = start[offsetof(struct iphdr, protocol)];
	} else if (proto == bpf_htons(ETH_P_IPV6)) {
		at += sizeof(struct ipv6hdr);
		protocol = start[offsetof(struct ipv6hdr, nexthdr)];
	} else {
		return 0;
	}
	if (protocol == IPPROTO_UDP)
		return LENGTH_OF_UDP | (at + sizeof(struct udphdr));
	if (protocol != IPPROTO_TCP ||
	    bpf_skb_load_bytes(ctx, at + LENGTH_TCP_UNITS, &units, sizeof(units)) != 0)
		return 0;
	return at + (units >> 4) * 4;
}

/*
 * A global function, which the verifier goes through once: of what it returns nothing is known, so
 * that not every way through it is followed through the headers. Its parameters are numbers: a
 * context as a parameter needs the kernel's BTF (btf_prepare_func_args(), kernel/bpf/btf.c), which
 * not every kernel has.
 */
__noinline __u64 length_pack(__u64 frame, __u64 bytes, __u64 size, __u64 count, __u64 headers)
{
	__u64 others, each = 0;

	if (!size)
		return 1ULL << 2 * LENGTH_BITS | frame;
	/* It is not worked out again for who makes the packet longer, and guests could have it
	 * wrong: qdisc_pkt_len_init() took their word for their headers. */
	if (bytes < frame)
		bytes = frame;
	if (!count)
		count = length_divide(frame, bytes - frame, size, headers % LENGTH_OF_UDP);
	/* UDP that is to be fragmented. */
	if (!count && headers > LENGTH_OF_UDP)
		count = length_divide(frame, bytes - frame, size,
				      headers % LENGTH_OF_UDP - sizeof(struct udphdr));
	if (!count)
		count = length_derive(frame, bytes - frame, size, headers > LENGTH_OF_UDP);
	others = count - 1;
	if (!others || (bytes - frame) / others >= frame)
		bytes = frame;
	if (size == LENGTH_BY_FRAGS)
		bytes += others * LENGTH_SCTP_HEADER;
	if (others) {
		each = size + (bytes - frame) / others;
		/* As long as they are on average, if they are not as long as that. */
		if (bytes - each * others - 1 >= each)
			each = bytes / count;
	}
	bytes -= each * others;
	return count << 2 * LENGTH_BITS | each << LENGTH_BITS | bytes;
}

/* What is counted of it. */
static __always_inline struct tally_packets length_of(struct __sk_buff *ctx)
{
	const __u64 size = ctx->gso_size, count = ctx->gso_segs, tag = length_of_tag(ctx);
	const __u64 headers = size && !count ? length_of_headers(ctx) : 0;
	const __u64 packed = length_pack(ctx->len, ctx->wire_len, size, count, headers);
	const __u64 mask = (1ULL << LENGTH_BITS) - 1;
	struct tally_packets packets = {
		.count = packed >> 2 * LENGTH_BITS,
		.each = (packed >> LENGTH_BITS & mask) + tag,
		.last = (packed & mask) + tag,
		.frame = ctx->len,
	};

	packets.bytes = packets.each * (packets.count - 1) + packets.last;
	return packets;
}

/* 1 or 0: whether the packet has a tag that is not in its frame. */
static __always_inline __u64 length_tagged(const struct __sk_buff *ctx)
{
	return ctx->vlan_present;
}

static __always_inline bool length_load(const struct __sk_buff *ctx, void *to, __u32 size)
{
	return bpf_skb_load_bytes(ctx, 0, to, size) == 0;
}

/* Index of the interface that the packet goes out by. */
static __always_inline __u32 length_interface(const struct __sk_buff *ctx)
{
	return ctx->ifindex;
}

/* None is counted: it is chosen later. */
static __always_inline __u32 length_queue(const struct __sk_buff *ctx)
{
	(void)ctx;
	return 0;
}

#endif
