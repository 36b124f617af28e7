// SPDX-License-Identifier: GPL-2.0-only
/* Value lists and notifications: names, order, and the zero before the first value. */
#include "report.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <plugin.h>
#include <utils/common/common.h>
#include <utils_cache.h>

/*
 * Before the first values of series that start, see report_finish(): how long,
 * in ms and at most, it is waited for all zeros to arrive in collectd's cache,
 * and how long for writers to have stored them then.
 */
#define REPORT_PATIENCE_MS 200
#define REPORT_PAUSE_MS 100

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

/* The first value of a series, dispatched when its zero is stored. */
struct report_first {
	char interface[DATA_MAX_NAME_LEN];
	const char *type; /* outlives it */
	char instance[DATA_MAX_NAME_LEN];
	uint64_t value;
};

struct report {
	struct report_settings settings;
	struct report_slot *slots;   /* of settings.slots; slot number - 1 */
	struct report_first *firsts; /* of one round of reports */
	size_t first_count;
	size_t first_capacity;
};

/* The passes over the series of one interface, see report_counts(). */
enum report_pass { REPORT_ZEROS, REPORT_RUNNING, REPORT_STARTING };

struct report_context {
	struct report *report;
	struct report_slot *slot;
	const char *interface;
	cdtime_t now;
	enum report_pass pass;
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
	free(report->firsts);
	free(report);
}

/* A value list without values. `interface`: "" for the plugin itself. */
static value_list_t value_list(const char *interface, const char *type, const char *instance,
			       cdtime_t time)
{
	value_list_t list = VALUE_LIST_INIT;

	list.time = time;
	sstrncpy(list.host, hostname_g, sizeof(list.host));
	sstrncpy(list.plugin, "xdp", sizeof(list.plugin));
	sstrncpy(list.plugin_instance, interface, sizeof(list.plugin_instance));
	sstrncpy(list.type, type, sizeof(list.type));
	sstrncpy(list.type_instance, instance, sizeof(list.type_instance));
	return list;
}

static void dispatch(const value_list_t *list, value_t value)
{
	value_list_t one = *list;

	one.values = &value;
	one.values_len = 1;
	plugin_dispatch_values(&one);
}

static void dispatch_gauge(const char *interface, const char *type, const char *instance,
			   double value, cdtime_t now)
{
	value_list_t list = value_list(interface, type, instance, now);

	dispatch(&list, (value_t){.gauge = value});
}

static void dispatch_derive(const char *interface, const char *type, const char *instance,
			    uint64_t value, cdtime_t now)
{
	value_list_t list = value_list(interface, type, instance, now);

	dispatch(&list, (value_t){.derive = (derive_t)value});
}

static bool is_zero_cached(const value_list_t *list)
{
	const data_set_t *set = plugin_get_ds(list->type);
	value_t *values = set ? uc_get_value(set, list) : NULL;
	bool cached = values && values[0].derive == 0;

	free(values);
	return cached;
}

/* Keeps the first value of a series for report_finish(); without memory it goes at once. */
static void keep_first(struct report *report, const char *interface, const char *type,
		       const char *instance, uint64_t value, cdtime_t now)
{
	struct report_first *first;

	if (report->first_count == report->first_capacity) {
		size_t capacity = report->first_capacity ? report->first_capacity * 2 : 64;
		struct report_first *bigger =
			reallocarray(report->firsts, capacity, sizeof(*bigger));

		if (!bigger) {
			dispatch_derive(interface, type, instance, value, now);
			return;
		}
		report->firsts = bigger;
		report->first_capacity = capacity;
	}
	first = &report->firsts[report->first_count++];
	*first = (struct report_first){.type = type, .value = value};
	snprintf(first->interface, sizeof(first->interface), "%s", interface);
	snprintf(first->instance, sizeof(first->instance), "%s", instance);
}

