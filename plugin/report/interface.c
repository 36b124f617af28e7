// SPDX-License-Identifier: GPL-2.0-only
/* The series of an interface and of the plugin itself: their names, and when each starts. */
#include "plugin/report/interface.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <plugin.h>

#include "plugin/report/report_private.h"

static const char *const class_names[RECORD_CLASSES] = {
	[RECORD_IPV4_TCP] = "proto-ipv4_tcp",
	[RECORD_IPV4_UDP] = "proto-ipv4_udp",
	[RECORD_IPV4_ICMP] = "proto-ipv4_icmp",
	[RECORD_IPV4_OTHER] = "proto-ipv4_other",
	[RECORD_IPV6_TCP] = "proto-ipv6_tcp",
	[RECORD_IPV6_UDP] = "proto-ipv6_udp",
	[RECORD_IPV6_ICMP] = "proto-ipv6_icmp",
	[RECORD_IPV6_OTHER] = "proto-ipv6_other",
	[RECORD_ARP] = "proto-arp",
	[RECORD_OTHER] = "proto-other",
	[RECORD_MALFORMED] = "proto-malformed",
	[RECORD_UNPARSED] = NULL,
};

static const char *const size_names[RECORD_SIZES] = {
	[RECORD_SIZE_1_TO_64] = "size-1_to_64",
	[RECORD_SIZE_65_TO_127] = "size-65_to_127",
	[RECORD_SIZE_128_TO_255] = "size-128_to_255",
	[RECORD_SIZE_256_TO_511] = "size-256_to_511",
	[RECORD_SIZE_512_TO_1023] = "size-512_to_1023",
	[RECORD_SIZE_1024_TO_1518] = "size-1024_to_1518",
	[RECORD_SIZE_1519_TO_MAX] = "size-1519_to_max",
};

static const char *const cast_names[RECORD_CASTS] = {
	[RECORD_UNICAST] = "cast-unicast",
	[RECORD_MULTICAST] = "cast-multicast",
	[RECORD_BROADCAST] = "cast-broadcast",
};

static const char *const verdict_names[RECORD_VERDICTS] = {
	[RECORD_ABORTED] = "verdict-aborted",	[RECORD_DROP] = "verdict-drop",
	[RECORD_PASS] = "verdict-pass",		[RECORD_TX] = "verdict-tx",
	[RECORD_REDIRECT] = "verdict-redirect",
};

/* Which series of a slot have started. */
struct report_slot {
	uint64_t epoch; /* of the view it belongs to; 0: none */
	bool continued; /* a process before us has reported it; until the first report */
	bool counted;	/* at the previous report */
	cdtime_t previous;
	bool total;
	bool classes[RECORD_CLASSES];
	bool sizes[RECORD_SIZES];
	bool casts[RECORD_CASTS];
	bool verdicts[RECORD_VERDICTS];
	bool vlan_tagged;
	bool ip_fragments;
	unsigned int cpu_count;
	unsigned int queue_count;
	bool *cpus_queues; /* of cpu_count and then queue_count */
};

struct report {
	struct report_settings settings;
	struct report_slot *slots; /* of settings.slots; slot number - 1 */
	struct report_firsts firsts;
};

struct report_context {
	struct report *report;
	struct report_slot *slot;
	const char *interface;
	cdtime_t now;
};

int report_open(const struct report_settings *settings, struct report **ret_report)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->settings = *settings;
	report->slots = calloc(settings->slots, sizeof(*report->slots));
	if (!report->slots) {
		report_close(report);
		return -ENOMEM;
	}
	*ret_report = report;
	return 0;
}

void report_close(struct report *report)
{
	if (!report)
		return;
	for (unsigned int i = 0; report->slots && i < report->settings.slots; i++)
		free(report->slots[i].cpus_queues);
	free(report->slots);
	free(report->firsts.list);
	free(report);
}

