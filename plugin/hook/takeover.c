// SPDX-License-Identifier: GPL-2.0-only
/* The protocol of pins: what is taken over, in which order, and what is given up. */
#include "plugin/hook/takeover.h"

#include <errno.h>

#include "plugin/base/error.h"
#include "plugin/base/event.h"
#include "plugin/base/trusted_dir.h"
#include "plugin/diagnose/pins.h"
#include "plugin/hook/clean_up.h"
#include "plugin/hook/leftovers.h"
#include "plugin/hook/pinset.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/xdp_link.h"

void takeover_init(bool persist, const char *directory, const char *owner,
		   struct takeover *ret_takeover)
{
	*ret_takeover =
		(struct takeover){.persist = persist, .directory = directory, .owner = owner};
}

void takeover_close(struct takeover *takeover)
{
	pin_dir_close(takeover->pins);
	takeover->pins = NULL;
}

static struct leftovers leftovers_of(const struct takeover *takeover, const struct hook *hook,
				     const struct watches *watches)
{
	return (struct leftovers){
		.kind = hook->kind,
		.operations = hook->program->operations,
		.program = hook->program,
		.teller = &hook->teller,
		.pins = takeover->pins,
		.watches = watches,
	};
}

/* --- the directory */

/* Nothing is pinned: told once per cause. */
static void tell_unusable(struct takeover *takeover, const struct hook *hook, int err,
			  const struct trusted_dir_flaw *flaw)
{
	bool next = hook->program->needs_pins;
	bool told = takeover->unusable.key != 0;
	char text[HOOK_TEXT];

	if (!said_error(&takeover->unusable, err) || (!err && !told))
		return;
	if (err)
		diagnose_pins_unusable(err, takeover->directory, next, flaw, text, sizeof(text));
	else
		diagnose_pins_usable(pin_dir_path(takeover->pins), text, sizeof(text));
	event_tell(&hook->teller,
		   !err	  ? EVENT_OKAY
		   : next ? EVENT_FAILURE
			  : EVENT_WARNING,
		   "", text);
}

/*
 * What does not say whose it is was left by an earlier version, of which one instance pinned here.
 * It is this one if it counts at interfaces that this one is to count at; what calls a program of
 * Next is of one that has Next. Returns 0, with an answer, or -errno.
 */
static int is_inherited(const struct leftovers *leftovers, const struct watches *watches,
			bool *ret_is)
{
	struct leftovers_links links;
	int err = leftovers_count(leftovers, watches, &links);

	*ret_is = (links.wanted || !links.others) &&
		  (leftovers->program->needs_pins || !clean_up_is_of_next(leftovers));
	return err;
}

static int open_pins(struct takeover *takeover, const struct hook *hook,
		     const struct watches *watches, struct trusted_dir_flaw *flaw)
{
	struct leftovers leftovers;
	bool inherited = false;
	int err = pin_dir_open(takeover->directory, takeover->owner, PIN_DIR_MADE, &takeover->pins,
			       flaw);

	if (err || pin_dir_owner(takeover->pins)[0])
		return err;
	leftovers = leftovers_of(takeover, hook, NULL);
	err = is_inherited(&leftovers, watches, &inherited);
	if (!err && inherited)
		err = pin_dir_own(takeover->pins, takeover->owner);
	if (!err && inherited)
		return 0;
	if (!err && said_error(&takeover->unowned, -EPERM))
		clean_up_tell(&leftovers, DIAGNOSE_PINS_STAY_UNOWNED, 0);
	takeover_close(takeover);
	return err ? err
		   : pin_dir_open(takeover->directory, takeover->owner, PIN_DIR_OWN_MADE,
				  &takeover->pins, flaw);
}

/* Whether there may be pins to take over at another attempt. */
static bool is_worth_waiting(const struct hook *hook, int err)
{
	return err == -EWOULDBLOCK || error_is_transient(err) || (err && hook->program->needs_pins);
}

static enum takeover_answer settle_without(struct takeover *takeover, const struct hook *hook,
					   const struct watches *watches)
{
	struct leftovers leftovers = leftovers_of(takeover, hook, NULL);
	int err = clean_up_own(&leftovers, watches, takeover->directory, takeover->owner);

	if (err == -EBUSY)
		clean_up_tell_locked(&hook->teller, takeover->directory, false);
	takeover->settled = !error_is_transient(err);
	return takeover->settled ? TAKEOVER_GO_ON : TAKEOVER_AGAIN;
}

/* pin_dir_list() callback. */
static void note_pin(void *found, const char *name)
{
	(void)name;
	*(bool *)found = true;
}

/* The program was loaded before the directory could be opened. */
static enum takeover_answer come_late(struct takeover *takeover, const struct hook *hook,
				      struct watches *watches, uint64_t now)
{
	bool found = false;

	if (pin_dir_list(takeover->pins, note_pin, &found) == 0 && !found)
		return takeover_run(takeover, hook, watches, now);
	return TAKEOVER_START_OVER;
}

enum takeover_answer takeover_settle(struct takeover *takeover, const struct hook *hook,
				     struct watches *watches, uint64_t now)
{
	struct trusted_dir_flaw flaw;
	int err;

