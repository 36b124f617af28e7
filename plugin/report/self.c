// SPDX-License-Identifier: GPL-2.0-only
/* Puts the line after a start together; names and values of what the plugin costs. */
#include "plugin/report/self.h"

#include <stdio.h>

#include <plugin.h>

#include "plugin/base/text.h"
#include "plugin/diagnose/report.h"
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

/* Of the values of one program. */
struct self_names {
	const char *maps, *interfaces, *instructions, *program;
};

static const struct self_names incoming_names = {"maps", "interfaces", "instructions", "program"};
static const struct self_names outgoing_names = {"maps_outgoing", "interfaces_outgoing",
						 "instructions_outgoing", "program_outgoing"};

void report_self(const struct report_self *self, const struct report_types *types, uint64_t now)
{
	const struct self_names *names = self->outgoing ? &outgoing_names : &incoming_names;

	gauge(types, "memory", names->maps, (double)self->memory, now);
	gauge(types, "gauge", names->interfaces, self->interfaces, now);
	if (self->instructions)
		gauge(types, "gauge", names->instructions, self->instructions, now);
	if (!self->is_timed)
		return;
	count(types, "total_time_in_ms", names->program, self->run_time_ns / 1000000, now);
	count(types, "invocations", names->program, self->run_count, now);
}

void report_self_reading(double seconds, const struct report_types *types, uint64_t now)
{
	gauge(types, "duration", "read", seconds, now);
}

void report_start_view(struct report_start *start, const struct view *view, const char *mode)
{
	char name[64];

	start->wanted += !view->departed;
	if (!view_is_counted(view))
		return;
	start->counted++;
	if (view->outgoing)
		snprintf(name, sizeof(name), "%s", view->name);
	else
		snprintf(name, sizeof(name), "%s %s", view->name,
			 view->observing ? "observed" : mode);
	text_append_name(start->names, sizeof(start->names), name);
}

void report_start_log(const struct report_start *start, const struct diagnose_report_start *program,
		      const struct report_interface_settings *settings, unsigned int queues)
{
	struct diagnose_report_start facts = *program;
	char text[DIAGNOSE_REPORT_TEXT];

	facts.outgoing = settings->outgoing;
	facts.counted = start->counted;
	facts.wanted = start->wanted;
	facts.names = start->names;
	facts.slots = settings->slots;
	facts.series = report_interface_series_max(settings, facts.cpus, queues);
	diagnose_report_start(&facts, text, sizeof(text));
	INFO("xdp plugin: %s.", text);
	if (!facts.interpreted)
		return;
	diagnose_report_interpreted(&facts, text, sizeof(text));
	NOTICE("xdp plugin: %s.", text);
}
