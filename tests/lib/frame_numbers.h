/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as IANA and IEEE 802 have them, on purpose not taken from kernel headers. */
#ifndef COLLECTD_XDP_TESTS_FRAME_NUMBERS_H
#define COLLECTD_XDP_TESTS_FRAME_NUMBERS_H

enum { ETHERNET_BYTES = 14, TAG_BYTES = 4, IPV4_BYTES = 20, IPV6_BYTES = 40, IPV6_WALKED_MAX = 8 };
enum { PROTO_IPV4 = 0x0800, PROTO_ARP = 0x0806, PROTO_IPV6 = 0x86dd };
enum { PROTO_8021Q = 0x8100, PROTO_8021AD = 0x88a8 };
enum { IP_TCP = 6, IP_UDP = 17, IP_ICMP = 1, IP_ICMPV6 = 58, IP_GRE = 47 };
enum {
	IP_HOP = 0,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_AH = 51,
	IP_NONE = 59,
	IP_DESTINATION = 60
};

#endif
