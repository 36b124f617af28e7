// SPDX-License-Identifier: GPL-2.0-only
/* The steps of one interface from state to state, what they do at its hook, and what they tell. */
#include "plugin/hook/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/base/clock.h"
#include "plugin/base/event.h"
#include "plugin/base/news.h"
#include "plugin/diagnose/hook.h"
#include "plugin/diagnose/pins.h"
#include "plugin/hook/attach.h"
#include "plugin/hook/pinset.h"
#include "plugin/hook/source_set.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/xdp_link.h"

int watches_open(unsigned int capacity, struct watches *ret_watches)
{
	struct watch *list = calloc(capacity, sizeof(*list));

	if (!list)
		return -ENOMEM;
	*ret_watches = (struct watches){.list = list, .capacity = capacity};
	return 0;
}

void watches_close(struct watches *watches, const struct hook *hook)
{
	for (size_t i = 0; i < watches->count; i++)
		hook->kind->close(watches->list[i].link.fd);
	free(watches->list);
	*watches = (struct watches){0};
}

struct watch *watches_add(struct watches *watches, const char *name, bool named)
{
	struct watch *watch;

	if (watches->count == watches->capacity)
		return NULL;
	watch = &watches->list[watches->count++];
	*watch = (struct watch){.wanted = named ? name : NULL, .link.fd = -1};
	if (strlen(name) < sizeof(watch->interface.name))
		memcpy(watch->interface.name, name, strlen(name) + 1);
	return watch;
}

static void tell(struct watch *watch, const struct hook *hook, enum event_severity severity,
		 const char *text)
{
	watch->troubled = severity != EVENT_OKAY;
	event_tell(&hook->teller, severity, watch_name(watch), text);
}

/* Alternative names stay with the list. */
static void take_interface(struct watch *watch, const struct interface *interface)
{
	watch->interface = *interface;
	watch->interface.alternatives = NULL;
}

/*
 * Interfaces that a regular expression chose come and go every day: hook->news gathers them into
 * one line. An interface that was named, and the end of a trouble that was logged, have their own.
 * Where the program beside counts, too, only the end of a trouble is reported: it has reported the
 * rest.
 */
static void tell_traffic(struct watch *watch, const struct hook *hook, enum event_severity severity,
			 const char *came, const char *went, const char *text)
{
	bool over = came && watch->troubled;

	if (hook->news && watch->told_beside && !over)
		return;
	if (hook->news && !watch->wanted && !over)
		news_add(hook->news, came, went, text);
	else
		tell(watch, hook, severity, text);
}

void watch_arrive(struct watch *watch, const struct interface *interface)
{
	watch->state = WATCH_WAITING;
	watch->may_last = false;
	watch->repeated = false;
	backoff_reset(&watch->way);
	take_interface(watch, interface);
	watch->said.waiting = (struct said){0};
}

void watch_see(struct watch *watch, const struct interface *interface, bool changed)
{
	take_interface(watch, interface);
	if (!changed)
		return;
	backoff_reset(&watch->backoff);
	backoff_reset(&watch->way);
}

void watch_miss(struct watch *watch, const struct hook *hook, const struct interface *other)
{
	char text[HOOK_TEXT];

	watch->repeated = other;
	if (!said_error(&watch->said.waiting, other ? -EEXIST : -ENODEV) || hook->beside)
		return;
	if (other)
		diagnose_hook_repeated(watch->wanted, other->name, text, sizeof(text));
	event_tell(&hook->teller, EVENT_WARNING, watch->wanted,
		   other ? text : diagnose_hook(DIAGNOSE_HOOK_ABSENT));
}

struct source_interface watch_as_source(const struct watch *watch)
{
	return (struct source_interface){.interface = &watch->interface,
					 .slot = watch->slot.number,
					 .epoch = watch->slot.epoch};
}

