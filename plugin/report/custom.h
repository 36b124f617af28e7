/* SPDX-License-Identifier: GPL-2.0-only */
/* From the maps of a custom counter to values of collectd, once per interval. */
#ifndef COLLECTD_XDP_REPORT_CUSTOM_H
#define COLLECTD_XDP_REPORT_CUSTOM_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/config/report_options.h"
#include "plugin/custom/program.h"
#include "plugin/hook/view.h"
#include "plugin/report/dispatch.h"

struct report_custom;

/*
 * Whether collectd's types.db has the types of all maps, each of one value that is
 * DERIVE or GAUGE; logs those that are not. Only in init and later, when types.db is read.
 */
bool report_custom_check(const struct counter_block *settings);

/*
 * `settings`, `program` and `dispatch` must outlive the object.
 * Returns 0 and an object the caller closes; -ENOMEM.
 */
int report_custom_open(const struct counter_block *settings, const struct report_options *options,
		       const struct custom_program *program, struct report_dispatch *dispatch,
		       struct report_custom **ret_report);

/* Takes NULL. */
void report_custom_close(struct report_custom *report);

/*
 * After each step of the program. Where it is another than before, its counting began at `now`
 * (cdtime(), right before the step): the time of the zeros before the first values.
 */
void report_custom_begin(struct report_custom *report, uint64_t now);

/*
 * Reads all maps and dispatches their values, each with the time at which it was looked up, if the
 * program is loaded. report_dispatch_finish() has to follow.
 */
void report_custom_step(struct report_custom *report);

/* Dispatches whether the counter is at the hook of an interface, and how. */
void report_custom_view(const struct report_custom *report, const struct view *view);

#endif
