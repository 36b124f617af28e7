// SPDX-License-Identifier: GPL-2.0-only
/* From the keys of maps to series, and what of a map cannot be reported. */
#include "plugin/report/maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <plugin.h>
#include <utils/common/common.h>

#include "plugin/base/clock.h"
#include "plugin/base/said.h"
#include "plugin/custom/names.h"
#include "plugin/custom/walk.h"
#include "plugin/diagnose/report.h"
#include "plugin/report/series.h"
#include "plugin/report/types.h"

/* The series of one <Map>. Blocks about one map are read together, by the first of them. */
struct map {
	const struct map_block *settings;
	bool gauge;
	size_t first;		  /* of them */
	size_t member;		  /* which of them it is */
	struct custom_walk *walk; /* of the first; NULL: not read yet */
	bool stale;		  /* it went through another map than the one that is read now */
	struct report_series_group group;
	bool complete; /* at `group.zero_time`: a key that was not read then was not there */
	bool more;     /* told: there were more keys than are reported */
	struct said unread;
};

struct report_maps {
	struct report_maps_settings settings;
	char plugin_instance[DATA_MAX_NAME_LEN];
	struct map *maps; /* one per <Map> */
};

bool report_maps_check(const char *owner, const struct map_block *blocks, size_t count)
{
	char text[DIAGNOSE_REPORT_TEXT];
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		const struct map_block *map = &blocks[i];
		/* Either kind will do. */
		enum diagnose_report_type fault =
			report_types_fault(map->type, report_types_is_gauge(map->type));

		if (fault == DIAGNOSE_REPORT_TYPE_GOOD)
			continue;
		diagnose_report_type(fault, map->name, map->type, text, sizeof(text));
		ERROR("xdp plugin: %s: %s.", owner, text);
		good = false;
	}
	return good;
}

/* Whether two blocks are about one map. */
static bool is_same(const struct map_block *one, const struct map_block *other)
{
	return strcmp(one->name, other->name) == 0;
}

