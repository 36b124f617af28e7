/* SPDX-License-Identifier: GPL-2.0-only */
/* What the plugin says of itself: the line after a start, and the series of what it costs. */
#ifndef COLLECTD_XDP_XDP_SELF_H
#define COLLECTD_XDP_XDP_SELF_H

#include <stdint.h>

#include "plugin/hook/view.h"
#include "plugin/report/interface.h"

struct counter;

/* {0} at first. */
struct xdp_self {
	unsigned int counted; /* interfaces attached to, or observed */
	unsigned int wanted;
	char names[512];    /* "eth0 native, eth1 generic", of those that are counted */
	uint64_t read_ns;   /* by the caller: duration of the last reading, with what follows it */
	uint64_t run_count; /* of the program, at the last look */
	struct report_types types; /* by the caller: of values that are not dispatched */
};

/* Monotonic time in ns. */
uint64_t xdp_self_time(void);

/* A round of views begins. */
void xdp_self_begin(struct xdp_self *self);

/* One of them, of the built-in counter. */
void xdp_self_view(struct xdp_self *self, const struct view *view);

/* Logs the line that an operator looks for after a start. `counter`: NULL: it is not loaded. */
void xdp_self_log(struct xdp_self *self, const struct counter *counter,
		  const struct report_interface_settings *settings);

/* Dispatches the series of ReportSelf, looked up now. `counter`: as above. */
void xdp_self_dispatch(struct xdp_self *self, const struct counter *counter);

#endif
