/* SPDX-License-Identifier: GPL-2.0-only */
/* One attempt to get one interface attached. A part of reconcile: it alone calls this. */
#ifndef COLLECTD_XDP_HOOK_ATTACH_H
#define COLLECTD_XDP_HOOK_ATTACH_H

#include <stdint.h>

struct reconcile;
struct watch;

/*
 * Tries to get a waiting interface a slot and the program at its hook. On
 * success it is attached and, with Persist, pinned; else it waits on, and what
 * is in the way is told once per cause. `now`: monotonic ns.
 */
void attempt_attach(struct reconcile *reconcile, struct watch *watch, uint64_t now);

#endif
