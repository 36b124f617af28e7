/* SPDX-License-Identifier: GPL-2.0-only */
/* One program on the fake kernel, stepped by reconcile: what is reported, and what was last shown.
 */
#ifndef COLLECTD_XDP_TESTS_HOOK_WORLD_H
#define COLLECTD_XDP_TESTS_HOOK_WORLD_H

#include "plugin/hook/reconcile.h"
#include "tests/unit/hook/fake_kernel.h"
#include "tests/unit/hook/fake_program.h"

#define WORLD_INTERVAL 1000000000ULL
#define WORLD_VIEWS 8
#define WORLD_TOLD 16384

struct world_view {
	char name[16];
	struct view view; /* its pointers are not valid */
	uint64_t packets; /* of its reading; 0: none */
	bool is_read;
	uint64_t source_time;	 /* of that */
	uint64_t source_packets; /* of the cell of the source; 0: none */
};

/* A source that counts at foreign programs, as the test has it answer. */
struct world_source {
	struct source source;
	enum source_answer answer;
	const char *reason; /* of SOURCE_REFUSED; NULL: none that is new */
	uint64_t packets;   /* that it reads; 0: nothing */
	char log[8192];	    /* "begin; taken 1; held 1; ..." */
};

struct world {
	struct selection *selection;
	struct reconcile_settings settings;
	struct fake_program program;
	struct world_source source;
	struct source *sources[1];
	struct listing listing;
	struct reconcile *reconcile;
	uint64_t now;
	char told[WORLD_TOLD]; /* "okay eth0: text\n" since the last world_forget() */
	char last[WORLD_VIEWS][WORLD_TOLD / 8]; /* of each interface: nothing is reported twice */
	struct world_view views[WORLD_VIEWS];	/* after the last step, with what was read in it */
	unsigned int view_count;
	struct world_view readings[WORLD_VIEWS]; /* that were shown in the last step */
	unsigned int reading_count;
	bool is_reading;
	void (*between)(void); /* happens after the next reading, before the step; NULL: nothing */
};

extern struct world world;

/* cmocka: an empty world, eth0 (index 2) in the selection, and nothing else. */
int world_set_up(void **state);
int world_tear_down(void **state);

/* Selects one more interface, or "/expression/". Before world_start(). */
void world_select(const char *entry);

/* Opens with world.settings: a process begins. */
void world_start(void);

/* A first process with Persist has pinned all, and counted 5 packets at each of eth0 and eth1. */
void world_start_first(void);

/* The process stops, and the next one begins; what was reported is forgotten. */
void world_restart(void);

/* So many steps, an interval apart; each interface counts `packets` before each. */
void world_steps(unsigned int count, uint64_t packets);

/* The process stops in order, or is killed; what is not pinned goes. */
void world_stop(void);
void world_kill(void);

/* Forgets what was reported, called and asked of the source. */
void world_forget(void);

/* The interface after the last step, with what was read in it; NULL: it was not shown. */
const struct world_view *world_view(const char *name);

/* What was shown to be dispatched in the last step; NULL: it was not. */
const struct world_view *world_reading(const char *name);

/* Id of the program of the first link at the hook of the kind of the world; 0: none. */
uint32_t world_at_hook(unsigned int index);

/* Somebody takes the link off that hook, and is not reported. */
void world_detach(unsigned int index);

/* Whether it was shown as attached. */
bool world_is_attached(const char *name);

/* How often `text` is in what was reported. */
unsigned int world_times_told(const char *text);

#endif
