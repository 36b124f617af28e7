/* SPDX-License-Identifier: GPL-2.0-only */
/* What a step shows of one interface to those who report it. */
#ifndef COLLECTD_XDP_HOOK_VIEW_H
#define COLLECTD_XDP_HOOK_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/record.h"
#include "plugin/hook/source.h"
#include "plugin/kernel/xdp_link.h"

/* One slot, summed over the CPUs. The arrays belong to who read it. */
struct view_reading {
	uint64_t time; /* clock_now(), right before it was looked up */
	struct record sum;
	const struct record_cell *cpus; /* one per possible CPU: its share of the total */
	unsigned int cpu_count;
	const struct record_cell *queues; /* one per RX queue, summed over the CPUs */
	unsigned int queue_count;
};

/* What one source has counted for an interface. */
struct view_source {
	const struct source *source;
	uint64_t time;			 /* clock_now(), right before its cells were read */
	const struct record_cell *cells; /* as many as the source has; NULL: nothing to report */
};

/* One interface that is wanted, or was. Valid during the call only. */
struct view {
	const char *name;
	bool outgoing;		 /* of packets that leave by it; else of those that come */
	uint64_t time;		 /* of the reading; without one, clock_now() */
	bool attached;		 /* the counter is at the hook */
	bool observing;		 /* it is not, and a source counts at the program that is */
	enum xdp_link_mode mode; /* if one of the two: of what is at the hook; not of outgoing */
	unsigned int rx_queues;	 /* of the interface */
	unsigned int slot;	 /* from 1; 0: none */
	uint64_t epoch;		 /* a new one starts a new series of counts */
	bool continued; /* this one was counted before this process started; else from zero */
	uint64_t since; /* clock_now() when it last began to be counted: what it never counted was
			   0 then */
	/*
	 * The interface is gone, or has another name, and the reading is the last one of its slot:
	 * there is nothing to say of its state.
	 */
	bool departed;
	const struct view_reading *reading; /* NULL: nothing could be read */
	const struct view_source *sources;  /* one per source, in the order of their table */
	size_t source_count;
};

/* All packets and bytes of a record, whatever their class. */
static inline struct record_cell view_total(const struct record *record)
{
	struct record_cell total = {0};

	for (int i = 0; i < RECORD_CLASSES; i++) {
		total.packets += record->classes[i].packets;
		total.bytes += record->classes[i].bytes;
	}
	return total;
}

/* Who is shown views, one after the other. */
struct view_taker {
	void *context;
	void (*take)(void *context, const struct view *view);
};

/* Whether its packets are counted: by the counter, or beside another program. */
static inline bool view_is_counted(const struct view *view)
{
	return view->attached || view->observing;
}

#endif
