/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what is counted, and shows it: each value with the time at which it was looked up. Nothing
 * here but readings_compare() waits for the kernel's rtnl lock, which others may hold for seconds;
 * what does is done by reconcile after all values are dispatched.
 */
#ifndef COLLECTD_XDP_HOOK_READING_H
#define COLLECTD_XDP_HOOK_READING_H

#include <stddef.h>

#include "plugin/hook/hook.h"
#include "plugin/hook/listing.h"
#include "plugin/hook/source_set.h"
#include "plugin/hook/view.h"
#include "plugin/hook/watch.h"

/* A slot that no interface has any more, and that is read once more. */
struct reading_last {
	struct interface interface;
	struct watch_slot slot;
};

/* Written by the functions below only. */
struct readings {
	struct view_taker taker;
	struct source_views views;
	struct reading_last *lasts; /* of `capacity` */
	size_t last_count;
	size_t capacity;
};

/* `capacity`: interfaces at most. Returns 0, or -ENOMEM with nothing to be closed. */
int readings_open(const struct view_taker *taker, const struct source_set *sources, size_t capacity,
		  struct readings *ret_readings);

/* Takes {0}. */
void readings_close(struct readings *readings);

/*
 * Reads every interface that is counted, or was since it was last read, and shows all of them;
 * before them the last readings of slots, where those differ from the reading before.
 */
void readings_take(struct readings *readings, const struct hook *hook, struct watches *watches,
		   const struct listing *listing);

/* Shows every interface as it is, without reading it. */
void readings_show(struct readings *readings, const struct hook *hook,
		   const struct watches *watches, const struct listing *listing);

/*
 * As watch_depart(); the slot is read once more at the next readings_take(), before it can be given
 * out again.
 */
void readings_depart(struct readings *readings, const struct hook *hook, struct watch *watch,
		     uint64_t now);

/* As watch_rename(), else as watch_depart(); the same of the slot of the old name. */
void readings_rename(struct readings *readings, const struct hook *hook, struct watches *watches,
		     struct watch *watch, const struct interface *interface, uint64_t now);

/*
 * Reads those slots at once where another interface has the name by now: the values of the one come
 * before the first of the other.
 */
void readings_hurry(struct readings *readings, const struct hook *hook,
		    const struct watches *watches);

/* The program is about to be unloaded: forgets the slots that are to be read once more. */
void readings_forget(struct readings *readings, const struct hook *hook);

/*
 * Compares what was read of some interfaces with what the kernel says that they received or sent,
 * see base/guard.h, and tells where the counts cannot be true. Waits for the rtnl lock, alone of
 * these: called when all values are dispatched. `now`: monotonic ns.
 */
void readings_compare(const struct hook *hook, struct watches *watches,
		      const struct listing *listing, uint64_t now);

#endif
