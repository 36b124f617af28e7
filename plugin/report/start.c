// SPDX-License-Identifier: GPL-2.0-only
/* Counts and names the interfaces of a round, and puts the line after a start together. */
#include "plugin/report/start.h"

#include <stdio.h>

#include <plugin.h>

#include "plugin/base/text.h"
#include "plugin/diagnose/report.h"

void report_start_view(struct report_start *start, const struct view *view, const char *mode)
{
	char name[64];

	start->wanted += !view->departed;
	if (!view_is_counted(view))
		return;
	start->counted++;
	snprintf(name, sizeof(name), "%s %s", view->name, view->observing ? "observed" : mode);
	text_append_name(start->names, sizeof(start->names), name);
}

void report_start_log(const struct report_start *start, const struct diagnose_report_start *program,
		      const struct report_interface_settings *settings, unsigned int queues)
{
	struct diagnose_report_start facts = *program;
	char text[DIAGNOSE_REPORT_TEXT];

	facts.counted = start->counted;
	facts.wanted = start->wanted;
	facts.names = start->names;
	facts.slots = settings->slots;
	facts.series = report_interface_series_max(settings, facts.cpus, queues);
	diagnose_report_start(&facts, text, sizeof(text));
	INFO("xdp plugin: %s.", text);
}
