// SPDX-License-Identifier: GPL-2.0-only
/* What outlives the daemon: takes over what is pinned, pins what is new, cleans up what is left. */
#include "plugin/hook/takeover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "plugin/base/error.h"
#include "plugin/diagnose/pins.h"
#include "plugin/hook/leftovers.h"
#include "plugin/hook/reconcile_private.h"
#include "plugin/kernel/probe.h"
#include "plugin/source/observe.h"

/*
 * Without Persist: what an earlier start with Persist left is detached and removed. Returns 0,
 * as pin_dir_open(), or an -errno that is worth another attempt.
 */
static int clean_up(struct reconcile *reconcile)
{
	struct pinned_links links = {.reconcile = reconcile, .all = true};
	struct program *program = reconcile->program;
	struct pin_dir *pins;
	int err = pin_dir_open(reconcile->settings.pin_directory, false, &pins);

	if (err)
		return err;
	links.pins = pins;
	err = pinned_ask(&links);
	if (!err)
		err = pinned_drop_left_over(&links);
	if (!err)
		program->operations->unpin(program, pins);
	pin_dir_remove(pins);
	pin_dir_close(pins);
	return err;
}

static void tell_unpinned(const struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT / 2];

	diagnose_pins(err, reconcile->settings.pin_directory, why, sizeof(why));
	if (reconcile->program->needs_pins) {
		snprintf(text, sizeof(text),
			 "nothing is counted, for Next needs Persist: %s; trying again", why);
		reconcile_tell(reconcile, EVENT_FAILURE, "", text);
		return;
	}
	snprintf(text, sizeof(text), "Persist has no effect%s, counting ends with collectd: %s",
		 err == -EWOULDBLOCK ? " as long as that is so" : " until it is restarted", why);
	reconcile_tell(reconcile, EVENT_WARNING, "", text);
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

/* Unloads the program, so that it is loaded and takes over anew; what is pinned stays attached. */
static void start_over(struct reconcile *reconcile)
{
	for (size_t i = 0; i < reconcile->count; i++) {
		struct watch *watch = &reconcile->watches[i];

		xdp_link_close(watch->link);
		watch->link = -1;
		watch->pinned = false;
		watch->outdated = false;
		watch->slot = 0;
		backoff_reset(&watch->backoff);
	}
	reconcile->pin_due = false;
	observing_close(reconcile);
	reconcile->program->operations->unload(reconcile->program);
}

/* Persist: opens the directory. Returns as pin_dir_open(). */
static int open_pins(struct reconcile *reconcile)
{
	int err = pin_dir_open(reconcile->settings.pin_directory, true, &reconcile->pins);

	if (err && err != reconcile->pins_error)
		tell_unpinned(reconcile, err);
	/* It was loaded without pins. */
	if (!err && reconcile->program->loaded)
		start_over(reconcile);
	return err;
}

/* Whether there may be pins to take over, or to remove, at another attempt. */
static bool is_worth_waiting(const struct reconcile *reconcile, int err)
{
	return err == -EWOULDBLOCK || error_is_transient(err) ||
	       (err && reconcile->program->needs_pins);
}

void persist_settle(struct reconcile *reconcile)
{
	int err = 0;

	if (reconcile->pins_settled)
		return;
	/* Attached without a pin: it stays so until the next start. */
	if (!has_attached(reconcile))
		err = reconcile->settings.persist ? open_pins(reconcile) : clean_up(reconcile);
	reconcile->pins_error = err;
	reconcile->pins_settled = !is_worth_waiting(reconcile, err);
}

/* What is pinned is not taken over for now. */
static void tell_put_off(const struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT];

	snprintf(text, sizeof(text),
		 "nothing is counted: what is pinned in %s cannot be taken over now (errno %d, "
		 "%s), and stays as it is; trying again",
		 pin_dir_path(reconcile->pins), -err, strerror(-err));
	reconcile_tell(reconcile, EVENT_FAILURE, "", text);
}

/* Nothing more is pinned, attached or detached until all can be taken over. Returns `err`. */
static int put_off(struct reconcile *reconcile, int err,
		   void (*tell)(const struct reconcile *reconcile, int err))
{
	if (err != reconcile->program_error)
		tell(reconcile, err);
	start_over(reconcile);
	return err;
}

/* The program and its links are pinned, and stay; the next start may find nothing to go on with. */
static void go_on(struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT / 2];

	reconcile->pin_due = true;
	if (err == reconcile->pins_error)
		return;
	reconcile->pins_error = err;
	diagnose_pins(err, reconcile->settings.pin_directory, why, sizeof(why));
	snprintf(text, sizeof(text), "counts may start at zero at the next start: %s; trying again",
		 why);
	reconcile_tell(reconcile, EVENT_WARNING, "", text);
}

