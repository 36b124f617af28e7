// SPDX-License-Identifier: GPL-2.0-only
/* Types, names and the start of series of the user's own maps. */
#include "plugin/report/custom.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <plugin.h>

#include "plugin/custom/key.h"
#include "plugin/custom/walk.h"

/* The series of one <Map>. */
struct custom_series {
	const struct map_block *settings;
	bool gauge;
	struct custom_walk *read; /* NULL: not read yet */
	bool complete;		  /* the last reading was: what is new now was zero then */
	bool more;		  /* told that there are more keys than are read */
	int error;		  /* last told; 0: none */
};

struct custom_report {
	const struct counter_block *settings;
	const struct custom_program *custom;
	struct report *report;
	bool inactive;
	struct custom_series *series; /* one per <Map> */
	uint32_t program_id;	      /* of the program that is read; 0: none yet */
	cdtime_t previous;
	bool reported;
};

/* What is wrong with a type, or NULL. */
static const char *type_fault(const char *type)
{
	const data_set_t *set = plugin_get_ds(type);

	if (!set)
		return "is not in types.db; name one that is, or add it there";
	if (set->ds_num != 1)
		return "has more than one value in types.db, and a map's value is one; name "
		       "another";
	if (set->ds[0].type == DS_TYPE_ABSOLUTE)
		return "is ABSOLUTE, for counts that reading sets to zero; name a DERIVE or a "
		       "GAUGE";
	if (set->ds[0].type == DS_TYPE_COUNTER)
		return "is COUNTER, which takes a count that starts anew for an overflow, and "
		       "gives it a false rate; name a DERIVE or a GAUGE";
	return NULL;
}

bool custom_report_check(const struct counter_block *settings)
{
	bool good = true;

	for (size_t i = 0; i < settings->map_count; i++) {
		const char *type = settings->maps[i].type;
		const char *fault = type_fault(type);

		if (!fault)
			continue;
		ERROR("xdp plugin: counter %s: map %s: Type \"%s\" %s; nothing is counted.",
		      settings->name, settings->maps[i].name, type, fault);
		good = false;
	}
	return good;
}

int custom_report_open(const struct counter_block *settings, const struct custom_program *custom,
		       struct report *report, bool inactive, struct custom_report **ret_report)
{
	struct custom_report *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->settings = settings;
	made->custom = custom;
	made->report = report;
	made->inactive = inactive;
	made->series = calloc(settings->map_count, sizeof(*made->series));
	if (!made->series) {
		custom_report_close(made);
		return -ENOMEM;
	}
	for (size_t i = 0; i < settings->map_count; i++) {
		const data_set_t *set = plugin_get_ds(settings->maps[i].type);

		made->series[i].settings = &settings->maps[i];
		made->series[i].gauge = set && set->ds[0].type == DS_TYPE_GAUGE;
	}
	*ret_report = made;
	return 0;
}

void custom_report_close(struct custom_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; report->series && i < report->settings->map_count; i++)
		custom_walk_close(report->series[i].read);
	free(report->series);
	free(report);
}

static void tell(const struct custom_report *report, enum event_severity severity, const char *text)
{
	const struct event event = {severity, "", text};

	report_counter_event(report->settings->name, &event);
}

static void tell_error(const struct custom_report *report, struct custom_series *series, int err)
{
	char text[256];

	if (err == series->error)
		return;
	series->error = err;
	snprintf(text, sizeof(text),
		 "map %s cannot be read (errno %d, %s): no values of it until it can; the counter "
		 "goes on",
		 series->settings->name, -err, strerror(-err));
	if (!err)
		snprintf(text, sizeof(text), "map %s can be read again", series->settings->name);
	tell(report, err ? EVENT_FAILURE : EVENT_OKAY, text);
}

static void tell_more(const struct custom_report *report, struct custom_series *series, bool more)
{
	char text[256];

	if (more == series->more)
		return;
	series->more = more;
	snprintf(text, sizeof(text),
		 more ? "map %s has more than %u keys: the values of the others are not reported; "
			"set MaxKeys higher, or count under fewer keys"
		      : "map %s has no more than %u keys: all are reported",
		 series->settings->name, series->settings->max_keys);
	tell(report, more ? EVENT_WARNING : EVENT_OKAY, text);
}

