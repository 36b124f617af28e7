/* SPDX-License-Identifier: GPL-2.0-only */
/* The <Maps> blocks: each with its maps and their report. */
#ifndef COLLECTD_XDP_XDP_MAPS_H
#define COLLECTD_XDP_XDP_MAPS_H

#include <stddef.h>

#include "plugin/config/config.h"
#include "plugin/hook/listing.h"
#include "plugin/report/dispatch.h"

struct xdp_maps_unit;

/* {0} at first. */
struct xdp_maps {
	struct xdp_maps_unit *units;
	size_t count;
};

/* Returns 0 or -ENOMEM; what was made until then is closed later. */
int xdp_maps_open(struct xdp_maps *maps, const struct config *config,
		  struct report_dispatch *dispatch);

/* Reads and dispatches all maps. */
void xdp_maps_read(struct xdp_maps *maps);

/* Looks where the maps are. May wait for the kernel's rtnl lock. */
void xdp_maps_step(struct xdp_maps *maps, const struct listing *listing);

void xdp_maps_close(struct xdp_maps *maps);

#endif
