/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs at the kernel's tracepoints count, and source/fate reads: what became of the
 * verdicts of XDP programs. Compiles alone, as BPF C and as user space C.
 */
#ifndef COLLECTD_XDP_FATE_H
#define COLLECTD_XDP_FATE_H

#include <linux/types.h>

/* Packets of one interface. */
enum fate_cell {
	/* Exceptions, in the order of enum xdp_action (linux/bpf.h); then any other verdict. */
	FATE_ABORTED,
	FATE_DROP,
	FATE_PASS,
	FATE_TX,
	FATE_REDIRECT,
	FATE_INVALID,
	/* Redirects that failed, by errno; then any other. */
	FATE_ENETDOWN,
	FATE_EMSGSIZE,
	FATE_EOPNOTSUPP,
	FATE_EINVAL,
	FATE_ENOSPC,
	FATE_OTHER,
	/* What redirects to this interface became. */
	FATE_SENT,
	FATE_DROPPED,
	FATE_CELLS
};

/* One interface on one CPU: whole cache lines. */
struct fate_record {
	__u64 packets[FATE_CELLS];
	__u64 padding[2];
};

/* The queue of one CPU in all maps of the type cpumap; one cache line. */
struct fate_cpu {
	__u64 passed;
	__u64 dropped;
	__u64 padding[6];
};

_Static_assert(sizeof(struct fate_record) == 128, "whole cache lines, no hidden padding");
_Static_assert(sizeof(struct fate_cpu) == 64, "a cache line");

#endif
