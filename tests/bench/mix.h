/* SPDX-License-Identifier: GPL-2.0-only */
/* The mixed traffic of the measurements: how many kinds of headers, and how long they are. */
#ifndef COLLECTD_XDP_BENCH_MIX_H
#define COLLECTD_XDP_BENCH_MIX_H

#define MIX_BITS 3
#define MIX_KINDS (1 << MIX_BITS)
/* 80 bytes, in units of 8: each header is whole, that of TCP in IPv6 behind 74. */
#define MIX_WORDS 10

#endif
