/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to an interface and its hook, as an operator reads it. Pure: facts in, text out. */
#ifndef COLLECTD_XDP_DIAGNOSE_HOOK_H
#define COLLECTD_XDP_DIAGNOSE_HOOK_H

#include <stddef.h>

/* What speaks against counting an interface, before anything is tried. */
enum diagnose_obstacle {
	DIAGNOSE_OBSTACLE_NONE,
	DIAGNOSE_OBSTACLE_NO_ETHERNET, /* its frames do not begin with an Ethernet header */
	DIAGNOSE_OBSTACLE_BOND	       /* a bond, in a mode that its ports would run */
};

/*
 * Writes "not counted: cause; what to do", one line without its end; cut off at `size`.
 * `type`: of the link (ARPHRD_*); `mode`: as in AttachMode. "" for DIAGNOSE_OBSTACLE_NONE.
 */
void diagnose_obstacle(enum diagnose_obstacle obstacle, unsigned int type, const char *mode,
		       char *text, size_t size);

#endif
