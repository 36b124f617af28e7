// SPDX-License-Identifier: GPL-2.0-only
/* Changes of state: each a line of the log and a notification. */
#include "plugin/report/interface.h"

#include <stdio.h>

#include <plugin.h>
#include <utils/common/common.h>

/*
 * Logs and notifies. `prefix`: before the interface in the log; the identifier of the
 * notification has no more than the two instances.
 */
static void tell(const char *prefix, const char *plugin_instance, const char *type_instance,
		 const struct event *event)
{
	static const struct {
		int log;
		int notification;
	} severities[] = {
		[EVENT_OKAY] = {LOG_INFO, NOTIF_OKAY},
		[EVENT_WARNING] = {LOG_WARNING, NOTIF_WARNING},
		[EVENT_FAILURE] = {LOG_ERR, NOTIF_FAILURE},
	};
	notification_t notification = {.severity = severities[event->severity].notification,
				       .time = cdtime()};
	const char *colon = event->interface[0] ? ": " : "";

	plugin_log(severities[event->severity].log, "xdp plugin: %s%s%s%s.", prefix,
		   event->interface, colon, event->text);
	/* A notification is shorter than a log line, and cut off. */
	snprintf(notification.message, sizeof(notification.message), "%s%s%s%s", prefix,
		 event->interface, colon, event->text);
	sstrncpy(notification.host, hostname_g, sizeof(notification.host));
	sstrncpy(notification.plugin, "xdp", sizeof(notification.plugin));
	sstrncpy(notification.plugin_instance, plugin_instance,
		 sizeof(notification.plugin_instance));
	sstrncpy(notification.type, "gauge", sizeof(notification.type));
	sstrncpy(notification.type_instance, type_instance, sizeof(notification.type_instance));
	plugin_dispatch_notification(&notification);
}

void report_event(const struct event *event)
{
	tell("", event->interface, "attached", event);
}

void report_counter_event(const char *counter, const struct event *event)
{
	char prefix[DATA_MAX_NAME_LEN], plugin_instance[DATA_MAX_NAME_LEN];
	char type_instance[DATA_MAX_NAME_LEN];

	snprintf(prefix, sizeof(prefix), "counter %s: ", counter);
	report_counter_name(counter, plugin_instance, sizeof(plugin_instance));
	snprintf(type_instance, sizeof(type_instance), "attached%s%s",
		 event->interface[0] ? "-" : "", event->interface);
	tell(prefix, plugin_instance, type_instance, event);
}
