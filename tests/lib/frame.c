// SPDX-License-Identifier: GPL-2.0-only
/* Builder and samples of frames for the tests. */
#include "tests/lib/frame.h"

#include <string.h>

#include "tests/lib/frame_numbers.h"

void frame_start(struct frame *frame)
{
	frame->length = 0;
	frame->ip = 0;
}

static void put(struct frame *frame, const void *bytes, size_t count)
{
	if (count > FRAME_MAX - frame->length)
		count = FRAME_MAX - frame->length;
	memcpy(frame->bytes + frame->length, bytes, count);
	frame->length += count;
}

static void put_u8(struct frame *frame, unsigned int value)
{
	uint8_t byte = (uint8_t)value;

	put(frame, &byte, 1);
}

static void put_u16(struct frame *frame, unsigned int value)
{
	put_u8(frame, value >> 8);
	put_u8(frame, value);
}

/*
 * Not zeros, which a wrong walk would take for hop-by-hop headers of 8 bytes; nor what makes a
 * sign in the place of a header: flags but ACK, a port or a type that is known.
 */
static void put_pattern(struct frame *frame, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_u8(frame, 0xd0 | (frame->length & 0x28));
}

void frame_ethernet(struct frame *frame, const uint8_t destination[6], const uint8_t source[6],
		    uint16_t proto)
{
	put(frame, destination, 6);
	put(frame, source, 6);
	put_u16(frame, proto);
}

void frame_tag(struct frame *frame, uint16_t tci, uint16_t proto)
{
	put_u16(frame, tci);
	put_u16(frame, proto);
}

void frame_pppoe(struct frame *frame, uint16_t ppp)
{
	put_u8(frame, 0x11);
	put_u8(frame, 0);
	put_u16(frame, 0x0b57);
	put_u16(frame, 2);
	put_u16(frame, ppp);
}

void frame_label(struct frame *frame, uint32_t label, bool bottom)
{
	put_u16(frame, label >> 4);
	put_u8(frame, (label & 0xf) << 4 | bottom);
	put_u8(frame, 64);
}

void frame_ipv4(struct frame *frame, unsigned int options, uint8_t protocol, uint16_t fragment)
{
	frame->ip = frame->length;
	put_u8(frame, 0x40 | (IPV4_BYTES + options) / 4);
	put_u8(frame, 0);
	put_u16(frame, IPV4_BYTES + options);
	put_u16(frame, 0x1234);
	put_u16(frame, fragment);
	put_u8(frame, 64);
	put_u8(frame, protocol);
	put_u16(frame, 0);
	put(frame, (const uint8_t[]){192, 0, 2, 1, 192, 0, 2, 2}, 8);
	for (unsigned int i = 0; i < options; i++)
		put_u8(frame, 1); /* no operation */
}

