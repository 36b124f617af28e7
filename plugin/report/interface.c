// SPDX-License-Identifier: GPL-2.0-only
/* Goes through the tables of names for each interface, and keeps which series have started. */
#include "plugin/report/interface.h"

#include <errno.h>
#include <stdlib.h>

#include "plugin/base/clock.h"
#include "plugin/report/cells.h"
#include "plugin/report/names.h"
#include "plugin/report/series.h"
#include "plugin/report/sources.h"

/* What is counted in one slot. The arrays are made with the first reading. */
struct slot {
	uint64_t epoch; /* of the view it belongs to; 0: none */
	struct report_series_group group;
	struct report_sources_slot sources;
	/* Whether each series has started: the total, rows of names, CPUs, queues. */
	bool *started;
	unsigned int cpu_count;
	unsigned int queue_count;
};

struct report_interface {
	struct report_interface_settings settings;
	struct report_dispatch *dispatch;
	bool may_observe;
	struct report_sources *sources; /* what they count of the whole machine */
	struct slot *slots;		/* of settings.slots; slot number - 1 */
};

static bool may_observe(const struct report_interface_settings *settings)
{
	for (size_t i = 0; i < settings->source_count; i++) {
		if (settings->sources[i]->operations->hook_is_held)
			return true;
	}
	return false;
}

static struct report_sources_settings sources_of(const struct report_interface_settings *settings)
{
	return (struct report_sources_settings){settings->sources, settings->source_count,
						settings->options.inactive, &settings->types};
}

int report_interface_open(const struct report_interface_settings *settings,
			  struct report_dispatch *dispatch, struct report_interface **ret_report)
{
	struct report_interface *report = calloc(1, sizeof(*report));
	struct report_sources_settings sources;

	if (!report)
		return -ENOMEM;
	report->settings = *settings;
	sources = sources_of(&report->settings);
	report->dispatch = dispatch;
	report->may_observe = may_observe(settings);
	report->slots = calloc(settings->slots, sizeof(*report->slots));
	if (!report->slots || (sources.count && report_sources_open(&sources, dispatch, clock_now(),
								    &report->sources) != 0)) {
		report_interface_close(report);
		return -ENOMEM;
	}
	*ret_report = report;
	return 0;
}

static void empty(struct slot *slot)
{
	free(slot->started);
	report_sources_empty(&slot->sources);
	*slot = (struct slot){0};
}

void report_interface_close(struct report_interface *report)
{
	if (!report)
		return;
	for (unsigned int i = 0; report->slots && i < report->settings.slots; i++)
		empty(&report->slots[i]);
	free(report->slots);
	report_sources_close(report->sources);
	free(report);
}

/* A cell of a record, at its offset there. */
static struct record_cell cell_at(const struct record *record, const struct report_names_cell *row)
{
	const char *at = (const char *)record + row->offset;
	struct record_cell cell = {0};

	if (row->names.octets_type)
		cell = *(const struct record_cell *)(const void *)at;
	else
		cell.packets = *(const __u64 *)(const void *)at;
	return cell;
}

static void put_record(const struct report_interface_settings *settings, struct report_cells *cells,
		       const struct record *record)
{
	size_t count;
	const struct report_names_cell *rows = report_names_cells(&count);

	for (size_t i = 0; i < count; i++) {
		const struct record_cell cell = cell_at(record, &rows[i]);

		if (settings->breakdowns & rows[i].breakdown)
			report_cells_put(cells, &rows[i].names, &cell, settings->options.inactive);
	}
}

/* All series of what the counter counts of one interface. */
static void put_counts(const struct report_interface *report, struct slot *slot,
		       const struct view *view)
{
	const struct report_interface_settings *settings = &report->settings;
	const struct view_reading *reading = view->reading;
	const struct record_cell total = view_total(&reading->sum);
	struct report_cells cells = {report->dispatch, &settings->types, &slot->group,	view->name,
				     view->time,       slot->started,	 view->outgoing};
	const bool inactive = settings->options.inactive;

	report_cells_put(&cells, &report_names_total, &total, true);
	put_record(settings, &cells, &reading->sum);
	if (settings->breakdowns & RECORD_BY_CPU)
		report_cells_numbered(&cells, &report_names_cpu, reading->cpus, slot->cpu_count,
				      inactive ? slot->cpu_count : 0);
	if (settings->breakdowns & RECORD_BY_QUEUE)
		report_cells_numbered(&cells, &report_names_queue, reading->queues,
				      slot->queue_count, inactive ? view->rx_queues : 0);
	report_series_end(&slot->group, view->time);
}

