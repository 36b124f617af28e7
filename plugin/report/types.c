// SPDX-License-Identifier: GPL-2.0-only
/* Asks collectd for each type once. */
#include "plugin/report/types.h"

#include <string.h>

#include <plugin.h>

#include "plugin/report/names.h"

enum diagnose_report_type report_types_fault(const char *type, bool gauge)
{
	const data_set_t *set = plugin_get_ds(type);

	if (!set)
		return DIAGNOSE_REPORT_TYPE_UNKNOWN;
	if (set->ds_num != 1)
		return DIAGNOSE_REPORT_TYPE_SEVERAL;
	if (set->ds[0].type == (gauge ? DS_TYPE_GAUGE : DS_TYPE_DERIVE))
		return DIAGNOSE_REPORT_TYPE_GOOD;
	if (set->ds[0].type == DS_TYPE_ABSOLUTE)
		return DIAGNOSE_REPORT_TYPE_ABSOLUTE;
	if (set->ds[0].type == DS_TYPE_COUNTER)
		return DIAGNOSE_REPORT_TYPE_COUNTER;
	return DIAGNOSE_REPORT_TYPE_OTHER;
}

bool report_types_is_gauge(const char *type)
{
	const data_set_t *set = plugin_get_ds(type);

	return set && set->ds[0].type == DS_TYPE_GAUGE;
}

bool report_types_allow(const struct report_types *types, const char *type)
{
	for (size_t i = 0; i < types->refused_count; i++) {
		if (strcmp(types->refused[i], type) == 0)
			return false;
	}
	return true;
}

static void check(struct report_types *types, const char *type, bool gauge)
{
	enum diagnose_report_type fault;
	char text[DIAGNOSE_REPORT_TEXT];

	if (!type || !report_types_allow(types, type) || types->refused_count == REPORT_TYPES_MAX)
		return;
	fault = report_types_fault(type, gauge);
	if (fault == DIAGNOSE_REPORT_TYPE_GOOD)
		return;
	types->refused[types->refused_count++] = type;
	diagnose_report_own_type(fault, type, gauge, text, sizeof(text));
	ERROR("xdp plugin: %s.", text);
}

static void check_series(struct report_types *types, const struct source_series *series,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check(types, series[i].packets_type, series[i].gauge);
		check(types, series[i].octets_type, series[i].gauge);
	}
}

void report_types_check(struct report_types *ret_types, const struct source_set *sources,
			bool outgoing, bool self)
{
	*ret_types = (struct report_types){0};
	check(ret_types, report_names_total.packets_type, false);
	check(ret_types, report_names_total.octets_type, false);
	if (outgoing) {
		check(ret_types, report_names_type(report_names_total.packets_type, true), false);
		check(ret_types, report_names_type(report_names_total.octets_type, true), false);
	}
	check(ret_types, report_names_attached.packets_type, true);
	for (size_t i = 0; i < sources->count; i++) {
		const struct source_operations *operations = sources->list[i]->operations;

		check_series(ret_types, operations->series, operations->series_count);
		check_series(ret_types, operations->self_series, operations->self_series_count);
	}
	if (!self)
		return;
	check(ret_types, "duration", true);
	check(ret_types, "memory", true);
	check(ret_types, "total_time_in_ms", false);
	check(ret_types, "invocations", false);
}
