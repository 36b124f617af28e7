// SPDX-License-Identifier: GPL-2.0-only
/* The state machine of each interface, and of the program they share. */
#include "reconcile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "diagnose.h"
#include "observing.h"
#include "persist.h"
#include "reconcile_private.h"

void reconcile_tell(const struct reconcile *reconcile, enum reconcile_severity severity,
		    const char *interface, const char *text)
{
	const struct reconcile_event event = {severity, interface, text};

	reconcile->observer.event(reconcile->observer.context, &event);
}

static struct watch *add_watch(struct reconcile *reconcile, const char *name)
{
	struct watch *watch;

	if (reconcile->count == reconcile->settings.interfaces)
		return NULL;
	watch = &reconcile->watches[reconcile->count++];
	*watch = (struct watch){.link = -1};
	snprintf(watch->interface.name, sizeof(watch->interface.name), "%s", name);
	return watch;
}

int reconcile_open(const struct reconcile_settings *settings,
		   const struct reconcile_observer *observer, struct reconcile **ret_reconcile)
{
	struct reconcile *reconcile = calloc(1, sizeof(*reconcile));
	const char *name;

	if (!reconcile)
		return -ENOMEM;
	reconcile->settings = *settings;
	reconcile->observer = *observer;
	reconcile->program = settings->program;
	reconcile->watches = calloc(settings->interfaces, sizeof(*reconcile->watches));
	if (!reconcile->watches) {
		reconcile_close(reconcile);
		return -ENOMEM;
	}
	if (!selection_is_inverted(settings->selection)) {
		for (size_t i = 0; (name = selection_name(settings->selection, i)); i++) {
			struct watch *watch = add_watch(reconcile, name);

			if (watch)
				watch->named = true;
		}
	}
	*ret_reconcile = reconcile;
	return 0;
}

void reconcile_forget(struct program *program, const char *pin_directory,
		      const struct reconcile_observer *observer)
{
	struct reconcile reconcile = {
		.settings = {.program = program, .pin_directory = pin_directory},
		.observer = *observer,
		.program = program,
	};

	persist_settle(&reconcile);
}

static void release_link(struct reconcile *reconcile, struct watch *watch)
{
	/*
	 * Before Linux 6.18 what was pinned goes a while after its pin; whoever
	 * attaches next, we ourselves for one, finds the hook free. Fails where it is.
	 */
	if (watch->pinned)
		(void)attach_detach(watch->link);
	persist_unpin(reconcile, watch);
	attach_close(watch->link);
	watch->link = -1;
}

/* Lets go of the hook and of the slot. */
static void release(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	release_link(reconcile, watch);
	observing_end(reconcile, watch);
	if (watch->slot)
		reconcile->program->operations->slot_release(reconcile->program, watch->slot, now);
	watch->slot = 0;
}

void reconcile_close(struct reconcile *reconcile)
{
	if (!reconcile)
		return;
	for (size_t i = 0; reconcile->watches && i < reconcile->count; i++)
		attach_close(reconcile->watches[i].link);
	observing_close(reconcile);
	if (reconcile->program->loaded)
		reconcile->program->operations->unload(reconcile->program);
	interfaces_close(reconcile->interfaces);
	pins_close(reconcile->pins);
	free(reconcile->watches);
	free(reconcile);
}

int reconcile_take_slot(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	struct program *program = reconcile->program;
	int err;

	if (watch->slot)
		return 0;
	err = program->operations->slot_take(program, watch->interface.index, watch->interface.name,
					     now, reconcile->settings.interval_ns, &watch->slot);
	if (err)
		return err;
	watch->epoch = ++reconcile->epoch;
	watch->continued = false;
	watch->packets = 0;
	return 0;
}

