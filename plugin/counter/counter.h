/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counter in the kernel: opens, loads and configures it, hands out the
 * slots in which interfaces are counted, and reads their records. Sole owner
 * of the skeleton and its maps. Not thread-safe: one thread at a time.
 */
#ifndef COLLECTD_XDP_COUNTER_COUNTER_H
#define COLLECTD_XDP_COUNTER_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/record.h"
#include "plugin/hook/view.h"
#include "plugin/kernel/loader.h"

struct pin_dir;

/* Interfaces and RX queues that a configuration may ask for. */
#define COUNTER_SLOTS_MAX 4096
#define COUNTER_QUEUES_MAX 1024

/* Another program that is called after counting, instead of letting the packet pass. */
struct counter_next {
	bool wanted;
	bool frags; /* it takes packets of several buffers, as the counter then has to */
	int array;  /* of programs, with one slot; used by counter_open() alone */
};

/* What is counted. What is off costs no instruction per packet. */
struct counter_settings {
	uint32_t breakdowns; /* bits of enum record_breakdown */
	unsigned int queues; /* with RECORD_BY_QUEUE: cells for RX queues, to COUNTER_QUEUES_MAX */
	unsigned int slots;  /* interfaces at most, 1 to COUNTER_SLOTS_MAX */
	struct counter_next next;
};

/* What was loaded. */
struct counter_info {
	uint32_t program_id;
	uint32_t instructions; /* processed by the verifier; 0: not told (before Linux 5.16) */
	uint64_t memory;       /* bytes of all maps, as the kernel accounts for them */
	unsigned int cpus;     /* possible, not online */
	bool frags;	       /* takes packets of several buffers (Linux 5.18) */
	bool atomic;	       /* adds atomically: PREEMPT_RT */
	bool adopted;	       /* the maps were found pinned, and their counts go on */
	bool same_program;     /* and so was the program, which goes on running */
	char not_adopted_reason[160]; /* pins were there but not adopted: why; else "" */
};

/* bpf statistics of the program, counted while the operator has them switched on. */
struct counter_statistics {
	uint64_t run_time_ns;
	uint64_t run_count;
};

/* What went wrong in counter_open(). */
struct counter_failure {
	const char *step; /* what was being done; static */
	struct loader_log log;
};

/* Names of the program, and so of every counter (BPF_OBJ_NAME_LEN). */
#define COUNTER_PROGRAM "xdp_count"
#define COUNTER_PROGRAM_NEXT "xdp_count_next"

/* Whether a program of this name is a counter. */
bool counter_is_program(const char *name);

struct counter;

/*
 * Loads the counter. Nothing is attached, nothing pinned and no slot taken.
 * With `pins` (else NULL), maps that are pinned there are verified and used
 * further if they are what `settings` ask for; nothing is read from them, or
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

/* Valid until counter_close(). */
const char *counter_program_name(const struct counter *counter);
int counter_program_fd(const struct counter *counter);
const struct counter_info *counter_info(const struct counter *counter);
/* `queues` is 0 there without RECORD_BY_QUEUE. */
const struct counter_settings *counter_settings(const struct counter *counter);

/* Descriptors of the maps that another program needs to count in the counter's slots; the
 * counter's.
 */
struct counter_maps {
	int slots;
	int far_slots;
	int records;
};
struct counter_maps counter_maps(const struct counter *counter);

/*
 * Has a per-CPU array, of a value per slot that is no longer than a record,
 * set to zero with the records when a slot is given out. -1: none.
 */
void counter_accompany(struct counter *counter, int map);

/* Bytes of map memory that `settings` ask for on a machine of `cpus` possible CPUs. */
uint64_t counter_memory(const struct counter_settings *settings, unsigned int cpus);

/*
 * Pinning takes two steps, so that a plugin that is killed in between leaves
 * pins that the next one can tell apart from somebody else's. First the
 * program, before a link runs it; then, when all links do, all the rest.
 * Return 0 or as pin_dir_put().
 */
int counter_pin_program(const struct counter *counter, const struct pin_dir *pins);
int counter_pin(const struct counter *counter, const struct pin_dir *pins);

/*
 * Ids of the programs that are pinned as counters, now and in an upgrade that was cut off; 0: none.
 * Returns 0, or -errno of bpf(2) if that could not be found out.
 */
#define COUNTER_PINNED 2
int counter_pinned(const struct pin_dir *pins, uint32_t ret_ids[COUNTER_PINNED]);

/*
 * RX queues that the pinned records have cells for; 0: none, or nothing that is
 * used further is pinned. Asking for no fewer keeps their layout, and so their counts.
 * Returns 0, or -errno where that cannot be told now and may be at another attempt.
 */
int counter_pinned_queues(const struct pin_dir *pins, unsigned int *ret_queues);

/* Removes what is pinned by the names of counters, of any version; links stay. */
void counter_unpin(const struct pin_dir *pins);

/* Whether a pin of this name is one that counter_unpin() removes. */
bool counter_is_pin(const char *name);

/*
 * Takes over the slot in which the interface was counted by a plugin before us.
 * Returns 0 and the slot; -ENOENT where an interface of this index and name was not counted.
 */
int counter_slot_adopt(struct counter *counter, unsigned int ifindex, const char *name,
		       unsigned int *ret_slot);

/* Releases the slots of a plugin before us that were not adopted. `now`: ns. */
void counter_slots_sweep(struct counter *counter, uint64_t now);

/*
 * Gives the interface an empty slot and has its packets counted there from
 * now on; an earlier slot of the same interface counts no more.
 * `now`, `rest`: in ns; a slot released less than `rest` before `now` is not
 * given out, for a packet may still be on its way to it.
 * Returns 0 and a slot number, 1 to settings.slots; -ENOSPC when all are in
 * use, -EINPROGRESS when all that are not in use still rest, or -errno of bpf(2).
 */
int counter_slot_take(struct counter *counter, unsigned int ifindex, const char *name, uint64_t now,
		      uint64_t rest, unsigned int *ret_slot);

/* Stops counting there. The slot rests from `now` (ns) on. */
void counter_slot_release(struct counter *counter, unsigned int slot, uint64_t now);

/*
 * Reads the record of a slot: one system call at most. The reading is valid until the next one.
 * Returns 0 or -errno of bpf(2).
 */
int counter_read(struct counter *counter, unsigned int slot, struct view_reading *ret_reading);

/*
 * While this is on, each slot is read once, and what counter_read() returns is
 * not older than the moment when it was switched on: it may have been read by
 * the system call that read the slot before it. Off at first.
 */
void counter_read_ahead(struct counter *counter, bool on);

/* Returns 0 or -errno of bpf(2). */
int counter_statistics(const struct counter *counter, struct counter_statistics *ret_statistics);

/*
 * Sums values as bpf(2) returns them for a per-CPU map: `cpus` records of
 * RECORD_BYTES(queues) each, in a row.
 * `sum`, `cpu_cells` (of `cpus`) and `queue_cells` (of `queues`) are written over.
 */
void counter_sum(const void *values, unsigned int cpus, unsigned int queues, struct record *sum,
		 struct record_cell *cpu_cells, struct record_cell *queue_cells);

/* All packets and bytes of a record, whatever their class. */
struct record_cell counter_total(const struct record *record);

#endif
