// SPDX-License-Identifier: GPL-2.0-only
/* What is removed, what stays, and what is said of it. */
#include "plugin/hook/clean_up.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/base/error.h"
#include "plugin/base/event.h"
#include "plugin/base/said.h"
#include "plugin/hook/leftovers.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/process.h"

/* As struct clean_up_place. */
struct place {
	const struct program_operations *operations;
	const struct program *program;
	const struct hook_kind *kind;
	char *directory;
	char *name;
	struct event_teller teller;
	struct said locked;
	bool forget; /* it is no longer configured */
	bool looked; /* at what others have pinned beside it */
};

struct clean_up {
	struct clean_up_settings settings; /* by clean_up_open() */
	struct place *places; /* by clean_up_add(); the rest of each by clean_up_step() */
	size_t count;
};

/* What is pinned stays, and why. */
void clean_up_tell(const struct leftovers *leftovers, enum diagnose_pins_stay why, int err)
{
	char text[HOOK_TEXT];

	diagnose_pins_stay(why, err, pin_dir_path(leftovers->pins), text, sizeof(text));
	event_tell(leftovers->teller, why == DIAGNOSE_PINS_BURIED ? EVENT_OKAY : EVENT_WARNING, "",
		   text);
}

/* Returns 0, or -errno; one that is not worth another attempt is reported. */
static int remove_pins(struct leftovers *leftovers)
{
	int err = leftovers_ask(leftovers);

	if (!err)
		err = leftovers_drop(leftovers);
	if (!err)
		err = leftovers->operations->unpin(leftovers->program, leftovers->pins);
	if (!err)
		pin_dir_remove(leftovers->pins);
	if (err && !error_is_transient(err))
		clean_up_tell(leftovers, DIAGNOSE_PINS_STAY_UNREMOVABLE, err);
	return err;
}

bool clean_up_is_of_next(const struct leftovers *leftovers)
{
	return leftovers->operations->calls_next &&
	       leftovers->operations->calls_next(leftovers->pins);
}

/*
 * What calls a program of Next is let go by who set that, and no longer does: this instance, if it
 * is at interfaces of its own alone.
 */
static int clean_up_opened(struct leftovers *leftovers, const struct watches *watches)
{
	bool owned = pin_dir_owner(leftovers->pins)[0];
	struct leftovers_links links;
	int err = leftovers_count(leftovers, watches, &links);

	if (error_is_transient(err))
		return err;
	if (err)
		clean_up_tell(leftovers, DIAGNOSE_PINS_STAY_UNREMOVABLE, err);
	else if ((links.others || (links.wanted && !owned)) && clean_up_is_of_next(leftovers))
		clean_up_tell(leftovers, DIAGNOSE_PINS_STAY_NEXT, 0);
	else if (!owned && (!links.wanted || links.others))
		clean_up_tell(leftovers, DIAGNOSE_PINS_STAY_UNOWNED, 0);
	else
		err = remove_pins(leftovers);
	return error_is_transient(err) ? err : 0;
}

/*
 * Without Persist: what an earlier start of the instance left is detached and removed. Returns 0,
 * or an -errno that is worth another attempt; -EBUSY: another process has it locked.
 */
int clean_up_own(struct leftovers *leftovers, const struct watches *watches, const char *directory,
		 const char *owner)
{
	struct pin_dir *pins;
	int err = pin_dir_open(directory, owner, PIN_DIR_FOUND, &pins, NULL);

	if (err == -EWOULDBLOCK)
		return -EBUSY;
	if (err)
		return error_is_transient(err) ? err : 0;
	leftovers->pins = pins;
	err = clean_up_opened(leftovers, watches);
	pin_dir_close(pins);
	return err;
}

void clean_up_tell_locked(const struct event_teller *teller, const char *directory, bool again)
{
	char text[HOOK_TEXT];

	diagnose_pins_locked(directory, again, text, sizeof(text));
	event_tell(teller, EVENT_WARNING, "", text);
}

/* --- what others have pinned */

/* Pins of another instance in this network namespace, which does not run. */
static void tell_of_other(struct leftovers *leftovers)
{
	char text[HOOK_TEXT];

	diagnose_pins_other(pin_dir_owner(leftovers->pins), pin_dir_path(leftovers->pins), text,
			    sizeof(text));
	event_tell(leftovers->teller, EVENT_WARNING, "", text);
}

/*
 * Pins of another network namespace, none of which is at an interface. What counts by interface has
 * nothing to go on with then; what does not is kept unless the namespace is known to be gone.
 */
