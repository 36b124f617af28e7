/* SPDX-License-Identifier: GPL-2.0-only */
/* A program with slots, in place of the counter, on the fake kernel; any of its calls can fail. */
#ifndef COLLECTD_XDP_TESTS_HOOK_FAKE_PROGRAM_H
#define COLLECTD_XDP_TESTS_HOOK_FAKE_PROGRAM_H

#include "plugin/hook/program.h"

#define FAKE_SLOTS 4
#define FAKE_SETS 16
#define FAKE_BYTES 100 /* of each packet */
#define FAKE_PROGRAM_NAME "fake_count"

enum fake_slot_state { FAKE_SLOT_FREE, FAKE_SLOT_USED, FAKE_SLOT_LEFT, FAKE_SLOT_RESTING };

struct fake_slot {
	enum fake_slot_state state;
	unsigned int ifindex;
	char name[16];
	uint64_t packets;
	uint64_t released; /* of one that rests: monotonic ns */
};

/* The maps of one load. */
struct fake_set {
	struct fake_slot slots[FAKE_SLOTS];
};

struct fake_program {
	struct program program;
	struct fake_set *set; /* NULL: not loaded */
	bool is_same;	      /* the pinned program is what would be loaded, and goes on */
	bool has_news;
	bool steady;  /* what it has read of a slot is kernel.time: a packet per tick */
	bool resting; /* all free slots are to rest */
	unsigned int followed;
	unsigned int rx_queues; /* of the last load() */
	bool read_ahead;
	unsigned int reads_ahead; /* times that it was switched on */
};

/* What outlives the process. */
extern struct fake_set fake_sets[FAKE_SETS];

/* Forgets all sets. */
void fake_program_reset(void);

/* One that is not loaded; `slots`: it counts by interface. */
void fake_program_init(struct fake_program *program, bool slots);

/* Packets at the hook of the interface, if a program of ours is there. */
void fake_program_count(unsigned int ifindex, uint64_t packets);

#endif
