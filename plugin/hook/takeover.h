/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The side of reconcile that deals with pins: which of them are ours, which are
 * taken over, which go. Links that it cannot tell to be a counter's stay; the names
 * that is_pin() of the program knows are the counter's own.
 */
#ifndef COLLECTD_XDP_HOOK_TAKEOVER_H
#define COLLECTD_XDP_HOOK_TAKEOVER_H

#include <stdint.h>

struct reconcile;
struct watch;

/*
 * Before the counter is loaded, once: with Persist, opens the directory of pins;
 * without it, detaches and removes what an earlier start with Persist left.
 */
void persist_settle(struct reconcile *reconcile);

/*
 * When the counter has been loaded: takes over the links of the process before
 * us for what is still wanted, drops the others, and pins the counter. In this
 * order: program pinned, links updated, all pinned; see pinset_pin_program().
 * What fails on the way, and may not fail at another attempt, leaves all that is
 * pinned and attached as it is. `now`: monotonic time in ns.
 * Returns 0, also where it goes on without pins; or -errno, as pin_dir_put(), xdp_link_pinned() or
 * slot_take() of the program, with the program unloaded: it is to be loaded and to take over anew.
 */
int persist_take_over(struct reconcile *reconcile, uint64_t now);

/*
 * At each step: goes on where hooks had refused the program, and the one of
 * before stayed there. `now`: monotonic time in ns.
 */
void persist_follow(struct reconcile *reconcile, uint64_t now);

/* Pins the link of an attached interface, if it is not; without Persist nothing. */
void persist_pin(struct reconcile *reconcile, struct watch *watch);

/* Takes the link of an interface off its hook, with its pin, if there are any. */
void persist_release(struct reconcile *reconcile, struct watch *watch);

#endif
