// SPDX-License-Identifier: GPL-2.0-only
/* Makes value lists, and keeps the first values of series until their zeros are stored. */
#include "plugin/report/dispatch.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <plugin.h>
#include <utils/common/common.h>
#include <utils_cache.h>

#include "plugin/base/clock.h"

/*
 * Before the first values of series that start, see report_dispatch_finish(): how long, in ms and
 * at most, it is waited for all zeros to arrive in collectd's cache, and how long for writers to
 * have stored them then.
 */
#define REPORT_DISPATCH_PATIENCE_MS 200
#define REPORT_DISPATCH_PAUSE_MS 100

struct report_dispatch_first {
	char plugin_instance[DATA_MAX_NAME_LEN];
	const char *type;
	char type_instance[DATA_MAX_NAME_LEN];
	uint64_t value;
	cdtime_t time;
};

/* A value list without values. */
static value_list_t value_list(const struct report_dispatch_name *name, cdtime_t time)
{
	value_list_t list = VALUE_LIST_INIT;

	list.time = time;
	sstrncpy(list.host, hostname_g, sizeof(list.host));
	sstrncpy(list.plugin, "xdp", sizeof(list.plugin));
	sstrncpy(list.plugin_instance, name->plugin_instance, sizeof(list.plugin_instance));
	sstrncpy(list.type, name->type, sizeof(list.type));
	sstrncpy(list.type_instance, name->type_instance, sizeof(list.type_instance));
	return list;
}

static void dispatch_value(const struct report_dispatch_name *name, value_t value, cdtime_t time)
{
	value_list_t list = value_list(name, time);

	list.values = &value;
	list.values_len = 1;
	plugin_dispatch_values(&list);
}

void report_dispatch_gauge(const struct report_dispatch_name *name, double value, uint64_t time)
{
	dispatch_value(name, (value_t){.gauge = value}, time);
}

void report_dispatch_count(const struct report_dispatch_name *name, uint64_t value, uint64_t time)
{
	dispatch_value(name, (value_t){.derive = (derive_t)value}, time);
}

/* Makes space for one more. Returns whether there is. */
static bool grow(struct report_dispatch *dispatch)
{
	size_t capacity = dispatch->capacity ? dispatch->capacity * 2 : 64;
	struct report_dispatch_first *bigger;

	if (dispatch->count < dispatch->capacity)
		return true;
	bigger = reallocarray(dispatch->firsts, capacity, sizeof(*bigger));
	if (!bigger)
		return false;
	dispatch->firsts = bigger;
	dispatch->capacity = capacity;
	return true;
}

void report_dispatch_first(struct report_dispatch *dispatch,
			   const struct report_dispatch_name *name, uint64_t value,
			   uint64_t zero_time, uint64_t time)
{
	struct report_dispatch_first *first;

	report_dispatch_count(name, 0, zero_time);
	if (!grow(dispatch)) {
		report_dispatch_count(name, value, time);
		return;
	}
	first = &dispatch->firsts[dispatch->count++];
	*first = (struct report_dispatch_first){.type = name->type, .value = value, .time = time};
	sstrncpy(first->plugin_instance, name->plugin_instance, sizeof(first->plugin_instance));
	sstrncpy(first->type_instance, name->type_instance, sizeof(first->type_instance));
}

static struct report_dispatch_name name_of(const struct report_dispatch_first *first)
{
	return (struct report_dispatch_name){first->plugin_instance, first->type,
					     first->type_instance};
}

static bool is_zero_cached(const value_list_t *list)
{
	const data_set_t *set = plugin_get_ds(list->type);
	value_t *values = set ? uc_get_value(set, list) : NULL;
	bool cached = values && values[0].derive == 0;

	free(values);
	return cached;
}

static uint64_t now_ms(void)
{
	return clock_monotonic() / 1000000;
}

/* No longer than a share of the interval, whatever that is. */
static unsigned int bounded_ms(unsigned int ms)
{
	uint64_t share = CDTIME_T_TO_MS(plugin_get_interval()) / 8;

	return share < ms ? (unsigned int)share : ms;
}

/*
 * Waits until all zeros are in the cache; a filter may have stopped them. Returns how long that
 * took, in ms, by the clock: on a busy machine a sleep lasts longer than it was meant to.
 */
static unsigned int await_zeros(const struct report_dispatch *dispatch)
{
	const uint64_t begin = now_ms(), end = begin + bounded_ms(REPORT_DISPATCH_PATIENCE_MS);

	for (size_t i = 0; i < dispatch->count; i++) {
		const struct report_dispatch_name name = name_of(&dispatch->firsts[i]);
		const value_list_t list = value_list(&name, dispatch->firsts[i].time);

		while (!is_zero_cached(&list) && now_ms() < end)
			clock_sleep_ms(1);
	}
	return (unsigned int)(now_ms() - begin);
}

void report_dispatch_finish(struct report_dispatch *dispatch)
{
	unsigned int pause;

	if (!dispatch->count)
		return;
	/* Where threads were slow to take the zeros, they are as slow to store them. */
	pause = 2 * await_zeros(dispatch);
	if (pause < REPORT_DISPATCH_PAUSE_MS)
		pause = REPORT_DISPATCH_PAUSE_MS;
	clock_sleep_ms(bounded_ms(pause));
	for (size_t i = 0; i < dispatch->count; i++) {
		const struct report_dispatch_first *first = &dispatch->firsts[i];
		const struct report_dispatch_name name = name_of(first);

		report_dispatch_count(&name, first->value, first->time);
	}
	report_dispatch_close(dispatch);
}

void report_dispatch_close(struct report_dispatch *dispatch)
{
	free(dispatch->firsts);
	*dispatch = (struct report_dispatch){0};
}