static void bury(struct leftovers *leftovers, uint64_t namespace)
{
	enum process_network seen = process_network_seen(namespace);

	if (seen == PROCESS_NETWORK_SEEN)
		return;
	if (seen == PROCESS_NETWORK_UNKNOWN && !leftovers->operations->slots)
		clean_up_tell(leftovers, DIAGNOSE_PINS_STAY_UNSEEN, 0);
	else if (remove_pins(leftovers) == 0)
		clean_up_tell(leftovers, DIAGNOSE_PINS_BURIED, 0);
}

struct look {
	const struct clean_up *clean_up;
	const struct place *place;
	uint64_t namespace;
};

static void look_at(const struct look *look, struct leftovers *leftovers, uint64_t namespace)
{
	const char *owner = pin_dir_owner(leftovers->pins);
	struct leftovers_links links;

	if (leftovers_count(leftovers, NULL, &links) != 0)
		return;
	if (namespace != look->namespace) {
		if (!links.others)
			bury(leftovers, namespace);
	} else if (owner[0] && strcmp(owner, look->clean_up->settings.owner) != 0) {
		tell_of_other(leftovers);
	}
}

/* pin_dir_folders() callback. What is locked is in use. */
static void look_into(void *context, const char *name)
{
	const struct look *look = context;
	const struct place *place = look->place;
	struct leftovers leftovers = {
		.kind = place->kind, .operations = place->operations, .teller = &place->teller};
	uint64_t namespace = pin_dir_namespace(name);
	struct pin_dir *pins;

	if (!namespace || pin_dir_open_named(place->directory, name, &pins) != 0)
		return;
	leftovers.pins = pins;
	look_at(look, &leftovers, namespace);
	pin_dir_close(pins);
}

static void look_at_others(const struct clean_up *clean_up, const struct place *place)
{
	struct look look = {.clean_up = clean_up, .place = place};

	if (pin_dir_own_namespace(&look.namespace) == 0)
		(void)pin_dir_folders(place->directory, look_into, &look);
}

/* --- all of it */

int clean_up_open(const struct clean_up_settings *settings, struct clean_up **ret_clean_up)
{
	struct clean_up *clean_up = calloc(1, sizeof(*clean_up));

	if (!clean_up)
		return -ENOMEM;
	clean_up->settings = *settings;
	*ret_clean_up = clean_up;
	return 0;
}

int clean_up_add(struct clean_up *clean_up, const struct clean_up_place *place)
{
	struct place *places = reallocarray(clean_up->places, clean_up->count + 1, sizeof(*places));
	struct place added = {
		.operations = place->operations,
		.program = place->program,
		.kind = place->kind ? place->kind : clean_up->settings.kind,
		.forget = place->forget,
	};

	if (!places)
		return -ENOMEM;
	clean_up->places = places;
	added.directory = strdup(place->directory);
	added.name = strdup(place->name);
	if (!added.directory || !added.name) {
		free(added.directory);
		free(added.name);
		return -ENOMEM;
	}
	added.teller = (struct event_teller){
		.context = added.name,
		.tell = place->tell ? place->tell : clean_up->settings.tell,
	};
	places[clean_up->count++] = added;
	return 0;
}

/*
 * What this instance has pinned of a program that is no longer configured. With Persist what is
 * locked is removed when it is free, for it would be taken over, too. Returns whether it is done.
 */
static bool forget(const struct clean_up_settings *settings, struct place *place)
{
	struct leftovers leftovers = {.kind = place->kind,
				      .operations = place->operations,
				      .program = place->program,
				      .teller = &place->teller};
	int err = clean_up_own(&leftovers, NULL, place->directory, settings->owner);

	if (err == -EBUSY && said_error(&place->locked, err))
		clean_up_tell_locked(&place->teller, place->directory, settings->persist);
	return !err || (err == -EBUSY && !settings->persist);
}

void clean_up_step(struct clean_up *clean_up)
{
	for (size_t i = 0; i < clean_up->count; i++) {
		struct place *place = &clean_up->places[i];

		if (!place->looked)
			look_at_others(clean_up, place);
		place->looked = true;
		place->forget = place->forget && !forget(&clean_up->settings, place);
	}
}

void clean_up_close(struct clean_up *clean_up)
{
	if (!clean_up)
		return;
	for (size_t i = 0; i < clean_up->count; i++) {
		free(clean_up->places[i].directory);
		free(clean_up->places[i].name);
	}
	free(clean_up->places);
	free(clean_up);
}
