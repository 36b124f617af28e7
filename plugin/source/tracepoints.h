/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs at the kernel's tracepoints of XDP (include/trace/events/xdp.h), which count what became
 * of verdicts in the slots of the counter. Sole owner of their skeleton. Nothing of it is pinned:
 * it ends with the process. Never logs. Not thread-safe: one thread at a time.
 */
#ifndef COLLECTD_XDP_SOURCE_TRACEPOINTS_H
#define COLLECTD_XDP_SOURCE_TRACEPOINTS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/fate.h"
#include "bpf/record.h"
#include "plugin/diagnose/observe.h"
#include "plugin/kernel/loader.h"

struct counter;
struct tracepoints;

/* What keeps the programs from running. */
struct tracepoints_failure {
	enum diagnose_fate_step step;
	struct loader_log log;
};

/*
 * Counts from now on, for the interfaces that have a slot of `counter`, which must outlive it.
 * Tracepoints that this kernel does not have, or has with other arguments, are left out.
 * Returns 0 and an object the caller closes; -ENOMEM, or -errno of bpf(2) or process_network(),
 * or -ENOENT where the kernel has no BTF, with `failure` filled.
 */
int tracepoints_open(struct counter *counter, struct tracepoints **ret_tracepoints,
		     struct tracepoints_failure *failure);

/* Takes NULL. */
void tracepoints_close(struct tracepoints *tracepoints);

/* Names of those that were left out and that every kernel is expected to have, "a, b"; "": none. */
const char *tracepoints_missing(const struct tracepoints *tracepoints);

/*
 * Reads what was counted in a slot since tracepoints_open(), summed over the CPUs; an earlier owner
 * of the slot may have had a part of it. Returns 0 or -errno of bpf(2).
 */
int tracepoints_read(const struct tracepoints *tracepoints, unsigned int slot,
		     uint64_t ret_packets[FATE_CELLS]);

/*
 * Reads the queues of the CPUs, of the whole machine: passed on into `ret_passed`, dropped into
 * `ret_dropped`, the packets of CPU N into the Nth of `count` cells; those of more CPUs are
 * left out. Returns 0 or -errno of bpf(2).
 */
int tracepoints_read_cpus(const struct tracepoints *tracepoints, struct record_cell *ret_passed,
			  struct record_cell *ret_dropped, unsigned int count);

#endif
