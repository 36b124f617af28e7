/* SPDX-License-Identifier: GPL-2.0-only */
/* What report.c has of report_value.c, and nobody else sees: values on their way into collectd. */
#ifndef COLLECTD_XDP_REPORT_REPORT_PRIVATE_H
#define COLLECTD_XDP_REPORT_REPORT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include <plugin.h>

/* The first value of a series, dispatched when its zero is stored. */
struct report_first {
	char interface[DATA_MAX_NAME_LEN];
	const char *type; /* outlives it */
	char instance[DATA_MAX_NAME_LEN];
	uint64_t value;
};

/* Those of one round of reports. */
struct report_firsts {
	struct report_first *list;
	size_t count;
	size_t capacity;
};

/* Dispatches one value. `interface`: the plugin instance; "" for the plugin itself. */
void report_gauge(const char *interface, const char *type, const char *instance, double value,
		  cdtime_t now);
void report_derive(const char *interface, const char *type, const char *instance, uint64_t value,
		   cdtime_t now);

/* Keeps the first value of a series for report_firsts_finish(); without memory it goes at once. */
void report_firsts_keep(struct report_firsts *firsts, const char *interface, const char *type,
			const char *instance, uint64_t value, cdtime_t now);

/* Dispatches what is kept, see report_finish(), and keeps nothing further. */
void report_firsts_finish(struct report_firsts *firsts, cdtime_t now);

#endif
