// SPDX-License-Identifier: GPL-2.0-only
/* From the keys of maps to series, and what of a map cannot be reported. */
#include "plugin/report/custom.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <plugin.h>

#include "plugin/base/clock.h"
#include "plugin/base/said.h"
#include "plugin/custom/names.h"
#include "plugin/custom/walk.h"
#include "plugin/diagnose/report.h"
#include "plugin/report/names.h"
#include "plugin/report/notify.h"
#include "plugin/report/series.h"
#include "plugin/report/types.h"

/* The series of one <Map>. Blocks about one map are read together, by the first of them. */
struct map {
	const struct map_block *settings;
	bool gauge;
	size_t first;		  /* of them */
	size_t member;		  /* which of them it is */
	struct custom_walk *walk; /* of the first; NULL: not read yet */
	bool stale;		  /* it went through the map of a program before this one */
	struct report_series_group group;
	bool complete; /* at `group.zero_time`: a key that was not read then was not there */
	bool more;     /* told: there were more keys than are reported */
	struct said unread;
};

struct report_custom {
	const struct counter_block *settings;
	struct report_options options;
	const struct custom_program *program;
	struct report_dispatch *dispatch;
	char plugin_instance[DATA_MAX_NAME_LEN];
	struct map *maps;    /* one per <Map> */
	uint32_t program_id; /* of the program that is read; 0: none yet */
};

bool report_custom_check(const struct counter_block *settings)
{
	char text[DIAGNOSE_REPORT_TEXT];
	bool good = true;

	for (size_t i = 0; i < settings->map_count; i++) {
		const struct map_block *map = &settings->maps[i];
		/* Either kind will do. */
		enum diagnose_report_type fault =
			report_types_fault(map->type, report_types_is_gauge(map->type));

		if (fault == DIAGNOSE_REPORT_TYPE_GOOD)
			continue;
		diagnose_report_type(fault, map->name, map->type, text, sizeof(text));
		ERROR("xdp plugin: counter %s: %s.", settings->name, text);
		good = false;
	}
	return good;
}

/* Whether two blocks are about one map. */
static bool is_same(const struct map_block *one, const struct map_block *other)
{
	return strcmp(one->name, other->name) == 0;
}

static void open_map(struct report_custom *report, size_t index)
{
	const struct map_block *blocks = report->settings->maps;
	struct map *map = &report->maps[index];

	map->settings = &blocks[index];
	map->gauge = report_types_is_gauge(blocks[index].type);
	map->first = index;
	for (size_t i = index; i-- > 0;) {
		if (!is_same(&blocks[i], &blocks[index]))
			continue;
		map->first = i;
		map->member++;
	}
}

int report_custom_open(const struct counter_block *settings, const struct report_options *options,
		       const struct custom_program *program, struct report_dispatch *dispatch,
		       struct report_custom **ret_report)
{
	struct report_custom *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->settings = settings;
	report->options = *options;
	report->program = program;
	report->dispatch = dispatch;
	report_names_custom(settings->name, report->plugin_instance,
			    sizeof(report->plugin_instance));
	report->maps = calloc(settings->map_count, sizeof(*report->maps));
	if (!report->maps) {
		report_custom_close(report);
		return -ENOMEM;
	}
	for (size_t i = 0; i < settings->map_count; i++)
		open_map(report, i);
	*ret_report = report;
	return 0;
}

void report_custom_close(struct report_custom *report)
{
	if (!report)
		return;
	for (size_t i = 0; report->maps && i < report->settings->map_count; i++)
		custom_walk_close(report->maps[i].walk);
	free(report->maps);
	free(report);
}

static void tell(const struct report_custom *report, enum event_severity severity, const char *text)
{
	const struct event event = {severity, "", text};

	report_notify_custom(report->settings->name, &event);
}

static void tell_unread(const struct report_custom *report, struct map *map, int err)
{
	char text[DIAGNOSE_REPORT_TEXT];

	if (!said_error(&map->unread, err))
		return;
	diagnose_report_unread(map->settings->name, err, text, sizeof(text));
	tell(report, err ? EVENT_FAILURE : EVENT_OKAY, text);
}

/* Whether a block before this one, about the same map, has said the same. */
static bool is_more_told(const struct report_custom *report, const struct map *map)
{
	for (const struct map *other = &report->maps[map->first]; other < map; other++) {
		if (other->first == map->first && other->more &&
		    other->settings->max_keys == map->settings->max_keys)
			return true;
	}
	return false;
}

/* Says once that there are more keys than MaxKeys: the first ones stay the reported ones. */
static void tell_more(const struct report_custom *report, struct map *map,
		      const struct custom_walk_reading *reading)
{
	char text[DIAGNOSE_REPORT_TEXT];

	if (map->more || (!reading->more && reading->count <= map->settings->max_keys))
		return;
	map->more = true;
	if (is_more_told(report, map))
		return;
	diagnose_report_keys(map->settings->name, map->settings->max_keys, text, sizeof(text));
	tell(report, EVENT_WARNING, text);
}

