// SPDX-License-Identifier: GPL-2.0-only
/* Names a cell, and decides by its packets whether it is reported. */
#include "plugin/report/cells.h"

#include <stdio.h>

#include <plugin.h>

void report_cells_gauge(const struct report_types *types, const char *plugin_instance,
			const struct report_names *names, double value, uint64_t now)
{
	const struct report_dispatch_name name = {plugin_instance, names->packets_type,
						  names->instance};

	if (report_types_allow(types, name.type))
		report_dispatch_gauge(&name, value, now);
}

void report_cells_put(struct report_cells *cells, const struct report_names *names,
		      const struct record_cell *cell, bool inactive)
{
	struct report_dispatch_name name = {cells->plugin_instance, NULL, names->instance};
	bool *started = cells->started++;
	enum report_series_step step;

	if (!report_names_series(names))
		return;
	step = report_series_next(cells->group, started, cell->packets, true, inactive);
	name.type = report_names_type(names->packets_type, cells->outgoing);
	if (name.type && report_types_allow(cells->types, name.type))
		report_series_put(cells->group, step, cells->dispatch, &name, cell->packets,
				  cells->now);
	name.type = report_names_type(names->octets_type, cells->outgoing);
	if (name.type && report_types_allow(cells->types, name.type))
		report_series_put(cells->group, step, cells->dispatch, &name, cell->bytes,
				  cells->now);
}

void report_cells_numbered(struct report_cells *cells, const struct report_names *names,
			   const struct record_cell *row, unsigned int count,
			   unsigned int inactive_count)
{
	struct report_names numbered = *names;
	char instance[DATA_MAX_NAME_LEN];

	numbered.instance = instance;
	for (unsigned int i = 0; i < count; i++) {
		snprintf(instance, sizeof(instance), "%s-%u", names->instance, i);
		report_cells_put(cells, &numbered, &row[i], i < inactive_count);
	}
}
