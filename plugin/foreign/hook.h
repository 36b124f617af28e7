/* SPDX-License-Identifier: GPL-2.0-only */
/* The hook of the interface that a <Maps> block names. */
#ifndef COLLECTD_XDP_FOREIGN_HOOK_H
#define COLLECTD_XDP_FOREIGN_HOOK_H

#include <stdbool.h>
#include <stdint.h>

struct listing;

struct foreign_hook {
	int error;	     /* -ENODEV: no interface has the name; -errno of rtnetlink */
	bool several;	     /* there are programs for more than one mode */
	uint32_t program_id; /* of the program; 0: none, or several */
};

/*
 * The hook as it is now: attaching a link is not notified, so that the list may be older. May wait
 * for the kernel's rtnl lock.
 */
struct foreign_hook foreign_hook_look(const struct listing *listing, const char *name);

#endif