void frame_ipv6(struct frame *frame, uint8_t next)
{
	static const uint8_t source[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	static const uint8_t destination[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};

	frame->ip = frame->length;
	put(frame, (const uint8_t[]){0x60, 0, 0, 0, 0, 0}, 6);
	put_u8(frame, next);
	put_u8(frame, 64);
	put(frame, source, sizeof(source));
	put(frame, destination, sizeof(destination));
}

void frame_extension(struct frame *frame, uint8_t units, uint8_t next)
{
	put_u8(frame, next);
	put_u8(frame, units);
	put_pattern(frame, 6 + units * 8);
}

void frame_fragment(struct frame *frame, uint16_t fragment, uint8_t next)
{
	put_u8(frame, next);
	put_u8(frame, 0xff); /* reserved, no length (RFC 8200, section 4.5) */
	put_u16(frame, fragment);
	put_pattern(frame, 4);
}

void frame_ah(struct frame *frame, uint8_t words, uint8_t next)
{
	put_u8(frame, next);
	put_u8(frame, words);
	put_pattern(frame, 6 + words * 4);
}

void frame_tcp(struct frame *frame, uint8_t flags)
{
	put(frame, (const uint8_t[]){0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50}, 13);
	put_u8(frame, flags);
	put(frame, (const uint8_t[]){0xff, 0xff, 0, 0, 0, 0}, 6);
}

void frame_udp(struct frame *frame, uint16_t source)
{
	put_u16(frame, source);
	put(frame, (const uint8_t[]){0x9c, 0x40, 0, 8, 0, 0}, 6);
}

void frame_icmp(struct frame *frame, uint8_t type)
{
	put_u8(frame, type);
	put(frame, (const uint8_t[]){0, 0, 0, 0, 1, 0, 1}, 7);
}

static void set_ip_length(struct frame *frame)
{
	bool is_ipv4 = frame->bytes[frame->ip] / 16 == 4;
	size_t header = is_ipv4 ? IPV4_BYTES : IPV6_BYTES;
	size_t length = frame->length - frame->ip, field = frame->ip + (is_ipv4 ? 2 : 4);

	if (!frame->ip || frame->ip + header > frame->length)
		return;
	length -= is_ipv4 ? 0 : IPV6_BYTES;
	if (length > 0xffff)
		length = 0xffff;
	frame->bytes[field] = (uint8_t)(length >> 8);
	frame->bytes[field + 1] = (uint8_t)length;
}

void frame_resize(struct frame *frame, size_t length)
{
	if (length <= frame->length)
		frame->length = length;
	else
		put_pattern(frame, length - frame->length);
	set_ip_length(frame);
}

void frame_build(const struct frame_step *steps, struct frame *frame)
{
	static const uint8_t destinations[RECORD_CASTS][6] = {
		[RECORD_UNICAST] = {0x02, 0, 0, 0, 0, 2},
		[RECORD_MULTICAST] = {0x33, 0x33, 0, 0, 0, 1},
		[RECORD_BROADCAST] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	};
	static const uint8_t source[6] = {0x02, 0, 0, 0, 0, 1};

	frame_start(frame);
	for (const struct frame_step *step = steps; step < steps + FRAME_STEPS; step++) {
		unsigned int a = step->a, b = step->b, c = step->c;

		switch (step->part) {
		case FRAME_END:
			return;
		case FRAME_ETHERNET:
			frame_ethernet(frame, destinations[a], source, (uint16_t)b);
			break;
		case FRAME_TAG:
			frame_tag(frame, (uint16_t)a, (uint16_t)b);
			break;
		case FRAME_PPPOE:
			frame_pppoe(frame, (uint16_t)a);
			break;
		case FRAME_LABEL:
			frame_label(frame, a, b);
			break;
		case FRAME_IPV4:
			frame_ipv4(frame, a, (uint8_t)b, (uint16_t)c);
			break;
		case FRAME_IPV6:
			frame_ipv6(frame, (uint8_t)a);
			break;
		case FRAME_EXTENSION:
			frame_extension(frame, (uint8_t)a, (uint8_t)b);
			break;
		case FRAME_FRAGMENT:
			frame_fragment(frame, (uint16_t)a, (uint8_t)b);
			break;
		case FRAME_AH:
			frame_ah(frame, (uint8_t)a, (uint8_t)b);
			break;
		case FRAME_TCP:
			frame_tcp(frame, (uint8_t)a);
			break;
		case FRAME_UDP:
			frame_udp(frame, (uint16_t)a);
			break;
		case FRAME_ICMP:
			frame_icmp(frame, (uint8_t)a);
			break;
		case FRAME_BYTE:
			frame->bytes[a] = (uint8_t)b;
			break;
		case FRAME_RESIZE:
			frame_resize(frame, a);
			break;
		}
	}
}

/* The words of the table of samples. */
// clang-format off
#define ETH(proto) {FRAME_ETHERNET, RECORD_UNICAST, proto, 0}
#define ETH_TO(cast, proto) {FRAME_ETHERNET, cast, proto, 0}
#define TAG(proto) {FRAME_TAG, 0x2005, proto, 0}
#define PPPOE(ppp) {FRAME_PPPOE, ppp, 0, 0}
/* 0x12345 has a byte that looks like the last label. */
#define LABEL {FRAME_LABEL, 0x12345, 0, 0}
#define BOTTOM {FRAME_LABEL, 0x00010, 1, 0}
#define IPV4(options, protocol, fragment) {FRAME_IPV4, options, protocol, fragment}
#define IPV6(next) {FRAME_IPV6, next, 0, 0}
#define EXT(units, next) {FRAME_EXTENSION, units, next, 0}
#define FRAG(fragment, next) {FRAME_FRAGMENT, fragment, next, 0}
#define AH(words, next) {FRAME_AH, words, next, 0}
#define TCP(flags) {FRAME_TCP, flags, 0, 0}
#define UDP(source) {FRAME_UDP, source, 0, 0}
#define ICMP(type) {FRAME_ICMP, type, 0, 0}
#define BYTE(at, value) {FRAME_BYTE, at, value, 0}
#define SIZE(length) {FRAME_RESIZE, length, 0, 0}
// clang-format on

#define TO_64 RECORD_SIZE_1_TO_64
#define TO_127 RECORD_SIZE_65_TO_127
#define TO_255 RECORD_SIZE_128_TO_255
#define TO_511 RECORD_SIZE_256_TO_511
#define TO_1023 RECORD_SIZE_512_TO_1023
#define TO_1518 RECORD_SIZE_1024_TO_1518
#define TO_MAX RECORD_SIZE_1519_TO_MAX

// clang-format off
#define EXPECT_CAST(c, s, to) {.class = c, .size = s, .cast = to}
#define EXPECT(c, s) {.class = c, .size = s, .cast = RECORD_UNICAST}
#define EXPECT_TAGGED(c, s) {.class = c, .size = s, .cast = RECORD_UNICAST, .tagged = true}
#define EXPECT_FRAGMENT(c, s) {.class = c, .size = s, .cast = RECORD_UNICAST, .fragment = true}
#define EXPECT_SIGN(c, s, sign)                                                                    \
	{.class = c, .size = s, .cast = RECORD_UNICAST, .signs = 1U << RECORD_##sign}
#define EXPECT_PPPOE(c, s) {.class = c, .size = s, .cast = RECORD_UNICAST, .pppoe = true}
#define EXPECT_MPLS(c, s) {.class = c, .size = s, .cast = RECORD_UNICAST, .mpls = true}
// clang-format on

#define EXT_X4(next)                                                                               \
	EXT(0, IP_DESTINATION), EXT(0, IP_DESTINATION), EXT(0, IP_DESTINATION), EXT(0, next)

/* clang-format off */
const struct frame_sample frame_samples[] = {
	/* One of each class. */
	{"IPv4 TCP", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x4000), SIZE(60)}, EXPECT(RECORD_IPV4_TCP, TO_64)},
	{"IPv4 UDP", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(60)}, EXPECT(RECORD_IPV4_UDP, TO_64)},
	{"IPv4 ICMP", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), SIZE(98)}, EXPECT(RECORD_IPV4_ICMP, TO_127)},
	{"IPv4 GRE", {ETH(PROTO_IPV4), IPV4(0, IP_GRE, 0), SIZE(60)}, EXPECT(RECORD_IPV4_OTHER, TO_64)},
	{"IPv6 TCP", {ETH(PROTO_IPV6), IPV6(IP_TCP), SIZE(74)}, EXPECT(RECORD_IPV6_TCP, TO_127)},
	{"IPv6 UDP", {ETH(PROTO_IPV6), IPV6(IP_UDP), SIZE(62)}, EXPECT(RECORD_IPV6_UDP, TO_64)},
	{"IPv6 ICMPv6", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), SIZE(118)}, EXPECT(RECORD_IPV6_ICMP, TO_127)},
	{"IPv6 GRE", {ETH(PROTO_IPV6), IPV6(IP_GRE), SIZE(62)}, EXPECT(RECORD_IPV6_OTHER, TO_64)},
	{"ARP", {ETH_TO(RECORD_BROADCAST, PROTO_ARP), SIZE(42)}, EXPECT_CAST(RECORD_ARP, TO_64, RECORD_BROADCAST)},
	{"LLDP", {ETH_TO(RECORD_MULTICAST, 0x88cc), SIZE(60)}, EXPECT_CAST(RECORD_OTHER, TO_64, RECORD_MULTICAST)},
	{"IPv4 cut off", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(33)}, EXPECT(RECORD_MALFORMED, TO_64)},

	/* What is not IP, and numbers of the other IP. */
	{"PPPoE discovery", {ETH(0x8863), SIZE(60)}, EXPECT(RECORD_OTHER, TO_64)},
	{"802.3 with a length", {ETH_TO(RECORD_MULTICAST, 38), SIZE(60)}, EXPECT_CAST(RECORD_OTHER, TO_64, RECORD_MULTICAST)},
	{"proto 0", {ETH(0), SIZE(60)}, EXPECT(RECORD_OTHER, TO_64)},
	{"proto 0xffff", {ETH(0xffff), SIZE(60)}, EXPECT(RECORD_OTHER, TO_64)},
	{"IPv4 with the number of ICMPv6", {ETH(PROTO_IPV4), IPV4(0, IP_ICMPV6, 0), SIZE(60)}, EXPECT(RECORD_IPV4_OTHER, TO_64)},
	{"IPv4 with the number of a fragment header", {ETH(PROTO_IPV4), IPV4(0, IP_FRAGMENT, 0), SIZE(60)}, EXPECT(RECORD_IPV4_OTHER, TO_64)},
	{"IPv4 AH", {ETH(PROTO_IPV4), IPV4(0, IP_AH, 0), AH(4, IP_TCP), SIZE(80)}, EXPECT(RECORD_IPV4_OTHER, TO_127)},
	{"IPv4 protocol 255", {ETH(PROTO_IPV4), IPV4(0, 255, 0), SIZE(60)}, EXPECT(RECORD_IPV4_OTHER, TO_64)},
	{"IPv6 with the number of ICMP", {ETH(PROTO_IPV6), IPV6(IP_ICMP), SIZE(62)}, EXPECT(RECORD_IPV6_OTHER, TO_64)},
	{"IPv6 with the number of ESP", {ETH(PROTO_IPV6), IPV6(50), SIZE(62)}, EXPECT(RECORD_IPV6_OTHER, TO_64)},
	{"IPv6 next header 255", {ETH(PROTO_IPV6), IPV6(255), SIZE(62)}, EXPECT(RECORD_IPV6_OTHER, TO_64)},
	{"IPv6 no next header", {ETH(PROTO_IPV6), IPV6(IP_NONE), SIZE(62)}, EXPECT(RECORD_IPV6_OTHER, TO_64)},

	/* Edges of the sizes. */
	{"14 bytes", {ETH(PROTO_ARP)}, EXPECT(RECORD_ARP, TO_64)},
	{"15 bytes", {ETH(0x88cc), SIZE(15)}, EXPECT(RECORD_OTHER, TO_64)},
	{"63 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(63)}, EXPECT(RECORD_IPV4_UDP, TO_64)},
	{"64 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(64)}, EXPECT(RECORD_IPV4_UDP, TO_64)},
	{"65 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(65)}, EXPECT(RECORD_IPV4_UDP, TO_127)},
	{"127 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(127)}, EXPECT(RECORD_IPV4_UDP, TO_127)},
	{"128 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(128)}, EXPECT(RECORD_IPV4_UDP, TO_255)},
	{"255 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(255)}, EXPECT(RECORD_IPV4_UDP, TO_255)},
	{"256 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(256)}, EXPECT(RECORD_IPV4_UDP, TO_511)},
	{"511 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(511)}, EXPECT(RECORD_IPV4_UDP, TO_511)},
	{"512 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(512)}, EXPECT(RECORD_IPV4_UDP, TO_1023)},
	{"1023 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(1023)}, EXPECT(RECORD_IPV4_UDP, TO_1023)},
	{"1024 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(1024)}, EXPECT(RECORD_IPV4_UDP, TO_1518)},
	{"1518 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(1518)}, EXPECT(RECORD_IPV4_UDP, TO_1518)},
	{"1519 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(1519)}, EXPECT(RECORD_IPV4_UDP, TO_MAX)},
	{"3000 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(3000)}, EXPECT(RECORD_IPV4_UDP, TO_MAX)},

	/* Casts. */
	{"multicast of IPv6", {ETH_TO(RECORD_MULTICAST, PROTO_IPV6), IPV6(IP_UDP), SIZE(62)}, EXPECT_CAST(RECORD_IPV6_UDP, TO_64, RECORD_MULTICAST)},
	{"broadcast of IPv4", {ETH_TO(RECORD_BROADCAST, PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(60)}, EXPECT_CAST(RECORD_IPV4_UDP, TO_64, RECORD_BROADCAST)},
	{"multicast ff:ff:ff:ff:ff:fe", {ETH_TO(RECORD_BROADCAST, PROTO_ARP), BYTE(5, 0xfe), SIZE(42)}, EXPECT_CAST(RECORD_ARP, TO_64, RECORD_MULTICAST)},
	{"unicast fe:ff:ff:ff:ff:ff", {ETH_TO(RECORD_BROADCAST, PROTO_ARP), BYTE(0, 0xfe), SIZE(42)}, EXPECT_CAST(RECORD_ARP, TO_64, RECORD_UNICAST)},
	{"13 bytes", {ETH_TO(RECORD_BROADCAST, PROTO_ARP), SIZE(13)}, EXPECT_CAST(RECORD_MALFORMED, TO_64, FRAME_NO_CAST)},

	/* Tags. */
	{"802.1Q, IPv4 TCP", {ETH(PROTO_8021Q), TAG(PROTO_IPV4), IPV4(0, IP_TCP, 0), SIZE(64)}, EXPECT_TAGGED(RECORD_IPV4_TCP, TO_64)},
	{"802.1ad, IPv6 UDP", {ETH(PROTO_8021AD), TAG(PROTO_IPV6), IPV6(IP_UDP), SIZE(70)}, EXPECT_TAGGED(RECORD_IPV6_UDP, TO_127)},
	{"802.1Q, ARP", {ETH(PROTO_8021Q), TAG(PROTO_ARP), SIZE(64)}, EXPECT_TAGGED(RECORD_ARP, TO_64)},
	{"802.1Q, LLDP", {ETH(PROTO_8021Q), TAG(0x88cc), SIZE(64)}, EXPECT_TAGGED(RECORD_OTHER, TO_64)},
	{"802.1ad, 802.1Q, IPv4 UDP", {ETH(PROTO_8021AD), TAG(PROTO_8021Q), TAG(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(68)}, EXPECT_TAGGED(RECORD_IPV4_UDP, TO_127)},
	{"802.1Q, 802.1Q, IPv6 TCP", {ETH(PROTO_8021Q), TAG(PROTO_8021Q), TAG(PROTO_IPV6), IPV6(IP_TCP), SIZE(82)}, EXPECT_TAGGED(RECORD_IPV6_TCP, TO_127)},
	{"802.1Q, 802.1ad, ARP", {ETH(PROTO_8021Q), TAG(PROTO_8021AD), TAG(PROTO_ARP), SIZE(68)}, EXPECT_TAGGED(RECORD_ARP, TO_127)},
	{"three tags 802.1Q", {ETH(PROTO_8021Q), TAG(PROTO_8021Q), TAG(PROTO_8021Q), TAG(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(72)}, EXPECT_TAGGED(RECORD_OTHER, TO_127)},
	{"three tags 802.1ad", {ETH(PROTO_8021AD), TAG(PROTO_8021AD), TAG(PROTO_8021AD), TAG(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(72)}, EXPECT_TAGGED(RECORD_OTHER, TO_127)},
	{"third tag cut off", {ETH(PROTO_8021Q), TAG(PROTO_8021Q), TAG(PROTO_8021Q)}, EXPECT_TAGGED(RECORD_OTHER, TO_64)},
	{"first tag cut off", {ETH(PROTO_8021Q), TAG(PROTO_IPV4), SIZE(17)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"second tag cut off", {ETH(PROTO_8021AD), TAG(PROTO_8021Q), TAG(PROTO_IPV4), SIZE(21)}, EXPECT_TAGGED(RECORD_MALFORMED, TO_64)},
	{"tag, then an IPv4 header cut off", {ETH(PROTO_8021Q), TAG(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(37)}, EXPECT_TAGGED(RECORD_MALFORMED, TO_64)},
	{"TPID 0x9100", {ETH(PROTO_9100), TAG(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(64)}, EXPECT_TAGGED(RECORD_IPV4_UDP, TO_64)},
	{"TPID 0x9200", {ETH(PROTO_9200), TAG(PROTO_IPV6), IPV6(IP_TCP), SIZE(78)}, EXPECT_TAGGED(RECORD_IPV6_TCP, TO_127)},
	{"TPID 0x9200 and 0x9100, ARP", {ETH(PROTO_9200), TAG(PROTO_9100), TAG(PROTO_ARP), SIZE(64)}, EXPECT_TAGGED(RECORD_ARP, TO_64)},
	{"TPID 0x9300", {ETH(0x9300), TAG(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(64)}, EXPECT(RECORD_OTHER, TO_64)},

	/* Tunnels: PPPoE sessions. */
	{"PPPoE, IPv4 TCP", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV4(0, IP_TCP, 0), SIZE(68)}, EXPECT_PPPOE(RECORD_IPV4_TCP, TO_127)},
	{"PPPoE, IPv4 UDP with options", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV4(8, IP_UDP, 0), SIZE(90)}, EXPECT_PPPOE(RECORD_IPV4_UDP, TO_127)},
	{"PPPoE, IPv6 ICMPv6", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV6), IPV6(IP_ICMPV6), SIZE(90)}, EXPECT_PPPOE(RECORD_IPV6_ICMP, TO_127)},
	{"PPPoE, IPv6 hop-by-hop, UDP", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV6), IPV6(IP_HOP), EXT(1, IP_UDP), SIZE(100)}, EXPECT_PPPOE(RECORD_IPV6_UDP, TO_127)},
	{"PPPoE, LCP", {ETH(PROTO_PPPOE), PPPOE(PPP_LCP), SIZE(60)}, EXPECT_PPPOE(RECORD_OTHER, TO_64)},
	{"PPPoE, LCP, and nothing else", {ETH(PROTO_PPPOE), PPPOE(PPP_LCP)}, EXPECT_PPPOE(RECORD_OTHER, TO_64)},
	{"PPPoE, MPLS of PPP", {ETH(PROTO_PPPOE), PPPOE(0x0281), BOTTOM, IPV4(0, IP_TCP, 0), SIZE(80)}, EXPECT_PPPOE(RECORD_OTHER, TO_127)},
	{"PPPoE, the number of IPv4 of Ethernet", {ETH(PROTO_PPPOE), PPPOE(PROTO_IPV4), IPV4(0, IP_TCP, 0), SIZE(80)}, EXPECT_PPPOE(RECORD_OTHER, TO_127)},
	{"PPPoE, IPv4 fragment", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV4(0, IP_UDP, 0x2000), SIZE(1514)}, {RECORD_IPV4_UDP, TO_1518, RECORD_UNICAST, .fragment = true, .pppoe = true}},
	{"802.1Q, PPPoE, IPv4 TCP", {ETH(PROTO_8021Q), TAG(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV4(0, IP_TCP, 0), SIZE(72)}, {RECORD_IPV4_TCP, TO_127, RECORD_UNICAST, .tagged = true, .pppoe = true}},
	{"QinQ, PPPoE, IPv6 TCP", {ETH(PROTO_8021AD), TAG(PROTO_8021Q), TAG(PROTO_PPPOE), PPPOE(PPP_IPV6), IPV6(IP_TCP), SIZE(100)}, {RECORD_IPV6_TCP, TO_127, RECORD_UNICAST, .tagged = true, .pppoe = true}},
	{"PPPoE, IPv4 that is of version 6", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV6(IP_TCP), SIZE(90)}, EXPECT_PPPOE(RECORD_MALFORMED, TO_127)},
	{"PPPoE, IPv4 cut off", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV4(0, IP_TCP, 0), SIZE(41)}, EXPECT_PPPOE(RECORD_MALFORMED, TO_64)},
	{"PPPoE that ends before what it announces", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4)}, EXPECT_PPPOE(RECORD_MALFORMED, TO_64)},
	{"PPPoE cut off", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), SIZE(21)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"PPPoE of version 2", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), BYTE(14, 0x21), IPV4(0, IP_TCP, 0), SIZE(68)}, EXPECT(RECORD_MALFORMED, TO_127)},
	{"PPPoE session with a code of discovery", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), BYTE(15, 0xa7), IPV4(0, IP_TCP, 0), SIZE(68)}, EXPECT(RECORD_MALFORMED, TO_127)},

	/* Tunnels: MPLS. */
	{"MPLS, IPv4 UDP", {ETH(PROTO_MPLS), BOTTOM, IPV4(0, IP_UDP, 0), SIZE(100)}, EXPECT_MPLS(RECORD_IPV4_UDP, TO_127)},
	{"MPLS, IPv6 TCP", {ETH(PROTO_MPLS), BOTTOM, IPV6(IP_TCP), SIZE(100)}, EXPECT_MPLS(RECORD_IPV6_TCP, TO_127)},
	{"MPLS of multicast, IPv4 UDP", {ETH_TO(RECORD_MULTICAST, PROTO_MPLS_MULTICAST), BOTTOM, IPV4(0, IP_UDP, 0), SIZE(100)}, {RECORD_IPV4_UDP, TO_127, RECORD_MULTICAST, .mpls = true}},
	{"MPLS of 2 labels, IPv4 ICMP", {ETH(PROTO_MPLS), LABEL, BOTTOM, IPV4(4, IP_ICMP, 0), SIZE(100)}, EXPECT_MPLS(RECORD_IPV4_ICMP, TO_127)},
	{"MPLS of 4 labels, IPv6 fragment, UDP", {ETH(PROTO_MPLS), LABEL, LABEL, LABEL, BOTTOM, IPV6(IP_FRAGMENT), FRAG(0x0001, IP_UDP), SIZE(200)}, {RECORD_IPV6_UDP, TO_255, RECORD_UNICAST, .fragment = true, .mpls = true}},
	{"MPLS of 5 labels, IPv4 TCP", {ETH(PROTO_MPLS), LABEL, LABEL, LABEL, LABEL, BOTTOM, IPV4(0, IP_TCP, 0), SIZE(100)}, EXPECT_MPLS(RECORD_OTHER, TO_127)},
	{"MPLS of 4 labels and the end", {ETH(PROTO_MPLS), LABEL, LABEL, LABEL, LABEL}, EXPECT_MPLS(RECORD_OTHER, TO_64)},
	{"MPLS, Ethernet behind a control word", {ETH(PROTO_MPLS), BOTTOM, LABEL, BYTE(18, 0), BYTE(19, 0), SIZE(100)}, EXPECT_MPLS(RECORD_OTHER, TO_127)},
	{"MPLS, Ethernet", {ETH(PROTO_MPLS), BOTTOM, ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), SIZE(100)}, EXPECT_MPLS(RECORD_OTHER, TO_127)},
	{"802.1Q, MPLS, IPv4 TCP", {ETH(PROTO_8021Q), TAG(PROTO_MPLS), BOTTOM, IPV4(0, IP_TCP, 0), SIZE(100)}, {RECORD_IPV4_TCP, TO_127, RECORD_UNICAST, .tagged = true, .mpls = true}},
	{"QinQ, MPLS of 3 labels, IPv6 AH, TCP", {ETH(PROTO_8021AD), TAG(PROTO_9100), TAG(PROTO_MPLS), LABEL, LABEL, BOTTOM, IPV6(IP_AH), AH(4, IP_TCP), SIZE(140)}, {RECORD_IPV6_TCP, TO_255, RECORD_UNICAST, .tagged = true, .mpls = true}},
	{"MPLS, IPv4 with a header of 16 bytes", {ETH(PROTO_MPLS), BOTTOM, IPV4(0, IP_TCP, 0), BYTE(18, 0x44), SIZE(100)}, EXPECT_MPLS(RECORD_MALFORMED, TO_127)},
	{"MPLS, IPv4 cut off", {ETH(PROTO_MPLS), BOTTOM, IPV4(0, IP_TCP, 0), SIZE(37)}, EXPECT_MPLS(RECORD_MALFORMED, TO_64)},
	{"MPLS that ends with its last label", {ETH(PROTO_MPLS), LABEL, BOTTOM}, EXPECT_MPLS(RECORD_MALFORMED, TO_64)},
	{"MPLS, second label cut off", {ETH(PROTO_MPLS), LABEL, BOTTOM, SIZE(21)}, EXPECT_MPLS(RECORD_MALFORMED, TO_64)},
	{"MPLS, first label cut off", {ETH(PROTO_MPLS), BOTTOM, SIZE(17)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"MPLS, ARP of Ethernet", {ETH(PROTO_MPLS), BOTTOM, SIZE(42)}, EXPECT_MPLS(RECORD_OTHER, TO_64)},

	/* IPv4: options, fragments, contradictions. */
	{"IPv4 with 4 bytes of options", {ETH(PROTO_IPV4), IPV4(4, IP_ICMP, 0), SIZE(60)}, EXPECT(RECORD_IPV4_ICMP, TO_64)},
	{"IPv4 with 20 bytes of options", {ETH(PROTO_IPV4), IPV4(20, IP_TCP, 0), SIZE(74)}, EXPECT(RECORD_IPV4_TCP, TO_127)},
	{"IPv4 with 40 bytes of options", {ETH(PROTO_IPV4), IPV4(40, IP_UDP, 0), SIZE(82)}, EXPECT(RECORD_IPV4_UDP, TO_127)},
	{"IPv4 that ends with its options", {ETH(PROTO_IPV4), IPV4(40, IP_UDP, 0)}, EXPECT(RECORD_IPV4_UDP, TO_127)},
	{"IPv4 cut off in its options", {ETH(PROTO_IPV4), IPV4(40, IP_UDP, 0), SIZE(73)}, EXPECT(RECORD_MALFORMED, TO_127)},
	{"IPv4 fragment, cut off in its options", {ETH(PROTO_IPV4), IPV4(8, IP_UDP, 0x2000), SIZE(41)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv4 header alone", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0)}, EXPECT(RECORD_IPV4_TCP, TO_64)},
	{"IPv4 first fragment", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0x2000), SIZE(1514)}, EXPECT_FRAGMENT(RECORD_IPV4_UDP, TO_1518)},
	{"IPv4 middle fragment", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0x20b9), SIZE(1514)}, EXPECT_FRAGMENT(RECORD_IPV4_UDP, TO_1518)},
	{"IPv4 last fragment", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0x0001), SIZE(60)}, EXPECT_FRAGMENT(RECORD_IPV4_ICMP, TO_64)},
	{"IPv4 fragment with the largest offset", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x1fff), SIZE(60)}, EXPECT_FRAGMENT(RECORD_IPV4_TCP, TO_64)},
	{"IPv4 with an offset that is a multiple of 256", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x0100), SIZE(60)}, EXPECT_FRAGMENT(RECORD_IPV4_TCP, TO_64)},
	{"IPv4 with the reserved flag", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x8000), SIZE(60)}, EXPECT(RECORD_IPV4_TCP, TO_64)},
	{"IPv4 tagged fragment", {ETH(PROTO_8021Q), TAG(PROTO_IPV4), IPV4(4, IP_UDP, 0x2001), SIZE(100)}, {RECORD_IPV4_UDP, TO_127, RECORD_UNICAST, .tagged = true, .fragment = true}},
	{"IPv4 of version 6", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), BYTE(14, 0x65), SIZE(60)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv4 of version 0", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), BYTE(14, 0x05), SIZE(60)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv4 with a header of 16 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), BYTE(14, 0x44), SIZE(60)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv4 with a header of 0 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), BYTE(14, 0x40), SIZE(60)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv4 with a total length of 65535", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), SIZE(60), BYTE(16, 0xff), BYTE(17, 0xff)}, EXPECT(RECORD_IPV4_UDP, TO_64)},

	/* IPv6: contradictions, extension headers, chains, fragments. */
	{"IPv6 of version 4", {ETH(PROTO_IPV6), IPV6(IP_UDP), BYTE(14, 0x40), SIZE(62)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv6 of version 7, with a traffic class", {ETH(PROTO_IPV6), IPV6(IP_UDP), BYTE(14, 0x7f), SIZE(62)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv6 with a traffic class and a flow label", {ETH(PROTO_IPV6), IPV6(IP_UDP), BYTE(14, 0x6f), BYTE(15, 0xff), SIZE(62)}, EXPECT(RECORD_IPV6_UDP, TO_64)},
	{"IPv6 header alone", {ETH(PROTO_IPV6), IPV6(IP_TCP)}, EXPECT(RECORD_IPV6_TCP, TO_64)},
	{"IPv6 cut off", {ETH(PROTO_IPV6), IPV6(IP_TCP), SIZE(53)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv6 hop-by-hop, ICMPv6", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT(0, IP_ICMPV6), SIZE(90)}, EXPECT(RECORD_IPV6_ICMP, TO_127)},
	{"IPv6 routing, TCP", {ETH(PROTO_IPV6), IPV6(IP_ROUTING), EXT(2, IP_TCP), SIZE(98)}, EXPECT(RECORD_IPV6_TCP, TO_127)},
	{"IPv6 destination, UDP", {ETH(PROTO_IPV6), IPV6(IP_DESTINATION), EXT(1, IP_UDP), SIZE(78)}, EXPECT(RECORD_IPV6_UDP, TO_127)},
	{"IPv6 AH, TCP", {ETH(PROTO_IPV6), IPV6(IP_AH), AH(4, IP_TCP), SIZE(98)}, EXPECT(RECORD_IPV6_TCP, TO_127)},
	{"IPv6 AH of 12 bytes, UDP", {ETH(PROTO_IPV6), IPV6(IP_AH), AH(1, IP_UDP), SIZE(74)}, EXPECT(RECORD_IPV6_UDP, TO_127)},
	{"IPv6 AH that ends with the frame", {ETH(PROTO_IPV6), IPV6(IP_AH), AH(3, IP_UDP)}, EXPECT(RECORD_IPV6_UDP, TO_127)},
	{"IPv6 AH cut off", {ETH(PROTO_IPV6), IPV6(IP_AH), AH(3, IP_UDP), SIZE(73)}, EXPECT(RECORD_MALFORMED, TO_127)},
	{"IPv6 extension, no next header", {ETH(PROTO_IPV6), IPV6(IP_DESTINATION), EXT(0, IP_NONE), SIZE(78)}, EXPECT(RECORD_IPV6_OTHER, TO_127)},
	{"IPv6 extension of 2048 bytes, TCP", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT(255, IP_TCP), SIZE(2122)}, EXPECT(RECORD_IPV6_TCP, TO_MAX)},
	{"IPv6 extension of 2048 bytes, cut off", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT(255, IP_TCP), SIZE(2101)}, EXPECT(RECORD_MALFORMED, TO_MAX)},
	{"IPv6 extension cut off after its length", {ETH(PROTO_IPV6), IPV6(IP_ROUTING), EXT(0, IP_TCP), SIZE(56)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv6 extension that is missing", {ETH(PROTO_IPV6), IPV6(IP_ROUTING)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv6 hop-by-hop, destination, AH, TCP", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT(0, IP_DESTINATION), EXT(1, IP_AH), AH(4, IP_TCP), SIZE(122)}, EXPECT(RECORD_IPV6_TCP, TO_127)},
	{"IPv6 chain of 8, UDP", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT_X4(IP_DESTINATION), EXT_X4(IP_UDP), SIZE(126)}, EXPECT(RECORD_IPV6_UDP, TO_127)},
	{"IPv6 chain of 9, UDP", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT_X4(IP_DESTINATION), EXT_X4(IP_DESTINATION), EXT(0, IP_UDP), SIZE(134)}, EXPECT(RECORD_IPV6_OTHER, TO_255)},
	{"IPv6 chain of 9, the last missing", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT_X4(IP_DESTINATION), EXT_X4(IP_AH)}, EXPECT(RECORD_IPV6_OTHER, TO_127)},
	{"IPv6 chain of 8, the last cut off", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT_X4(IP_DESTINATION), EXT_X4(IP_UDP), SIZE(117)}, EXPECT(RECORD_MALFORMED, TO_127)},
	{"IPv6 first fragment, UDP", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0001, IP_UDP), SIZE(1514)}, EXPECT_FRAGMENT(RECORD_IPV6_UDP, TO_1518)},
	{"IPv6 middle fragment, UDP", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x05a9, IP_UDP), SIZE(1514)}, EXPECT_FRAGMENT(RECORD_IPV6_UDP, TO_1518)},
	{"IPv6 last fragment, TCP", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0b50, IP_TCP), SIZE(80)}, EXPECT_FRAGMENT(RECORD_IPV6_TCP, TO_127)},
	{"IPv6 fragment with an offset of 8 bytes", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0008, IP_DESTINATION)}, EXPECT_FRAGMENT(RECORD_IPV6_OTHER, TO_64)},
	{"IPv6 atomic fragment, TCP", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0000, IP_TCP), SIZE(82)}, EXPECT_FRAGMENT(RECORD_IPV6_TCP, TO_127)},
	{"IPv6 atomic fragment with reserved bits", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0006, IP_DESTINATION), EXT(0, IP_TCP), SIZE(90)}, EXPECT_FRAGMENT(RECORD_IPV6_TCP, TO_127)},
	{"IPv6 first fragment, destination, UDP", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0001, IP_DESTINATION), EXT(0, IP_UDP), SIZE(100)}, EXPECT_FRAGMENT(RECORD_IPV6_UDP, TO_127)},
	{"IPv6 first fragment, destination cut off", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0001, IP_DESTINATION), EXT(0, IP_UDP), SIZE(69)}, EXPECT_FRAGMENT(RECORD_MALFORMED, TO_127)},
	{"IPv6 middle fragment, its payload no header", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0101, IP_DESTINATION), SIZE(90)}, EXPECT_FRAGMENT(RECORD_IPV6_OTHER, TO_127)},
	{"IPv6 fragment header cut off", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0001, IP_UDP), SIZE(61)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"IPv6 chain of 7 and a middle fragment, TCP", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT_X4(IP_DESTINATION), EXT(0, IP_DESTINATION), EXT(0, IP_DESTINATION), EXT(0, IP_FRAGMENT), FRAG(0x0009, IP_TCP), SIZE(140)}, EXPECT_FRAGMENT(RECORD_IPV6_TCP, TO_255)},
	{"IPv6 chain of 8 and a fragment", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT_X4(IP_DESTINATION), EXT_X4(IP_FRAGMENT), FRAG(0x0001, IP_TCP), SIZE(140)}, EXPECT(RECORD_IPV6_OTHER, TO_255)},
	{"QinQ, IPv6 hop-by-hop, destination, AH, fragment, TCP", {ETH(PROTO_8021AD), TAG(PROTO_8021Q), TAG(PROTO_IPV6), IPV6(IP_HOP), EXT(0, IP_DESTINATION), EXT(1, IP_AH), AH(4, IP_FRAGMENT), FRAG(0x0001, IP_TCP), SIZE(160)}, {RECORD_IPV6_TCP, TO_255, RECORD_UNICAST, .tagged = true, .fragment = true}},

	/* Signs: of TCP, by flags. */
	{"SYN", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x4000), TCP(TCP_SYN), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_SYN)},
	{"SYN with ECE and CWR", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN | TCP_ECE | 0x80), SIZE(74)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_127, TCP_SYN)},
	{"SYN, ACK of IPv6", {ETH(PROTO_IPV6), IPV6(IP_TCP), TCP(TCP_SYN | TCP_ACK), SIZE(74)}, EXPECT_SIGN(RECORD_IPV6_TCP, TO_127, TCP_SYN_ACK)},
	{"FIN, ACK", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_FIN | TCP_ACK), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_FIN)},
	{"FIN, PSH, URG", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_FIN | TCP_PSH | TCP_URG), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_FIN)},
	{"RST, ACK", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_RST | TCP_ACK), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_RST)},
	{"no flag", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(0), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_NULL)},
	{"SYN, FIN", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN | TCP_FIN), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_SYN_FIN)},
	{"SYN, RST, ACK", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN | TCP_RST | TCP_ACK), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_SYN_FIN)},
	{"PSH, ACK", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_PSH | TCP_ACK), SIZE(60)}, EXPECT(RECORD_IPV4_TCP, TO_64)},
	{"SYN in a TCP header of 16 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN), BYTE(46, 0x40), SIZE(60)}, EXPECT(RECORD_IPV4_TCP, TO_64)},
	{"SYN behind a tag", {ETH(PROTO_8021Q), TAG(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN), SIZE(64)}, {.class = RECORD_IPV4_TCP, .size = TO_64, .cast = RECORD_UNICAST, .tagged = true, .signs = 1U << RECORD_TCP_SYN}},
	{"SYN behind two tags and options", {ETH(PROTO_9100), TAG(PROTO_9200), TAG(PROTO_IPV4), IPV4(40, IP_TCP, 0), TCP(TCP_SYN), SIZE(120)}, {.class = RECORD_IPV4_TCP, .size = TO_127, .cast = RECORD_UNICAST, .tagged = true, .signs = 1U << RECORD_TCP_SYN}},
	{"SYN behind extension headers", {ETH(PROTO_IPV6), IPV6(IP_HOP), EXT(2, IP_AH), AH(4, IP_TCP), TCP(TCP_SYN), SIZE(150)}, EXPECT_SIGN(RECORD_IPV6_TCP, TO_255, TCP_SYN)},
	{"SYN in PPPoE", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN), SIZE(68)}, {.class = RECORD_IPV4_TCP, .size = TO_127, .cast = RECORD_UNICAST, .pppoe = true, .signs = 1U << RECORD_TCP_SYN}},
	{"RST in MPLS", {ETH(PROTO_MPLS), LABEL, BOTTOM, IPV6(IP_TCP), TCP(TCP_RST), SIZE(90)}, {.class = RECORD_IPV6_TCP, .size = TO_127, .cast = RECORD_UNICAST, .mpls = true, .signs = 1U << RECORD_TCP_RST}},
	{"SYN that ends with the frame", {ETH(PROTO_IPV6), IPV6(IP_TCP), TCP(TCP_SYN), SIZE(74)}, EXPECT_SIGN(RECORD_IPV6_TCP, TO_127, TCP_SYN)},
	{"SYN cut off by the end of the frame", {ETH(PROTO_IPV6), IPV6(IP_TCP), TCP(TCP_SYN), SIZE(73)}, EXPECT(RECORD_IPV6_TCP, TO_127)},
	{"SYN beyond the end of the packet", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN), SIZE(60), BYTE(16, 0), BYTE(17, 39)}, EXPECT(RECORD_IPV4_TCP, TO_64)},
	{"SYN in a packet of length 0, which is any", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), TCP(TCP_SYN), SIZE(60), BYTE(16, 0), BYTE(17, 0)}, EXPECT_SIGN(RECORD_IPV4_TCP, TO_64, TCP_SYN)},
	{"SYN in a first fragment", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x2000), TCP(TCP_SYN), SIZE(60)}, {.class = RECORD_IPV4_TCP, .size = TO_64, .cast = RECORD_UNICAST, .fragment = true, .signs = 1U << RECORD_TCP_SYN}},
	{"SYN in the place of a header of a later fragment", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x2001), TCP(TCP_SYN), SIZE(60)}, EXPECT_FRAGMENT(RECORD_IPV4_TCP, TO_64)},
	{"SYN in an atomic fragment of IPv6", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0000, IP_TCP), TCP(TCP_SYN), SIZE(90)}, {.class = RECORD_IPV6_TCP, .size = TO_127, .cast = RECORD_UNICAST, .fragment = true, .signs = 1U << RECORD_TCP_SYN}},
	{"SYN in a later fragment of IPv6", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0101, IP_TCP), TCP(TCP_SYN), SIZE(90)}, EXPECT_FRAGMENT(RECORD_IPV6_TCP, TO_127)},

	/* Signs: of ICMP, by type. */
	{"ICMP echo request", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), ICMP(8), SIZE(98)}, EXPECT_SIGN(RECORD_IPV4_ICMP, TO_127, ICMP_ECHO_REQUEST)},
	{"ICMP echo reply", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), ICMP(0), SIZE(98)}, EXPECT_SIGN(RECORD_IPV4_ICMP, TO_127, ICMP_ECHO_REPLY)},
	{"ICMP unreachable", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), ICMP(3), SIZE(98)}, EXPECT_SIGN(RECORD_IPV4_ICMP, TO_127, ICMP_UNREACHABLE)},
	{"ICMP redirect", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), ICMP(5), SIZE(98)}, EXPECT_SIGN(RECORD_IPV4_ICMP, TO_127, ICMP_REDIRECT)},
	{"ICMP time exceeded", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), ICMP(11), SIZE(98)}, EXPECT_SIGN(RECORD_IPV4_ICMP, TO_127, ICMP_TIME_EXCEEDED)},
	{"ICMP timestamp", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), ICMP(13), SIZE(98)}, EXPECT(RECORD_IPV4_ICMP, TO_127)},
	{"ICMP of 7 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_ICMP, 0), ICMP(8), SIZE(60), BYTE(17, 27)}, EXPECT(RECORD_IPV4_ICMP, TO_64)},
	{"ICMPv6 echo request", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), ICMP(128), SIZE(118)}, EXPECT_SIGN(RECORD_IPV6_ICMP, TO_127, ICMP_ECHO_REQUEST)},
	{"ICMPv6 echo reply", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), ICMP(129), SIZE(62)}, EXPECT_SIGN(RECORD_IPV6_ICMP, TO_64, ICMP_ECHO_REPLY)},
	{"ICMPv6 unreachable", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), ICMP(1), SIZE(118)}, EXPECT_SIGN(RECORD_IPV6_ICMP, TO_127, ICMP_UNREACHABLE)},
	{"ICMPv6 time exceeded", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), ICMP(3), SIZE(118)}, EXPECT_SIGN(RECORD_IPV6_ICMP, TO_127, ICMP_TIME_EXCEEDED)},
	{"ICMPv6 neighbour solicitation", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), ICMP(135), SIZE(86)}, EXPECT_SIGN(RECORD_IPV6_ICMP, TO_127, ICMP_NEIGHBOUR)},
	{"ICMPv6 redirect", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), ICMP(137), SIZE(94)}, EXPECT_SIGN(RECORD_IPV6_ICMP, TO_127, ICMP_NEIGHBOUR_REDIRECT)},
	{"ICMPv6 packet too big", {ETH(PROTO_IPV6), IPV6(IP_ICMPV6), ICMP(2), SIZE(118)}, EXPECT(RECORD_IPV6_ICMP, TO_127)},
	{"IPv6 with ICMP and its type 8", {ETH(PROTO_IPV6), IPV6(IP_ICMP), ICMP(8), SIZE(62)}, EXPECT(RECORD_IPV6_OTHER, TO_64)},

	/* Signs: of UDP, by source port. */
	{"UDP from 53", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), UDP(53), SIZE(500)}, EXPECT_SIGN(RECORD_IPV4_UDP, TO_511, FROM_DNS)},
	{"UDP from 123", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), UDP(123), SIZE(482)}, EXPECT_SIGN(RECORD_IPV4_UDP, TO_511, FROM_NTP)},
	{"UDP from 161", {ETH(PROTO_IPV6), IPV6(IP_UDP), UDP(161), SIZE(90)}, EXPECT_SIGN(RECORD_IPV6_UDP, TO_127, FROM_SNMP)},
	{"UDP from 389", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), UDP(389), SIZE(1400)}, EXPECT_SIGN(RECORD_IPV4_UDP, TO_1518, FROM_CLDAP)},
	{"UDP from 1900", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), UDP(1900), SIZE(300)}, EXPECT_SIGN(RECORD_IPV4_UDP, TO_511, FROM_SSDP)},
	{"UDP from 5353", {ETH(PROTO_IPV6), IPV6(IP_UDP), UDP(5353), SIZE(200)}, EXPECT_SIGN(RECORD_IPV6_UDP, TO_255, FROM_MDNS)},
	{"UDP from 11211", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), UDP(11211), SIZE(1442)}, EXPECT_SIGN(RECORD_IPV4_UDP, TO_1518, FROM_MEMCACHED)},
	{"UDP from 19", {ETH(PROTO_IPV4), IPV4(4, IP_UDP, 0), UDP(19), SIZE(100)}, EXPECT_SIGN(RECORD_IPV4_UDP, TO_127, FROM_CHARGEN)},
	{"UDP from 53 + 256", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), UDP(309), SIZE(60)}, EXPECT(RECORD_IPV4_UDP, TO_64)},
	{"UDP to 53", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), UDP(40000), BYTE(36, 0), BYTE(37, 53), SIZE(60)}, EXPECT(RECORD_IPV4_UDP, TO_64)},
	{"UDP-Lite from 53", {ETH(PROTO_IPV4), IPV4(0, IP_UDPLITE, 0), UDP(53), SIZE(60)}, EXPECT(RECORD_IPV4_OTHER, TO_64)},

	/* Signs: of IP. */
	{"TTL of 1", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), BYTE(22, 1), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_UDP, TO_64, TTL_LOW)},
	{"TTL of 0", {ETH(PROTO_IPV4), IPV4(0, IP_GRE, 0), BYTE(22, 0), SIZE(60)}, EXPECT_SIGN(RECORD_IPV4_OTHER, TO_64, TTL_LOW)},
	{"TTL of 2", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0), BYTE(22, 2), SIZE(60)}, EXPECT(RECORD_IPV4_UDP, TO_64)},
	{"hop limit of 1", {ETH(PROTO_IPV6), IPV6(IP_UDP), BYTE(21, 1), SIZE(62)}, EXPECT_SIGN(RECORD_IPV6_UDP, TO_64, TTL_LOW)},
	{"hop limit of 0, extension cut off", {ETH(PROTO_IPV6), IPV6(IP_HOP), BYTE(21, 0), SIZE(56)}, EXPECT_SIGN(RECORD_MALFORMED, TO_64, TTL_LOW)},
	{"TTL of 1 in a later fragment in PPPoE", {ETH(PROTO_PPPOE), PPPOE(PPP_IPV4), IPV4(0, IP_UDP, 0x0010), BYTE(30, 1), SIZE(68)}, {.class = RECORD_IPV4_UDP, .size = TO_127, .cast = RECORD_UNICAST, .fragment = true, .pppoe = true, .signs = 1U << RECORD_TTL_LOW}},
	{"TTL of 1, options cut off", {ETH(PROTO_IPV4), IPV4(8, IP_UDP, 0), BYTE(22, 1), SIZE(41)}, EXPECT(RECORD_MALFORMED, TO_64)},
	{"TTL of 1 and SYN", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0), BYTE(22, 1), TCP(TCP_SYN), SIZE(60)}, {.class = RECORD_IPV4_TCP, .size = TO_64, .cast = RECORD_UNICAST, .signs = 1U << RECORD_TCP_SYN | 1U << RECORD_TTL_LOW}},
	{"ARP with a byte of 1 where IPv4 has its TTL", {ETH(PROTO_ARP), SIZE(42), BYTE(22, 1), BYTE(21, 1)}, EXPECT(RECORD_ARP, TO_64)},
	{"first fragment of 8 bytes of TCP, padded", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x2000), TCP(TCP_SYN), SIZE(60), BYTE(17, 28)}, {.class = RECORD_IPV4_TCP, .size = TO_64, .cast = RECORD_UNICAST, .fragment = true, .signs = 1U << RECORD_SHORT_FRAGMENT}},
	{"first fragment of 8 bytes of TCP, unpadded", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x2000), TCP(TCP_SYN), SIZE(42)}, {.class = RECORD_IPV4_TCP, .size = TO_64, .cast = RECORD_UNICAST, .fragment = true, .signs = 1U << RECORD_SHORT_FRAGMENT}},
	{"first fragment of 8 bytes of UDP", {ETH(PROTO_IPV4), IPV4(0, IP_UDP, 0x2000), UDP(40000), SIZE(60), BYTE(17, 28)}, EXPECT_FRAGMENT(RECORD_IPV4_UDP, TO_64)},
	{"first fragment of 8 bytes of SCTP", {ETH(PROTO_IPV4), IPV4(0, IP_SCTP, 0x2000), SIZE(60), BYTE(17, 28)}, {.class = RECORD_IPV4_OTHER, .size = TO_64, .cast = RECORD_UNICAST, .fragment = true, .signs = 1U << RECORD_SHORT_FRAGMENT}},
	{"first fragment of 8 bytes of GRE", {ETH(PROTO_IPV4), IPV4(0, IP_GRE, 0x2000), SIZE(60), BYTE(17, 28)}, EXPECT_FRAGMENT(RECORD_IPV4_OTHER, TO_64)},
	{"first fragment of IPv6 with 16 bytes of TCP", {ETH(PROTO_IPV6), IPV6(IP_FRAGMENT), FRAG(0x0001, IP_TCP), TCP(TCP_SYN), SIZE(78)}, {.class = RECORD_IPV6_TCP, .size = TO_127, .cast = RECORD_UNICAST, .fragment = true, .signs = 1U << RECORD_SHORT_FRAGMENT}},
	{"last fragment of 8 bytes", {ETH(PROTO_IPV4), IPV4(0, IP_TCP, 0x0003), SIZE(60), BYTE(17, 28)}, EXPECT_FRAGMENT(RECORD_IPV4_TCP, TO_64)},
	{"802.1Q, IPv4 options, UDP", {ETH(PROTO_8021Q), TAG(PROTO_IPV4), IPV4(12, IP_UDP, 0), SIZE(80)}, EXPECT_TAGGED(RECORD_IPV4_UDP, TO_127)},
};
/* clang-format on */

const size_t frame_sample_count = sizeof(frame_samples) / sizeof(frame_samples[0]);

const struct frame_sample *frame_sample(const char *name)
{
	for (size_t i = 0; i < frame_sample_count; i++) {
		if (strcmp(frame_samples[i].name, name) == 0)
			return &frame_samples[i];
	}
	return NULL;
}
