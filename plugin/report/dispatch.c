// SPDX-License-Identifier: GPL-2.0-only
/* Values into collectd, and the first ones of series, that wait until their zeros are stored. */
#include "plugin/report/report_private.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <utils/common/common.h>
#include <utils_cache.h>

/*
 * Before the first values of series that start, see report_finish(): how long,
 * in ms and at most, it is waited for all zeros to arrive in collectd's cache,
 * and how long for writers to have stored them then.
 */
#define REPORT_PATIENCE_MS 200
#define REPORT_PAUSE_MS 100

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

void report_gauge(const char *interface, const char *type, const char *instance, double value,
		  cdtime_t now)
{
	value_list_t list = value_list(interface, type, instance, now);

	dispatch(&list, (value_t){.gauge = value});
}

void report_derive(const char *interface, const char *type, const char *instance, uint64_t value,
		   cdtime_t now)
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

void report_firsts_keep(struct report_firsts *firsts, const char *interface, const char *type,
			const char *instance, uint64_t value, cdtime_t now)
{
	struct report_first *first;

	if (firsts->count == firsts->capacity) {
		size_t capacity = firsts->capacity ? firsts->capacity * 2 : 64;
		struct report_first *bigger = reallocarray(firsts->list, capacity, sizeof(*bigger));

		if (!bigger) {
			report_derive(interface, type, instance, value, now);
			return;
		}
		firsts->list = bigger;
		firsts->capacity = capacity;
	}
	first = &firsts->list[firsts->count++];
	*first = (struct report_first){.type = type, .value = value};
	snprintf(first->interface, sizeof(first->interface), "%s", interface);
	snprintf(first->instance, sizeof(first->instance), "%s", instance);
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
static void await_zeros(const struct report_firsts *firsts, cdtime_t now)
{
	unsigned int patience = bounded_ms(REPORT_PATIENCE_MS);

	for (size_t i = 0; i < firsts->count; i++) {
		const struct report_first *first = &firsts->list[i];
		value_list_t list = value_list(first->interface, first->type, first->instance, now);

		for (; !is_zero_cached(&list) && patience > 0; patience--)
			sleep_ms(1);
	}
}

void report_firsts_finish(struct report_firsts *firsts, cdtime_t now)
{
	if (!firsts->count)
		return;
	await_zeros(firsts, now);
	sleep_ms(bounded_ms(REPORT_PAUSE_MS));
	for (size_t i = 0; i < firsts->count; i++) {
		const struct report_first *first = &firsts->list[i];

		report_derive(first->interface, first->type, first->instance, first->value, now);
	}
	free(firsts->list);
	firsts->list = NULL;
	firsts->count = 0;
	firsts->capacity = 0;
}
