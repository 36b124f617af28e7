/* SPDX-License-Identifier: GPL-2.0-only */
/* One interface whose views are made by hand, and the report of it. */
#ifndef COLLECTD_XDP_TESTS_REPORT_SCENE_H
#define COLLECTD_XDP_TESTS_REPORT_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/report/interface.h"
#include "plugin/source/sources.h"
#include "tests/unit/fake_collectd.h"

#define SCENE_CPUS 4
#define SCENE_QUEUES 8
#define SCENE_ALL                                                                                  \
	(RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_QUEUE | RECORD_BY_CPU)

struct scene {
	struct report_interface_settings settings;
	struct report_dispatch dispatch;
	struct report_interface *report;
	struct record_cell cpus[SCENE_CPUS];
	struct record_cell queues[SCENE_QUEUES];
	struct view_reading reading;
	struct source_set sources; /* that of OnBusy "observe", after scene_observe() */
	struct view_source observed;
	struct view view;
};

extern struct scene scene;

/* Of cmocka: eth0 in slot 1, attached to in native mode, of which all that is counted is 0. */
int scene_set_up(void **state);
int scene_tear_down(void **state);

/* Opens with the settings of the scene; counting begins at fake.now. Returns that time. */
cdtime_t scene_begin(void);

/* Switches the source of verdicts on; `verdicts`: what it has read, NULL: nothing. */
void scene_observe(const struct record_cell *verdicts);

/* One round of reports with one view. */
void scene_round(const struct view *view, cdtime_t now);

/* Reads once more, an interval later; earlier values are forgotten. Returns the time of that. */
cdtime_t scene_read_next(void);

/* Counts in one class; a packet of everything that there is. */
void scene_count_class(enum record_class class, uint64_t packets, uint64_t bytes);
void scene_count_all(void);

/* As those of values.h, for the interface of the scene; gauges are of now. */
size_t scene_count(const char *type, const char *instance);
void scene_assert_gauge(const char *type, const char *instance, double value);
void scene_assert_starts(const char *type, const char *instance, cdtime_t before, cdtime_t now,
			 uint64_t value);
void scene_assert_goes_on(const char *type, const char *instance, cdtime_t now, uint64_t value);

/* The two series of one cell. */
void scene_assert_cell_starts(const char *instance, cdtime_t before, cdtime_t now, uint64_t packets,
			      uint64_t octets);

#endif