	if (takeover->settled)
		return TAKEOVER_GO_ON;
	if (!takeover->persist)
		return settle_without(takeover, hook, watches);
	err = open_pins(takeover, hook, watches, &flaw);
	if (err)
		tell_unusable(takeover, hook, err, &flaw);
	takeover->settled = !is_worth_waiting(hook, err);
	if (!takeover->settled)
		return TAKEOVER_AGAIN;
	if (takeover->pins && hook->program->loaded)
		return come_late(takeover, hook, watches, now);
	return TAKEOVER_GO_ON;
}

/* --- what is taken over */

/* Nothing more is pinned, attached or detached until all can be taken over. */
static enum takeover_answer put_off(struct takeover *takeover, const struct hook *hook, int err)
{
	char text[HOOK_TEXT];

	takeover->pin_due = false;
	if (said_error(&takeover->put_off, err)) {
		diagnose_pins_put_off(err, pin_dir_path(takeover->pins), text, sizeof(text));
		event_tell(&hook->teller, EVENT_FAILURE, "", text);
	}
	return TAKEOVER_START_OVER;
}

/* The program and its links are pinned, and stay; the next start may find nothing to go on with. */
static void tell_partial(struct takeover *takeover, const struct hook *hook, int err)
{
	char text[HOOK_TEXT];

	if (!said_error(&takeover->partial, err) || !err)
		return;
	diagnose_pins_partial(err, takeover->directory, text, sizeof(text));
	event_tell(&hook->teller, EVENT_WARNING, "", text);
}

/*
 * The pins that are there cannot be trusted to be whole: goes on without, unless that can be
 * mended.
 */
static void give_up_pins(struct takeover *takeover, const struct hook *hook,
			 struct watches *watches, int err)
{
	if (hook->program->needs_pins || error_is_transient(err)) {
		takeover->pin_due = true;
		tell_partial(takeover, hook, err);
		return;
	}
	for (size_t i = 0; i < watches->count; i++)
		watch_unpin(&watches->list[i], hook);
	(void)hook->program->operations->unpin(hook->program, takeover->pins);
	pin_dir_remove(takeover->pins);
	takeover_close(takeover);
	tell_unusable(takeover, hook, err, NULL);
}

/* Whether a pinned link of an interface is at its hook, in the mode that is asked for. */
static bool fits(const struct hook *hook, const struct interface *interface,
		 const struct xdp_link_info *info, enum xdp_link_mode mode)
{
	if (hook->kind->runs)
		return hook->kind->runs(interface->index, info->program_id);
	return info->program_id == interface->hook.program_id &&
	       (hook->mode == XDP_LINK_AUTO || hook->mode == mode);
}

/* See watch_link. */
static int misfit_of(const struct hook *hook, const struct interface *interface,
		     const struct xdp_link_info *info, enum xdp_link_mode mode)
{
	if (!info->ifindex)
		return -ENOLINK;
	return info->ifindex == interface->index && fits(hook, interface, info, mode) ? 0 : -ESTALE;
}

/*
 * Opens the pinned link of an interface, if there is one, and has the slot that its packets are
 * to be counted in, unless the link is not at the hook, or not in the mode that is asked for.
 * Nothing is changed at hooks. Returns 0 or -errno.
 */
static int claim(const struct leftovers *leftovers, const struct hook *hook,
		 struct watches *watches, struct watch *watch, bool pinned, uint64_t now)
{
	enum xdp_link_mode mode =
		hook->kind->listed ? xdp_link_hook_mode(&watch->interface.hook) : XDP_LINK_AUTO;
	struct watch_link link = {.mode = mode, .pins = leftovers->pins};
	struct xdp_link_info info;
	int err;

	/* It was attached by this process before there were pins. */
	if (watch->link.fd >= 0)
		return watch_continue_slot(watches, watch, hook, now);
	if (!pinned)
		return 0;
	err = leftovers_open(leftovers, watch->interface.index, &link.fd, &info);
	if (err)
		return err == -ENOENT || err == -EPERM ? 0 : err;
	link.outdated = info.program_id != hook->program->id;
	link.misfit = misfit_of(hook, &watch->interface, &info, mode);
	watch_claim(watch, &link);
	return !link.misfit ? watch_continue_slot(watches, watch, hook, now) : 0;
}

/*
 * Claims all there is, `pinned` or kept by this process. Returns 0 or -errno, with some of it
 * claimed.
 */
static int claim_all(const struct leftovers *leftovers, const struct hook *hook,
		     struct watches *watches, bool pinned, uint64_t now)
{
	const struct program_slots *slots = hook->program->operations->slots;
	int err = 0;

	for (size_t i = 0; i < watches->count; i++) {
		int failed = 0;

		if (watches->list[i].state == WATCH_WAITING)
			failed = claim(leftovers, hook, watches, &watches->list[i], pinned, now);
		err = err ? err : failed;
	}
	/* An interface that was renamed needs a slot besides its old one. */
	if (err == -ENOSPC && slots)
		slots->sweep(hook->program, now);
	return err;
}

