/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the counter (counter*.c) share, and nobody else sees. */
#ifndef COLLECTD_XDP_COUNTER_COUNTER_PRIVATE_H
#define COLLECTD_XDP_COUNTER_COUNTER_PRIVATE_H

#include "bpf/count.skel.h"
#include "plugin/counter/counter.h"

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

/* Values of some slots in a row, read with one system call: see counter_read_ahead(). */
#define COUNTER_WINDOW_MAX 64
struct counter_window {
	bool ahead;	    /* may be used */
	unsigned int max;   /* values it takes; 1: the kernel cannot, or they are too long */
	unsigned int first; /* slot number - 1 */
	unsigned int count;
	void *values;
};

#define COUNTER_NEAR_BYTES (RECORD_NEAR_INDEXES * sizeof(uint32_t))

struct counter {
	struct count *skeleton;
	int program;   /* the skeleton's, or the one that was found pinned */
	int companion; /* a map that is not ours, see counter_accompany(); -1: none */
	struct counter_settings settings;
	struct counter_info info;
	struct counter_slot *slots; /* of settings.slots; slot number - 1 */
	uint32_t *near_slots;	    /* the program's, by interface index; shared with the kernel */
	void *values;		    /* what one lookup returns */
	void *zeros;		    /* as long as values */
	struct counter_window window;
	struct record_cell *cpus;   /* of info.cpus */
	struct record_cell *queues; /* of settings.queues */
};

/* The one of the two programs that is loaded. */
static inline struct bpf_program *counter_chosen(const struct counter *counter)
{
	return counter->settings.next.wanted ? counter->skeleton->progs.xdp_count_next
					     : counter->skeleton->progs.xdp_count;
}

/* Finds out which slots the plugin before us used. Returns 0 or -errno of bpf(2). */
int counter_slots_read(struct counter *counter);

/* How many values of so many bytes each are to be read with one system call, at most. */
unsigned int counter_window_max(size_t bytes);

/*
 * Has the skeleton, open and not yet loaded, use the pinned maps: all or none.
 * Returns 0, with info.adopted or info.not_adopted_reason set where something was pinned;
 * else -errno.
 */
int counter_pins_reuse(struct counter *counter, const struct pin_dir *pins);

/*
 * Goes on with the pinned program, and lets go of the one that was just
 * loaded, if they are the same, settings included: info.same_program.
 */
void counter_pins_adopt(struct counter *counter, const struct pin_dir *pins);

#endif
