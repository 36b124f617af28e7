/* SPDX-License-Identifier: GPL-2.0-only */
/* What counter.c and counter_pins.c share, and nobody else sees. */
#ifndef COLLECTD_XDP_COUNTER_PRIVATE_H
#define COLLECTD_XDP_COUNTER_PRIVATE_H

#include "bpf/count.skel.h"
#include "counter.h"

enum counter_slot_state {
	COUNTER_SLOT_EMPTY, /* all its cells are zero */
	COUNTER_SLOT_USED,
	COUNTER_SLOT_LEFT,   /* used by a plugin before us */
	COUNTER_SLOT_RESTING /* no longer written to, once `rest` is over; not empty */
};

struct counter_slot {
	enum counter_slot_state state;
	unsigned int ifindex;
	uint64_t released; /* ns */
};

struct counter {
	struct count *skeleton;
	int program; /* the skeleton's, or the one that was found pinned */
	struct counter_settings settings;
	struct counter_info info;
	struct counter_slot *slots; /* of settings.slots; slot number - 1 */
	void *values;		    /* what one lookup returns */
	void *zeros;		    /* as long as values */
	struct record_cell *cpus;   /* of info.cpus */
	struct record_cell *queues; /* of settings.queues */
};

/* The one of the two programs that is loaded. */
static inline struct bpf_program *counter_chosen(const struct counter *counter)
{
	return counter->settings.next.wanted ? counter->skeleton->progs.xdp_count_next
					     : counter->skeleton->progs.xdp_count;
}

/*
 * Has the skeleton, open and not yet loaded, use the pinned maps: all or none.
 * Returns 0, with info.adopted or info.fresh set where something was pinned;
 * else -errno.
 */
int counter_pins_reuse(struct counter *counter, const struct pins *pins);

/*
 * Goes on with the pinned program, and lets go of the one that was just
 * loaded, if they are the same, settings included: info.same_program.
 */
void counter_pins_adopt(struct counter *counter, const struct pins *pins);

#endif
