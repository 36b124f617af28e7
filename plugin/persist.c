// SPDX-License-Identifier: GPL-2.0-only
/* What outlives the daemon: takes over what is pinned, pins what is new, cleans up what is left. */
#include "persist.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "diagnose.h"
#include "observing.h"
#include "reconcile_private.h"

/* A program of ours, of this process or of one before it. */
static bool is_counter(const struct reconcile *reconcile, const uint32_t pinned[PROGRAM_PINNED],
		       uint32_t program_id)
{
	struct attach_holder holder;

	for (int i = 0; i < PROGRAM_PINNED; i++) {
		if (pinned[i] == program_id)
			return true;
	}
	if (reconcile->program->loaded && reconcile->program->id == program_id)
		return true;
	/* Two upgrades cut off in a row: the name is left. */
	attach_describe(program_id, &holder);
	return strcmp(holder.name, reconcile->program->name) == 0 ||
	       (reconcile->program->alias && strcmp(holder.name, reconcile->program->alias) == 0);
}

/* What goes through the pins of links. */
struct pin_walk {
	struct reconcile *reconcile;
	const struct pins *pins;
	uint32_t programs[PROGRAM_PINNED]; /* pinned before anything was changed */
	unsigned int dropped;
	unsigned int foreign;
	unsigned int kept; /* links that go on running the program of before */
};

/* Opens the link that is pinned for an interface, if it is ours. Returns 0, -ENOENT, or -EPERM. */
static int open_our_link(struct pin_walk *walk, unsigned int ifindex, int *ret_link,
			 struct attach_link *ret_info)
{
	int err = attach_pinned(walk->pins, ifindex, ret_link);

	if (err == -ENOENT)
		return err;
	if (err)
		return -EPERM;
	if (attach_inspect(*ret_link, ret_info) != 0 ||
	    !is_counter(walk->reconcile, walk->programs, ret_info->program_id)) {
		attach_close(*ret_link);
		return -EPERM;
	}
	return 0;
}

/* Detaches and unpins a link of a process before us; one that is not ours stays. */
static void drop_pinned_link(struct pin_walk *walk, unsigned int ifindex)
{
	struct attach_link info;
	int link;
	int err = open_our_link(walk, ifindex, &link, &info);

	if (err == -EPERM)
		walk->foreign++;
	if (err)
		return;
	/* Fails where it is detached already. */
	(void)attach_detach(link);
	attach_close(link);
	attach_unpin(walk->pins, ifindex);
	walk->dropped++;
}

static struct watch *find_attached(struct reconcile *reconcile, unsigned int ifindex)
{
	for (size_t i = 0; i < reconcile->count; i++) {
		if (reconcile->watches[i].state == WATCH_ATTACHED &&
		    reconcile->watches[i].interface.index == ifindex)
			return &reconcile->watches[i];
	}
	return NULL;
}

/* pins_list() callback: a link that was not taken over goes. */
static void drop_left_over(void *context, const char *name)
{
	struct pin_walk *walk = context;
	const struct program *program = walk->reconcile->program;
	unsigned int ifindex = attach_pin_ifindex(name);

	if (ifindex && !find_attached(walk->reconcile, ifindex))
		drop_pinned_link(walk, ifindex);
	else if (!ifindex && !program->operations->is_pin(program, name))
		walk->foreign++;
}

/* Says what became of the pins that were not taken over. */
static void tell_left_over(const struct pin_walk *walk)
{
	char text[RECONCILE_TEXT];

	if (walk->dropped) {
		snprintf(text, sizeof(text),
			 "%u pinned links in %s are no longer wanted: detached and removed",
			 walk->dropped, pins_path(walk->pins));
		reconcile_tell(walk->reconcile, RECONCILE_OKAY, "", text);
	}
	if (walk->foreign) {
		snprintf(text, sizeof(text),
			 "%u pins in %s are not of this plugin and stay; remove them by hand if "
			 "nobody needs them",
			 walk->foreign, pins_path(walk->pins));
		reconcile_tell(walk->reconcile, RECONCILE_WARNING, "", text);
	}
}

/* Without Persist: what an earlier start with Persist left is detached and removed. */
static int clean_up(struct reconcile *reconcile)
{
	struct pin_walk walk = {.reconcile = reconcile};
	struct program *program = reconcile->program;
	struct pins *pins;
	int err = pins_open(reconcile->settings.pin_directory, false, &pins);

	if (err)
		return err;
	walk.pins = pins;
	program->operations->pinned(program, pins, walk.programs);
	pins_list(pins, drop_left_over, &walk);
	program->operations->unpin(program, pins);
	tell_left_over(&walk);
	pins_remove(pins);
	pins_close(pins);
	return 0;
}

