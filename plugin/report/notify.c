// SPDX-License-Identifier: GPL-2.0-only
/* From events to lines of the log and notifications. */
#include "plugin/report/notify.h"

#include <stdio.h>

#include <plugin.h>
#include <utils/common/common.h>

#include "plugin/base/text.h"
#include "plugin/report/names.h"

/* More than any sentence of diagnose/ with what stands before it; a longer one would lose its end.
 */
#define NOTIFY_TEXT 2048

/*
 * `owner`: what stands before the interface in the log; the identifier of a notification has
 * no more than the two instances.
 */
static void notify(const char *owner, const char *plugin_instance, const char *type_instance,
		   const struct event *event)
{
	static const struct {
		int log;
		int notification;
	} severities[] = {
		[EVENT_OKAY] = {LOG_INFO, NOTIF_OKAY},
		[EVENT_WARNING] = {LOG_WARNING, NOTIF_WARNING},
		[EVENT_FAILURE] = {LOG_ERR, NOTIF_FAILURE},
		[EVENT_NEWS] = {LOG_INFO, NOTIF_OKAY},
	};
	notification_t notification = {.severity = severities[event->severity].notification,
				       .time = cdtime()};
	const char *colon = event->interface[0] ? ": " : "";
	char whole[NOTIFY_TEXT];

	plugin_log(severities[event->severity].log, "xdp plugin: %s%s%s%s.", owner,
		   event->interface, colon, event->text);
	if (event->severity == EVENT_NEWS)
		return;
	/* A notification is shorter than a line of the log. */
	snprintf(whole, sizeof(whole), "%s%s%s%s", owner, event->interface, colon, event->text);
	text_shorten(whole, notification.message, sizeof(notification.message));
	sstrncpy(notification.host, hostname_g, sizeof(notification.host));
	sstrncpy(notification.plugin, "xdp", sizeof(notification.plugin));
	sstrncpy(notification.plugin_instance, plugin_instance,
		 sizeof(notification.plugin_instance));
	sstrncpy(notification.type, "gauge", sizeof(notification.type));
	sstrncpy(notification.type_instance, type_instance, sizeof(notification.type_instance));
	plugin_dispatch_notification(&notification);
}

void report_notify(const struct event *event)
{
	notify("", event->interface, "attached", event);
}

void report_notify_outgoing(const struct event *event)
{
	notify("outgoing: ", event->interface, "attached_outgoing", event);
}

void report_notify_custom(const char *counter, const struct event *event)
{
	char before[DATA_MAX_NAME_LEN], plugin_instance[DATA_MAX_NAME_LEN];
	char type_instance[DATA_MAX_NAME_LEN];

	snprintf(before, sizeof(before), "counter %s: ", counter);
	report_names_custom(counter, plugin_instance, sizeof(plugin_instance));
	snprintf(type_instance, sizeof(type_instance), "attached%s%s",
		 event->interface[0] ? "-" : "", event->interface);
	notify(before, plugin_instance, type_instance, event);
}

void report_notify_maps(const char *name, const struct event *event)
{
	char before[DATA_MAX_NAME_LEN], plugin_instance[DATA_MAX_NAME_LEN];

	snprintf(before, sizeof(before), "maps %s: ", name);
	report_names_maps(name, plugin_instance, sizeof(plugin_instance));
	notify(before, plugin_instance, "read", event);
}