static void release_slot(struct watch *watch, const struct hook *hook, uint64_t now)
{
	const struct program_slots *slots = hook->program->operations->slots;
	unsigned int slot = watch->slot.number;

	watch_free(watch, hook);
	watch->slot = (struct watch_slot){0};
	if (!slot)
		return;
	slots->release(hook->program, slot, now);
}

static void begin_counting(struct watch *watch)
{
	/* A slot with counts that were never read was last zero when they began, not now. */
	if (!watch->slot.unread)
		watch->slot.since = clock_now();
	watch->slot.unread = true;
	watch->slot.idle = false;
}

/* The slot of the watch begins at zero, or goes on. */
static void begin_slot(struct watches *watches, struct watch *watch, const struct hook *hook,
		       unsigned int slot, bool continued)
{
	struct source_interface interface;

	watch->slot = (struct watch_slot){.number = slot, .continued = continued};
	watch->slot.epoch = ++watches->epoch;
	watch->slot.since = clock_now();
	if (!slot)
		return;
	interface = watch_as_source(watch);
	source_set_slot_taken(&hook->sources, &interface);
}

int watch_take_slot(struct watches *watches, struct watch *watch, const struct hook *hook,
		    uint64_t now)
{
	struct program *program = hook->program;
	unsigned int slot = 0;
	int err = 0;

	if (watch->slot.epoch)
		return 0;
	if (program->operations->slots)
		err = program->operations->slots->take(program, watch->interface.index,
						       watch->interface.name, now,
						       hook->interval_ns, &slot);
	if (!err)
		begin_slot(watches, watch, hook, slot, false);
	return err;
}

int watch_continue_slot(struct watches *watches, struct watch *watch, const struct hook *hook,
			uint64_t now)
{
	struct program *program = hook->program;
	unsigned int slot = 0;
	int err = program->adopted ? 0 : -ENOENT;

	if (!err && program->operations->slots)
		err = program->operations->slots->adopt(program, watch->interface.index,
							watch->interface.name, &slot);
	if (err == -ENOENT)
		return watch_take_slot(watches, watch, hook, now);
	if (!err)
		begin_slot(watches, watch, hook, slot, true);
	return err;
}

void watch_lacks_slot(struct watch *watch, const struct hook *hook, int err, uint64_t now)
{
	char text[HOOK_TEXT];

	/* All slots that are free still rest: the next step will do. */
	if (err == -EINPROGRESS)
		return;
	backoff_fail(&watch->backoff, hook->interval_ns, now);
	if (!said_error(&watch->said.waiting, err))
		return;
	diagnose_hook_no_slot(err, text, sizeof(text));
	tell(watch, hook, EVENT_FAILURE, text);
}

void watch_unpin(struct watch *watch, const struct hook *hook)
{
	if (watch->link.pins)
		pinset_drop_link(hook->kind, watch->link.pins, watch->interface.index);
	watch->link.pins = NULL;
	watch->said.pinning = (struct said){0};
}

void watch_let_go(struct watch *watch, const struct hook *hook)
{
	/* What was pinned goes 15 ms after its pin (Linux 6.18). Fails where it is gone. */
	if (watch->link.pins)
		(void)hook->kind->detach(watch->link.fd);
	watch_unpin(watch, hook);
	hook->kind->close(watch->link.fd);
	watch->link = (struct watch_link){.fd = -1};
}

void watch_depart(struct watch *watch, const struct hook *hook, uint64_t now)
{
	watch->said.waiting = (struct said){0};
	if (watch_is_counted(watch)) {
		tell_traffic(watch, hook, EVENT_WARNING, NULL, watch->interface.name,
			     diagnose_hook(DIAGNOSE_HOOK_DEPARTED));
		said_error(&watch->said.waiting, -ENODEV);
	}
	watch_let_go(watch, hook);
	release_slot(watch, hook, now);
	watch->state = WATCH_ABSENT;
	watch->interface.index = 0;
	watch->aside_for[0] = '\0';
	backoff_reset(&watch->backoff);
}

