// SPDX-License-Identifier: GPL-2.0-only
/* The model: how each frame has to be counted, worked out from the RFCs. */
#include "tests/lib/frame.h"

#include <string.h>

#include "tests/lib/frame_numbers.h"

/* What the model reads: a frame, with the first byte not yet explained. */
struct remainder {
	const uint8_t *frame;
	size_t length;
	size_t at;
};

static bool has(const struct remainder *rest, size_t count)
{
	return rest->length - rest->at >= count;
}

static unsigned int u8_at(const struct remainder *rest, size_t offset)
{
	return rest->frame[rest->at + offset];
}

static unsigned int u16_at(const struct remainder *rest, size_t offset)
{
	return u8_at(rest, offset) << 8 | u8_at(rest, offset + 1);
}

static enum record_size model_size(size_t length)
{
	static const size_t last[RECORD_SIZES - 1] = {64, 127, 255, 511, 1023, 1518};
	int size = 0;

	while (size < RECORD_SIZES - 1 && length > last[size])
		size++;
	return (enum record_size)size;
}

static int model_cast(const uint8_t *frame, size_t length)
{
	if (length < ETHERNET_BYTES)
		return FRAME_NO_CAST;
	if (memcmp(frame, "\xff\xff\xff\xff\xff\xff", 6) == 0)
		return RECORD_BROADCAST;
	return frame[0] % 2 ? RECORD_MULTICAST : RECORD_UNICAST;
}

/* What the model needs of the headers before layer 4. */
struct layers {
	bool reached;	       /* the IP header and those behind it are whole */
	unsigned int protocol; /* of layer 4 */
	bool is_ipv6;
	bool first, later; /* of several fragments */
	size_t at;	   /* where layer 4 begins, from the beginning of the frame */
	size_t end;	   /* where the IP packet ends, or the frame */
};

static enum record_signal sign_of_tcp(unsigned int flags)
{
	bool syn = flags & TCP_SYN, fin = flags & TCP_FIN, rst = flags & TCP_RST;

	if (flags == 0)
		return RECORD_TCP_NULL;
	if (syn && (fin || rst))
		return RECORD_TCP_SYN_FIN;
	if (syn)
		return flags & TCP_ACK ? RECORD_TCP_SYN_ACK : RECORD_TCP_SYN;
	if (rst)
		return RECORD_TCP_RST;
	return fin ? RECORD_TCP_FIN : RECORD_NO_SIGNAL;
}

static enum record_signal sign_of_udp(unsigned int port)
{
	switch (port) {
	case 53:
		return RECORD_FROM_DNS;
	case 123:
		return RECORD_FROM_NTP;
	case 161:
		return RECORD_FROM_SNMP;
	case 389:
		return RECORD_FROM_CLDAP;
	case 1900:
		return RECORD_FROM_SSDP;
	case 5353:
		return RECORD_FROM_MDNS;
	case 11211:
		return RECORD_FROM_MEMCACHED;
	case 19:
		return RECORD_FROM_CHARGEN;
	}
	return RECORD_NO_SIGNAL;
}

static enum record_signal sign_of_icmp(unsigned int type, bool is_ipv6)
{
	if (type == (is_ipv6 ? 128 : 8))
		return RECORD_ICMP_ECHO_REQUEST;
	if (type == (is_ipv6 ? 129 : 0))
		return RECORD_ICMP_ECHO_REPLY;
	if (type == (is_ipv6 ? 1 : 3))
		return RECORD_ICMP_UNREACHABLE;
	if (type == (is_ipv6 ? 3 : 11))
		return RECORD_ICMP_TIME_EXCEEDED;
	if (!is_ipv6)
		return type == 5 ? RECORD_ICMP_REDIRECT : RECORD_NO_SIGNAL;
	if (type == 137)
		return RECORD_ICMP_NEIGHBOUR_REDIRECT;
	return type >= 133 && type <= 136 ? RECORD_ICMP_NEIGHBOUR : RECORD_NO_SIGNAL;
}

