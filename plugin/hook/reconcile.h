/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wanted against actual, once per interval, for one program: one small state
 * machine per interface. Knows which interfaces are to be counted, brings each of
 * them there, and says so when something changes. Never logs: it tells its observer.
 */
#ifndef COLLECTD_XDP_HOOK_RECONCILE_H
#define COLLECTD_XDP_HOOK_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/kernel/xdp_link.h"
#include "plugin/base/event.h"
#include "plugin/counter/counter.h"
#include "plugin/hook/program.h"
#include "plugin/hook/view.h"
#include "plugin/config/selection.h"

struct reconcile_settings {
	const struct selection *selection; /* must outlive the object */
	enum xdp_link_mode mode;
	struct program *program;   /* what counts; must outlive the object, which loads it */
	unsigned int interfaces;   /* at most */
	uint64_t interval_ns;	   /* between two steps */
	bool persist;		   /* the counter outlives this process */
	const char *pin_directory; /* must outlive the object */
	bool observe;		   /* programs that hold a hook, instead of waiting */
};

struct reconcile_observer {
	void *context;
	void (*event)(void *context, const struct event *event);
	void (*view)(void *context, const struct view *view);
};

struct reconcile;

/*
 * Allocates all that steps need. Touches neither kernel nor interfaces.
 * Returns 0 and an object the caller closes; -ENOMEM.
 */
int reconcile_open(const struct reconcile_settings *settings,
		   const struct reconcile_observer *observer, struct reconcile **ret_reconcile);

/*
 * Brings actual closer to wanted, reads what is attached, and shows every
 * wanted interface once. `now`: monotonic time in ns.
 * What fails is told to the observer and tried again later: after one
 * interval, doubling to five minutes, and at once when what blocked it changes.
 */
void reconcile_step(struct reconcile *reconcile, uint64_t now);

/*
 * Detaches and removes what is pinned of a program that is no longer wanted, as a
 * start without Persist does. It is not loaded. What cannot be opened stays.
 */
void reconcile_forget(struct program *program, const char *pin_directory,
		      const struct reconcile_observer *observer);

/* Detaches from all interfaces and unloads the counter, unless it is to persist. Takes NULL. */
void reconcile_close(struct reconcile *reconcile);

#endif
