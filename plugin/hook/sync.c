// SPDX-License-Identifier: GPL-2.0-only
/* What became of the interfaces: gone, renamed, their hook taken; and which are new. */
#include "plugin/hook/sync.h"

#include <string.h>

#include "plugin/config/selection.h"
#include "plugin/kernel/interface.h"

static bool is_same(const struct interface *a, const struct interface *b)
{
	return a->index == b->index && a->generation == b->generation;
}

static bool has_same_name(const struct interface *a, const struct interface *b)
{
	return strcmp(a->name, b->name) == 0;
}

/* Nothing that an attempt to attach depends on has changed. */
static bool has_same_facts(const struct interface *a, const struct interface *b)
{
	/* Of the flags only this one: carrier comes and goes with a driver that is asked in vain.
	 */
	return a->type == b->type && (a->flags & IFF_UP) == (b->flags & IFF_UP) &&
	       a->mtu == b->mtu && a->master == b->master && a->lower == b->lower &&
	       a->behind == b->behind && a->hook.mode == b->hook.mode &&
	       a->hook.program_id == b->hook.program_id;
}

bool sync_is_doubtful(const struct watch *watch, const struct hook *hook,
		      const struct interface *interface, enum interfaces_news news)
{
	if (watch->state != WATCH_ATTACHED || !interface || !is_same(interface, &watch->interface))
		return false;
	if (news == INTERFACES_UNCERTAIN)
		return true;
	return hook->kind->listed && interface->hook.program_id != hook->program->id;
}

/* The absent one of this name; NULL: none. */
static struct watch *find_awaiting(const struct watches *watches, const struct interface *interface)
{
	for (size_t i = 0; i < watches->count; i++) {
		const struct watch *watch = &watches->list[i];
		const char *name = watch->wanted ? watch->wanted : watch->interface.name;

		if (watch->state == WATCH_ABSENT && interface_has_name(interface, name))
			return &watches->list[i];
	}
	return NULL;
}

static bool is_watched(const struct watches *watches, const struct interface *interface)
{
	for (size_t i = 0; i < watches->count; i++) {
		if (watches->list[i].state != WATCH_ABSENT &&
		    watches->list[i].interface.index == interface->index)
			return true;
	}
	return false;
}

/* Whether it is selected yet: one of the configuration is for its name only. */
static bool is_wanted(const struct watch *watch, const struct selection *selection,
		      const struct interface *interface)
{
	return watch->wanted ? interface_has_name(interface, watch->wanted)
			     : selection_selects(selection, interface);
}

/* Whether the watch can go on under the new name. */
static bool may_follow(const struct watches *watches, const struct watch *watch,
		       const struct interface *interface)
{
	return watch->state == WATCH_ATTACHED &&
	       (watch->wanted || !find_awaiting(watches, interface));
}

enum sync_answer sync_compare(const struct watches *watches, const struct watch *watch,
			      const struct selection *selection, const struct interface *interface,
			      enum interfaces_news news, bool lost)
{
	if (!interface || !is_same(interface, &watch->interface) ||
	    !is_wanted(watch, selection, interface))
		return SYNC_DEPARTED;
	if (!has_same_name(interface, &watch->interface))
		return may_follow(watches, watch, interface) ? SYNC_RENAMED : SYNC_DEPARTED;
	/* Reports were lost: it may be another interface of the same index. */
	if (lost)
		return news == INTERFACES_UNCERTAIN ? SYNC_DEPARTED : SYNC_LOST;
	return has_same_facts(interface, &watch->interface) ? SYNC_KEEP : SYNC_CHANGED;
}

enum sync_answer sync_place(const struct watches *watches, const struct selection *selection,
			    const struct interface *interface, struct watch **ret_watch)
{
	if (!selection_selects(selection, interface) || is_watched(watches, interface))
		return SYNC_KEEP;
	*ret_watch = find_awaiting(watches, interface);
	if (!*ret_watch && watches->count == watches->capacity)
		return SYNC_SURPLUS;
	return SYNC_ARRIVED;
}

bool sync_is_counted(const struct watches *watches, unsigned int index, size_t likely)
{
	if (likely < watches->count && watches->list[likely].interface.index == index)
		return watch_is_counted(&watches->list[likely]);
	for (size_t i = 0; i < watches->count; i++) {
		if (watches->list[i].interface.index == index)
			return watch_is_counted(&watches->list[i]);
	}
	return false;
}

void sync_add_names(struct watches *watches, const struct selection *selection)
{
	const char *name;

	if (selection_is_inverted(selection))
		return;
	for (size_t i = 0; (name = selection_name(selection, i)); i++)
		(void)watches_add(watches, name, true);
}

void sync_drop_departed(struct watches *watches)
{
	size_t kept = 0;

	for (size_t i = 0; i < watches->count; i++) {
		const struct watch *watch = &watches->list[i];

		if (watch->state != WATCH_ABSENT || watch->wanted)
			watches->list[kept++] = *watch;
	}
	watches->count = kept;
}