/* One value of one series; the first one waits behind its zero. */
static void report_value(const struct report_context *context, bool started, const char *type,
			 const char *instance, uint64_t value)
{
	if (started) {
		report_derive(context->interface, type, instance, value, context->now);
		return;
	}
	report_derive(context->interface, type, instance, 0, context->slot->previous);
	report_firsts_keep(&context->report->firsts, context->interface, type, instance, value,
			   context->now);
}

/* A series of packets, or with `octets` one of packets and one of bytes, that start together. */
static void report_series(const struct report_context *context, bool *started, const char *instance,
			  const struct record_cell *cell, bool octets, bool inactive)
{
	if (context->slot->continued)
		*started |= cell->packets != 0;
	if (!*started && cell->packets == 0 && !inactive)
		return;
	report_value(context, *started, "if_rx_packets", instance, cell->packets);
	if (octets)
		report_value(context, *started, "if_rx_octets", instance, cell->bytes);
	*started = true;
}

static void report_packets(const struct report_context *context, bool *started,
			   const char *instance, uint64_t packets)
{
	const struct record_cell cell = {.packets = packets};

	report_series(context, started, instance, &cell, false, context->report->settings.inactive);
}

/* Cells of CPUs or queues: "cpu-0", "cpu-1", ... */
static void report_cells(const struct report_context *context, bool *started, const char *prefix,
			 const struct record_cell *cells, unsigned int count,
			 unsigned int inactive_count)
{
	char instance[32];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(instance, sizeof(instance), "%s-%u", prefix, i);
		report_series(context, &started[i], instance, &cells[i], true,
			      context->report->settings.inactive && i < inactive_count);
	}
}

static void report_protocols(const struct report_context *context, const struct record *record)
{
	struct report_slot *slot = context->slot;

	for (int i = 0; i < RECORD_CLASSES; i++) {
		if (class_names[i])
			report_series(context, &slot->classes[i], class_names[i],
				      &record->classes[i], true,
				      context->report->settings.inactive);
	}
	report_packets(context, &slot->vlan_tagged, "vlan-tagged", record->vlan_tagged);
	report_packets(context, &slot->ip_fragments, "fragment-ip", record->ip_fragments);
}

/* All series of counts of one interface. */
static void report_counts(struct report *report, struct report_slot *slot, const struct view *view,
			  cdtime_t now)
{
	const struct report_context context = {
		.report = report, .slot = slot, .interface = view->name, .now = now};
	const struct report_settings *settings = &report->settings;
	const struct view_reading *reading = view->reading;
	const struct record_cell total = counter_total(&reading->sum);

	report_series(&context, &slot->total, "", &total, true, true);
	for (int i = 0; view->verdicts && i < RECORD_VERDICTS; i++)
		report_series(&context, &slot->verdicts[i], verdict_names[i], &view->verdicts[i],
			      true, settings->inactive);
	if (settings->protocols)
		report_protocols(&context, &reading->sum);
	for (int i = 0; settings->sizes && i < RECORD_SIZES; i++)
		report_packets(&context, &slot->sizes[i], size_names[i], reading->sum.sizes[i]);
	for (int i = 0; settings->cast && i < RECORD_CASTS; i++)
		report_packets(&context, &slot->casts[i], cast_names[i], reading->sum.casts[i]);
	if (settings->cpus)
		report_cells(&context, slot->cpus_queues, "cpu", reading->cpus, slot->cpu_count,
			     slot->cpu_count);
	if (settings->queues)
		report_cells(&context, slot->cpus_queues + slot->cpu_count, "queue",
			     reading->queues, slot->queue_count, view->rx_queues);
	slot->continued = false;
}

/* The slot of a view, emptied if something else was counted in it before. */
static struct report_slot *find_slot(struct report *report, const struct view *view, cdtime_t now)
{
	struct report_slot *slot = &report->slots[view->slot - 1];

	if (slot->epoch == view->epoch)
		return slot;
	free(slot->cpus_queues);
	*slot = (struct report_slot){
		.epoch = view->epoch, .continued = view->continued, .previous = now};
	return slot;
}

