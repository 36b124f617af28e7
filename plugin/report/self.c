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
