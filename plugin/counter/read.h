/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the records of slots, one or several with a system call, and sums them over the CPUs. */
#ifndef COLLECTD_XDP_COUNTER_READ_H
#define COLLECTD_XDP_COUNTER_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "bpf/record.h"
#include "plugin/counter/slots.h"
#include "plugin/hook/view.h"

/* Slots that are read with one system call, at most. */
#define COUNTER_READ_MAX 64

/* How many values of so many bytes each are to be read with one system call, at most. */
unsigned int counter_read_max(size_t bytes);

/* Values of some slots in a row, read with one system call: see counter_read_ahead(). */
struct counter_window {
	bool ahead;	    /* may be used */
	unsigned int max;   /* values it takes; 1: the kernel cannot, or they are too long */
	unsigned int first; /* slot number - 1 */
	unsigned int count;
	uint64_t time; /* clock_now() of the system call */
	void *values;
};

struct counter_reader {
	const struct counter_slots *slots;
	unsigned int cpus;
	unsigned int queues;
	void *values; /* what one lookup returns */
	struct counter_window window;
	struct record_cell *cpu_cells;	 /* of `cpus` */
	struct record_cell *queue_cells; /* of `queues` */
};

/*
 * Allocates what reading takes; `cpus`: possible, not online; `slots` must outlive it.
 * Returns 0, or -ENOMEM; what is there is freed by counter_read_close() in both cases.
 */
int counter_read_open(struct counter_reader *reader, const struct counter_slots *slots,
		      unsigned int cpus, unsigned int queues);

/* Takes one that is all zero. */
void counter_read_close(struct counter_reader *reader);

/*
 * Reads the record of a slot: one system call at most. The reading is valid until the next one.
 * Returns 0 or -errno of bpf(2).
 */
int counter_read(struct counter_reader *reader, unsigned int slot,
		 struct view_reading *ret_reading);

/*
 * While this is on, each slot is read once, and what counter_read() returns is
 * not older than the moment when it was switched on: it may have been read by
 * the system call that read the slot before it. Off at first.
 */
void counter_read_ahead(struct counter_reader *reader, bool on);

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
