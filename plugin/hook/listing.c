// SPDX-License-Identifier: GPL-2.0-only
/* One pair of sockets and at most one dump per step, however many programs there are. */
#include "plugin/hook/listing.h"

#include "plugin/diagnose/interfaces.h"
#include "plugin/hook/hook.h"

static void tell_error(const struct listing *listing, int err, const struct event_teller *teller)
{
	enum event_severity severity = listing->known ? EVENT_WARNING : EVENT_FAILURE;
	char text[HOOK_TEXT];

	diagnose_interfaces(err, listing->known, text, sizeof(text));
	event_tell(teller, err ? severity : EVENT_OKAY, "", text);
}

void listing_refresh(struct listing *listing, const struct event_teller *teller)
{
	int err = 0;

	listing->news = INTERFACES_SAME;
	if (!listing->interfaces)
		err = interfaces_open(&listing->interfaces);
	if (!err)
		err = interfaces_refresh(listing->interfaces, &listing->news);
	if (said_error(&listing->error, err))
		tell_error(listing, err, teller);
	listing->known |= !err;
}

void listing_close(struct listing *listing)
{
	interfaces_close(listing->interfaces);
	*listing = (struct listing){0};
}
