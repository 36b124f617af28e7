/* SPDX-License-Identifier: GPL-2.0-only */
/* The <Maps> blocks: each with its maps and their report. */
#ifndef COLLECTD_XDP_REPORT_FOREIGN_H
#define COLLECTD_XDP_REPORT_FOREIGN_H

#include <stddef.h>

#include "plugin/config/maps_block.h"
#include "plugin/config/report_options.h"
#include "plugin/report/dispatch.h"

struct listing;

struct report_foreign_unit;

/* {0} at first. */
struct report_foreign {
	struct report_foreign_unit *units;
	size_t count;
};

/* Returns 0 or -ENOMEM; what was made until then is closed later. */
int report_foreign_open(struct report_foreign *maps, struct maps_block *const *blocks, size_t count,
			const struct report_options *options, struct report_dispatch *dispatch);

/* Reads and dispatches all maps. */
void report_foreign_read(struct report_foreign *maps);

/* Looks where the maps are. May wait for the kernel's rtnl lock. */
void report_foreign_step(struct report_foreign *maps, const struct listing *listing);

void report_foreign_close(struct report_foreign *maps);

#endif
