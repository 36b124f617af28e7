// SPDX-License-Identifier: GPL-2.0-only
/* Goes through the tables of names for each interface, and keeps which series have started. */
#include "plugin/report/interface.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <plugin.h>

#include "plugin/report/names.h"
#include "plugin/report/series.h"

/* What is counted in one slot. The arrays are made with the first reading. */
struct slot {
	uint64_t epoch; /* of the view it belongs to; 0: none */
	struct report_series_group group;
	struct report_series_group *source_groups; /* one per source */
	/* Whether each series has started: the total, rows of names, CPUs, queues, sources. */
	bool *started;
	unsigned int cpu_count;
	unsigned int queue_count;
};

struct report_interface {
	struct report_interface_settings settings;
	struct report_dispatch *dispatch;
	bool may_observe;
	struct slot *slots; /* of settings.slots; slot number - 1 */
};

/* What the values of one reading of one interface have in common. */
struct context {
	const struct report_interface *report;
	const struct report_series_group *group;
	const char *interface;
	uint64_t now;  /* of the reading: of the record, or of a source */
	bool *started; /* of the next cell: each takes its own */
};

static bool may_observe(const struct report_interface_settings *settings)
{
	for (size_t i = 0; i < settings->source_count; i++) {
		if (settings->sources[i]->operations->hook_is_held)
			return true;
	}
	return false;
}

int report_interface_open(const struct report_interface_settings *settings,
			  struct report_dispatch *dispatch, struct report_interface **ret_report)
{
	struct report_interface *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->settings = *settings;
	report->dispatch = dispatch;
	report->may_observe = may_observe(settings);
	report->slots = calloc(settings->slots, sizeof(*report->slots));
	if (!report->slots) {
		report_interface_close(report);
		return -ENOMEM;
	}
	*ret_report = report;
	return 0;
}

static void empty(struct slot *slot)
{
	free(slot->started);
	free(slot->source_groups);
	*slot = (struct slot){0};
}

void report_interface_close(struct report_interface *report)
{
	if (!report)
		return;
	for (unsigned int i = 0; report->slots && i < report->settings.slots; i++)
		empty(&report->slots[i]);
	free(report->slots);
	free(report);
}

static bool is_allowed(const struct report_interface *report, const char *type)
{
	return report_types_allow(&report->settings.types, type);
}

static void put_gauge(const struct report_interface *report, const char *interface,
		      const struct report_names *names, double value, uint64_t now)
{
	const struct report_dispatch_name name = {interface, names->packets_type, names->instance};

	if (is_allowed(report, name.type))
		report_dispatch_gauge(&name, value, now);
}

/* A cell; its packets decide when its octets start, too. */
static void put_cell(struct context *context, const struct report_names *names,
		     const struct record_cell *cell, bool inactive)
{
	struct report_dispatch_name name = {context->interface, NULL, names->instance};
	struct report_dispatch *dispatch = context->report->dispatch;
	bool *started = context->started++;
	enum report_series_step step;

	if (!report_names_series(names))
		return;
	step = report_series_next(context->group, started, cell->packets, true, inactive);
	name.type = names->packets_type;
	if (name.type && is_allowed(context->report, name.type))
		report_series_put(context->group, step, dispatch, &name, cell->packets,
				  context->now);
	name.type = names->octets_type;
	if (name.type && is_allowed(context->report, name.type))
		report_series_put(context->group, step, dispatch, &name, cell->bytes, context->now);
}

