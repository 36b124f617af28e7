/* SPDX-License-Identifier: GPL-2.0-only */
/* What the naive counter keeps: each number is a map entry of its own. */
#ifndef COLLECTD_XDP_BENCH_NAIVE_H
#define COLLECTD_XDP_BENCH_NAIVE_H

/* Each but the sizes, casts and tags has one number for packets and, next to it, one for bytes. */
enum naive_metric {
	NAIVE_TOTAL = 0,
	NAIVE_IPV4_TCP = 2,
	NAIVE_IPV4_UDP = 4,
	NAIVE_IPV4_ICMP = 6,
	NAIVE_IPV4_OTHER = 8,
	NAIVE_IPV6_TCP = 10,
	NAIVE_IPV6_UDP = 12,
	NAIVE_IPV6_ICMP = 14,
	NAIVE_IPV6_OTHER = 16,
	NAIVE_ARP = 18,
	NAIVE_OTHER = 20,
	NAIVE_MALFORMED = 22,
	NAIVE_TAGGED = 24,
	NAIVE_FRAGMENT = 25,
	NAIVE_SIZES = 26,
	NAIVE_CASTS = 33,
	NAIVE_QUEUES = 36,
	NAIVE_METRICS = 64
};

#define NAIVE_INTERFACES 64

#endif
