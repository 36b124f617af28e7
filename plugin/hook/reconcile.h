/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wanted against actual, once per interval, for one program: knows which interfaces are to be
 * counted, brings each of them there, and says so when something changes. Asks its parts (sync,
 * attach, takeover), and alone acts on their answers. Never logs.
 */
#ifndef COLLECTD_XDP_HOOK_RECONCILE_H
#define COLLECTD_XDP_HOOK_RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/base/event.h"
#include "plugin/config/selection.h"
#include "plugin/hook/kind.h"
#include "plugin/hook/listing.h"
#include "plugin/hook/program.h"
#include "plugin/hook/source_set.h"
#include "plugin/hook/view.h"

struct attempt_company;
struct reconcile;

/* What pointers point to must outlive the object. */
struct reconcile_settings {
	const struct selection *selection;
	const struct hook_kind *kind;
	enum xdp_link_mode mode;   /* AttachMode */
	struct program *program;   /* what counts; loaded by the object */
	struct source_set sources; /* what counts beside it */
	/* The other programs of this process, which it joins; NULL: there are none. */
	struct attempt_company *company;
	/*
	 * One with the same selection and as many interfaces, which takes each step before this
	 * one, and tells of what is the same for both. NULL: there is none.
	 */
	const struct reconcile *beside;
	/* Links that others of this process may have at each of the interfaces, too. */
	unsigned int links_beside;
	unsigned int interfaces; /* at most */
	uint64_t interval_ns;	 /* between two steps */
	bool persist;		 /* the program outlives this process */
	const char *pin_directory;
	const char *owner;	    /* of what is pinned there, see kernel/pin_dir.h */
	struct event_teller teller; /* of what changes */
	struct view_taker taker;    /* of one view per wanted interface and reading */
};

/*
 * Allocates all that steps need. Touches neither kernel nor interfaces.
 * Returns 0 and an object the caller closes; -ENOMEM.
 */
int reconcile_open(const struct reconcile_settings *settings, struct reconcile **ret_reconcile);

/*
 * Reads what is counted and shows every wanted interface once, and what was counted last on one
 * that is gone. Waits for nothing, so that what is shown has the time at which it was looked up.
 * `listing`: as of the last step, and by listing_listen() who is gone since.
 */
void reconcile_read(struct reconcile *reconcile, const struct listing *listing);

/* Shows every wanted interface as it is after a step, without a reading. */
void reconcile_show(struct reconcile *reconcile, const struct listing *listing);

/*
 * Brings actual closer to wanted; it may have to wait for the kernel. Where an interface took the
 * name of one that is gone, the last values of that one are shown.
 * `listing`: refreshed for this step. `now`: monotonic time in ns.
 * What fails is reported and tried again later: after one interval, doubling to five minutes, and
 * at once when what blocked it changes.
 */
void reconcile_step(struct reconcile *reconcile, const struct listing *listing, uint64_t now);

/* Detaches from all interfaces and unloads the program, unless it is to persist. Takes NULL. */
void reconcile_close(struct reconcile *reconcile);

#endif
