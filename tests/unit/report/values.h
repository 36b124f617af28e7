/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks at the values that the plugin has dispatched into the fake daemon. */
#ifndef COLLECTD_XDP_TESTS_REPORT_VALUES_H
#define COLLECTD_XDP_TESTS_REPORT_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/fake_collectd.h"

/* Whether a value is of this series. */
bool values_is(const struct fake_list *kept, const char *plugin_instance, const char *type,
	       const char *type_instance);

/* How many values of a series there are. */
size_t values_count(const char *plugin_instance, const char *type, const char *type_instance);

/* The number of series of which there is a value. */
size_t values_series(void);

/* The value of a series at a time; fails unless there is exactly one. */
const struct fake_list *values_find(const char *plugin_instance, const char *type,
				    const char *type_instance, cdtime_t time);

/* That value is a count, or a gauge, of this height. */
void values_assert_count(const char *plugin_instance, const char *type, const char *type_instance,
			 cdtime_t time, uint64_t value);
void values_assert_gauge(const char *plugin_instance, const char *type, const char *type_instance,
			 cdtime_t time, double value);

/* A series that starts: its zero, then its count, and no more. */
void values_assert_starts(const char *plugin_instance, const char *type, const char *type_instance,
			  cdtime_t zero, cdtime_t now, uint64_t value);

/* A series that goes on: one count. */
void values_assert_goes_on(const char *plugin_instance, const char *type, const char *type_instance,
			   cdtime_t now, uint64_t value);

#endif
