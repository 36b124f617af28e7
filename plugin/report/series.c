// SPDX-License-Identifier: GPL-2.0-only
/* Keeps the time of the zeros, and decides which counts need one. */
#include "plugin/report/series.h"

#include <plugin.h>

void report_series_begin(struct report_series_group *group, bool continued, uint64_t now)
{
	*group = (struct report_series_group){.zero_time = now, .continued = continued};
}

void report_series_wait(struct report_series_group *group, uint64_t now)
{
	group->zero_time = now;
}

bool report_series_is_early(const struct report_series_group *group, uint64_t now)
{
	return !group->is_read && !group->continued &&
	       now - group->zero_time < plugin_get_interval() / 2;
}

enum report_series_step report_series_next(const struct report_series_group *group, bool *started,
					   uint64_t count, bool was_zero, bool inactive)
{
	if (*started)
		return REPORT_SERIES_GOES_ON;
	if (count == 0 && !inactive)
		return REPORT_SERIES_SILENT;
	*started = true;
	/* What began before this process has grown for longer than since `zero_time`. */
	if (!was_zero || (group->continued && count != 0))
		return REPORT_SERIES_GOES_ON;
	return REPORT_SERIES_STARTS;
}

void report_series_put(const struct report_series_group *group, enum report_series_step step,
		       struct report_dispatch *dispatch, const struct report_dispatch_name *name,
		       uint64_t count, uint64_t now)
{
	if (step == REPORT_SERIES_STARTS)
		report_dispatch_first(dispatch, name, count, group->zero_time, now);
	else if (step == REPORT_SERIES_GOES_ON)
		report_dispatch_count(name, count, now);
}

void report_series_end(struct report_series_group *group, uint64_t now)
{
	*group = (struct report_series_group){.zero_time = now, .is_read = true};
}