/* The slot of a view, emptied if something else was counted in it before. */
static struct slot *find_slot(const struct report_interface *report, const struct view *view)
{
	struct slot *slot = &report->slots[view->slot - 1];

	if (slot->epoch != view->epoch) {
		empty(slot);
		slot->epoch = view->epoch;
		report_series_begin(&slot->group, view->continued, view->since);
		return slot;
	}
	/* While it was not counted, there was nothing: zeros are not older than that. */
	if (slot->group.zero_time < view->since)
		report_series_wait(&slot->group, view->since);
	return slot;
}

/* Counts of one interface that may start: all of them. */
static size_t counts_max(const struct view_reading *reading)
{
	size_t count;

	report_names_cells(&count);
	return 1 + count + reading->cpu_count + reading->queue_count;
}

/* The number of CPUs and queues is known with the first reading. Returns whether all is there. */
static bool make_arrays(struct slot *slot, const struct view_reading *reading)
{
	if (slot->started)
		return true;
	slot->started = calloc(counts_max(reading), sizeof(*slot->started));
	if (!slot->started)
		return false;
	slot->cpu_count = reading->cpu_count;
	slot->queue_count = reading->queue_count;
	return true;
}

/* The gauges, which are there without a reading, too. */
static void put_state(const struct report_interface *report, const struct view *view)
{
	uint64_t now = view->time;

	if (view->outgoing) {
		report_cells_gauge(&report->settings.types, view->name,
				   &report_names_attached_outgoing, view->attached, now);
		return;
	}
	report_cells_gauge(&report->settings.types, view->name, &report_names_attached,
			   view->attached, now);
	if (report->may_observe && !view->attached)
		report_cells_gauge(&report->settings.types, view->name, &report_names_observing,
				   view->observing, now);
	if (view_is_counted(view))
		report_cells_gauge(&report->settings.types, view->name, &report_names_native,
				   view->mode != XDP_LINK_GENERIC, now);
}

void report_interface_view(struct report_interface *report, const struct view *view)
{
	const struct report_sources_settings sources = sources_of(&report->settings);
	struct slot *slot = view->slot ? find_slot(report, view) : NULL;
	bool has_sources;

	if (!view->departed)
		put_state(report, view);
	if (!slot)
		return;
	has_sources = report_sources_make(&sources, &slot->group, &slot->sources);
	/* What is not reported now is reported by the next reading, if there is one. */
	if (view->reading && make_arrays(slot, view->reading) &&
	    (view->departed || !report_series_is_early(&slot->group, view->time)))
		put_counts(report, slot, view);
	if (has_sources)
		report_sources_view(&sources, report->dispatch, &slot->sources, view);
}

void report_interface_sources(struct report_interface *report)
{
	report_sources_self(report->sources, report->settings.options.self);
}

size_t report_interface_series_max(const struct report_interface_settings *settings,
				   unsigned int cpus, unsigned int queues)
{
	const struct report_sources_settings sources = sources_of(settings);
	size_t each = report_names_series(&report_names_total) +
		      report_names_series(&report_names_attached);
	size_t count;
	const struct report_names_cell *rows = report_names_cells(&count);

	for (size_t i = 0; i < count; i++) {
		if (settings->breakdowns & rows[i].breakdown)
			each += report_names_series(&rows[i].names);
	}
	if (settings->breakdowns & RECORD_BY_CPU)
		each += cpus * report_names_series(&report_names_cpu);
	if (settings->breakdowns & RECORD_BY_QUEUE)
		each += queues * report_names_series(&report_names_queue);
	if (!settings->outgoing)
		each += report_names_series(&report_names_native);
	if (may_observe(settings))
		each += report_names_series(&report_names_observing);
	each += report_sources_series_max(&sources);
	return each;
}
