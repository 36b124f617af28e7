/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The links that a process before us has pinned: which of them run the program, and which of
 * those nobody wants. What is not known to be ours stays.
 */
#ifndef COLLECTD_XDP_HOOK_LEFTOVERS_H
#define COLLECTD_XDP_HOOK_LEFTOVERS_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/base/event.h"
#include "plugin/hook/kind.h"
#include "plugin/hook/program.h"
#include "plugin/hook/watch.h"
#include "plugin/kernel/pin_dir.h"

struct leftovers {
	/* By the caller. */
	const struct hook_kind *kind;
	const struct program_operations *operations; /* that know the names of its pins */
	const struct program *program;		     /* NULL: it is no longer configured */
	const struct event_teller *teller;
	const struct pin_dir *pins;
	const struct watches *watches; /* whose links are not left over; NULL: all are */
	/* By leftovers_ask(). */
	uint32_t programs[PROGRAM_PINNED];
	/* By leftovers_drop(). */
	unsigned int dropped;
	unsigned int foreign;
	int error;
};

/* Links that are at an interface, whoever's they are. */
struct leftovers_links {
	unsigned int wanted; /* of an interface that is watched */
	unsigned int others; /* the rest, and those that do not say where they are */
};

/*
 * Counts the links that are pinned, and at an interface. Changes nothing. `watches`: NULL: none.
 * Returns 0, -errno of pin_dir_list(), or one that is worth another attempt.
 */
int leftovers_count(const struct leftovers *leftovers, const struct watches *watches,
		    struct leftovers_links *ret_links);

/*
 * Finds out which programs are ours, before anything is changed. Returns 0, or an -errno that is
 * worth another attempt.
 */
int leftovers_ask(struct leftovers *leftovers);

/*
 * Opens the link that is pinned for an interface, if it is ours. Returns 0 and a link that the
 * kind closes; -ENOENT, -EPERM if it is not ours, -EROFS if nobody can know that, or an
 * -errno that is worth another attempt.
 */
int leftovers_open(const struct leftovers *leftovers, unsigned int ifindex, int *ret_link,
		   struct xdp_link_info *ret_info);

/*
 * Detaches and unpins what is ours and left over, and tells of it and of what is not ours.
 * Returns 0, or the first -errno, with the rest done.
 */
int leftovers_drop(struct leftovers *leftovers);

#endif
