/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of state that an operator should know, on their way to the log and the notifications.
 * Who notices a change tells it to the teller that it was given; what becomes of it is decided
 * elsewhere (report/notify).
 */
#ifndef COLLECTD_XDP_BASE_EVENT_H
#define COLLECTD_XDP_BASE_EVENT_H

enum event_severity {
	EVENT_OKAY,    /* works, or works again */
	EVENT_WARNING, /* goes on, with something missing */
	EVENT_FAILURE, /* does not work */
	EVENT_NEWS     /* happens every day: for the log alone */
};

/* The strings are valid during the call only. */
struct event {
	enum event_severity severity;
	const char *interface; /* "": all of them */
	const char *text;      /* "what happened: cause; what to do", no full stop */
};

struct event_teller {
	void *context;
	void (*tell)(void *context, const struct event *event);
};

/* Tells one change. `interface`: "" for all of them. */
void event_tell(const struct event_teller *teller, enum event_severity severity,
		const char *interface, const char *text);

#endif
