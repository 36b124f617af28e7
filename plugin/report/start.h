/* SPDX-License-Identifier: GPL-2.0-only */
/* The line that an operator looks for after a start, and what it says of the interfaces. */
#ifndef COLLECTD_XDP_REPORT_START_H
#define COLLECTD_XDP_REPORT_START_H

#include "plugin/hook/view.h"
#include "plugin/report/interface.h"

struct diagnose_report_start;

/* The interfaces of the built-in counter, by the views of one round. {0}: none was shown. */
struct report_start {
	unsigned int counted; /* attached to, or observed */
	unsigned int wanted;
	char names[512]; /* "eth0 native, eth1 generic", of those that are counted */
};

/* Adds one view; `mode`: the name of its mode. */
void report_start_view(struct report_start *start, const struct view *view, const char *mode);

/*
 * Logs the line. `program`: what is said of program and maps, filled by the counter; `queues`: RX
 * queues that are counted apart.
 */
void report_start_log(const struct report_start *start, const struct diagnose_report_start *program,
		      const struct report_interface_settings *settings, unsigned int queues);

#endif
