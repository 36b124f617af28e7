// SPDX-License-Identifier: GPL-2.0-only
/* The maps of a custom counter, which are others after each load, and the state of its interfaces.
 */
#include "plugin/report/custom.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <plugin.h>

#include "plugin/report/maps.h"
#include "plugin/report/names.h"
#include "plugin/report/notify.h"

struct report_custom {
	const struct counter_block *settings;
	const struct custom_program *program;
	char plugin_instance[DATA_MAX_NAME_LEN];
	struct report_maps *maps;
	uint32_t program_id; /* of the program that is read; 0: none yet */
};

bool report_custom_check(const struct counter_block *settings)
{
	char owner[DATA_MAX_NAME_LEN];

	snprintf(owner, sizeof(owner), "counter %s", settings->name);
	return report_maps_check(owner, settings->maps, settings->map_count);
}

static void on_event(void *counter, const struct event *event)
{
	report_notify_custom(counter, event);
}

int report_custom_open(const struct counter_block *settings, const struct report_options *options,
		       const struct custom_program *program, struct report_dispatch *dispatch,
		       struct report_custom **ret_report)
{
	struct report_custom *report = calloc(1, sizeof(*report));
	struct report_maps_settings for_maps = {
		.blocks = settings->maps,
		.count = settings->map_count,
		.options = *options,
		.dispatch = dispatch,
		.teller = {settings->name, on_event},
	};

	if (!report)
		return -ENOMEM;
	report->settings = settings;
	report->program = program;
	report_names_custom(settings->name, report->plugin_instance,
			    sizeof(report->plugin_instance));
	for_maps.plugin_instance = report->plugin_instance;
	if (report_maps_open(&for_maps, &report->maps) < 0) {
		report_custom_close(report);
		return -ENOMEM;
	}
	*ret_report = report;
	return 0;
}

void report_custom_close(struct report_custom *report)
{
	if (!report)
		return;
	report_maps_close(report->maps);
	free(report);
}

/* Another program has other maps, maybe of another layout, since its file is read again. */
void report_custom_begin(struct report_custom *report, uint64_t now)
{
	uint32_t program_id = custom_program_id(report->program);

	if (!program_id || program_id == report->program_id)
		return;
	report->program_id = program_id;
	for (size_t i = 0; i < report->settings->map_count; i++)
		report_maps_begin(report->maps, i, custom_program_is_adopted(report->program), now);
}

void report_custom_step(struct report_custom *report)
{
	const struct custom_map *maps = custom_program_maps(report->program);

	if (maps && custom_program_id(report->program) == report->program_id)
		report_maps_step(report->maps, maps);
}

static void put_state(const struct report_custom *report, const struct report_names *names,
		      const char *interface, double value, uint64_t now)
{
	char type_instance[DATA_MAX_NAME_LEN];
	const struct report_dispatch_name name = {report->plugin_instance, names->packets_type,
						  type_instance};

	snprintf(type_instance, sizeof(type_instance), "%s-%s", names->instance, interface);
	report_dispatch_gauge(&name, value, now);
}

void report_custom_view(const struct report_custom *report, const struct view *view)
{
	put_state(report, &report_names_attached, view->name, view->attached, view->time);
	if (view->attached)
		put_state(report, &report_names_native, view->name, view->mode != XDP_LINK_GENERIC,
			  view->time);
}
