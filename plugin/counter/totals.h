/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the totals of slots beside counter/read.h, and in another thread if that is wanted: it
 * shares the map with the counter, and nothing else.
 */
#ifndef COLLECTD_XDP_COUNTER_TOTALS_H
#define COLLECTD_XDP_COUNTER_TOTALS_H

#include "bpf/record.h"

struct counter;

struct counter_totals {
	int records; /* the map, which is the counter's */
	unsigned int cpus;
	unsigned int queues;
	unsigned int max; /* slots that are read with one system call */
	void *values;
};

/*
 * Allocates what reading takes. Returns 0, -ENOMEM; to be closed by counter_totals_close(), which
 * has to be done before the counter is closed.
 */
int counter_totals_open(struct counter_totals *totals, const struct counter *counter);

/* Takes one that is all zero. */
void counter_totals_close(struct counter_totals *totals);

/*
 * Reads `count` slots in a row, from the number `first` on (from 1), or as many of them as one
 * system call takes: packets and bytes of all classes and CPUs, of each slot. Returns how many it
 * has read, from 1 on, or -errno of bpf(2).
 */
int counter_totals_read(struct counter_totals *totals, unsigned int first, unsigned int count,
			struct record_cell *ret_totals);

#endif
