/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Persist: what outlives this process. Takes over what the last start has pinned, pins what is
 * new, and cleans up what is left. It answers how the step goes on; what is asked of the program
 * and its maps, reconcile does. Pins that are not known to be of the program stay.
 */
#ifndef COLLECTD_XDP_HOOK_TAKEOVER_H
#define COLLECTD_XDP_HOOK_TAKEOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/base/said.h"
#include "plugin/hook/watch.h"

enum takeover_answer {
	TAKEOVER_GO_ON,	    /* all that can be done is done */
	TAKEOVER_AGAIN,	    /* to be called again at the next step */
	TAKEOVER_START_OVER /* the program is to be unloaded, and loaded again */
};

/* Written by the functions below only. */
struct takeover {
	bool persist;
	const char *directory; /* PinDirectory; outlives it, as does the next */
	const char *owner;     /* the instance, as pin_dir_open() wants it */
	struct pin_dir *pins;  /* NULL: nothing is pinned */
	bool settled;	       /* the pins are open, or cleaned up, or cannot be had */
	bool pin_due;	       /* program and maps are to be pinned, when no link is outdated */
	struct said unusable;  /* the directory, as far as that was reported */
	struct said unowned;
	struct said put_off;
	struct said partial;
};

/* Before the program is loaded: `directory` and `owner` must outlive it. */
void takeover_init(bool persist, const char *directory, const char *owner,
		   struct takeover *ret_takeover);

/* Lets go of the directory; what is pinned stays. */
void takeover_close(struct takeover *takeover);

/*
 * At each step, before the program is loaded, when it is known what interfaces there are: with
 * Persist, opens the directory of pins; without, detaches and removes what an earlier start of this
 * instance left, at once or never: where another process has it locked it stays, for that one may
 * only restart. What an earlier version left, which does not say whose it is, is this instance's if
 * it is at interfaces of this instance. TAKEOVER_START_OVER: something is pinned, and the program
 * was loaded without it. `now`: monotonic ns.
 */
enum takeover_answer takeover_settle(struct takeover *takeover, const struct hook *hook,
				     struct watches *watches, uint64_t now);

/*
 * When the program has been loaded: takes over the links of the process before us for what is
 * still wanted, drops the others, and has program and maps pinned at the next takeover_follow().
 * The order is that of hook/pinset.h: program pinned, links updated, all pinned. What fails on the
 * way, and may not fail at another attempt, leaves all that is pinned and attached as it is:
 * TAKEOVER_START_OVER. `now`: monotonic ns.
 */
enum takeover_answer takeover_run(struct takeover *takeover, const struct hook *hook,
				  struct watches *watches, uint64_t now);

/*
 * At each step: has outdated links run our program, once more where their hook refused it, and
 * pins program and maps when none is outdated.
 */
enum takeover_answer takeover_follow(struct takeover *takeover, const struct hook *hook,
				     struct watches *watches, uint64_t now);

/* Pins the link of an attached interface, if it is not; without Persist nothing. */
void takeover_pin(const struct takeover *takeover, const struct hook *hook, struct watch *watch);

#endif
