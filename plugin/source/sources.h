/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of sources: what can be counted beside the counter, and what of it is switched on. */
#ifndef COLLECTD_XDP_SOURCE_SOURCES_H
#define COLLECTD_XDP_SOURCE_SOURCES_H

#include <stdint.h>

#include "plugin/hook/source.h"

struct sources_settings {
	uint32_t
		breakdowns; /* bits of enum record_breakdown: those of sources say what is wanted */
	struct source_settings each;
};

/* Opens those that are wanted. Returns 0 and a set for sources_close(); -ENOMEM. */
int sources_open(const struct sources_settings *settings, struct source_set *ret_set);

/* After reconcile_close() of what uses them. Takes a set of none. */
void sources_close(struct source_set *set);

#endif
