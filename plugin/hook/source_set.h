/* SPDX-License-Identifier: GPL-2.0-only */
/* The sources that are switched on, asked and informed together. */
#ifndef COLLECTD_XDP_HOOK_SOURCE_SET_H
#define COLLECTD_XDP_HOOK_SOURCE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/hook/source.h"

struct view_source;

/* Call the operation of this name of every source that has it; see hook/source.h. */
void source_set_begin(const struct source_set *set, const struct program *program,
		      const struct event_teller *teller);
void source_set_end(const struct source_set *set);
void source_set_step(const struct source_set *set, const struct event_teller *teller, uint64_t now);
void source_set_slot_taken(const struct source_set *set, const struct source_interface *interface);
void source_set_slot_released(const struct source_set *set, unsigned int slot);
void source_set_hook_is_free(const struct source_set *set, unsigned int slot);

/*
 * Asks one after the other until one counts, or finds the hook free. Returns SOURCE_REFUSED where
 * none does, with the first new reason in `why`; "" where there is none.
 */
enum source_answer source_set_hook_is_held(const struct source_set *set,
					   const struct source_interface *interface,
					   const struct event_teller *teller, uint64_t now,
					   char *why, size_t size);

/* What the sources have counted for one interface, and the memory of it. {0} at first. */
struct source_views {
	struct view_source *list; /* one per source */
	struct record_cell *cells;
};

/* Allocates. Returns 0, or -ENOMEM, with nothing to be freed. */
int source_views_open(const struct source_set *set, struct source_views *ret_views);

void source_views_close(struct source_views *views);

/*
 * Reads all sources of an interface that is counted, or else those that count anywhere. With NULL
 * for the interface, nothing is read and there is nothing to report.
 */
void source_views_read(const struct source_set *set, const struct source_interface *interface,
		       bool counted, struct source_views *views);

#endif