/* Cells in a row: "cpu-0", "cpu-1", ... `inactive_count`: of those that were never seen. */
static void put_numbered(struct context *context, const struct report_names *names,
			 const struct record_cell *cells, unsigned int count,
			 unsigned int inactive_count)
{
	const bool inactive = context->report->settings.options.inactive;
	struct report_names numbered = *names;
	char instance[DATA_MAX_NAME_LEN];

	numbered.instance = instance;
	for (unsigned int i = 0; i < count; i++) {
		snprintf(instance, sizeof(instance), "%s-%u", names->instance, i);
		put_cell(context, &numbered, &cells[i], inactive && i < inactive_count);
	}
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

static void put_record(struct context *context, const struct record *record)
{
	const struct report_interface_settings *settings = &context->report->settings;
	size_t count;
	const struct report_names_cell *rows = report_names_cells(&count);

	for (size_t i = 0; i < count; i++) {
		const struct record_cell cell = cell_at(record, &rows[i]);

		if (settings->breakdowns & rows[i].breakdown)
			put_cell(context, &rows[i].names, &cell, settings->options.inactive);
	}
}

static unsigned int cells_of(const struct source_series *series)
{
	return series->count ? series->count : 1;
}

static void put_gauge_cell(const struct context *context, const struct report_names *names,
			   const struct record_cell *cell)
{
	struct report_names octets = {names->octets_type, NULL, names->instance};

	if (names->packets_type)
		put_gauge(context->report, context->interface, names, (double)cell->packets,
			  context->now);
	if (names->octets_type)
		put_gauge(context->report, context->interface, &octets, (double)cell->bytes,
			  context->now);
}

static void put_source(struct context *context, const struct view_source *source)
{
	const struct source_operations *operations = source->source->operations;
	const bool inactive = context->report->settings.options.inactive;

	for (size_t i = 0; i < operations->series_count; i++) {
		const struct source_series *series = &operations->series[i];
		const struct record_cell *cells = &source->cells[series->cell];
		const struct report_names names = {series->packets_type, series->octets_type,
						   series->instance};

		if (series->gauge)
			put_gauge_cell(context, &names, cells);
		else if (series->count)
			put_numbered(context, &names, cells, series->count, series->count);
		else
			put_cell(context, &names, cells, inactive);
	}
}

/* Number of counts of a source that may start. */
static size_t source_counts(const struct source *source)
{
	size_t count = 0;

	for (size_t i = 0; i < source->operations->series_count; i++) {
		if (!source->operations->series[i].gauge)
			count += cells_of(&source->operations->series[i]);
	}
	return count;
}

static void put_sources(struct context *context, struct slot *slot, const struct view *view)
{
	for (size_t i = 0; i < view->source_count; i++) {
		struct report_series_group *group = &slot->source_groups[i];
		bool *started = context->started;

		context->group = group;
		context->now = view->sources[i].time;
		if (view->sources[i].cells) {
			put_source(context, &view->sources[i]);
			report_series_end(group, context->now);
		} else if (!group->is_read) {
			report_series_begin(group, false, context->now);
		}
		context->started = started + source_counts(view->sources[i].source);
	}
}

/* All series of counts of one interface. */
static void put_counts(const struct report_interface *report, struct slot *slot,
		       const struct view *view)
{
	const struct report_interface_settings *settings = &report->settings;
	const struct view_reading *reading = view->reading;
	const struct record_cell total = view_total(&reading->sum);
	struct context context = {report, &slot->group, view->name, view->time, slot->started};

	put_cell(&context, &report_names_total, &total, true);
	put_record(&context, &reading->sum);
	if (settings->breakdowns & RECORD_BY_CPU)
		put_numbered(&context, &report_names_cpu, reading->cpus, slot->cpu_count,
			     slot->cpu_count);
	if (settings->breakdowns & RECORD_BY_QUEUE)
		put_numbered(&context, &report_names_queue, reading->queues, slot->queue_count,
			     view->rx_queues);
	put_sources(&context, slot, view);
	report_series_end(&slot->group, view->time);
}

/* A zero has to be as young as the moment from which the interface is counted. */
static void wait_until(struct report_series_group *group, uint64_t since)
{
	if (group->zero_time < since)
		report_series_wait(group, since);
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
	wait_until(&slot->group, view->since);
	for (size_t i = 0; slot->source_groups && i < report->settings.source_count; i++)
		wait_until(&slot->source_groups[i], view->since);
	return slot;
}

/* Counts of one interface that may start: all of them. */
static size_t counts_max(const struct report_interface_settings *settings,
			 const struct view_reading *reading)
{
	size_t count;

	report_names_cells(&count);
	count += 1 + reading->cpu_count + reading->queue_count;
	for (size_t i = 0; i < settings->source_count; i++)
		count += source_counts(settings->sources[i]);
	return count;
}

/* The number of CPUs and queues is known with the first reading. Returns whether all is there. */
static bool make_arrays(const struct report_interface *report, struct slot *slot,
			const struct view_reading *reading)
{
	const struct report_interface_settings *settings = &report->settings;
	bool *started;

	if (slot->started)
		return true;
	if (!slot->source_groups)
		slot->source_groups =
			calloc(settings->source_count + 1, sizeof(*slot->source_groups));
	started = calloc(counts_max(settings, reading), sizeof(*started));
	if (!slot->source_groups || !started) {
		free(started);
		return false;
	}
	for (size_t i = 0; i < settings->source_count; i++)
		slot->source_groups[i] = slot->group;
	slot->started = started;
	slot->cpu_count = reading->cpu_count;
	slot->queue_count = reading->queue_count;
	return true;
}

/* The gauges, which are there without a reading, too. */
static void put_state(const struct report_interface *report, const struct view *view)
{
	uint64_t now = view->time;

	put_gauge(report, view->name, &report_names_attached, view->attached, now);
	if (report->may_observe && !view->attached)
		put_gauge(report, view->name, &report_names_observing, view->observing, now);
	if (view_is_counted(view))
		put_gauge(report, view->name, &report_names_native, view->mode != XDP_LINK_GENERIC,
			  now);
}

void report_interface_view(struct report_interface *report, const struct view *view)
{
	struct slot *slot = view->slot ? find_slot(report, view) : NULL;

	if (!view->departed)
		put_state(report, view);
	if (!slot || !view->reading || !make_arrays(report, slot, view->reading))
		return;
	/* What is not reported now is reported by the next reading, if there is one. */
	if (view->departed || !report_series_is_early(&slot->group, view->time))
		put_counts(report, slot, view);
}

/* Series of one interface that a source has. */
static size_t source_series_max(const struct source *source)
{
	size_t count = 0;

	for (size_t i = 0; i < source->operations->series_count; i++) {
		const struct source_series *series = &source->operations->series[i];
		const struct report_names names = {series->packets_type, series->octets_type, NULL};

		count += cells_of(series) * report_names_series(&names);
	}
	return count;
}

size_t report_interface_series_max(const struct report_interface_settings *settings,
				   unsigned int cpus, unsigned int queues)
{
	size_t each = report_names_series(&report_names_total) +
		      report_names_series(&report_names_attached) +
		      report_names_series(&report_names_native);
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
	if (may_observe(settings))
		each += report_names_series(&report_names_observing);
	for (size_t i = 0; i < settings->source_count; i++)
		each += source_series_max(settings->sources[i]);
	return each;
}
