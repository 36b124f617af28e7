/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for the collectd daemon: the functions of it that the plugin
 * calls, which keep what they are given for a test to look at. Not thread-safe.
 */
#ifndef COLLECTD_XDP_TESTS_FAKE_COLLECTD_H
#define COLLECTD_XDP_TESTS_FAKE_COLLECTD_H

#include <stdbool.h>
#include <stddef.h>

#include <plugin.h>

#define FAKE_LOGS 64
#define FAKE_LISTS 4096
#define FAKE_NOTIFICATIONS 8

/* Lookups in the cache after which a value is there, if it never gets there. */
#define FAKE_NEVER ((unsigned int)-1)

struct fake_log {
	int level;
	char text[2048];
};

/* A value list of one value, as dispatched. */
struct fake_list {
	value_list_t list; /* its `values` are not kept: see `value` */
	value_t value;
	int source;	   /* DS_TYPE_DERIVE, DS_TYPE_GAUGE, ... of its type in types.db */
	bool zero_arrived; /* the cache showed a zero of this series just before */
};

struct fake {
	/* What the plugin gets. */
	cdtime_t interval;
	cdtime_t now;
	const char *const *types; /* lines of another types.db, up to NULL; NULL: there is none */
	unsigned int cache_delay; /* lookups that find nothing of a value just dispatched */
	unsigned int late_ms;	  /* that each sleep lasts longer than asked for */

	/* What the plugin did. */
	unsigned int slept_ms; /* as asked for */
	struct fake_log logs[FAKE_LOGS];
	size_t log_count;
	struct fake_list lists[FAKE_LISTS];
	size_t list_count;
	notification_t notifications[FAKE_NOTIFICATIONS];
	size_t notification_count;
	unsigned int lookups; /* in the cache */
};

extern struct fake fake;

/* Forgets all, and sets an interval of 10 s. A setup function of cmocka. */
int fake_reset(void **state);

/* Forgets what was dispatched, and keeps the cache. */
void fake_forget_lists(void);

#endif