static void unpin(struct reconcile *reconcile, struct watch *watch)
{
	if (watch->pinned)
		xdp_link_unpin(reconcile->pins, watch->interface.index);
	watch->pinned = false;
	watch->pin_error = 0;
}

void persist_release(struct reconcile *reconcile, struct watch *watch)
{
	/*
	 * Before Linux 6.18 what was pinned goes a while after its pin; whoever
	 * attaches next, we ourselves for one, finds the hook free. Fails where it is.
	 */
	if (watch->pinned)
		(void)xdp_link_detach(watch->link);
	unpin(reconcile, watch);
	xdp_link_close(watch->link);
	watch->link = -1;
	watch->outdated = false;
}

/* Those that are there cannot be trusted to be whole: goes on without, unless that can be mended.
 */
static void give_up_pins(struct reconcile *reconcile, int err)
{
	if (reconcile->program->needs_pins || error_is_transient(err)) {
		go_on(reconcile, err);
		return;
	}
	for (size_t i = 0; i < reconcile->count; i++)
		unpin(reconcile, &reconcile->watches[i]);
	reconcile->program->operations->unpin(reconcile->program, reconcile->pins);
	pin_dir_remove(reconcile->pins);
	pin_dir_close(reconcile->pins);
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
		 xdp_link_mode_name(watch->mode), replaced ? ", program replaced" : "",
		 watch->continued ? ", counts go on" : ", counts start at zero");
	reconcile_tell(reconcile, EVENT_OKAY, watch->interface.name, text);
}

/* The hook refuses the program that would replace the one of before. */
static void tell_kept(const struct reconcile *reconcile, const struct watch *watch, int err)
{
	char text[RECONCILE_TEXT];

	if (reconcile->program->needs_pins)
		snprintf(text, sizeof(text),
			 "its hook refuses the counter that calls the program now at Next (errno "
			 "%d, %s): the counter and the program of before stay there; pin one for "
			 "packets of several buffers (xdp.frags), or lower the MTU; trying again",
			 -err, strerror(-err));
	else
		snprintf(text, sizeof(text),
			 "its hook refuses the program that is to replace the one of before (errno "
			 "%d, %s): that one stays there, and counts go on; trying again",
			 -err, strerror(-err));
	reconcile_tell(reconcile, EVENT_FAILURE, watch->interface.name, text);
}

static void tell_not_adopted(const struct reconcile *reconcile, const struct watch *watch, int err)
{
	char text[RECONCILE_TEXT];

	snprintf(text, sizeof(text),
		 "its pinned link is not taken over (%s): detached, and attached anew from zero",
		 err == -ESTALE ? "it is of another interface or mode" : strerror(-err));
	reconcile_tell(reconcile, EVENT_WARNING, watch->interface.name, text);
}

/*
 * Opens the pinned link of an interface, if there is one, and has the slot that its packets are
 * to be counted in; no slot: the link is not at the hook, or not in the mode that is asked for.
 * Nothing is changed at hooks. Returns 0 or -errno.
 */
static int claim(struct pinned_links *links, struct watch *watch, uint64_t now)
{
	struct reconcile *reconcile = links->reconcile;
	enum xdp_link_mode mode = xdp_link_hook_mode(&watch->interface.hook);
	struct xdp_link_info info;
	int link;
	int err = pinned_open(links, watch->interface.index, &link, &info);

	if (err)
		return err == -ENOENT || err == -EPERM ? 0 : err;
	watch->link = link;
	watch->pinned = true;
	watch->mode = mode;
	watch->outdated = info.program_id != reconcile->program->id;
	if (info.ifindex != watch->interface.index ||
	    info.program_id != watch->interface.hook.program_id ||
	    (reconcile->settings.mode != XDP_LINK_AUTO && reconcile->settings.mode != mode))
		return 0;
	return continue_slot(reconcile, watch, now);
}

/* Claims all there is. Returns 0 or -errno, with some of it claimed. */
static int claim_all(struct pinned_links *links, uint64_t now)
{
	struct reconcile *reconcile = links->reconcile;
	const struct program *program = reconcile->program;
	int err = 0;

	for (size_t i = 0; i < reconcile->count; i++) {
		int failed = 0;

		if (reconcile->watches[i].state == WATCH_WAITING)
			failed = claim(links, &reconcile->watches[i], now);
		err = err ? err : failed;
	}
	/* An interface that was renamed needs a slot besides its old one. */
	if (err == -ENOSPC)
		program->operations->slots_sweep(reconcile->program, now);
	return err;
}

