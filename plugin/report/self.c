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