/* One value of one series, in the pass it belongs to. */
static void report_value(const struct report_context *context, bool started, const char *type,
			 const char *instance, uint64_t value)
{
	if (started != (context->pass == REPORT_RUNNING))
		return;
	if (context->pass == REPORT_ZEROS)
		dispatch_derive(context->interface, type, instance, 0, context->slot->previous);
	else if (context->pass == REPORT_RUNNING)
		dispatch_derive(context->interface, type, instance, value, context->now);
	else
		keep_first(context->report, context->interface, type, instance, value,
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
	if (context->pass == REPORT_STARTING)
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

/* All series of counts of one interface, once. */
static void report_pass(const struct report_context *context, const struct reconcile_view *view)
{
	const struct report_settings *settings = &context->report->settings;
	const struct counter_reading *reading = view->reading;
	const struct record_cell total = counter_total(&reading->sum);
	struct report_slot *slot = context->slot;

	report_series(context, &slot->total, "", &total, true, true);
	for (int i = 0; view->verdicts && i < RECORD_VERDICTS; i++)
		report_series(context, &slot->verdicts[i], verdict_names[i], &view->verdicts[i],
			      true, settings->inactive);
	if (settings->protocols)
		report_protocols(context, &reading->sum);
	for (int i = 0; settings->sizes && i < RECORD_SIZES; i++)
		report_packets(context, &slot->sizes[i], size_names[i], reading->sum.sizes[i]);
	for (int i = 0; settings->cast && i < RECORD_CASTS; i++)
		report_packets(context, &slot->casts[i], cast_names[i], reading->sum.casts[i]);
	if (settings->cpus)
		report_cells(context, slot->cpus_queues, "cpu", reading->cpus, slot->cpu_count,
			     slot->cpu_count);
	if (settings->queues)
		report_cells(context, slot->cpus_queues + slot->cpu_count, "queue", reading->queues,
			     slot->queue_count, view->rx_queues);
}

/* Zeros of what starts, values of what runs; values of what starts are kept. */
static void report_counts(struct report *report, struct report_slot *slot,
			  const struct reconcile_view *view, cdtime_t now)
{
	struct report_context context = {
		.report = report, .slot = slot, .interface = view->name, .now = now};

	for (context.pass = REPORT_ZEROS; context.pass <= REPORT_STARTING; context.pass++)
		report_pass(&context, view);
	slot->continued = false;
}

/* The slot of a view, emptied if something else was counted in it before. */
static struct report_slot *find_slot(struct report *report, const struct reconcile_view *view,
				     cdtime_t now)
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
static bool make_room(struct report_slot *slot, const struct counter_reading *reading)
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

static bool is_counted(const struct reconcile_view *view)
{
	return view->attached || view->observing;
}

void report_begin(struct report *report, const struct reconcile_view *view, uint64_t now)
{
	if (view->slot)
		find_slot(report, view, now)->counted = is_counted(view);
}

void report_interface(struct report *report, const struct reconcile_view *view, uint64_t now)
{
	struct report_slot *slot = view->slot ? find_slot(report, view, now) : NULL;

	dispatch_gauge(view->name, "gauge", "attached", view->attached, now);
	if (report->settings.observe && !view->attached)
		dispatch_gauge(view->name, "gauge", "observing", view->observing, now);
	if (is_counted(view))
		dispatch_gauge(view->name, "gauge", "native", view->mode != ATTACH_GENERIC, now);
	if (!slot)
		return;
	/* While it was not counted, there was nothing: zeros are not older than that. */
	if (!view->reading && (!is_counted(view) || !slot->counted))
		slot->previous = now;
	slot->counted = is_counted(view);
	if (!view->reading || !make_room(slot, view->reading) || is_too_early(slot, now))
		return;
	report_counts(report, slot, view, now);
	slot->previous = now;
}

static void sleep_ms(unsigned int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	nanosleep(&time, NULL);
}

/* No longer than a share of the interval, whatever that is. */
static unsigned int bounded_ms(unsigned int ms)
{
	uint64_t share = CDTIME_T_TO_MS(plugin_get_interval()) / 8;

	return share < ms ? (unsigned int)share : ms;
}

/* Waits until all zeros are in the cache; a filter may have stopped them. */
static void await_zeros(const struct report *report, cdtime_t now)
{
	unsigned int patience = bounded_ms(REPORT_PATIENCE_MS);

	for (size_t i = 0; i < report->first_count; i++) {
		const struct report_first *first = &report->firsts[i];
		value_list_t list = value_list(first->interface, first->type, first->instance, now);

		for (; !is_zero_cached(&list) && patience > 0; patience--)
			sleep_ms(1);
	}
}

void report_finish(struct report *report, uint64_t now)
{
	if (!report->first_count)
		return;
	await_zeros(report, now);
	sleep_ms(bounded_ms(REPORT_PAUSE_MS));
	for (size_t i = 0; i < report->first_count; i++) {
		const struct report_first *first = &report->firsts[i];

		dispatch_derive(first->interface, first->type, first->instance, first->value, now);
	}
	free(report->firsts);
	report->firsts = NULL;
	report->first_count = 0;
	report->first_capacity = 0;
}

void report_self(const struct report_self *self, uint64_t now)
{
	dispatch_gauge("", "duration", "read", self->read_seconds, now);
	dispatch_gauge("", "memory", "maps", (double)self->memory, now);
	dispatch_gauge("", "gauge", "interfaces", self->interfaces, now);
	if (self->instructions)
		dispatch_gauge("", "gauge", "instructions", self->instructions, now);
	if (!self->statistics)
		return;
	dispatch_derive("", "total_time_in_ms", "program", self->statistics->run_time_ns / 1000000,
			now);
	dispatch_derive("", "invocations", "program", self->statistics->run_count, now);
}

void report_counter_name(const char *counter, char *text, size_t size)
{
	snprintf(text, size, "custom-counter-%s", counter);
}

/*
 * Logs and notifies. `prefix`: before the interface in the log; the identifier of the
 * notification has no more than the two instances.
 */
static void tell(const char *prefix, const char *plugin_instance, const char *type_instance,
		 const struct reconcile_event *event)
{
	static const struct {
		int log;
		int notification;
	} severities[] = {
		[RECONCILE_OKAY] = {LOG_INFO, NOTIF_OKAY},
		[RECONCILE_WARNING] = {LOG_WARNING, NOTIF_WARNING},
		[RECONCILE_FAILURE] = {LOG_ERR, NOTIF_FAILURE},
	};
	notification_t notification = {.severity = severities[event->severity].notification,
				       .time = cdtime()};
	const char *colon = event->interface[0] ? ": " : "";

	plugin_log(severities[event->severity].log, "xdp plugin: %s%s%s%s.", prefix,
		   event->interface, colon, event->text);
	/* A notification is shorter than a log line, and cut off. */
	snprintf(notification.message, sizeof(notification.message), "%s%s%s%s", prefix,
		 event->interface, colon, event->text);
	sstrncpy(notification.host, hostname_g, sizeof(notification.host));
	sstrncpy(notification.plugin, "xdp", sizeof(notification.plugin));
	sstrncpy(notification.plugin_instance, plugin_instance,
		 sizeof(notification.plugin_instance));
	sstrncpy(notification.type, "gauge", sizeof(notification.type));
	sstrncpy(notification.type_instance, type_instance, sizeof(notification.type_instance));
	plugin_dispatch_notification(&notification);
}

void report_event(const struct reconcile_event *event)
{
	tell("", event->interface, "attached", event);
}

void report_counter_event(const char *counter, const struct reconcile_event *event)
{
	char prefix[DATA_MAX_NAME_LEN], plugin_instance[DATA_MAX_NAME_LEN];
	char type_instance[DATA_MAX_NAME_LEN];

	snprintf(prefix, sizeof(prefix), "counter %s: ", counter);
	report_counter_name(counter, plugin_instance, sizeof(plugin_instance));
	snprintf(type_instance, sizeof(type_instance), "attached%s%s",
		 event->interface[0] ? "-" : "", event->interface);
	tell(prefix, plugin_instance, type_instance, event);
}

void report_one(struct report *report, const struct report_value *value)
{
	const char *instance = value->plugin_instance;

	if (value->gauge) {
		dispatch_gauge(instance, value->type, value->type_instance,
			       value->is_signed ? (double)(int64_t)value->value
						: (double)value->value,
			       value->time);
	} else if (value->zero_time) {
		dispatch_derive(instance, value->type, value->type_instance, 0, value->zero_time);
		keep_first(report, instance, value->type, value->type_instance, value->value,
			   value->time);
	} else {
		dispatch_derive(instance, value->type, value->type_instance, value->value,
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
