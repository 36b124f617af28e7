// SPDX-License-Identifier: GPL-2.0-only
/* Goes through the tables of series of the sources, each of which starts for itself. */
#include "plugin/report/sources.h"

#include <errno.h>
#include <stdlib.h>

#include "plugin/base/clock.h"
#include "plugin/report/cells.h"
#include "plugin/report/names.h"

/* The rows of a source: of an interface, or of the plugin itself. */
struct table {
	const struct source_series *series;
	size_t count;
};

static struct table table_of(const struct source *source)
{
	return (struct table){source->operations->series, source->operations->series_count};
}

static struct table self_table_of(const struct source *source)
{
	return (struct table){source->operations->self_series,
			      source->operations->self_series_count};
}

static unsigned int cells_of(const struct source_series *series)
{
	return series->count ? series->count : 1;
}

/* Number of counts that may start. */
static size_t counts_of(struct table table)
{
	size_t count = 0;

	for (size_t i = 0; i < table.count; i++) {
		if (!table.series[i].gauge)
			count += cells_of(&table.series[i]);
	}
	return count;
}

static void put_gauge(const struct report_cells *context, const struct report_names *names,
		      const struct record_cell *cell)
{
	const struct report_names octets = {names->octets_type, NULL, names->instance};

	if (names->packets_type)
		report_cells_gauge(context->types, context->plugin_instance, names,
				   (double)cell->packets, context->now);
	if (names->octets_type)
		report_cells_gauge(context->types, context->plugin_instance, &octets,
				   (double)cell->bytes, context->now);
}

/* One row, of the cells of its source. */
static void put_row(struct report_cells *context, const struct source_series *series,
		    const struct record_cell *cells, bool inactive)
{
	const struct record_cell *cell = &cells[series->cell];
	const struct report_names names = {series->packets_type, series->octets_type,
					   series->instance};

	if (series->gauge)
		put_gauge(context, &names, cell);
	else if (series->count)
		report_cells_numbered(context, &names, cell, series->count,
				      inactive && !series->sparse ? series->count : 0);
	else
		report_cells_put(context, &names, cell, inactive);
}

/* --- of an interface */

bool report_sources_make(const struct report_sources_settings *settings,
			 const struct report_series_group *group, struct report_sources_slot *slot)
{
	size_t counts = 0;

	if (slot->groups || !settings->count)
		return true;
	for (size_t i = 0; i < settings->count; i++)
		counts += counts_of(table_of(settings->list[i]));
	slot->groups = calloc(settings->count + 1, sizeof(*slot->groups));
	slot->started = calloc(counts + 1, sizeof(*slot->started));
	if (!slot->groups || !slot->started) {
		report_sources_empty(slot);
		return false;
	}
	for (size_t i = 0; i < settings->count; i++) {
		slot->groups[i] = *group;
		if (settings->list[i]->operations->from_zero)
			slot->groups[i].continued = false;
	}
	return true;
}

void report_sources_empty(struct report_sources_slot *slot)
{
	free(slot->groups);
	free(slot->started);
	*slot = (struct report_sources_slot){0};
}

/* While an interface was not counted, there was nothing, but for what counts anywhere. */
static void wait_until(struct report_series_group *group, const struct source *source,
		       uint64_t since)
{
	if (group->zero_time < since && !source->operations->anywhere)
		report_series_wait(group, since);
}

void report_sources_view(const struct report_sources_settings *settings,
			 struct report_dispatch *dispatch, struct report_sources_slot *slot,
			 const struct view *view)
{
	bool *started = slot->started;

	for (size_t i = 0; i < view->source_count; i++) {
		const struct view_source *source = &view->sources[i];
		const struct table table = table_of(source->source);
		struct report_series_group *group = &slot->groups[i];
		struct report_cells context = {dispatch,      settings->types, group,
					       view->name,    source->time,    started,
					       view->outgoing};
		bool counts = view->reading || source->source->operations->anywhere;

		started += counts_of(table);
		wait_until(group, source->source, view->since);
		if (!source->cells && !group->is_read && view->reading) {
			/* What a source does not count yet is 0 until it does. */
			report_series_begin(group, false, source->time);
		} else if (source->cells && counts &&
			   (view->departed || !report_series_is_early(group, source->time))) {
			for (size_t j = 0; j < table.count; j++)
				put_row(&context, &table.series[j], source->cells,
					settings->inactive);
			report_series_end(group, source->time);
		}
	}
}