bool watch_rename(struct watches *watches, struct watch *watch, const struct hook *hook,
		  const struct interface *interface, uint64_t now)
{
	const struct interface before = watch->interface;
	struct watch renamed = *watch;

	renamed.slot = (struct watch_slot){0};
	take_interface(&renamed, interface);
	if (watch_take_slot(watches, &renamed, hook, now) != 0)
		return false;
	begin_counting(&renamed);
	release_slot(watch, hook, now);
	*watch = renamed;
	tell_traffic(watch, hook, EVENT_OKAY, watch->interface.name, before.name,
		     diagnose_hook(DIAGNOSE_HOOK_RENAMED));
	return true;
}

void watch_lose(struct watch *watch, const struct hook *hook, uint64_t now)
{
	tell(watch, hook, EVENT_WARNING,
	     diagnose_hook(hook->kind->outgoing ? DIAGNOSE_HOOK_LOST_OUTGOING
						: DIAGNOSE_HOOK_LOST));
	if (now - watch->link.since > 2 * watch->losses.pause)
		backoff_reset(&watch->losses);
	backoff_fail(&watch->losses, hook->interval_ns, now);
	watch->backoff = watch->losses;
	watch_let_go(watch, hook);
	watch->state = WATCH_WAITING;
}

void watch_step_aside(struct watch *watch, const struct hook *hook, const char *lower)
{
	watch_let_go(watch, hook);
	watch->state = WATCH_WAITING;
	backoff_reset(&watch->backoff);
	snprintf(watch->aside_for, sizeof(watch->aside_for), "%s", lower);
}

bool watch_is_lost(struct watch *watch, const struct hook *hook)
{
	int err = hook->kind->check(watch->link.fd, watch->interface.index);
	char text[HOOK_TEXT];

	if (err == -ENOLINK || err == -EXDEV)
		return true;
	if (!said_error(&watch->said.asking, err))
		return false;
	diagnose_hook_no_answer(err, text, sizeof(text));
	tell(watch, hook, err ? EVENT_WARNING : EVENT_OKAY,
	     err ? text : diagnose_hook(DIAGNOSE_HOOK_ANSWERS));
	return false;
}

void watch_refuse(struct watch *watch, const struct hook *hook, enum diagnose_obstacle obstacle)
{
	char text[HOOK_TEXT];

	watch->backoff = (struct backoff){.pause = BACKOFF_PAUSE_MAX, .next = UINT64_MAX};
	/* What has no Ethernet header is refused at each kind of hook. */
	if (!said_error(&watch->said.waiting, -ENOTSUP) || hook->beside)
		return;
	diagnose_obstacle(obstacle, watch->interface.type, xdp_link_mode_name(hook->mode), text,
			  sizeof(text));
	tell(watch, hook, EVENT_FAILURE, text);
}

/* What follows from being attached, whoever did it. */
static void become_attached(struct watch *watch)
{
	watch->state = WATCH_ATTACHED;
	begin_counting(watch);
	watch->said.waiting = (struct said){0};
	watch->aside_for[0] = '\0';
	backoff_reset(&watch->backoff);
}

static void tell_attached(struct watch *watch, const struct hook *hook, const char *cause)
{
	const struct diagnose_attached facts = {
		.mode = hook_mode_name(hook, watch->link.mode),
		.cause = cause,
		.lower = watch->aside_for,
		.merged = watch->interface.merged && watch->link.mode == XDP_LINK_NATIVE,
	};
	unsigned int queues = hook->program->queues;
	char text[HOOK_TEXT];

	diagnose_hook_attached(&facts, text, sizeof(text));
	/* Not again where it jumps for the same one time after time. */
	if (watch->aside_for[0] && !said_text(&watch->said.aside, text))
		return;
	if (cause[0] || watch->aside_for[0])
		tell(watch, hook, cause[0] ? EVENT_WARNING : EVENT_OKAY, text);
	else
		tell_traffic(watch, hook, EVENT_OKAY, watch->interface.name, NULL, text);
	if (!queues || watch->interface.rx_queues <= queues)
		return;
	diagnose_hook_extra_queues(watch->interface.rx_queues, queues, text, sizeof(text));
	tell(watch, hook, EVENT_WARNING, text);
}