static void tell_unpinned(const struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT / 2];

	diagnose_pins(err, reconcile->settings.pin_directory, why, sizeof(why));
	if (reconcile->program->needs_pins) {
		snprintf(text, sizeof(text),
			 "nothing is counted, for Next needs Persist: %s; trying again", why);
		reconcile_tell(reconcile, RECONCILE_FAILURE, "", text);
		return;
	}
	snprintf(text, sizeof(text), "Persist has no effect%s, counting ends with collectd: %s",
		 err == -EWOULDBLOCK ? " as long as that is so" : " until it is restarted", why);
	reconcile_tell(reconcile, RECONCILE_WARNING, "", text);
}

/* Whether anything is attached, by this process and so without a pin. */
static bool has_attached(const struct reconcile *reconcile)
{
	for (size_t i = 0; i < reconcile->count; i++) {
		if (reconcile->watches[i].state == WATCH_ATTACHED)
			return true;
	}
	return false;
}

/* The lock came free after the counter was loaded without pins: it is loaded again with them. */
static void start_over(struct reconcile *reconcile)
{
	for (size_t i = 0; i < reconcile->count; i++) {
		reconcile->watches[i].slot = 0;
		backoff_reset(&reconcile->watches[i].backoff);
	}
	observing_close(reconcile);
	reconcile->program->operations->unload(reconcile->program);
}

/* Persist: opens the directory. Returns -EWOULDBLOCK as long as another process has it. */
static int open_pins(struct reconcile *reconcile)
{
	int err = pins_open(reconcile->settings.pin_directory, true, &reconcile->pins);

	if (err && !reconcile->pins_told)
		tell_unpinned(reconcile, err);
	reconcile->pins_told = true;
	if (!err && reconcile->program->loaded)
		start_over(reconcile);
	return err;
}

void persist_settle(struct reconcile *reconcile)
{
	int err;

	if (reconcile->pins_settled)
		return;
	/* Attached without a pin: it stays so until the next start. */
	if (has_attached(reconcile))
		err = 0;
	else
		err = reconcile->settings.persist ? open_pins(reconcile) : clean_up(reconcile);
	reconcile->pins_settled = err != -EWOULDBLOCK && !(err && reconcile->program->needs_pins);
}

/* A program that needs pins cannot be pinned: nothing is attached or detached until it can. */
static void put_off(struct reconcile *reconcile, int err)
{
	if (err != reconcile->program_error)
		tell_unpinned(reconcile, err);
	start_over(reconcile);
}

/* The program and its links are pinned, and stay; the next start may find nothing to go on with. */
static void go_on(const struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT / 2];

	diagnose_pins(err, reconcile->settings.pin_directory, why, sizeof(why));
	snprintf(text, sizeof(text), "counts may start at zero at the next start: %s", why);
	reconcile_tell(reconcile, RECONCILE_WARNING, "", text);
}

/* Goes on without pins: those that are there cannot be trusted to be whole. */
static void give_up_pins(struct reconcile *reconcile, int err)
{
	if (reconcile->program->needs_pins) {
		go_on(reconcile, err);
		return;
	}
	for (size_t i = 0; i < reconcile->count; i++)
		persist_unpin(reconcile, &reconcile->watches[i]);
	reconcile->program->operations->unpin(reconcile->program, reconcile->pins);
	pins_remove(reconcile->pins);
	pins_close(reconcile->pins);
	reconcile->pins = NULL;
	tell_unpinned(reconcile, err);
}

/* The slot of before, where this very interface was counted; else a new one. */
static int continue_slot(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	struct program *program = reconcile->program;
	int err;

	if (!program->adopted)
		return reconcile_take_slot(reconcile, watch, now);
	err = program->operations->slot_adopt(program, watch->interface.index,
					      watch->interface.name, &watch->slot);
	if (err == -ENOENT)
		return reconcile_take_slot(reconcile, watch, now);
	if (err)
		return err;
	watch->epoch = ++reconcile->epoch;
	watch->continued = true;
	watch->packets = 0;
	return 0;
}

static void tell_continued(const struct reconcile *reconcile, const struct watch *watch,
			   bool replaced)
{
	char text[RECONCILE_TEXT];

	snprintf(text, sizeof(text), "counting in %s mode, as before the restart: link kept%s%s",
		 attach_mode_name(watch->mode), replaced ? ", program replaced" : "",
		 watch->continued ? ", counts go on" : ", counts start at zero");
	reconcile_tell(reconcile, RECONCILE_OKAY, watch->interface.name, text);
}

/* The hook refuses the program that would replace the one of before. */
static void tell_kept(const struct reconcile *reconcile, const struct watch *watch, int err)
{
	char text[RECONCILE_TEXT];

	snprintf(text, sizeof(text),
		 "its hook refuses the counter that calls the program now at Next (errno %d, %s): "
		 "the counter and the program of before stay there; pin one for packets of several "
		 "buffers (xdp.frags), or lower the MTU, and restart collectd",
		 -err, strerror(-err));
	reconcile_tell(reconcile, RECONCILE_FAILURE, watch->interface.name, text);
}

static void tell_not_adopted(const struct reconcile *reconcile, const struct watch *watch, int err)
{
	char text[RECONCILE_TEXT];

	snprintf(text, sizeof(text),
		 "its pinned link is not taken over (%s): detached, and attached anew from zero",
		 err == -ESTALE ? "it is of another interface or mode" : strerror(-err));
	reconcile_tell(reconcile, RECONCILE_WARNING, watch->interface.name, text);
}

