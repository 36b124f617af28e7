/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kind of hook: how a program is linked to an interface. Hot-plug, back-off, Persist and
 * ownership know the kind by this table only.
 */
#ifndef COLLECTD_XDP_HOOK_KIND_H
#define COLLECTD_XDP_HOOK_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/kernel/xdp_link.h"

struct attach_plan;
struct interface;

struct hook_kind {
	const char *pin; /* what the names of its pinned links begin with; the index follows */
	/*
	 * One program at a time, in one of several modes, and the list of interfaces says which.
	 * Without it each link has XDP_LINK_AUTO, and others at the hook are in nobody's way.
	 */
	bool listed;
	bool outgoing; /* of packets that leave by the interface */

	/*
	 * Whether this kernel has such hooks, asked before anything is loaded. Returns 0,
	 * -EOPNOTSUPP, or another -errno where that is not known. NULL: each kernel has.
	 */
	int (*probe)(void);

	/* As attach_plan(). */
	struct attach_plan (*plan)(const struct interface *interface, enum xdp_link_mode wished);

	/*
	 * Whether a program is at the hook of an interface of this network namespace, for a link
	 * tells the index alone, which an interface of another one may have. NULL: the list says.
	 */
	bool (*runs)(unsigned int ifindex, uint32_t program_id);

	/* As xdp_link_open() and the others in kernel/xdp_link.h. */
	int (*open)(int program_fd, unsigned int ifindex, enum xdp_link_mode mode, int *ret_link);
	int (*check)(int link, unsigned int ifindex);
	int (*inspect)(int link, struct xdp_link_info *ret_info);
	int (*update)(int link, int program_fd);
	int (*detach)(int link);
	void (*close)(int link);
};

#endif
