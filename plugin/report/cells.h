/* SPDX-License-Identifier: GPL-2.0-only */
/* From cells, which are what is counted, to series in collectd: those of records and of sources. */
#ifndef COLLECTD_XDP_REPORT_CELLS_H
#define COLLECTD_XDP_REPORT_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/record.h"
#include "plugin/report/dispatch.h"
#include "plugin/report/names.h"
#include "plugin/report/series.h"
#include "plugin/report/types.h"

/* What cells that are reported one after the other have in common. */
struct report_cells {
	struct report_dispatch *dispatch;
	const struct report_types *types; /* that are not dispatched */
	const struct report_series_group *group;
	const char *plugin_instance; /* an interface, or "" for the plugin itself */
	uint64_t now;		     /* cdtime() */
	bool *started;		     /* of the next cell: each takes its own */
	bool outgoing;		     /* rows of what comes in are reported as of what goes out */
};

/* Dispatches a value that is as it is; `names`: its type is that of packets. */
void report_cells_gauge(const struct report_types *types, const char *plugin_instance,
			const struct report_names *names, double value, uint64_t now);

/* A cell; its packets decide when its octets start, too. `inactive`: it is reported if it is 0. */
void report_cells_put(struct report_cells *cells, const struct report_names *names,
		      const struct record_cell *cell, bool inactive);

/*
 * `count` cells in a row: "cpu-0", "cpu-1", ... `inactive_count`: so many of them, the first
 * ones, are reported if they are 0.
 */
void report_cells_numbered(struct report_cells *cells, const struct report_names *names,
			   const struct record_cell *row, unsigned int count,
			   unsigned int inactive_count);

#endif
