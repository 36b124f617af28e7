/* SPDX-License-Identifier: GPL-2.0-only */
/* From the maps of a counter of the user's own to values of collectd, once per interval. */
#ifndef COLLECTD_XDP_REPORT_CUSTOM_H
#define COLLECTD_XDP_REPORT_CUSTOM_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/custom/program.h"
#include "plugin/report/interface.h"

struct custom_report;

/*
 * Whether collectd's types.db has the types of all maps, each of one value that is
 * DERIVE or GAUGE; logs those that are not. Only in init and later, when types.db is read.
 */
bool custom_report_check(const struct counter_block *settings);

/*
 * `settings`, `custom` and `report` must outlive the object. `inactive`: values of 0 that were
 * never anything else are reported, too.
 * Returns 0 and an object the caller closes; -ENOMEM.
 */
int custom_report_open(const struct counter_block *settings, const struct custom_program *custom,
		       struct report *report, bool inactive, struct custom_report **ret_report);

/* Takes NULL. */
void custom_report_close(struct custom_report *report);

/*
 * Reads all maps and dispatches their values at `now` (cdtime()). The first time that the
 * program is loaded only notes the time, which is that of the zeros before the
 * first values. report_finish() has to follow.
 */
void custom_report_step(struct custom_report *report, uint64_t now);

/* Dispatches whether the counter is at the hook of an interface, and how. */
void custom_report_interface(struct custom_report *report, const struct view *view, uint64_t now);

#endif
