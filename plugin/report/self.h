/* SPDX-License-Identifier: GPL-2.0-only */
/* The series of the plugin itself: what it costs. */
#ifndef COLLECTD_XDP_REPORT_SELF_H
#define COLLECTD_XDP_REPORT_SELF_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/report/types.h"

struct report_self {
	double read_seconds;	 /* of the last reading of all interfaces */
	uint64_t memory;	 /* bytes of maps */
	unsigned int interfaces; /* attached to or observed */
	uint32_t instructions;	 /* processed by the verifier; 0: unknown */
	bool is_timed;		 /* the kernel counts the two below */
	uint64_t run_time_ns;	 /* of the program */
	uint64_t run_count;
};

/* Dispatches what is known at `now` (cdtime()), as far as `types` allow. */
void report_self(const struct report_self *self, const struct report_types *types, uint64_t now);

#endif
