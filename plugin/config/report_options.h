/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options that matter to report/ alone. They are passed on as a whole, so that a new one is a
 * member here, a row in config.c and its use.
 */
#ifndef COLLECTD_XDP_CONFIG_REPORT_OPTIONS_H
#define COLLECTD_XDP_CONFIG_REPORT_OPTIONS_H

#include <stdbool.h>

struct report_options {
	bool inactive; /* ReportInactive: series of what was never seen, too */
	bool self;     /* ReportSelf: what the plugin itself costs */
};

#endif
