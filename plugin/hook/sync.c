// SPDX-License-Identifier: GPL-2.0-only
/* What became of the interfaces: gone, renamed, their hook taken; and which are new. */
#include "plugin/hook/sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/base/text.h"
#include "plugin/source/observe.h"
#include "plugin/hook/takeover.h"
#include "plugin/hook/reconcile_private.h"

struct watch *watches_add(struct reconcile *reconcile, const char *name)
{
	struct watch *watch;

	if (reconcile->count == reconcile->settings.interfaces)
		return NULL;
	watch = &reconcile->watches[reconcile->count++];
	*watch = (struct watch){.link = -1};
	snprintf(watch->interface.name, sizeof(watch->interface.name), "%s", name);
	return watch;
}

/* Lets go of the hook and of the slot. */
static void release(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	persist_release(reconcile, watch);
	observing_end(reconcile, watch);
	if (watch->slot)
		reconcile->program->operations->slot_release(reconcile->program, watch->slot, now);
	watch->slot = 0;
}

/* The interface of a watch is no longer what it was: gone, renamed, moved or another one. */
static void depart(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	watch->error = 0;
	if (watch->state == WATCH_ATTACHED || watch->observing.program_id) {
		reconcile_tell(
			reconcile, EVENT_WARNING, watch->interface.name,
			"no longer counted: the interface went away or was renamed; it is counted "
			"again when it is back");
		watch->error = -ENODEV;
	}
	release(reconcile, watch, now);
	watch->state = WATCH_ABSENT;
	watch->interface.index = 0;
	backoff_reset(&watch->backoff);
}

static void forget_departed(struct reconcile *reconcile)
{
	size_t kept = 0;

	for (size_t i = 0; i < reconcile->count; i++) {
		const struct watch *watch = &reconcile->watches[i];

		if (watch->state != WATCH_ABSENT || watch->named)
			reconcile->watches[kept++] = *watch;
	}
	reconcile->count = kept;
}

static bool same_facts(const struct interface *a, const struct interface *b)
{
	/* Of the flags only this one: carrier comes and goes with a driver that is asked in vain.
	 */
	return a->type == b->type && (a->flags & IFF_UP) == (b->flags & IFF_UP) &&
	       a->mtu == b->mtu && a->master == b->master && a->hook.mode == b->hook.mode &&
	       a->hook.program_id == b->hook.program_id;
}

/*
 * Somebody took the link off the hook. It is attached again at the next step,
 * unless somebody else is there by then; who does it again and again waits
 * longer each time, for attaching may restart a network card.
 */
static void lose(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	reconcile_tell(
		reconcile, EVENT_WARNING, watch->interface.name,
		"no longer counted: the counter was detached from the hook by somebody else; it is "
		"attached again unless another program is there");
	persist_release(reconcile, watch);
	watch->state = WATCH_WAITING;
	if (now - watch->attached_at > 2 * watch->losses.pause)
		backoff_reset(&watch->losses);
	backoff_fail(&watch->losses, reconcile->settings.interval_ns, now);
	watch->backoff = watch->losses;
}

/* Whether the name is in the configuration and its interface absent: a watch waits for it. */
static bool is_awaited(const struct reconcile *reconcile, const char *name)
{
	for (size_t i = 0; i < reconcile->count; i++) {
		if (reconcile->watches[i].state == WATCH_ABSENT &&
		    strcmp(reconcile->watches[i].interface.name, name) == 0)
			return true;
	}
	return false;
}

static bool same_interface(const struct interface *a, const struct interface *b)
{
	return a->index == b->index && a->generation == b->generation;
}

/*
 * An interface that was renamed keeps the link, so that no packet is missed,
 * and is counted from zero under its new name, if that is selected too.
 */
static bool follow_rename(struct reconcile *reconcile, struct watch *watch,
			  const struct interface *interface, uint64_t now)
{
	struct watch renamed = *watch;

	if (watch->state != WATCH_ATTACHED || watch->named ||
	    !selection_matches(reconcile->settings.selection, interface->name) ||
	    is_awaited(reconcile, interface->name))
		return false;
	renamed.slot = 0;
	renamed.interface = *interface;
	if (reconcile_take_slot(reconcile, &renamed, now) != 0)
		return false;
	reconcile->program->operations->slot_release(reconcile->program, watch->slot, now);
	*watch = renamed;
	reconcile_tell(reconcile, EVENT_OKAY, interface->name,
		       "counting from zero: the interface has got this name");
	return true;
}

/*
 * Whether the link is no longer at the hook. Where the kernel does not answer,
 * it is not known to be, so it is kept: to let go of it would detach it.
 */
