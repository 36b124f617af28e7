// SPDX-License-Identifier: GPL-2.0-only
/* Names and values of what the plugin costs. */
#include "plugin/report/self.h"

#include "plugin/report/dispatch.h"

static void gauge(const char *type, const char *type_instance, double value, uint64_t now)
{
	const struct report_dispatch_name name = {"", type, type_instance};

	report_dispatch_gauge(&name, value, now);
}

static void count(const char *type, const char *type_instance, uint64_t value, uint64_t now)
{
	const struct report_dispatch_name name = {"", type, type_instance};

	report_dispatch_count(&name, value, now);
}

void report_self(const struct report_self *self, uint64_t now)
{
	gauge("duration", "read", self->read_seconds, now);
	gauge("memory", "maps", (double)self->memory, now);
	gauge("gauge", "interfaces", self->interfaces, now);
	if (self->instructions)
		gauge("gauge", "instructions", self->instructions, now);
	if (!self->is_timed)
		return;
	count("total_time_in_ms", "program", self->run_time_ns / 1000000, now);
	count("invocations", "program", self->run_count, now);
}

static void put_source(struct source *source, bool cost, uint64_t now)
{
	const struct source_operations *operations = source->operations;
	struct record_cell cells[SOURCE_SELF_CELLS];

	if (!operations->read_self || !operations->read_self(source, cells))
		return;
	for (size_t i = 0; i < operations->self_series_count; i++) {
		const struct source_series *series = &operations->self_series[i];

		if (!series->cost || cost)
			count(series->packets_type, series->instance, cells[series->cell].packets,
			      now);
	}
}

void report_self_sources(const struct source_set *sources, bool cost, uint64_t now)
{
	for (size_t i = 0; i < sources->count; i++)
		put_source(sources->list[i], cost, now);
}