void watch_attach(struct watch *watch, const struct hook *hook,
		  const struct attach_attempt *attempt, const char *cause, uint64_t now)
{
	watch->link = (struct watch_link){.fd = attempt->link, .mode = attempt->mode, .since = now};
	tell_attached(watch, hook, cause);
	become_attached(watch);
}

void watch_held(struct watch *watch, bool observed)
{
	if (observed && !watch->observed)
		begin_counting(watch);
	watch->observed = observed;
	watch->said.waiting = (struct said){0};
}

void watch_free(struct watch *watch, const struct hook *hook)
{
	if (watch->observed)
		source_set_hook_is_free(&hook->sources, watch->slot.number);
	watch->observed = false;
}

bool watch_is_new_failure(const struct watch *watch, int err, uint32_t holder_id)
{
	return watch->said.waiting.key != said_key(err, holder_id);
}

void watch_fail(struct watch *watch, const struct hook *hook, int err, uint32_t holder_id,
		const char *cause)
{
	char text[HOOK_TEXT];

	said_change(&watch->said.waiting, said_key(err, holder_id));
	diagnose_hook_not_attached(cause, text, sizeof(text));
	tell(watch, hook, EVENT_FAILURE, text);
}

static void tell_continued(struct watch *watch, const struct hook *hook, bool replaced)
{
	char text[HOOK_TEXT];

	diagnose_pins_continued(hook_mode_name(hook, watch->link.mode), replaced,
				watch->slot.continued, text, sizeof(text));
	tell(watch, hook, EVENT_OKAY, text);
}

void watch_adopt(struct watch *watch, const struct hook *hook, int err, uint64_t now)
{
	bool replaced = watch->link.outdated;
	char text[HOOK_TEXT];

	become_attached(watch);
	watch->link.outdated = err != 0;
	if (!err) {
		tell_continued(watch, hook, replaced);
		return;
	}
	backoff_fail(&watch->backoff, hook->interval_ns, now);
	diagnose_pins_kept(err, hook->kind->outgoing, hook->program->needs_pins, text,
			   sizeof(text));
	tell(watch, hook, EVENT_FAILURE, text);
}

void watch_renew(struct watch *watch, const struct hook *hook, int err, uint64_t now)
{
	if (err) {
		backoff_fail(&watch->backoff, hook->interval_ns, now);
		return;
	}
	backoff_reset(&watch->backoff);
	watch->link.outdated = false;
	tell_continued(watch, hook, true);
}

void watch_pinned(struct watch *watch, const struct hook *hook, const struct pin_dir *pins, int err)
{
	char text[HOOK_TEXT];

	watch->link.pins = err ? NULL : pins;
	if (!said_error(&watch->said.pinning, err))
		return;
	diagnose_pins_unpinned(err, pin_dir_path(pins), hook->program->needs_pins, text,
			       sizeof(text));
	tell(watch, hook, err ? EVENT_WARNING : EVENT_OKAY,
	     err ? text : diagnose_hook(DIAGNOSE_HOOK_PINNED));
}

void watch_start_over(struct watch *watch, const struct hook *hook)
{
	if (watch->link.fd >= 0 && !watch->link.pins) {
		watch->link.outdated = true;
		watch->state = WATCH_WAITING;
	} else {
		hook->kind->close(watch->link.fd);
		watch->link = (struct watch_link){.fd = -1};
	}
	watch->slot = (struct watch_slot){0};
	watch->observed = false;
	backoff_reset(&watch->backoff);
}
