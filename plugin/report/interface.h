/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From readings to values and notifications of collectd. Sole dispatcher, and
 * the only place that knows the names of series.
 */
#ifndef COLLECTD_XDP_REPORT_INTERFACE_H
#define COLLECTD_XDP_REPORT_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/hook/reconcile.h"

/* What is dispatched besides the totals of each interface and its gauges. */
struct report_settings {
	bool protocols;
	bool sizes;
	bool cast;
	bool queues;
	bool cpus;
	bool inactive;	    /* series of what was never seen, too */
	bool observe;	    /* programs that hold a hook may be observed */
	unsigned int slots; /* interfaces at most */
};

/* The plugin's own cost. */
struct report_self {
	double read_seconds;			     /* of the last reading of all interfaces */
	uint64_t memory;			     /* bytes of maps */
	unsigned int interfaces;		     /* attached to or observed */
	uint32_t instructions;			     /* processed by the verifier; 0: unknown */
	const struct counter_statistics *statistics; /* NULL: not counted by the kernel */
};

struct report;

/* Returns 0 and an object the caller closes; -ENOMEM. */
int report_open(const struct report_settings *settings, struct report **ret_report);

/* Takes NULL. */
void report_close(struct report *report);

/*
 * Notes, without dispatching, that counting began in the slot of the view: the
 * time of the zero that precedes its first values. `now`: cdtime().
 */
void report_begin(struct report *report, const struct view *view, uint64_t now);

/*
 * Dispatches what there is to say of one interface at `now` (cdtime()). Of a
 * series that starts it dispatches the zero, at the time of the previous call
 * for this slot, and keeps the first value for report_finish().
 */
void report_interface(struct report *report, const struct view *view, uint64_t now);

/*
 * After report_interface() for all: dispatches the first values of the series
 * that start. collectd's write threads keep no order between two values of one
 * series, so it waits until the zeros have had time to be stored: up to 0.3 s,
 * and a quarter of the interval, where something starts, else not at all.
 */
void report_finish(struct report *report, uint64_t now);

void report_self(const struct report_self *self, uint64_t now);

/* Logs a change of state and dispatches it as a notification. */
void report_event(const struct event *event);

/* The plugin instance of a counter of the user's own; no interface has such a long name. */
void report_counter_name(const char *counter, char *text, size_t size);

/* The same as report_event() for a counter of the user's own. */
void report_counter_event(const char *counter, const struct event *event);

/* One value of a series of a counter of the user's own. */
struct report_value {
	const char *plugin_instance;
	const char *type; /* must be there until report_finish() */
	const char *type_instance;
	bool gauge;	/* else DERIVE */
	bool is_signed; /* the value, if it is a gauge */
	uint64_t value;
	uint64_t time;	    /* cdtime() */
	uint64_t zero_time; /* of the zero before the first value; 0: it has none */
};

/* Dispatches a value; one that has a zero before it in report_finish(). */
void report_one(struct report *report, const struct report_value *value);

/* Series that may be dispatched for `interfaces`, the plugin's own not counted. */
size_t report_series_max(const struct report_settings *settings, size_t interfaces,
			 unsigned int cpus, unsigned int queues);

#endif
