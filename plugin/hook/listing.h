/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one list of interfaces that all programs share: brought up to date once per step; and which
 * of them stand on which.
 */
#ifndef COLLECTD_XDP_HOOK_LISTING_H
#define COLLECTD_XDP_HOOK_LISTING_H

#include <stdbool.h>

#include "plugin/base/event.h"
#include "plugin/base/news.h"
#include "plugin/base/said.h"
#include "plugin/kernel/interfaces.h"

struct selection;

/* All zero at first; written by the functions below only. */
struct listing {
	struct interfaces *interfaces; /* NULL: no socket could be opened yet */
	enum interfaces_news news;     /* of the last refresh */
	bool known;		       /* the list, at least as it once was */
	struct said error;
	unsigned char *depths; /* of each in the list: see listing_depth(); NULL: all are 0 */
	unsigned int deepest;  /* of these */
};

/*
 * Opens the list, if it is not open, and refreshes it. Where that fails the list stays as it was;
 * `teller` gets the cause once, and that it is over.
 */
void listing_refresh(struct listing *listing, const struct event_teller *teller);

/*
 * How many interfaces of the list are below the one of this index, one under the other; 0: none, or
 * it is not in the list. What is below goes first where that matters: see interface_is_above().
 */
unsigned int listing_depth(const struct listing *listing, unsigned int index);

/*
 * Takes in what was reported since, without waiting for anything: who is gone by now, see
 * listing_is_gone(). What fails there, the next refresh tells.
 */
void listing_listen(struct listing *listing);

/* Whether an interface of the list is known to have gone, or to have another name. */
bool listing_is_gone(const struct listing *listing, const struct interface *interface);

/* The interface that has this name, its own or an alternative one; NULL: none. */
const struct interface *listing_find(const struct interfaces *interfaces, const char *name);

/* Whether the i-th entry of a selection matches any interface. */
bool listing_matches(const struct interfaces *interfaces, const struct selection *selection,
		     size_t i);

/*
 * Tells what came and went in a step, and forgets it: together, or in its own words where it is one
 * interface.
 */
void listing_tell_news(struct news *news, const struct event_teller *teller);

/* Leaves it as it was at first. */
void listing_close(struct listing *listing);

#endif