static void put_entry(const struct report_custom *report, const struct map *map,
		      struct custom_walk_entry *entry, const struct custom_btf_layout *layout)
{
	struct custom_walk_member *member = &entry->members[map->member];
	char type_instance[CUSTOM_NAMES_VALUE];
	const struct report_dispatch_name name = {report->plugin_instance, map->settings->type,
						  type_instance};
	enum report_series_step step =
		report_series_next(&map->group, &member->started, member->value,
				   !entry->is_new || map->complete, report->options.inactive);

	if (step == REPORT_SERIES_SILENT)
		return;
	custom_names_value(map->settings, entry->key, layout->key_size, type_instance);
	if (map->gauge)
		report_dispatch_gauge(&name,
				      layout->is_signed ? (double)(int64_t)member->value
							: (double)member->value,
				      entry->time);
	else
		report_series_put(&map->group, step, report->dispatch, &name, member->value,
				  entry->time);
}

/* The blocks about the map of a first one: how many, their layouts, and the most of MaxKeys. */
static int gather(const struct report_custom *report, size_t first,
		  const struct custom_program_map *maps, struct custom_btf_layout **ret_layouts,
		  size_t *ret_count, unsigned int *ret_max_keys)
{
	const struct counter_block *settings = report->settings;
	struct custom_btf_layout *layouts = calloc(settings->map_count, sizeof(*layouts));

	if (!layouts)
		return -ENOMEM;
	*ret_count = 0;
	*ret_max_keys = 0;
	for (size_t i = first; i < settings->map_count; i++) {
		if (report->maps[i].first != first)
			continue;
		layouts[(*ret_count)++] = maps[i].layout;
		if (settings->maps[i].max_keys > *ret_max_keys)
			*ret_max_keys = settings->maps[i].max_keys;
	}
	*ret_layouts = layouts;
	return 0;
}

/* The walk goes through the map of the program that is loaded from here on. Returns 0 or -errno. */
static int open_walk(const struct report_custom *report, size_t first,
		     const struct custom_program_map *maps)
{
	struct map *map = &report->maps[first];
	struct custom_btf_layout *layouts;
	unsigned int max_keys;
	size_t count;
	int err;

	if (map->walk && !map->stale)
		return 0;
	err = gather(report, first, maps, &layouts, &count, &max_keys);
	if (err)
		return err;
	if (map->walk) {
		err = custom_walk_continue(map->walk, maps[first].fd, layouts);
		if (err == -EINVAL) {
			custom_walk_close(map->walk);
			map->walk = NULL;
		}
	}
	if (!map->walk)
		err = custom_walk_open(maps[first].fd, layouts, count, max_keys, &map->walk);
	free(layouts);
	map->stale = err != 0;
	return err;
}

static void put_map(const struct report_custom *report, struct map *map,
		    const struct custom_btf_layout *layout,
		    const struct custom_walk_reading *reading)
{
	const struct custom_walk *walk = report->maps[map->first].walk;

	tell_more(report, map, reading);
	for (size_t i = 0; i < reading->count && i < map->settings->max_keys; i++) {
		struct custom_walk_entry *entry = custom_walk_entry(walk, i);

		if (entry->present)
			put_entry(report, map, entry, layout);
	}
	map->complete = reading->complete;
	report_series_end(&map->group, reading->time);
}

/* Reads a map once, for all blocks about it. */
static void report_map(const struct report_custom *report, size_t first,
		       const struct custom_program_map *maps)
{
	struct map *map = &report->maps[first];
	struct custom_walk_reading reading;
	int err;

	if (map->first != first || report_series_is_early(&map->group, clock_now()))
		return;
	err = open_walk(report, first, maps);
	if (!err)
		err = custom_walk_read(map->walk, &reading);
	tell_unread(report, map, err);
	for (size_t i = first; !err && i < report->settings->map_count; i++) {
		if (report->maps[i].first == first)
			put_map(report, &report->maps[i], &maps[i].layout, &reading);
	}
}

/* Another program has other maps, maybe of another layout, since its file is read again. */
void report_custom_begin(struct report_custom *report, uint64_t now)
{
	uint32_t program_id = custom_program_id(report->program);

	if (!program_id || program_id == report->program_id)
		return;
	report->program_id = program_id;
	for (size_t i = 0; i < report->settings->map_count; i++) {
		struct map *map = &report->maps[i];

		map->stale = true;
		map->complete = true;
		report_series_begin(&map->group, custom_program_is_adopted(report->program), now);
	}
}

void report_custom_step(struct report_custom *report)
{
	const struct custom_program_map *maps = custom_program_maps(report->program);

	if (custom_program_id(report->program) != report->program_id)
		return;
	for (size_t i = 0; maps && i < report->settings->map_count; i++)
		report_map(report, i, maps);
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