/* Bytes of the header of layer 4 without options; 0: it is none that is known. */
static size_t layer4_bytes(unsigned int protocol)
{
	switch (protocol) {
	case IP_TCP:
		return 20;
	case IP_SCTP:
	case IP_DCCP:
		return 12;
	case IP_UDP:
	case IP_UDPLITE:
	case IP_ICMP:
	case IP_ICMPV6:
		return 8;
	}
	return 0;
}

static enum record_signal sign_of(const uint8_t *header, const struct layers *layers)
{
	if (layers->protocol == IP_TCP)
		return header[12] / 16 < 5 ? RECORD_NO_SIGNAL : sign_of_tcp(header[13]);
	if (layers->protocol == IP_UDP)
		return sign_of_udp(header[0] * 256U + header[1]);
	if (layers->protocol == (layers->is_ipv6 ? IP_ICMPV6 : IP_ICMP))
		return sign_of_icmp(header[0], layers->is_ipv6);
	return RECORD_NO_SIGNAL;
}

static void model_layer4(const struct remainder *rest, const struct layers *layers,
			 struct frame_expectation *expected)
{
	size_t bytes = layer4_bytes(layers->protocol);
	enum record_signal sign;

	if (!layers->reached || layers->later || !bytes)
		return;
	if (layers->at + bytes > layers->end) {
		if (layers->first)
			expected->signs |= 1U << RECORD_SHORT_FRAGMENT;
		return;
	}
	sign = sign_of(rest->frame + layers->at, layers);
	if (sign != RECORD_NO_SIGNAL)
		expected->signs |= 1U << sign;
}

/* `length`: that of the IP packet, from `at` on, by its header; 0: not told. */
static size_t end_of(const struct remainder *rest, size_t at, size_t length)
{
	return length && at + length < rest->length ? at + length : rest->length;
}

/* RFC 791: version and IHL, flags and offset, protocol. */
static void model_ipv4(struct remainder *rest, struct frame_expectation *expected,
		       struct layers *layers)
{
	unsigned int version, header;

	if (!has(rest, IPV4_BYTES))
		return;
	version = u8_at(rest, 0) / 16;
	header = u8_at(rest, 0) % 16 * 4;
	if (version != 4 || header < IPV4_BYTES || !has(rest, header))
		return;
	/* Neither "don't fragment" nor the reserved bit makes a fragment. */
	expected->fragment = u16_at(rest, 6) % 0x4000 != 0;
	if (u8_at(rest, 8) <= 1)
		expected->signs |= 1U << RECORD_TTL_LOW;
	*layers = (struct layers){
		.reached = true,
		.protocol = u8_at(rest, 9),
		.later = u16_at(rest, 6) % 0x2000 != 0,
		.first = u16_at(rest, 6) % 0x4000 == 0x2000,
		.at = rest->at + header,
		.end = end_of(rest, rest->at, u16_at(rest, 2)),
	};
	switch (u8_at(rest, 9)) {
	case IP_TCP:
		expected->class = RECORD_IPV4_TCP;
		return;
	case IP_UDP:
		expected->class = RECORD_IPV4_UDP;
		return;
	case IP_ICMP:
		expected->class = RECORD_IPV4_ICMP;
		return;
	}
	expected->class = RECORD_IPV4_OTHER;
}

static enum record_class model_ipv6_class(unsigned int next)
{
	if (next == IP_TCP)
		return RECORD_IPV6_TCP;
	if (next == IP_UDP)
		return RECORD_IPV6_UDP;
	if (next == IP_ICMPV6)
		return RECORD_IPV6_ICMP;
	return RECORD_IPV6_OTHER;
}

/* Bytes of an extension header of this number and length field; 0: none that is walked. */
static size_t model_extension(unsigned int number, unsigned int field)
{
	switch (number) {
	case IP_HOP:
	case IP_ROUTING:
	case IP_DESTINATION:
		return (field + 1) * 8;
	case IP_FRAGMENT:
		return 8;
	case IP_AH:
		return (field + 2) * 4;
	}
	return 0;
}

/* RFC 8200: the chain of headers, up to what a fragment has no more of. */
static void model_ipv6(struct remainder *rest, struct frame_expectation *expected,
		       struct layers *layers)
{
	unsigned int next, walked = 0;