/* The type instance: what the configuration puts before the key, and the key. */
static void name_entry(const struct custom_series *series, const struct custom_walk_entry *entry,
		       size_t key_size, char *text, size_t size)
{
	const struct map_block *settings = series->settings;
	char key[CUSTOM_KEY_TEXT];

	custom_key_format(settings->form, settings->labels, settings->label_count, entry->key,
			  key_size, key);
	snprintf(text, size, "%s%s%s", settings->prefix, settings->prefix[0] ? "-" : "", key);
}

static void report_entry(const struct custom_report *report, const struct custom_series *series,
			 struct custom_walk_entry *entry, bool from_zero,
			 const struct custom_program_map *map, cdtime_t now)
{
	char plugin_instance[DATA_MAX_NAME_LEN], type_instance[DATA_MAX_NAME_LEN];
	struct report_value value = {
		.plugin_instance = plugin_instance,
		.type = series->settings->type,
		.type_instance = type_instance,
		.gauge = series->gauge,
		.is_signed = map->layout.is_signed,
		.value = entry->value,
		.time = now,
	};

	if (!entry->started && entry->value == 0 && !report->inactive)
		return;
	if (!entry->started && from_zero)
		value.zero_time = report->previous;
	report_counter_name(report->settings->name, plugin_instance, sizeof(plugin_instance));
	name_entry(series, entry, map->layout.key_size, type_instance, sizeof(type_instance));
	report_one(report->report, &value);
	entry->started = true;
}

static void report_map(struct custom_report *report, struct custom_series *series,
		       const struct custom_program_map *map, cdtime_t now)
{
	struct custom_walk_reading reading;
	bool first = !series->read;
	int err = 0;

	if (first)
		err = custom_walk_open(map, series->settings->max_keys, &series->read);
	if (!err)
		err = custom_walk_read(series->read, &reading);
	tell_error(report, series, err);
	if (err)
		return;
	/* A walk that keys deleted meanwhile kept from its end knows neither. */
	if (reading.more || reading.complete)
		tell_more(report, series, reading.more);
	for (size_t i = 0; i < reading.count; i++) {
		struct custom_walk_entry *entry = custom_walk_entry(series->read, i);
		/*
		 * What was there before this process, or beyond MaxKeys, has grown for
		 * longer than an interval.
		 */
		bool from_zero = first ? !custom_program_is_adopted(report->custom)
				       : !entry->is_new || series->complete;

		report_entry(report, series, entry, from_zero, map, now);
	}
	series->complete = reading.complete;
}

/*
 * collectd reads for the first time right after init; values so close to their zeros would
 * give no rate.
 */
static bool is_too_early(const struct custom_report *report, cdtime_t now)
{
	return !report->reported && now - report->previous < plugin_get_interval() / 2;
}

/* Another program has other maps, maybe of another layout, since its file is read anew. */
static void begin(struct custom_report *report, cdtime_t now)
{
	report->program_id = custom_program_id(report->custom);
	report->previous = now;
	report->reported = false;
	for (size_t i = 0; i < report->settings->map_count; i++) {
		custom_walk_close(report->series[i].read);
		report->series[i].read = NULL;
		report->series[i].complete = false;
	}
}

void custom_report_step(struct custom_report *report, uint64_t now)
{
	const struct custom_program_map *maps = custom_program_maps(report->custom);

	if (!maps)
		return;
	if (custom_program_id(report->custom) != report->program_id) {
		begin(report, now);
		return;
	}
	if (is_too_early(report, now))
		return;
	for (size_t i = 0; i < report->settings->map_count; i++)
		report_map(report, &report->series[i], &maps[i], now);
	report->reported = true;
	report->previous = now;
}

void custom_report_interface(struct custom_report *report, const struct view *view, uint64_t now)
{
	char plugin_instance[DATA_MAX_NAME_LEN], type_instance[DATA_MAX_NAME_LEN];
	struct report_value value = {
		.plugin_instance = plugin_instance,
		.type = "gauge",
		.type_instance = type_instance,
		.gauge = true,
		.value = view->attached,
		.time = now,
	};

	report_counter_name(report->settings->name, plugin_instance, sizeof(plugin_instance));
	snprintf(type_instance, sizeof(type_instance), "attached-%s", view->name);
	report_one(report->report, &value);
	if (!view->attached)
		return;
	snprintf(type_instance, sizeof(type_instance), "native-%s", view->name);
	value.value = view->mode != XDP_LINK_GENERIC;
	report_one(report->report, &value);
}
