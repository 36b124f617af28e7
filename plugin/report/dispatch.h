/* SPDX-License-Identifier: GPL-2.0-only */
/* Values on their way into collectd, and the first ones of series, which wait for their zeros. */
#ifndef COLLECTD_XDP_REPORT_DISPATCH_H
#define COLLECTD_XDP_REPORT_DISPATCH_H

#include <stddef.h>
#include <stdint.h>

/* What a value is of. */
struct report_dispatch_name {
	const char *plugin_instance; /* an interface, or "" for the plugin itself */
	const char *type;	     /* static, or there until report_dispatch_finish() */
	const char *type_instance;
};

/* What is to be dispatched when its zero is stored. */
struct report_dispatch_first;

/* All of them in one round of readings; {0} is none. */
struct report_dispatch {
	struct report_dispatch_first *firsts;
	size_t count;
	size_t capacity;
};

/* A value that is as it is. `time`: cdtime(), here and below. */
void report_dispatch_gauge(const struct report_dispatch_name *name, double value, uint64_t time);

/* A count of a series that goes on; collectd makes a rate of two of them. */
void report_dispatch_count(const struct report_dispatch_name *name, uint64_t value, uint64_t time);

/*
 * The first count of a series: its zero now, of `zero_time`, and itself in
 * report_dispatch_finish(); without memory for that it follows at once.
 */
void report_dispatch_first(struct report_dispatch *dispatch,
			   const struct report_dispatch_name *name, uint64_t value,
			   uint64_t zero_time, uint64_t time);

/*
 * Ends a round: dispatches the first counts of the series that start. collectd's write threads
 * keep no order between two values of one series, so it waits until the zeros have had time to
 * be stored: up to 0.6 s, and a quarter of the interval, where something starts, else not at all.
 */
void report_dispatch_finish(struct report_dispatch *dispatch);

/* Forgets what was not dispatched. */
void report_dispatch_close(struct report_dispatch *dispatch);

#endif
