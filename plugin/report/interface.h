/* SPDX-License-Identifier: GPL-2.0-only */
/* From the views of interfaces to values of collectd, once per interval. */
#ifndef COLLECTD_XDP_REPORT_INTERFACE_H
#define COLLECTD_XDP_REPORT_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/config/report_options.h"
#include "plugin/hook/source.h"
#include "plugin/hook/view.h"
#include "plugin/report/dispatch.h"
#include "plugin/report/types.h"

/* What is dispatched besides the totals of each interface and its gauges. */
struct report_interface_settings {
	uint32_t breakdowns; /* bits of enum record_breakdown */
	bool outgoing;	     /* of what goes out: the views say so, too */
	struct report_options options;
	unsigned int slots;	       /* interfaces at most */
	struct source *const *sources; /* that are switched on; must outlive the object */
	size_t source_count;
	struct report_types types; /* of values that are not dispatched */
};

struct report_interface;

/*
 * `dispatch` must outlive the object. Returns 0 and an object the caller closes; -ENOMEM.
 */
int report_interface_open(const struct report_interface_settings *settings,
			  struct report_dispatch *dispatch, struct report_interface **ret_report);

/* Takes NULL. */
void report_interface_close(struct report_interface *report);

/*
 * Dispatches what there is to say of one interface, each value with the time at which it was
 * looked up; report_dispatch_finish() has to follow.
 */
void report_interface_view(struct report_interface *report, const struct view *view);

/* The same of what sources count of the whole machine. */
void report_interface_sources(struct report_interface *report);

/* Series that may be dispatched for one interface, as the tables of names have them. */
size_t report_interface_series_max(const struct report_interface_settings *settings,
				   unsigned int cpus, unsigned int queues);

#endif
