/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether collectd's types are what the values are: a file of the user's that TypesDB names may
 * give another meaning to one, and its values would be stored as something else.
 */
#ifndef COLLECTD_XDP_REPORT_TYPES_H
#define COLLECTD_XDP_REPORT_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/diagnose/report.h"
#include "plugin/hook/source.h"

/* Types that the plugin has values of, at most. */
#define REPORT_TYPES_MAX 32

/* Those whose values are not dispatched. {0}: none. */
struct report_types {
	const char *refused[REPORT_TYPES_MAX]; /* as in the tables of names */
	size_t refused_count;
};

/*
 * What is wrong with a type for one value that is a count (DERIVE), or with `gauge` one that is as
 * it is (GAUGE); and whether its first value is the latter. Only in init and later, when types.db
 * is read.
 */
enum diagnose_report_type report_types_fault(const char *type, bool gauge);
bool report_types_is_gauge(const char *type);

/*
 * Looks at the types of all values but those of maps, and logs those that are refused. `sources`:
 * that are switched on; `outgoing`: values of what goes out are, too; `self`: as are those of the
 * plugin itself.
 */
void report_types_check(struct report_types *ret_types, const struct source_set *sources,
			bool outgoing, bool self);

/* Whether values of this type may be dispatched. */
bool report_types_allow(const struct report_types *types, const char *type);

#endif
