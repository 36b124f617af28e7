/* SPDX-License-Identifier: GPL-2.0-only */
/* What the plugin says of itself: the line after a start, and series of what it costs. */
#ifndef COLLECTD_XDP_REPORT_SELF_H
#define COLLECTD_XDP_REPORT_SELF_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/hook/view.h"
#include "plugin/report/interface.h"
#include "plugin/report/types.h"

struct diagnose_report_start;

/* What one program costs. */
struct report_self {
	bool outgoing;		 /* it counts what goes out */
	uint64_t memory;	 /* bytes of maps */
	unsigned int interfaces; /* attached to or observed */
	uint32_t instructions;	 /* processed by the verifier; 0: unknown */
	bool is_timed;		 /* the kernel counts the two below */
	uint64_t run_time_ns;	 /* of the program */
	uint64_t run_count;
};

/* Dispatches what is known at `now` (cdtime()), as far as `types` allow. */
void report_self(const struct report_self *self, const struct report_types *types, uint64_t now);

/* The same of the last reading of all that is counted. */
void report_self_reading(double seconds, const struct report_types *types, uint64_t now);

/* The interfaces of the built-in counter, by the views of one round. {0}: none was shown. */
struct report_start {
	unsigned int counted; /* attached to, or observed */
	unsigned int wanted;
	char names[512]; /* "eth0 native, eth1 generic", of those that are counted */
};

/* Adds one view; `mode`: the name of its mode, which what goes out has not. */
void report_start_view(struct report_start *start, const struct view *view, const char *mode);

/*
 * Logs the line. `program`: what is said of program and maps, filled by the counter; `queues`: RX
 * queues that are counted apart.
 */
void report_start_log(const struct report_start *start, const struct diagnose_report_start *program,
		      const struct report_interface_settings *settings, unsigned int queues);

#endif
