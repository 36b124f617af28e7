/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The observer in the kernel: has the packets counted that another XDP program
 * decides on, by its verdict, in the slots and records of the counter. Sole
 * owner of its skeletons and of the map of verdicts. Nothing of it is pinned:
 * it ends with the process. Never logs. Not thread-safe: one thread at a time.
 */
#ifndef COLLECTD_XDP_SOURCE_OBSERVER_H
#define COLLECTD_XDP_SOURCE_OBSERVER_H

#include <stdint.h>

#include "bpf/record.h"
#include "plugin/diagnose/observe.h"
#include "plugin/kernel/loader.h"

struct counter;
struct observer;

/* What keeps a program from being observed. */
struct observer_failure {
	enum diagnose_observe_step step;
	struct loader_log log;
};

/*
 * An observer that counts in the slots of `counter`, which must outlive it.
 * Loads nothing but a map. Returns 0 and an object the caller closes; -ENOMEM, or
 * -errno of bpf(2) or stat(2).
 */
int observer_open(struct counter *counter, struct observer **ret_observer);

/* Ends all observing. Takes NULL. */
void observer_close(struct observer *observer);

/*
 * Has the XDP program of this id observed, on all interfaces that have a slot.
 * Each success takes one observer_stop(); a program that is observed already
 * is so only once. While it is, the kernel keeps it loaded.
 * Returns 0 or a negative errno, with `failure` filled: -ENOENT at the step
 * DIAGNOSE_OBSERVE_ID if there is no such program.
 */
int observer_start(struct observer *observer, uint32_t program_id,
		   struct observer_failure *failure);
void observer_stop(struct observer *observer, uint32_t program_id);

/* Reads the verdicts of a slot, summed over the CPUs. Returns 0 or -errno of bpf(2). */
int observer_read(const struct observer *observer, unsigned int slot,
		  struct record_cell ret_verdicts[RECORD_VERDICTS]);

#endif
