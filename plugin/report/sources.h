/* SPDX-License-Identifier: GPL-2.0-only */
/* The series of sources: those of interfaces, and those of the plugin itself. */
#ifndef COLLECTD_XDP_REPORT_SOURCES_H
#define COLLECTD_XDP_REPORT_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/hook/source.h"
#include "plugin/hook/view.h"
#include "plugin/report/dispatch.h"
#include "plugin/report/series.h"
#include "plugin/report/types.h"

/* Those that are switched on; must outlive the objects below. */
struct report_sources_settings {
	struct source *const *list;
	size_t count;
	bool inactive;			  /* ReportInactive */
	const struct report_types *types; /* that are not dispatched */
};

/* What the sources have of one slot. {0} at first. */
struct report_sources_slot {
	struct report_series_group *groups; /* one per source */
	bool *started;			    /* whether each series has */
};

/*
 * Makes what the sources have of a slot, once; `group`: of the slot, whose counting has begun.
 * Returns whether it is there.
 */
bool report_sources_make(const struct report_sources_settings *settings,
			 const struct report_series_group *group, struct report_sources_slot *slot);

void report_sources_empty(struct report_sources_slot *slot);

/* Dispatches what the sources have counted for one interface, each at the time of its reading. */
void report_sources_view(const struct report_sources_settings *settings,
			 struct report_dispatch *dispatch, struct report_sources_slot *slot,
			 const struct view *view);

/* Series of one interface at most. */
size_t report_sources_series_max(const struct report_sources_settings *settings);

struct report_sources;

/*
 * For the values of the plugin itself. `dispatch` must outlive the object, whose counting begins at
 * `now`. Returns 0 and an object the caller closes; -ENOMEM.
 */
int report_sources_open(const struct report_sources_settings *settings,
			struct report_dispatch *dispatch, uint64_t now,
			struct report_sources **ret_sources);

/* Takes NULL, as report_sources_self() does. */
void report_sources_close(struct report_sources *sources);

/*
 * Reads and dispatches the values of the plugin itself; `cost`: with ReportSelf, what the
 * sources cost, too. report_dispatch_finish() has to follow.
 */
void report_sources_self(struct report_sources *sources, bool cost);

#endif