/* Whether a link goes on with the program of the last start when its hook refuses ours. */
static bool is_kept(const struct program *program)
{
	/* To detach it would let packets pass that are the user's to decide about. */
	return program->needs_pins || program->adopted;
}

/* Has a link that was claimed run our program. */
static void adopt(const struct hook *hook, struct watch *watch, uint64_t now)
{
	char text[HOOK_TEXT];
	int err = watch->link.misfit;

	if (!err && watch->link.outdated)
		err = hook->kind->update(watch->link.fd, hook->program->fd);
	if (watch->link.misfit || (err && !is_kept(hook->program))) {
		diagnose_pins_refused(err, text, sizeof(text));
		event_tell(&hook->teller, EVENT_WARNING, watch->interface.name, text);
		watch_let_go(watch, hook);
		return;
	}
	watch_adopt(watch, hook, err, now);
}

/* Has the links that were claimed run our program, and says what is not gone on with. */
static void adopt_all(const struct takeover *takeover, const struct hook *hook,
		      struct watches *watches, uint64_t now)
{
	const struct program_slots *slots = hook->program->operations->slots;
	const char *reason = hook->program->not_adopted_reason;
	char text[HOOK_TEXT];

	if (reason[0]) {
		diagnose_pins_not_adopted(pin_dir_path(takeover->pins), reason, text, sizeof(text));
		event_tell(&hook->teller, EVENT_WARNING, "", text);
	}
	for (size_t i = 0; i < watches->count; i++) {
		if (watches->list[i].link.fd >= 0 && watches->list[i].state == WATCH_WAITING)
			adopt(hook, &watches->list[i], now);
	}
	if (slots)
		slots->sweep(hook->program, now);
}

enum takeover_answer takeover_run(struct takeover *takeover, const struct hook *hook,
				  struct watches *watches, uint64_t now)
{
	struct program *program = hook->program;
	struct leftovers leftovers = leftovers_of(takeover, hook, watches);
	int err = leftovers_ask(&leftovers), unpinned;

	if (err)
		return put_off(takeover, hook, err);
	unpinned = program->operations->pin_program(program, takeover->pins);
	if (unpinned && program->needs_pins) {
		tell_unusable(takeover, hook, unpinned, NULL);
		return TAKEOVER_START_OVER;
	}
	if (error_is_transient(unpinned))
		return put_off(takeover, hook, unpinned);
	/* Without pins, what is pinned is left over. */
	if (unpinned)
		leftovers.watches = NULL;
	err = claim_all(&leftovers, hook, watches, !unpinned, now);
	if (err)
		return put_off(takeover, hook, err);
	err = leftovers_drop(&leftovers);
	if (error_is_transient(err))
		return put_off(takeover, hook, err);
	if (err)
		clean_up_tell(&leftovers, DIAGNOSE_PINS_STAY_UNREMOVABLE, err);
	said_error(&takeover->put_off, 0);
	tell_unusable(takeover, hook, 0, NULL);
	adopt_all(takeover, hook, watches, now);
	takeover->pin_due = !unpinned;
	if (unpinned)
		give_up_pins(takeover, hook, watches, unpinned);
	return TAKEOVER_GO_ON;
}

/* Once more, where the hook refused our program. */
static void renew(const struct hook *hook, struct watch *watch, uint64_t now)
{
	if (watch->link.outdated && backoff_is_due(&watch->backoff, now))
		watch_renew(watch, hook, hook->kind->update(watch->link.fd, hook->program->fd),
			    now);
}

enum takeover_answer takeover_follow(struct takeover *takeover, const struct hook *hook,
				     struct watches *watches, uint64_t now)
{
	int err;

	if (!takeover->pin_due)
		return TAKEOVER_GO_ON;
	takeover->pin_due = false;
	for (size_t i = 0; i < watches->count; i++) {
		renew(hook, &watches->list[i], now);
		takeover->pin_due |= watches->list[i].link.outdated;
	}
	/* What outdated links run stays pinned, as after an upgrade that was cut off. */
	if (takeover->pin_due)
		return TAKEOVER_AGAIN;
	err = hook->program->operations->pin(hook->program, takeover->pins);
	if (err)
		give_up_pins(takeover, hook, watches, err);
	else
		tell_partial(takeover, hook, 0);
	return takeover->pin_due ? TAKEOVER_AGAIN : TAKEOVER_GO_ON;
}

void takeover_pin(const struct takeover *takeover, const struct hook *hook, struct watch *watch)
{
	struct leftovers leftovers = leftovers_of(takeover, hook, NULL);
	unsigned int ifindex = watch->interface.index;
	struct xdp_link_info info;
	int link = -1;
	int err;

	if (!takeover->pins || watch->link.pins)
		return;
	err = leftovers_ask(&leftovers);
	if (!err)
		err = leftovers_open(&leftovers, ifindex, &link, &info);
	if (!err)
		hook->kind->close(link);
	if (!err || err == -ENOENT)
		err = pinset_put_link(hook->kind, takeover->pins, ifindex, watch->link.fd);
	watch_pinned(watch, hook, takeover->pins, err);
}