/* Whether a link goes on with the program of before when its hook refuses ours. */
static bool is_kept(const struct program *program)
{
	/* To detach it would let packets pass that are the user's to decide about. */
	return program->needs_pins || program->adopted;
}

/* Has a link that was claimed run our program. */
static void adopt(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	const struct program *program = reconcile->program;
	bool replaced = watch->outdated;
	int err = -ESTALE;

	if (watch->slot)
		err = replaced ? xdp_link_update(watch->link, program->fd) : 0;
	if (!watch->slot || (err && !is_kept(program))) {
		tell_not_adopted(reconcile, watch, err);
		persist_release(reconcile, watch);
		return;
	}
	watch->state = WATCH_ATTACHED;
	watch->error = 0;
	watch->holder_id = 0;
	watch->outdated = err;
	if (!err) {
		tell_continued(reconcile, watch, replaced);
		return;
	}
	reconcile->pin_due = true;
	backoff_fail(&watch->backoff, reconcile->settings.interval_ns, now);
	tell_kept(reconcile, watch, err);
}

/* Once more, where the hook refused our program. */
static void renew(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	if (!watch->outdated || !backoff_is_due(&watch->backoff, now))
		return;
	if (xdp_link_update(watch->link, reconcile->program->fd) != 0) {
		backoff_fail(&watch->backoff, reconcile->settings.interval_ns, now);
		return;
	}
	backoff_reset(&watch->backoff);
	watch->outdated = false;
	tell_continued(reconcile, watch, true);
}

void persist_follow(struct reconcile *reconcile, uint64_t now)
{
	int err;

	if (!reconcile->pin_due)
		return;
	reconcile->pin_due = false;
	for (size_t i = 0; i < reconcile->count; i++) {
		renew(reconcile, &reconcile->watches[i], now);
		reconcile->pin_due |= reconcile->watches[i].outdated;
	}
	/* What outdated links run stays pinned, as after an upgrade that was cut off. */
	if (reconcile->pin_due)
		return;
	err = reconcile->program->operations->pin(reconcile->program, reconcile->pins);
	if (err)
		give_up_pins(reconcile, err);
}

static void tell_fresh(const struct reconcile *reconcile)
{
	char text[RECONCILE_TEXT];

	if (!reconcile->program->not_adopted_reason[0])
		return;
	snprintf(text, sizeof(text),
		 "the maps pinned in %s are not used further (%s): counts start at zero",
		 pin_dir_path(reconcile->pins), reconcile->program->not_adopted_reason);
	reconcile_tell(reconcile, EVENT_WARNING, "", text);
}

int persist_take_over(struct reconcile *reconcile, uint64_t now)
{
	struct pinned_links links = {.reconcile = reconcile, .pins = reconcile->pins};
	struct program *program = reconcile->program;
	int err = pinned_ask(&links), unpinned;

	if (err)
		return put_off(reconcile, err, tell_put_off);
	unpinned = program->operations->pin_program(program, reconcile->pins);
	if (unpinned && program->needs_pins)
		return put_off(reconcile, unpinned, tell_unpinned);
	if (error_is_transient(unpinned))
		return put_off(reconcile, unpinned, tell_put_off);
	links.all = unpinned;
	if (!unpinned)
		err = claim_all(&links, now);
	if (!err)
		err = pinned_drop_left_over(&links);
	if (err)
		return put_off(reconcile, err, tell_put_off);
	tell_fresh(reconcile);
	for (size_t i = 0; i < reconcile->count; i++) {
		if (reconcile->watches[i].link >= 0)
			adopt(reconcile, &reconcile->watches[i], now);
	}
	program->operations->slots_sweep(program, now);
	reconcile->pin_due = !unpinned;
	if (unpinned)
		give_up_pins(reconcile, unpinned);
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
		 pin_dir_path(reconcile->pins), -err, strerror(-err),
		 reconcile->program->needs_pins ? ", and so does the call of Next's program" : "");
	reconcile_tell(reconcile, err ? EVENT_WARNING : EVENT_OKAY, watch->interface.name,
		       err ? text : "its link is pinned now");
}

void persist_pin(struct reconcile *reconcile, struct watch *watch)
{
	struct pinned_links links = {.reconcile = reconcile, .pins = reconcile->pins};
	struct xdp_link_info info;
	int link = -1;
	int err;

	if (!reconcile->pins || watch->pinned)
		return;
	err = pinned_ask(&links);
	if (!err)
		err = pinned_open(&links, watch->interface.index, &link, &info);
	if (!err)
		xdp_link_close(link);
	if (!err || err == -ENOENT)
		err = xdp_link_pin(reconcile->pins, watch->interface.index, watch->link);
	watch->pinned = !err;
	tell_pinned(reconcile, watch, err);
}