/* The interface of a watch is no longer what it was: gone, renamed, moved or another one. */
static void depart(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	watch->error = 0;
	if (watch->state == WATCH_ATTACHED || watch->observing.program_id) {
		reconcile_tell(
			reconcile, RECONCILE_WARNING, watch->interface.name,
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
		reconcile, RECONCILE_WARNING, watch->interface.name,
		"no longer counted: the counter was detached from the hook by somebody else; it is "
		"attached again unless another program is there");
	release_link(reconcile, watch);
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
	reconcile_tell(reconcile, RECONCILE_OKAY, interface->name,
		       "counting from zero: the interface has got this name");
	return true;
}

/*
 * Whether the link is no longer at the hook. Where the kernel does not answer,
 * it is not known to be, so it is kept: to let go of it would detach it.
 */
static bool is_lost(const struct reconcile *reconcile, struct watch *watch)
{
	int err = attach_check(watch->link, watch->interface.index);
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
	reconcile_tell(reconcile, err ? RECONCILE_WARNING : RECONCILE_OKAY, watch->interface.name,
		       err ? text : "its link can be asked again");
	return false;
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
	reconcile_tell(reconcile, RECONCILE_WARNING, watch->interface.name,
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
	reconcile_tell(reconcile, RECONCILE_WARNING, "", text);
}

/* Adds a name to a list that ends in "..." when it does not fit. */
static void append_name(char *names, size_t size, const char *name)
{
	size_t used = strlen(names);

	if (used + strlen(name) + sizeof(", ...") < size)
		snprintf(names + used, size - used, "%s%s", used ? ", " : "", name);
	else if (used < 3 || strcmp(names + used - 3, "...") != 0)
		snprintf(names + used, size - used, ", ...");
}

/* Takes in what the kernel reported. */
static void update_watches(struct reconcile *reconcile, enum interfaces_news news, uint64_t now)
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
			watch = add_watch(reconcile, list[i].name);
		if (!watch) {
			append_name(names, sizeof(names), list[i].name);
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

static void tell_interfaces_error(struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT];

	if (err == reconcile->interfaces_error)
		return;
	reconcile->interfaces_error = err;
	if (err) {
		diagnose_interfaces(err, reconcile->listed, text, sizeof(text));
		reconcile_tell(reconcile, reconcile->listed ? RECONCILE_WARNING : RECONCILE_FAILURE,
			       "", text);
	} else {
		reconcile_tell(reconcile, RECONCILE_OKAY, "",
			       "the list of interfaces can be read again");
	}
}

static void look_around(struct reconcile *reconcile, uint64_t now)
{
	enum interfaces_news news = INTERFACES_SAME;
	int err = 0;

	if (!reconcile->interfaces)
		err = interfaces_open(&reconcile->interfaces);
	if (!err)
		err = interfaces_refresh(reconcile->interfaces, &news);
	tell_interfaces_error(reconcile, err);
	reconcile->listed |= !err;
	if (!err && news != INTERFACES_SAME)
		update_watches(reconcile, news, now);
}

/* RX queues of the largest interface that is wanted. */
static unsigned int most_queues(const struct reconcile *reconcile)
{
	unsigned int queues = 0;

	for (size_t i = 0; i < reconcile->count; i++) {
		if (reconcile->watches[i].interface.rx_queues > queues)
			queues = reconcile->watches[i].interface.rx_queues;
	}
	return queues;
}

/* Says why the program does not load, once per cause. */
static void tell_load_failure(struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT], line[RECONCILE_TEXT + 64];

	reconcile->program->operations->explain(reconcile->program, err, text, sizeof(text));
	if (strcmp(text, reconcile->program_cause) == 0)
		return;
	snprintf(reconcile->program_cause, sizeof(reconcile->program_cause), "%s", text);
	snprintf(line, sizeof(line), "nothing is counted: %s; trying again", text);
	reconcile_tell(reconcile, RECONCILE_FAILURE, "", line);
}

/* Whether the program is to be loaded, or loaded again after a failure. */
static bool is_load_due(struct reconcile *reconcile, uint64_t now)
{
	const struct program *program = reconcile->program;

	/* Not before it is known what is wanted: what is pinned and not wanted is let go. */
	if (program->loaded || !reconcile->listed || (program->needs_pins && !reconcile->pins))
		return false;
	if (program->operations->has_news && program->operations->has_news(program))
		backoff_reset(&reconcile->program_backoff);
	return backoff_is_due(&reconcile->program_backoff, now);
}

static void load_program(struct reconcile *reconcile, uint64_t now)
{
	struct program *program = reconcile->program;
	int err;

	if (!is_load_due(reconcile, now))
		return;
	err = program->operations->load(program, most_queues(reconcile), reconcile->pins);
	if (err)
		tell_load_failure(reconcile, err);
	else if (reconcile->pins)
		err = persist_take_over(reconcile, now);
	if (err) {
		backoff_fail(&reconcile->program_backoff, reconcile->settings.interval_ns, now);
		reconcile->program_error = err;
		return;
	}
	backoff_reset(&reconcile->program_backoff);
	if (reconcile->program_error)
		reconcile_tell(reconcile, RECONCILE_OKAY, "", "the counter is loaded now");
	reconcile->program_error = 0;
	reconcile->program_cause[0] = '\0';
}

static void tell_read_error(const struct reconcile *reconcile, struct watch *watch, int err)
{
	char text[RECONCILE_TEXT];

	if (err == watch->read_error)
		return;
	watch->read_error = err;
	snprintf(text, sizeof(text),
		 "its counts cannot be read (errno %d, %s): no values until they can; the counter "
		 "goes on",
		 -err, strerror(-err));
	reconcile_tell(reconcile, err ? RECONCILE_FAILURE : RECONCILE_OKAY, watch->interface.name,
		       err ? text : "its counts can be read again");
}

/*
 * Reads an interface that is attached or observed. An attached one that counted something since the
 * last reading was attached; otherwise the link is asked, which takes a second system call and the
 * kernel's rtnl lock.
 */
static bool read_watch(struct reconcile *reconcile, struct watch *watch, uint64_t now,
		       struct counter_reading *reading)
{
	struct program *program = reconcile->program;
	uint64_t packets;
	int err;

	if (!program->operations->read) {
		if (is_lost(reconcile, watch))
			lose(reconcile, watch, now);
		return false;
	}
	err = program->operations->read(program, watch->slot, reading);
	tell_read_error(reconcile, watch, err);
	if (err)
		return false;
	packets = counter_total(&reading->sum).packets;
	if (watch->state == WATCH_ATTACHED && packets == watch->packets &&
	    is_lost(reconcile, watch))
		lose(reconcile, watch, now);
	watch->packets = packets;
	return true;
}

static void step_watch(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	struct record_cell verdicts[RECORD_VERDICTS];
	struct counter_reading reading;
	bool have = false, judged = false;
	struct reconcile_view view;

	if (watch->state == WATCH_ATTACHED || watch->observing.program_id)
		have = read_watch(reconcile, watch, now, &reading);
	if (have)
		judged = observing_read(reconcile, watch, verdicts);
	if (watch->state == WATCH_WAITING && reconcile->program->loaded &&
	    backoff_is_due(&watch->backoff, now))
		attempt_attach(reconcile, watch, now);
	else if (watch->state == WATCH_ATTACHED)
		persist_pin(reconcile, watch);
	view = (struct reconcile_view){
		.name = watch->interface.name,
		.attached = watch->state == WATCH_ATTACHED,
		.observing = watch->observing.program_id != 0,
		.mode = watch->observing.program_id ? reconcile_hook_mode(&watch->interface.hook)
						    : watch->mode,
		.rx_queues = watch->interface.rx_queues,
		.slot = watch->slot,
		.epoch = watch->epoch,
		.continued = watch->continued,
		.reading = have ? &reading : NULL,
		.verdicts = judged ? verdicts : NULL,
	};
	reconcile->observer.view(reconcile->observer.context, &view);
}

static void read_ahead(struct reconcile *reconcile, bool on)
{
	if (reconcile->program->loaded && reconcile->program->operations->read_ahead)
		reconcile->program->operations->read_ahead(reconcile->program, on);
}

void reconcile_step(struct reconcile *reconcile, uint64_t now)
{
	look_around(reconcile, now);
	persist_settle(reconcile);
	load_program(reconcile, now);
	if (reconcile->program->loaded && reconcile->program->operations->follow)
		reconcile->program->operations->follow(reconcile->program, reconcile, now);
	read_ahead(reconcile, true);
	for (size_t i = 0; i < reconcile->count; i++)
		step_watch(reconcile, &reconcile->watches[i], now);
	read_ahead(reconcile, false);
}
