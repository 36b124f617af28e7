/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The links that a process before us has pinned: which of them are of the
 * program, and which of those nobody wants. A part of persist: it alone calls this.
 */
#ifndef COLLECTD_XDP_HOOK_LEFTOVERS_H
#define COLLECTD_XDP_HOOK_LEFTOVERS_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/kernel/xdp_link.h"
#include "plugin/hook/program.h"

struct reconcile;

struct pinned_links {
	struct reconcile *reconcile;
	const struct pin_dir *pins;
	bool all; /* those of interfaces that are watched are left over, too */
	/* Filled by pinned_ask(), before anything is changed. */
	uint32_t programs[PROGRAM_PINNED];
	/* Of pinned_drop_left_over(). */
	unsigned int dropped;
	unsigned int foreign;
	int error;
};

/* Finds out which programs are ours. Returns 0, or an -errno that is worth another attempt. */
int pinned_ask(struct pinned_links *links);

/*
 * Opens the link that is pinned for an interface, if it is ours. Returns 0 and a link to be closed
 * by xdp_link_close(); -ENOENT, -EPERM if it is not ours, or an -errno that is worth another
 * attempt.
 */
int pinned_open(const struct pinned_links *links, unsigned int ifindex, int *ret_link,
		struct xdp_link_info *ret_info);

/*
 * Detaches and unpins what is ours and left over, and tells of it and of what is not ours, which
 * stays. Returns 0, or an -errno that is worth another attempt.
 */
int pinned_drop_left_over(struct pinned_links *links);

#endif