/*
 * Takes over the pinned link of an interface, if there is one, if it is at the
 * hook, and if its mode is the one asked for.
 */
static void adopt(struct reconcile *reconcile, struct watch *watch, struct pin_walk *walk,
		  uint64_t now)
{
	enum attach_mode mode = reconcile_hook_mode(&watch->interface.hook);
	bool replaced;
	struct attach_link info;
	int link, refused = 0;
	int err = open_our_link(walk, watch->interface.index, &link, &info);

	if (err)
		return;
	replaced = info.program_id != reconcile->program->id;
	if (info.ifindex != watch->interface.index ||
	    info.program_id != watch->interface.hook.program_id ||
	    (reconcile->settings.mode != ATTACH_AUTO && reconcile->settings.mode != mode))
		err = -ESTALE;
	if (!err)
		err = continue_slot(reconcile, watch, now);
	if (!err && replaced)
		refused = attach_update(link, reconcile->program->fd);
	/* To detach it would let packets pass that are the user's to decide about. */
	if (!reconcile->program->needs_pins)
		err = err ? err : refused;
	if (err) {
		tell_not_adopted(reconcile, watch, err);
		attach_close(link);
		drop_pinned_link(walk, watch->interface.index);
		walk->dropped = 0;
		return;
	}
	watch->link = link;
	watch->pinned = true;
	watch->mode = mode;
	watch->state = WATCH_ATTACHED;
	watch->error = 0;
	watch->holder_id = 0;
	if (refused) {
		walk->kept++;
		tell_kept(reconcile, watch, refused);
		return;
	}
	tell_continued(reconcile, watch, replaced);
}

static void tell_fresh(const struct reconcile *reconcile)
{
	char text[RECONCILE_TEXT];

	if (!reconcile->program->fresh[0])
		return;
	snprintf(text, sizeof(text),
		 "the maps pinned in %s are not used further (%s): counts start at zero",
		 pins_path(reconcile->pins), reconcile->program->fresh);
	reconcile_tell(reconcile, RECONCILE_WARNING, "", text);
}

int persist_take_over(struct reconcile *reconcile, uint64_t now)
{
	struct pin_walk walk = {.reconcile = reconcile, .pins = reconcile->pins};
	struct program *program = reconcile->program;
	int err;

	program->operations->pinned(program, reconcile->pins, walk.programs);
	err = program->operations->pin_program(program, reconcile->pins);
	if (err && program->needs_pins) {
		put_off(reconcile, err);
		return err;
	}
	tell_fresh(reconcile);
	for (size_t i = 0; !err && i < reconcile->count; i++) {
		if (reconcile->watches[i].state == WATCH_WAITING)
			adopt(reconcile, &reconcile->watches[i], &walk, now);
	}
	pins_list(reconcile->pins, drop_left_over, &walk);
	tell_left_over(&walk);
	program->operations->slots_sweep(program, now);
	/* What kept links run stays pinned, as after an upgrade that was cut off. */
	if (!err && !walk.kept)
		err = program->operations->pin(program, reconcile->pins);
	if (err)
		give_up_pins(reconcile, err);
	return 0;
}

/* Told once per cause; what is not pinned is tried again at each step. */
static void tell_pinned(const struct reconcile *reconcile, struct watch *watch, int err)
{
	char text[RECONCILE_TEXT];

	if (err == watch->pin_error)
		return;
	watch->pin_error = err;
	snprintf(text, sizeof(text),
		 "its link could not be pinned in %s (errno %d, %s): counting here ends with "
		 "collectd%s; trying again",
		 pins_path(reconcile->pins), -err, strerror(-err),
		 reconcile->program->needs_pins ? ", and so does the call of Next's program" : "");
	reconcile_tell(reconcile, err ? RECONCILE_WARNING : RECONCILE_OKAY, watch->interface.name,
		       err ? text : "its link is pinned now");
}

void persist_pin(struct reconcile *reconcile, struct watch *watch)
{
	struct pin_walk walk = {.reconcile = reconcile, .pins = reconcile->pins};
	const struct program *program = reconcile->program;
	struct attach_link info;
	int link = -1;
	int err;

	if (!reconcile->pins || watch->pinned)
		return;
	program->operations->pinned(program, reconcile->pins, walk.programs);
	err = open_our_link(&walk, watch->interface.index, &link, &info);
	if (!err)
		attach_close(link);
	if (!err || err == -ENOENT)
		err = attach_pin(reconcile->pins, watch->interface.index, watch->link);
	watch->pinned = !err;
	tell_pinned(reconcile, watch, err);
}

void persist_unpin(struct reconcile *reconcile, struct watch *watch)
{
	if (watch->pinned)
		attach_unpin(reconcile->pins, watch->interface.index);
	watch->pinned = false;
	watch->pin_error = 0;
}
