/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counter in the kernel, loaded and connected: its object (load.h), its slots (slots.h) and
 * what reads them (read.h). Not thread-safe: one thread at a time.
 */
#ifndef COLLECTD_XDP_COUNTER_COUNTER_H
#define COLLECTD_XDP_COUNTER_COUNTER_H

#include <stdint.h>

#include "plugin/counter/load.h"
#include "plugin/counter/read.h"
#include "plugin/counter/settings.h"
#include "plugin/counter/slots.h"

struct bpf_map;
struct counter;
struct diagnose_report_start;
struct pin_dir;

/* bpf statistics of the program, counted while the operator has them switched on. */
struct counter_statistics {
	uint64_t run_time_ns;
	uint64_t run_count;
};

/*
 * Loads the counter. Nothing is attached, nothing pinned and no slot taken.
 * With `pins` (else NULL), maps that are pinned there are verified and used
 * again if they are what `settings` ask for; nothing is read from them, or
 * written to them, before that.
 * Changes nothing of the process (see loader_run()).
 * Returns 0 and an object the caller closes; else -errno of bpf(2), -ENOMEM,
 * or -EPROTONOSUPPORT where libbpf has taken a passing failure for a lack of
 * the kernel, with `failure` filled.
 */
int counter_open(const struct counter_settings *settings, const struct pin_dir *pins,
		 struct counter **ret_counter, struct counter_failure *failure);

/* Lets go of program and maps; what is attached by a link stays until the link goes. Takes NULL. */
void counter_close(struct counter *counter);

/* All are the counter's, and valid until counter_close(). */
const char *counter_program_name(const struct counter *counter);
int counter_program_fd(const struct counter *counter);
const struct counter_info *counter_info(const struct counter *counter);
/* `queues` is 0 there without RECORD_BY_QUEUE. */
const struct counter_settings *counter_settings(const struct counter *counter);
const struct counter_object *counter_object(const struct counter *counter);
struct counter_slots *counter_slots(struct counter *counter);
struct counter_reader *counter_reader(struct counter *counter);
struct counter_maps counter_maps(const struct counter *counter);

/*
 * Adds a per-CPU array, of a value per slot that is no longer than a record, that is
 * set to zero with the records when a slot is given out. -1: none.
 */
void counter_accompany(struct counter *counter, int map);

/*
 * Gives an object that is not loaded yet the counter's maps in place of its own of these kinds.
 * Returns 0 or -errno of libbpf.
 */
int counter_lend_maps(const struct counter *counter, struct bpf_map *slots,
		      struct bpf_map *far_slots, struct bpf_map *records);

/* Bytes of map memory that `settings` ask for on a machine of `cpus` possible CPUs. */
uint64_t counter_memory(const struct counter_settings *settings, unsigned int cpus);

/* Fills what a start says of program and maps; the rest of `facts` stays as it is. */
void counter_describe(const struct counter *counter, struct diagnose_report_start *facts);

/* Returns 0 or -errno of bpf(2). */
int counter_statistics(const struct counter *counter, struct counter_statistics *ret_statistics);

#endif