/* The number of CPUs and queues is known with the first reading. */
static bool make_room(struct report_slot *slot, const struct view_reading *reading)
{
	if (slot->cpus_queues)
		return true;
	slot->cpus_queues =
		calloc(reading->cpu_count + reading->queue_count + 1, sizeof(*slot->cpus_queues));
	if (!slot->cpus_queues)
		return false;
	slot->cpu_count = reading->cpu_count;
	slot->queue_count = reading->queue_count;
	return true;
}

/*
 * collectd reads for the first time right after init. Values so close to their
 * zeros would give no rate, and round robin databases refuse two in a second.
 */
static bool is_too_early(const struct report_slot *slot, cdtime_t now)
{
	if (slot->total || slot->continued)
		return false;
	return now - slot->previous < plugin_get_interval() / 2;
}

void report_begin(struct report *report, const struct view *view, uint64_t now)
{
	if (view->slot)
		find_slot(report, view, now)->counted = view_is_counted(view);
}

void report_interface(struct report *report, const struct view *view, uint64_t now)
{
	struct report_slot *slot = view->slot ? find_slot(report, view, now) : NULL;

	report_gauge(view->name, "gauge", "attached", view->attached, now);
	if (report->settings.observe && !view->attached)
		report_gauge(view->name, "gauge", "observing", view->observing, now);
	if (view_is_counted(view))
		report_gauge(view->name, "gauge", "native", view->mode != XDP_LINK_GENERIC, now);
	if (!slot)
		return;
	/* While it was not counted, there was nothing: zeros are not older than that. */
	if (!view->reading && (!view_is_counted(view) || !slot->counted))
		slot->previous = now;
	slot->counted = view_is_counted(view);
	if (!view->reading || !make_room(slot, view->reading) || is_too_early(slot, now))
		return;
	report_counts(report, slot, view, now);
	slot->previous = now;
}

void report_self(const struct report_self *self, uint64_t now)
{
	report_gauge("", "duration", "read", self->read_seconds, now);
	report_gauge("", "memory", "maps", (double)self->memory, now);
	report_gauge("", "gauge", "interfaces", self->interfaces, now);
	if (self->instructions)
		report_gauge("", "gauge", "instructions", self->instructions, now);
	if (!self->statistics)
		return;
	report_derive("", "total_time_in_ms", "program", self->statistics->run_time_ns / 1000000,
		      now);
	report_derive("", "invocations", "program", self->statistics->run_count, now);
}

void report_finish(struct report *report, uint64_t now)
{
	report_firsts_finish(&report->firsts, now);
}

void report_counter_name(const char *counter, char *text, size_t size)
{
	snprintf(text, size, "custom-counter-%s", counter);
}

void report_one(struct report *report, const struct report_value *value)
{
	const char *instance = value->plugin_instance;

	if (value->gauge) {
		report_gauge(instance, value->type, value->type_instance,
			     value->is_signed ? (double)(int64_t)value->value
					      : (double)value->value,
			     value->time);
	} else if (value->zero_time) {
		report_derive(instance, value->type, value->type_instance, 0, value->zero_time);
		report_firsts_keep(&report->firsts, instance, value->type, value->type_instance,
				   value->value, value->time);
	} else {
		report_derive(instance, value->type, value->type_instance, value->value,
			      value->time);
	}
}

size_t report_series_max(const struct report_settings *settings, size_t interfaces,
			 unsigned int cpus, unsigned int queues)
{
	size_t each = 2 + 2; /* totals, gauges */

	/* Packets and bytes by verdict, and the gauge. */
	if (settings->observe)
		each += 2 * RECORD_VERDICTS + 1;

	/* All classes but RECORD_UNPARSED, and tags and fragments. */
	if (settings->protocols)
		each += 2 * (RECORD_CLASSES - 1) + 2;
	if (settings->sizes)
		each += RECORD_SIZES;
	if (settings->cast)
		each += RECORD_CASTS;
	if (settings->cpus)
		each += 2 * (size_t)cpus;
	if (settings->queues)
		each += 2 * (size_t)queues;
	return interfaces * each;
}