size_t report_sources_series_max(const struct report_sources_settings *settings)
{
	size_t count = 0;

	for (size_t i = 0; i < settings->count; i++) {
		const struct table table = table_of(settings->list[i]);

		for (size_t j = 0; j < table.count; j++) {
			const struct report_names names = {table.series[j].packets_type,
							   table.series[j].octets_type, NULL};

			count += cells_of(&table.series[j]) * report_names_series(&names);
		}
	}
	return count;
}

/* --- of the plugin itself */

/* What one source has of it. */
struct own {
	struct report_series_group group;
	bool *started; /* whether each series has */
	struct record_cell *cells;
};

struct report_sources {
	struct report_sources_settings settings;
	struct report_dispatch *dispatch;
	struct own *list; /* one per source */
};

static bool make_own(const struct source *source, uint64_t now, struct own *own)
{
	report_series_begin(&own->group, false, now);
	own->started = calloc(counts_of(self_table_of(source)) + 1, sizeof(*own->started));
	own->cells = calloc(source->operations->self_cells + 1, sizeof(*own->cells));
	return own->started && own->cells;
}

int report_sources_open(const struct report_sources_settings *settings,
			struct report_dispatch *dispatch, uint64_t now,
			struct report_sources **ret_sources)
{
	struct report_sources *sources = calloc(1, sizeof(*sources));
	bool made;

	if (!sources)
		return -ENOMEM;
	sources->settings = *settings;
	sources->dispatch = dispatch;
	sources->list = calloc(settings->count + 1, sizeof(*sources->list));
	made = sources->list;
	for (size_t i = 0; made && i < settings->count; i++)
		made = make_own(settings->list[i], now, &sources->list[i]);
	if (!made) {
		report_sources_close(sources);
		return -ENOMEM;
	}
	*ret_sources = sources;
	return 0;
}

void report_sources_close(struct report_sources *sources)
{
	if (!sources)
		return;
	for (size_t i = 0; sources->list && i < sources->settings.count; i++) {
		free(sources->list[i].started);
		free(sources->list[i].cells);
	}
	free(sources->list);
	free(sources);
}

/* What a source costs is reported as the rest of ReportSelf is: where it is 0, too. */
static void put_own(const struct report_sources *sources, const struct source *source,
		    struct own *own, bool cost, uint64_t now)
{
	const struct table table = self_table_of(source);
	bool *started = own->started;

	for (size_t i = 0; i < table.count; i++) {
		const struct source_series *series = &table.series[i];
		struct report_cells context = {sources->dispatch,
					       sources->settings.types,
					       &own->group,
					       "",
					       now,
					       started,
					       false};

		if (!series->cost || cost)
			put_row(&context, series, own->cells,
				series->cost || sources->settings.inactive);
		started += series->gauge ? 0 : cells_of(series);
	}
}

void report_sources_self(struct report_sources *sources, bool cost)
{
	for (size_t i = 0; sources && i < sources->settings.count; i++) {
		struct source *source = sources->settings.list[i];
		struct own *own = &sources->list[i];
		uint64_t now = clock_now();

		if (!source->operations->read_self)
			continue;
		if (!source->operations->read_self(source, own->cells)) {
			if (!own->group.is_read)
				report_series_begin(&own->group, false, now);
		} else if (!report_series_is_early(&own->group, now)) {
			put_own(sources, source, own, cost, now);
			report_series_end(&own->group, now);
		}
	}
}
