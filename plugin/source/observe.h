/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which interfaces are counted at the program that holds their hook. A part of
 * reconcile: it, attempt.c and persist.c alone call this.
 */
#ifndef COLLECTD_XDP_SOURCE_OBSERVE_H
#define COLLECTD_XDP_SOURCE_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/record.h"

struct reconcile;
struct watch;

/*
 * Follows a waiting interface with a slot to the program at its hook, as
 * watch->interface says, if OnBusy has it so. Tells what is observed anew.
 * Returns whether nothing is to be told of a busy hook: it is observed, or the
 * program has just gone. Else `why` is "cause; what to do" why it cannot be, or
 * "" where there is no new one. `now`: monotonic ns.
 */
bool observing_follow(struct reconcile *reconcile, struct watch *watch, uint64_t now, char *why,
		      size_t size);

/* The interface is no longer counted there, if it was; its verdicts stay. */
void observing_end(struct reconcile *reconcile, struct watch *watch);

/* Lets go of all of them, and of the observer; before the counter goes. */
void observing_close(struct reconcile *reconcile);

/* Reads the verdicts; false if none were counted in this epoch, or they cannot be read. */
bool observing_read(const struct reconcile *reconcile, const struct watch *watch,
		    struct record_cell ret_verdicts[RECORD_VERDICTS]);

#endif
