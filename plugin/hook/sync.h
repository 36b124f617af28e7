/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watches against the list of interfaces: which of them is still what it
 * was, and which is new. A part of reconcile: it alone calls this.
 */
#ifndef COLLECTD_XDP_HOOK_SYNC_H
#define COLLECTD_XDP_HOOK_SYNC_H

#include <stdint.h>

#include "plugin/kernel/interfaces.h"

struct reconcile;
struct watch;

/* Adds an absent one of this name. NULL: there are settings.interfaces of them. */
struct watch *watches_add(struct reconcile *reconcile, const char *name);

/*
 * Takes in what the kernel reported: what is no longer there, or no longer ours,
 * is let go, and what is selected is watched. `now`: monotonic time in ns.
 */
void watches_update(struct reconcile *reconcile, enum interfaces_news news, uint64_t now);

/*
 * Asks the link of an attached one whether it is still at the hook; one that is
 * not is let go, and the interface waits. `now`: monotonic time in ns.
 */
void watches_check(struct reconcile *reconcile, struct watch *watch, uint64_t now);

#endif
