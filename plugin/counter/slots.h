/* SPDX-License-Identifier: GPL-2.0-only */
/* The slots in which interfaces are counted: whose they are, and where packets find them. */
#ifndef COLLECTD_XDP_COUNTER_SLOTS_H
#define COLLECTD_XDP_COUNTER_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/counter/settings.h"

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

struct counter_slots {
	struct counter_slot *slots; /* by slot number - 1 */
	unsigned int count;
	struct counter_maps maps;
	uint16_t *near; /* slots of the low interface indexes, shared with the kernel; or NULL */
	void *zeros;	/* a value of the records, or of the signs if that is longer */
	int companion;	/* a map that is cleared with the records; -1: none */
};

/*
 * Allocates `count` slots, all empty; `value_bytes`: of the longest value that is cleared
 * with a slot, for all CPUs.
 * Returns 0, or -ENOMEM; what is there is freed by counter_slots_close() in both cases.
 */
int counter_slots_open(struct counter_slots *slots, unsigned int count, size_t value_bytes);

/*
 * Connects them to the maps of a counter, which must outlive them. Returns 0 or -errno of mmap(2).
 */
int counter_slots_connect(struct counter_slots *slots, const struct counter_maps *maps);

/* Finds out which slots the plugin before us used. Returns 0 or -errno of bpf(2). */
int counter_slots_read(struct counter_slots *slots);

/*
 * Where packets find the slots that the plugin before us used, in maps that are new.
 * Returns 0 or -errno of bpf(2).
 */
int counter_slots_restore(struct counter_slots *slots);

/* Takes one that is all zero. */
void counter_slots_close(struct counter_slots *slots);

/*
 * Takes over the slot in which the interface was counted by a plugin before us.
 * Returns 0 and the slot; -ENOENT where an interface of this index and name was not counted; or
 * -errno of bpf(2).
 */
int counter_slot_adopt(struct counter_slots *slots, unsigned int ifindex, const char *name,
		       unsigned int *ret_slot);

/* Releases the slots of a plugin before us that were not adopted. `now`: ns. */
void counter_slots_sweep(struct counter_slots *slots, uint64_t now);

/*
 * Gives the interface an empty slot, in which its packets are counted from
 * now on; an earlier slot of the same interface counts no more.
 * `now`, `rest`: in ns; a slot released less than `rest` before `now` is not
 * given out, for a packet may still be on its way to it.
 * Returns 0 and a slot number, 1 to settings.slots; -ENOSPC when all are in
 * use, -EINPROGRESS when all that are not in use still rest, or -errno of bpf(2).
 */
int counter_slot_take(struct counter_slots *slots, unsigned int ifindex, const char *name,
		      uint64_t now, uint64_t rest, unsigned int *ret_slot);

/* Stops counting there. The slot rests from `now` (ns) on. */
void counter_slot_release(struct counter_slots *slots, unsigned int slot, uint64_t now);

#endif
