/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a series of counts starts, and the zero before its first value. One rule for all of them:
 * those of interfaces, of sources and of maps.
 *
 * collectd makes a rate of two values, so the first count of a series would be lost. A count that
 * is not 0 any more therefore begins with a 0 at the time at which it was last known to be one:
 * at the last successful reading, or when the counting began.
 */
#ifndef COLLECTD_XDP_REPORT_SERIES_H
#define COLLECTD_XDP_REPORT_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/report/dispatch.h"

/* Counts that are read together: those of an interface, of a source there, of a map. */
struct report_series_group {
	uint64_t zero_time; /* cdtime(): last read successfully, or begun at 0 */
	bool continued;	    /* the first reading finds counts that began before this process */
	bool is_read;	    /* at least once since it began */
};

/* What becomes of one count of a reading. */
enum report_series_step {
	REPORT_SERIES_SILENT, /* it was never anything but 0: nothing */
	REPORT_SERIES_STARTS, /* its zero, and behind it the count */
	REPORT_SERIES_GOES_ON /* the count */
};

/*
 * The counting begins at `now` (cdtime(), here and below). `continued`: it began before this
 * process, which may have reported its counts before.
 */
void report_series_begin(struct report_series_group *group, bool continued, uint64_t now);

/* It still waits to be counted, so that a zero is not older than `now`. */
void report_series_wait(struct report_series_group *group, uint64_t now);

/*
 * Whether a first reading comes too early to be reported. collectd reads for the first time right
 * after init: values so close to their zeros give no rate, and round robin databases refuse two
 * in a second.
 */
bool report_series_is_early(const struct report_series_group *group, uint64_t now);

/*
 * Decides about one count. `started`: the caller's of this series, false at first. `was_zero`:
 * the last reading would have shown it if it was not 0 then. `inactive`: a series of 0 is
 * reported, too.
 */
enum report_series_step report_series_next(const struct report_series_group *group, bool *started,
					   uint64_t count, bool was_zero, bool inactive);

/* Dispatches one count of a reading at `now`, as report_series_next() has decided. */
void report_series_put(const struct report_series_group *group, enum report_series_step step,
		       struct report_dispatch *dispatch, const struct report_dispatch_name *name,
		       uint64_t count, uint64_t now);

/* All counts of the group were read successfully, and reported, at `now`. */
void report_series_end(struct report_series_group *group, uint64_t now);

#endif
