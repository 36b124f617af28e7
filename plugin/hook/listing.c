// SPDX-License-Identifier: GPL-2.0-only
/* One pair of sockets and at most one dump per step, however many programs there are. */
#include "plugin/hook/listing.h"

#include <stdlib.h>

#include "plugin/config/selection.h"
#include "plugin/diagnose/hook.h"
#include "plugin/diagnose/interfaces.h"
#include "plugin/hook/hook.h"
#include "plugin/kernel/interface.h"

static void tell_error(const struct listing *listing, int err, const struct event_teller *teller)
{
	enum event_severity severity = listing->known ? EVENT_WARNING : EVENT_FAILURE;
	char text[HOOK_TEXT];

	diagnose_interfaces(err, listing->known, text, sizeof(text));
	event_tell(teller, err ? severity : EVENT_OKAY, "", text);
}

/* Devices that can stand one on the other (MAX_NEST_DEV in include/linux/netdevice.h). */
#define LISTING_NESTED 8

/* Puts the interface with the index `upper` above that of `lower`. Returns whether that is news. */
static bool put_above(struct listing *listing, unsigned int upper, unsigned int lower)
{
	const struct interface *above = interfaces_by_index(listing->interfaces, upper);
	const struct interface *below = interfaces_by_index(listing->interfaces, lower);
	const struct interface *list;
	unsigned char *depths = listing->depths;
	size_t count;

	if (!above || !below)
		return false;
	list = interfaces_list(listing->interfaces, &count);
	if (depths[above - list] > depths[below - list])
		return false;
	depths[above - list] = depths[below - list] + 1;
	if (listing->deepest < depths[above - list])
		listing->deepest = depths[above - list];
	return true;
}

/* Without memory nothing is known to stand on anything: an order, though not always the best. */
static void measure_depths(struct listing *listing)
{
	bool changed = true;
	size_t count;
	const struct interface *list = interfaces_list(listing->interfaces, &count);

	free(listing->depths);
	listing->deepest = 0;
	listing->depths = calloc(count + 1, sizeof(*listing->depths));
	if (!listing->depths)
		return;
	for (int i = 0; changed && i < LISTING_NESTED; i++) {
		changed = false;
		for (size_t j = 0; j < count; j++) {
			changed |= put_above(listing, list[j].master, list[j].index);
			changed |= put_above(listing, list[j].index, list[j].lower);
		}
	}
}

unsigned int listing_depth(const struct listing *listing, unsigned int index)
{
	const struct interface *interface, *list;
	size_t count;

	if (!listing->deepest)
		return 0;
	list = interfaces_list(listing->interfaces, &count);
	interface = interfaces_by_index(listing->interfaces, index);
	return interface ? listing->depths[interface - list] : 0;
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
	/* Where it fails the list may be another one all the same. */
	if (listing->interfaces && (err || listing->news != INTERFACES_SAME))
		measure_depths(listing);
}

void listing_listen(struct listing *listing)
{
	if (listing->interfaces)
		(void)interfaces_listen(listing->interfaces);
}

bool listing_is_gone(const struct listing *listing, const struct interface *interface)
{
	return listing->interfaces && interfaces_is_gone(listing->interfaces, interface);
}

const struct interface *listing_find(const struct interfaces *interfaces, const char *name)
{
	size_t count;
	const struct interface *list = interfaces_list(interfaces, &count);

	for (size_t i = 0; i < count; i++) {
		if (interface_has_name(&list[i], name))
			return &list[i];
	}
	return NULL;
}

bool listing_matches(const struct interfaces *interfaces, const struct selection *selection,
		     size_t i)
{
	size_t count;
	const struct interface *list = interfaces_list(interfaces, &count);

	for (size_t at = 0; at < count; at++) {
		if (selection_entry_matches(selection, i, &list[at]))
			return true;
	}
	return false;
}

void listing_tell_news(struct news *news, const struct event_teller *teller)
{
	char text[HOOK_TEXT];

	if (news->events == 1) {
		event_tell(teller, EVENT_NEWS, news->interface, news->text);
	} else if (news->events) {
		diagnose_hook_traffic(news->came, news->came_names, news->went, news->went_names,
				      text, sizeof(text));
		event_tell(teller, EVENT_NEWS, "", text);
	}
	*news = (struct news){0};
}

void listing_close(struct listing *listing)
{
	interfaces_close(listing->interfaces);
	free(listing->depths);
	*listing = (struct listing){0};
}
