/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of state: each becomes a line of the log and a notification. */
#ifndef COLLECTD_XDP_REPORT_NOTIFY_H
#define COLLECTD_XDP_REPORT_NOTIFY_H

#include "plugin/base/event.h"

/* Logs an event of the built-in counter and dispatches it as a notification, if it is no mere news.
 */
void report_notify(const struct event *event);

/* The same of what it counts of packets that go out. */
void report_notify_outgoing(const struct event *event);

/* The same for the <Maps> block of that name. */
void report_notify_maps(const char *name, const struct event *event);

/* The same for the custom counter of that name. */
void report_notify_custom(const char *counter, const struct event *event);

#endif