	if (!has(rest, IPV6_BYTES) || u8_at(rest, 0) / 16 != 6)
		return;
	next = u8_at(rest, 6);
	if (u8_at(rest, 7) <= 1)
		expected->signs |= 1U << RECORD_TTL_LOW;
	layers->is_ipv6 = true;
	layers->end = end_of(rest, rest->at + IPV6_BYTES, u16_at(rest, 4));
	rest->at += IPV6_BYTES;
	while (model_extension(next, 0) && walked++ < IPV6_WALKED_MAX) {
		bool later = false; /* not the first fragment */
		size_t bytes;

		if (!has(rest, 2))
			return;
		bytes = model_extension(next, u8_at(rest, 1));
		if (!has(rest, bytes))
			return;
		if (next == IP_FRAGMENT) {
			expected->fragment = true;
			later = u16_at(rest, 2) / 8 != 0;
			layers->first |= u16_at(rest, 2) % 2;
			layers->later |= later;
		}
		next = u8_at(rest, 0);
		rest->at += bytes;
		if (later)
			break;
	}
	expected->class = model_ipv6_class(next);
	layers->protocol = next;
	layers->at = rest->at;
	layers->reached = true;
}

/* RFC 2516, section 4: a header of six bytes, and the protocol of PPP. `proto`: an EtherType, or 0;
 * false: malformed. */
static bool model_pppoe(struct remainder *rest, struct frame_expectation *expected,
			unsigned int *proto)
{
	unsigned int ppp;

	if (!has(rest, 8) || u16_at(rest, 0) != 0x1100)
		return false;
	expected->pppoe = true;
	ppp = u16_at(rest, 6);
	rest->at += 8;
	*proto = ppp == PPP_IPV4 ? PROTO_IPV4 : ppp == PPP_IPV6 ? PROTO_IPV6 : 0;
	return true;
}

/* RFC 3032: labels of four bytes each; the lowest bit of the third byte is set in the last one. */
static bool model_mpls(struct remainder *rest, struct frame_expectation *expected,
		       unsigned int *proto)
{
	bool bottom = false;
	int labels = 0;

	*proto = 0;
	while (!bottom && labels++ < MPLS_LABELS_MAX) {
		if (!has(rest, 4))
			return false;
		expected->mpls = true;
		bottom = u8_at(rest, 2) % 2;
		rest->at += 4;
	}
	if (!bottom)
		return true;
	if (!has(rest, 1))
		return false;
	if (u8_at(rest, 0) / 16 == 4)
		*proto = PROTO_IPV4;
	if (u8_at(rest, 0) / 16 == 6)
		*proto = PROTO_IPV6;
	return true;
}

static bool model_is_tag(unsigned int proto)
{
	return proto == PROTO_8021Q || proto == PROTO_8021AD || proto == PROTO_9100 ||
	       proto == PROTO_9200;
}

struct frame_expectation frame_model(const uint8_t *frame, size_t length)
{
	struct frame_expectation expected = {
		.class = RECORD_MALFORMED,
		.size = model_size(length),
		.cast = model_cast(frame, length),
	};
	struct remainder rest = {.frame = frame, .length = length};
	struct layers layers = {0};
	unsigned int proto;
	int tags = 0;

	if (!has(&rest, ETHERNET_BYTES))
		return expected;
	proto = u16_at(&rest, 12);
	rest.at = ETHERNET_BYTES;
	while (model_is_tag(proto) && tags < 2) {
		if (!has(&rest, TAG_BYTES))
			return expected;
		expected.tagged = true;
		proto = u16_at(&rest, 2);
		rest.at += TAG_BYTES;
		tags++;
	}
	if (proto == PROTO_PPPOE) {
		if (!model_pppoe(&rest, &expected, &proto))
			return expected;
	} else if (proto == PROTO_MPLS || proto == PROTO_MPLS_MULTICAST) {
		if (!model_mpls(&rest, &expected, &proto))
			return expected;
	}
	if (proto == PROTO_IPV4)
		model_ipv4(&rest, &expected, &layers);
	else if (proto == PROTO_IPV6)
		model_ipv6(&rest, &expected, &layers);
	else
		expected.class = proto == PROTO_ARP ? RECORD_ARP : RECORD_OTHER;
	model_layer4(&rest, &layers, &expected);
	return expected;
}