static bool is_lost(const struct reconcile *reconcile, struct watch *watch)
{
	int err = xdp_link_check(watch->link, watch->interface.index);
	char text[RECONCILE_TEXT];

	if (err == -ENOLINK || err == -EXDEV)
		return true;
	if (err == watch->check_error)
		return false;
	watch->check_error = err;
	snprintf(
		text, sizeof(text),
		"its link cannot be asked whether it is still at the hook (errno %d, %s): counting "
		"goes on; a loss of the hook is not noticed until it can",
		-err, strerror(-err));
	reconcile_tell(reconcile, err ? EVENT_WARNING : EVENT_OKAY, watch->interface.name,
		       err ? text : "its link can be asked again");
	return false;
}

void watches_check(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	if (is_lost(reconcile, watch))
		lose(reconcile, watch, now);
}

/* Whether the list shows another program at the hook than the counter, or none. */
static bool is_replaced(const struct reconcile *reconcile, const struct interface *interface)
{
	return interface->hook.program_id != reconcile->program->id;
}

/* Compares a watch with the list; a link that may have been lost unnoticed is checked. */
static void update_watch(struct reconcile *reconcile, struct watch *watch,
			 enum interfaces_news news, uint64_t now)
{
	const struct interface *interface;
	struct interface asked;

	if (watch->state == WATCH_ABSENT)
		return;
	interface = interfaces_by_index(reconcile->interfaces, watch->interface.index);
	if (!interface &&
	    interfaces_query(reconcile->interfaces, watch->interface.index, &asked) == 0)
		interface = &asked;
	if (!interface || !same_interface(interface, &watch->interface)) {
		depart(reconcile, watch, now);
		return;
	}
	if (strcmp(interface->name, watch->interface.name) != 0) {
		if (!follow_rename(reconcile, watch, interface, now))
			depart(reconcile, watch, now);
		return;
	}
	if (watch->state == WATCH_ATTACHED && news == INTERFACES_UNCERTAIN &&
	    is_lost(reconcile, watch)) {
		depart(reconcile, watch, now);
		return;
	}
	if (watch->state == WATCH_ATTACHED && is_replaced(reconcile, interface) &&
	    is_lost(reconcile, watch))
		lose(reconcile, watch, now);
	else if (!same_facts(interface, &watch->interface))
		backoff_reset(&watch->backoff);
	watch->interface = *interface;
}

/* The watch of an interface: by index, or the one that waits for the name. */
static struct watch *find_watch(struct reconcile *reconcile, const struct interface *interface)
{
	for (size_t i = 0; i < reconcile->count; i++) {
		struct watch *watch = &reconcile->watches[i];

		if (watch->state == WATCH_ABSENT
			    ? strcmp(watch->interface.name, interface->name) == 0
			    : watch->interface.index == interface->index)
			return watch;
	}
	return NULL;
}

/* A name of the configuration without an interface is told once, not only by its gauge. */
static void tell_absent(const struct reconcile *reconcile, struct watch *watch)
{
	if (watch->state != WATCH_ABSENT || watch->error == -ENODEV)
		return;
	watch->error = -ENODEV;
	reconcile_tell(reconcile, EVENT_WARNING, watch->interface.name,
		       "not counted: there is no interface of this name; it is counted when it "
		       "appears, or correct the name");
}

/* Interfaces beyond MaxInterfaces are named once, not one by one. */
static void tell_surplus(struct reconcile *reconcile, size_t surplus, const char *first)
{
	char text[RECONCILE_TEXT];

	if (!surplus || reconcile->surplus) {
		reconcile->surplus = surplus;
		return;
	}
	reconcile->surplus = true;
	snprintf(text, sizeof(text),
		 "%zu selected interfaces are not counted (%s): MaxInterfaces is %u; set it higher",
		 surplus, first, reconcile->settings.interfaces);
	reconcile_tell(reconcile, EVENT_WARNING, "", text);
}

void watches_update(struct reconcile *reconcile, enum interfaces_news news, uint64_t now)
{
	const struct interface *list;
	size_t listed, surplus = 0;
	char names[256] = "";

	for (size_t i = 0; i < reconcile->count; i++)
		update_watch(reconcile, &reconcile->watches[i], news, now);
	forget_departed(reconcile);

	list = interfaces_list(reconcile->interfaces, &listed);
	for (size_t i = 0; i < listed; i++) {
		struct watch *watch;

		if (!selection_matches(reconcile->settings.selection, list[i].name))
			continue;
		watch = find_watch(reconcile, &list[i]);
		if (!watch)
			watch = watches_add(reconcile, list[i].name);
		if (!watch) {
			text_append_name(names, sizeof(names), list[i].name);
			surplus++;
			continue;
		}
		if (watch->state == WATCH_ABSENT) {
			watch->state = WATCH_WAITING;
			watch->interface = list[i];
			watch->error = 0;
		}
	}
	for (size_t i = 0; i < reconcile->count; i++)
		tell_absent(reconcile, &reconcile->watches[i]);
	tell_surplus(reconcile, surplus, names);
}