static void open_map(struct report_maps *report, size_t index)
{
	const struct map_block *blocks = report->settings.blocks;
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

int report_maps_open(const struct report_maps_settings *settings, struct report_maps **ret_report)
{
	struct report_maps *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->settings = *settings;
	sstrncpy(report->plugin_instance, settings->plugin_instance,
		 sizeof(report->plugin_instance));
	report->settings.plugin_instance = report->plugin_instance;
	report->maps = calloc(settings->count, sizeof(*report->maps));
	if (!report->maps) {
		report_maps_close(report);
		return -ENOMEM;
	}
	for (size_t i = 0; i < settings->count; i++)
		open_map(report, i);
	*ret_report = report;
	return 0;
}

void report_maps_close(struct report_maps *report)
{
	if (!report)
		return;
	for (size_t i = 0; report->maps && i < report->settings.count; i++)
		custom_walk_close(report->maps[i].walk);
	free(report->maps);
	free(report);
}

static void tell_unread(const struct report_maps *report, struct map *map, int err)
{
	char text[DIAGNOSE_REPORT_TEXT];

	if (!said_error(&map->unread, err))
		return;
	diagnose_report_unread(map->settings->name, err, report->settings.foreign, text,
			       sizeof(text));
	event_tell(&report->settings.teller, err ? EVENT_FAILURE : EVENT_OKAY, "", text);
}

/* Whether a block before this one, about the same map, has said the same. */
static bool is_more_told(const struct report_maps *report, const struct map *map)
{
	for (const struct map *other = &report->maps[map->first]; other < map; other++) {
		if (other->first == map->first && other->more &&
		    other->settings->max_keys == map->settings->max_keys)
			return true;
	}
	return false;
}

/* Says once that there are more keys than MaxKeys: the first ones stay the reported ones. */
static void tell_more(const struct report_maps *report, struct map *map,
		      const struct custom_walk_reading *reading)
{
	char text[DIAGNOSE_REPORT_TEXT];

	if (map->more || (!reading->more && reading->count <= map->settings->max_keys))
		return;
	map->more = true;
	if (is_more_told(report, map))
		return;
	diagnose_report_keys(map->settings->name, map->settings->max_keys, text, sizeof(text));
	event_tell(&report->settings.teller, EVENT_WARNING, "", text);
}

static void put_entry(const struct report_maps *report, const struct map *map,
		      struct custom_walk_entry *entry, const struct custom_btf_layout *layout)
{
	struct custom_walk_member *member = &entry->members[map->member];
	char type_instance[CUSTOM_NAMES_VALUE];
	const struct report_dispatch_name name = {report->plugin_instance, map->settings->type,
						  type_instance};
	const bool was_zero = !entry->is_other && (!entry->is_new || map->complete);
	enum report_series_step step =
		report_series_next(&map->group, &member->started, member->value, was_zero,
				   report->settings.options.inactive);

	if (step == REPORT_SERIES_SILENT)
		return;
	custom_names_value(map->settings, entry->key, layout->outer_size, layout->key_size,
			   type_instance);
	if (map->gauge)
		report_dispatch_gauge(&name,
				      layout->is_signed ? (double)(int64_t)member->value
							: (double)member->value,
				      entry->time);
	else
		report_series_put(&map->group, step, report->settings.dispatch, &name,
				  member->value, entry->time);
}

/* The first block about the map of a first one whose map is there; the number of blocks: none. */
static size_t find_reader(const struct report_maps *report, size_t first,
			  const struct custom_map *maps)
{
	size_t i = first;

	while (i < report->settings.count && (report->maps[i].first != first || maps[i].fd < 0))
		i++;
	return i;
}

/*
 * The blocks about the map of a first one: how many, their layouts, and the most of MaxKeys. One
 * that asks for what the map does not have stands there with the layout of another one.
 */
static int gather(const struct report_maps *report, size_t first, const struct custom_map *maps,
		  struct custom_btf_layout **ret_layouts, size_t *ret_count,
		  unsigned int *ret_max_keys)
{
	const struct report_maps_settings *settings = &report->settings;
	const struct custom_map *reader = &maps[find_reader(report, first, maps)];
	struct custom_btf_layout *layouts = calloc(settings->count, sizeof(*layouts));

	if (!layouts)
		return -ENOMEM;
	*ret_count = 0;
	*ret_max_keys = 0;
	for (size_t i = first; i < settings->count; i++) {
		if (report->maps[i].first != first)
			continue;
		layouts[(*ret_count)++] = maps[i].fd < 0 ? reader->layout : maps[i].layout;
		if (settings->blocks[i].max_keys > *ret_max_keys)
			*ret_max_keys = settings->blocks[i].max_keys;
	}
	*ret_layouts = layouts;
	return 0;
}

/* The walk goes through the map that is there now from here on. Returns 0 or -errno. */
static int open_walk(const struct report_maps *report, size_t first, const struct custom_map *maps)
{
	struct map *map = &report->maps[first];
	const int fd = maps[find_reader(report, first, maps)].fd;
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
		err = custom_walk_continue(map->walk, fd, layouts);
		if (err == -EINVAL) {
			custom_walk_close(map->walk);
			map->walk = NULL;
		}
	}
	if (!map->walk)
		err = custom_walk_open(fd, layouts, count, max_keys, &map->walk);
	free(layouts);
	map->stale = err != 0;
	return err;
}

static void put_map(const struct report_maps *report, struct map *map,
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
static void report_map(const struct report_maps *report, size_t first,
		       const struct custom_map *maps)
{
	struct map *map = &report->maps[first];
	struct custom_walk_reading reading;
	int err;

	if (map->first != first || find_reader(report, first, maps) == report->settings.count ||
	    report_series_is_early(&map->group, clock_now()))
		return;
	err = open_walk(report, first, maps);
	if (!err)
		err = custom_walk_read(map->walk, &reading);
	tell_unread(report, map, err);
	for (size_t i = first; !err && i < report->settings.count; i++) {
		if (report->maps[i].first == first && maps[i].fd >= 0)
			put_map(report, &report->maps[i], &maps[i].layout, &reading);
	}
}

/* Blocks about one map are read by one walk, which begins again for all of them. */
void report_maps_begin(struct report_maps *report, size_t index, bool continued, uint64_t now)
{
	const size_t first = report->maps[index].first;

	report->maps[first].stale = true;
	for (size_t i = first; i < report->settings.count; i++) {
		if (report->maps[i].first != first)
			continue;
		report->maps[i].complete = true;
		report_series_begin(&report->maps[i].group, continued, now);
	}
}

void report_maps_step(struct report_maps *report, const struct custom_map *maps)
{
	for (size_t i = 0; i < report->settings.count; i++)
		report_map(report, i, maps);
}
