// SPDX-License-Identifier: GPL-2.0-only
/* Hands a change of state to whoever listens. */
#include "plugin/base/event.h"

void event_tell(const struct event_teller *teller, enum event_severity severity,
		const char *interface, const char *text)
{
	const struct event event = {severity, interface, text};

	teller->tell(teller->context, &event);
}
