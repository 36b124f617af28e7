/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interfaces that are watched against the list of those that there are. Pure: compares and
 * answers; reconcile acts on the answer.
 */
#ifndef COLLECTD_XDP_HOOK_SYNC_H
#define COLLECTD_XDP_HOOK_SYNC_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/config/selection.h"
#include "plugin/hook/watch.h"
#include "plugin/kernel/interfaces.h"

enum sync_answer {
	SYNC_KEEP,     /* nothing to be done */
	SYNC_CHANGED,  /* it is the same, and what kept it from being attached may be over */
	SYNC_RENAMED,  /* it is the same, under a name that may be counted without a gap */
	SYNC_DEPARTED, /* it is gone, another one, or has a name that is not to be counted here */
	SYNC_LOST,     /* it is the same, and the link is no longer at its hook */
	SYNC_ARRIVED,  /* it is to be watched from now on */
	SYNC_SURPLUS   /* the same, and there are as many as there may be */
};

/* Whether the link is to be asked if it is lost, before sync_compare(). */
bool sync_is_doubtful(const struct watch *watch, const struct hook *hook,
		      const struct interface *interface, enum interfaces_news news);

/*
 * What became of a watch that is not absent. `interface`: of its index, as it is now; NULL: there
 * is none. `lost`: what a doubtful link answered; else false.
 */
enum sync_answer sync_compare(const struct watches *watches, const struct watch *watch,
			      const struct selection *selection, const struct interface *interface,
			      enum interfaces_news news, bool lost);

/*
 * Whether an interface of the list is to be watched. With SYNC_ARRIVED, `ret_watch` is the absent
 * one that waits for its name, or NULL: one has to be added.
 */
enum sync_answer sync_place(const struct watches *watches, const struct selection *selection,
			    const struct interface *interface, struct watch **ret_watch);

/*
 * Whether the program whose watches these are counts at the interface of this index; `likely`: the
 * place of its watch, if others have come in the same order.
 */
bool sync_is_counted(const struct watches *watches, unsigned int index, size_t likely);

/* Adds an absent watch for each name of the configuration, there or not; none where all others are
 * selected. */
void sync_add_names(struct watches *watches, const struct selection *selection);

/* Drops the absent ones that are not named; pointers got before are invalid. */
void sync_drop_departed(struct watches *watches);

#endif
