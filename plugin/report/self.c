// SPDX-License-Identifier: GPL-2.0-only
/* Names and values of what the plugin costs. */
#include "plugin/report/self.h"

#include "plugin/report/dispatch.h"

static void gauge(const struct report_types *types, const char *type, const char *type_instance,
		  double value, uint64_t now)
{
	const struct report_dispatch_name name = {"", type, type_instance};

	if (report_types_allow(types, type))
		report_dispatch_gauge(&name, value, now);
}

static void count(const struct report_types *types, const char *type, const char *type_instance,
		  uint64_t value, uint64_t now)
{
	const struct report_dispatch_name name = {"", type, type_instance};

	if (report_types_allow(types, type))
		report_dispatch_count(&name, value, now);
}

void report_self(const struct report_self *self, const struct report_types *types, uint64_t now)
{
	gauge(types, "duration", "read", self->read_seconds, now);
	gauge(types, "memory", "maps", (double)self->memory, now);
	gauge(types, "gauge", "interfaces", self->interfaces, now);
	if (self->instructions)
		gauge(types, "gauge", "instructions", self->instructions, now);
	if (!self->is_timed)
		return;
	count(types, "total_time_in_ms", "program", self->run_time_ns / 1000000, now);
	count(types, "invocations", "program", self->run_count, now);
}

static void put_source(struct source *source, const struct report_types *types, bool cost,
		       uint64_t now)
{
	const struct source_operations *operations = source->operations;
	struct record_cell cells[SOURCE_SELF_CELLS];

	if (!operations->read_self || !operations->read_self(source, cells))
		return;
	for (size_t i = 0; i < operations->self_series_count; i++) {
		const struct source_series *series = &operations->self_series[i];

		if (!series->cost || cost)
			count(types, series->packets_type, series->instance,
			      cells[series->cell].packets, now);
	}
}

void report_self_sources(const struct source_set *sources, const struct report_types *types,
			 bool cost, uint64_t now)
{
	for (size_t i = 0; i < sources->count; i++)
		put_source(sources->list[i], types, cost, now);
}
