/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From maps to values of collectd, once per interval: the <Map> blocks of one owner, which is a
 * custom counter or a <Maps> block.
 */
#ifndef COLLECTD_XDP_REPORT_MAPS_H
#define COLLECTD_XDP_REPORT_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/base/event.h"
#include "plugin/config/map_block.h"
#include "plugin/config/report_options.h"
#include "plugin/custom/map.h"
#include "plugin/report/dispatch.h"

struct report_maps;

/* All that it points to must outlive the object, but for `plugin_instance`. */
struct report_maps_settings {
	const struct map_block *blocks;
	size_t count; /* of them; at least one */
	const char *plugin_instance;
	struct report_options options;
	struct report_dispatch *dispatch;
	struct event_teller teller;
	bool foreign; /* the maps are other people's */
};

/*
 * Whether collectd's types.db has the types of all maps, each of one value that is DERIVE or
 * GAUGE; logs those that are not, of `owner`: "counter NAME". Only in init and later, when
 * types.db is read.
 */
bool report_maps_check(const char *owner, const struct map_block *blocks, size_t count);

/* Returns 0 and an object the caller closes; -ENOMEM. */
int report_maps_open(const struct report_maps_settings *settings, struct report_maps **ret_report);

/* Takes NULL. */
void report_maps_close(struct report_maps *report);

/*
 * The block of this index, and so each one about the same map, has another map than before, or
 * another descriptor of it. Its counting began at `now` (cdtime()), the
 * time of the zeros before the first values, or, `continued`, at a time that nobody knows.
 */
void report_maps_begin(struct report_maps *report, size_t index, bool continued, uint64_t now);

/*
 * Reads the maps and dispatches their values, each with the time at which it was looked up.
 * `maps`: one per block. report_dispatch_finish() has to follow.
 */
void report_maps_step(struct report_maps *report, const struct custom_map *maps);

#endif
