// SPDX-License-Identifier: GPL-2.0-only
/* Readings of slots, those of interfaces that are there and the last ones of those that left. */
#include "plugin/hook/reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/base/clock.h"
#include "plugin/base/event.h"
#include "plugin/base/guard.h"
#include "plugin/base/said.h"
#include "plugin/diagnose/hook.h"
#include "plugin/hook/program.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/xdp_link.h"

int readings_open(const struct view_taker *taker, const struct source_set *sources, size_t capacity,
		  struct readings *ret_readings)
{
	struct readings readings = {.taker = *taker, .capacity = capacity};
	int err = source_views_open(sources, &readings.views);

	if (err)
		return err;
	readings.lasts = calloc(capacity, sizeof(*readings.lasts));
	if (!readings.lasts) {
		source_views_close(&readings.views);
		return -ENOMEM;
	}
	*ret_readings = readings;
	return 0;
}

void readings_close(struct readings *readings)
{
	source_views_close(&readings->views);
	free(readings->lasts);
	*readings = (struct readings){0};
}

/* Reads the slot of an interface, and what sources have counted for it. */
static int read_slot(struct readings *readings, const struct hook *hook,
		     const struct source_interface *interface, struct view_reading *ret_reading)
{
	int err =
		hook->program->operations->slots->read(hook->program, interface->slot, ret_reading);

	source_views_read(&hook->sources, interface, !err, &readings->views);
	return err;
}

/* A view of a slot; `reading`: NULL: none. */
static struct view view_of(const struct readings *readings, const struct hook *hook,
			   const struct interface *interface, const struct watch_slot *slot,
			   const struct view_reading *reading)
{
	return (struct view){
		.name = interface->name,
		.outgoing = hook->kind->outgoing,
		.time = reading ? reading->time : clock_now(),
		.rx_queues = interface->rx_queues,
		.slot = slot->number,
		.epoch = slot->epoch,
		.continued = slot->continued,
		.since = slot->since,
		.reading = reading,
		.sources = readings->views.list,
		.source_count = hook->sources.count,
	};
}

/* --- those that left */

static void drop_last(const struct hook *hook, const struct reading_last *last)
{
	source_set_slot_released(&hook->sources, last->slot.number);
}

static void keep(struct readings *readings, const struct hook *hook, const struct watch *gone)
{
	const struct reading_last last = {.interface = gone->interface, .slot = gone->slot};

	if (!last.slot.number)
		return;
	if (!last.slot.unread || readings->last_count == readings->capacity)
		drop_last(hook, &last);
	else
		readings->lasts[readings->last_count++] = last;
}

void readings_depart(struct readings *readings, const struct hook *hook, struct watch *watch,
		     uint64_t now)
{
	const struct watch gone = *watch;

	watch_depart(watch, hook, now);
	keep(readings, hook, &gone);
}

void readings_rename(struct readings *readings, const struct hook *hook, struct watches *watches,
		     struct watch *watch, const struct interface *interface, uint64_t now)
{
	const struct watch gone = *watch;

	if (watch_rename(watches, watch, hook, interface, now))
		keep(readings, hook, &gone);
	else
		readings_depart(readings, hook, watch, now);
}

static void take_last(struct readings *readings, const struct hook *hook,
		      const struct reading_last *last)
{
	const struct source_interface interface = {
		.interface = &last->interface,
		.slot = last->slot.number,
		.epoch = last->slot.epoch,
	};
	struct view_reading reading;
	struct view view;

	if (read_slot(readings, hook, &interface, &reading) == 0 &&
	    view_total(&reading.sum).packets != last->slot.packets) {
		view = view_of(readings, hook, &last->interface, &last->slot, &reading);
		view.departed = true;
		readings->taker.take(readings->taker.context, &view);
	}
	drop_last(hook, last);
}

static bool is_taken_again(const struct watches *watches, const char *name)
{
	for (size_t i = 0; i < watches->count; i++) {
		if (watches->list[i].state != WATCH_ABSENT &&
		    strcmp(watches->list[i].interface.name, name) == 0)
			return true;
	}
	return false;
}

/* Takes them all, or with `watches` those of which the name is taken again. */
static void take_lasts(struct readings *readings, const struct hook *hook,
		       const struct watches *watches)
{
	size_t kept = 0;

	for (size_t i = 0; i < readings->last_count; i++) {
		const struct reading_last last = readings->lasts[i];

		if (watches && !is_taken_again(watches, last.interface.name))
			readings->lasts[kept++] = last;
		else
			take_last(readings, hook, &last);
	}
	readings->last_count = kept;
}

void readings_hurry(struct readings *readings, const struct hook *hook,
		    const struct watches *watches)
{
	take_lasts(readings, hook, watches);
}

void readings_forget(struct readings *readings, const struct hook *hook)
{
	for (size_t i = 0; i < readings->last_count; i++)
		drop_last(hook, &readings->lasts[i]);
	readings->last_count = 0;
}

/* --- those that are there */

static void show(const struct readings *readings, const struct hook *hook,
		 const struct watch *watch, const struct listing *listing,
		 const struct view_reading *reading)
{
	bool gone = listing_is_gone(listing, &watch->interface);
	struct view view = view_of(readings, hook, &watch->interface, &watch->slot, reading);

	/* Shown by the watch of its other name. */
	if (watch->repeated)
		return;
	view.name = watch_name(watch);
	view.attached = watch->state == WATCH_ATTACHED && !gone;
	view.observing = watch->observed && !gone;
	view.mode = watch->observed ? xdp_link_hook_mode(&watch->interface.hook) : watch->link.mode;
	readings->taker.take(readings->taker.context, &view);
}

/* Whether there may be something to read: also where it was counted until just now. */
static bool is_due(const struct watch *watch)
{
	return watch->slot.number && (watch_is_counted(watch) || watch->slot.unread);
}

/* The outcome of a reading, told once per cause. */
static void note_outcome(struct watch *watch, const struct hook *hook, int err)
{
	char text[HOOK_TEXT];

	if (!said_error(&watch->said.reading, err))
		return;
	diagnose_hook_unreadable(err, text, sizeof(text));
	event_tell(&hook->teller, err ? EVENT_FAILURE : EVENT_OKAY, watch->interface.name,
		   err ? text : diagnose_hook(DIAGNOSE_HOOK_READABLE));
}

static void note_packets(struct watch *watch, const struct view_reading *reading)
{
	const struct record_cell total = view_total(&reading->sum);

	watch->slot.read_at = reading->time;
	watch->slot.idle = total.packets == watch->slot.packets;
	watch->slot.packets = total.packets;
	watch->slot.bytes = total.bytes;
	watch->slot.unread = watch_is_counted(watch);
}

static void take(struct readings *readings, const struct hook *hook, struct watch *watch,
		 const struct listing *listing)
{
	const struct source_interface interface = watch_as_source(watch);
	struct view_reading reading;
	int err;

	if (!is_due(watch)) {
		source_views_read(&hook->sources, interface.slot ? &interface : NULL, false,
				  &readings->views);
		show(readings, hook, watch, listing, NULL);
		return;
	}
	err = read_slot(readings, hook, &interface, &reading);
	note_outcome(watch, hook, err);
	if (!err)
		note_packets(watch, &reading);
	show(readings, hook, watch, listing, err ? NULL : &reading);
}

static void read_ahead(const struct hook *hook, bool on)
{
	const struct program_slots *slots = hook->program->operations->slots;

	if (hook->program->loaded && slots && slots->read_ahead)
		slots->read_ahead(hook->program, on);
}

void readings_take(struct readings *readings, const struct hook *hook, struct watches *watches,
		   const struct listing *listing)
{
	take_lasts(readings, hook, NULL);
	read_ahead(hook, true);
	for (size_t i = 0; i < watches->count; i++)
		take(readings, hook, &watches->list[i], listing);
	read_ahead(hook, false);
}

void readings_show(struct readings *readings, const struct hook *hook,
		   const struct watches *watches, const struct listing *listing)
{
	source_views_read(&hook->sources, NULL, false, &readings->views);
	for (size_t i = 0; i < watches->count; i++)
		show(readings, hook, &watches->list[i], listing, NULL);
}

/* --- whether counts can be true */

/*
 * Whether a count was read longer ago than half an interval: while others hold the rtnl lock, or
 * the machine is busy, the kernel's count is that of another time.
 */
static bool is_stale(const struct hook *hook, const struct watch *watch)
{
	const double half = (double)hook->interval_ns / 2e9;

	return (double)(int64_t)(clock_now() - watch->slot.read_at) / (1 << 30) > half;
}

/* Both counts, of what comes in or of what goes out. */
static struct guard_sample sample_of(const struct hook *hook, const struct watch *watch,
				     const struct interface *asked, uint64_t now)
{
	struct guard_sample sample = {
		.counted = watch->slot.packets, .kernel = asked->received, .time = now};

	if (hook->kind->outgoing) {
		sample.kernel = asked->sent;
		sample.kernel_bytes = asked->sent_bytes;
		sample.counted_bytes = watch->slot.bytes;
	}
	return sample;
}

/*
 * Asks the kernel what an interface has received or sent, and tells where the counts cannot be
 * true. Returns false where the answer came too late to be compared.
 */
static bool compare_counts(const struct hook *hook, const struct listing *listing,
			   struct watch *watch, uint64_t now)
{
	struct diagnose_counts facts = {.mode = hook_mode_name(hook, watch->link.mode),
					.native = watch->link.mode == XDP_LINK_NATIVE};
	struct guard_sample sample;
	struct interface asked;
	struct guard_news news;
	char text[HOOK_TEXT];

	if (interfaces_query(listing->interfaces, watch->interface.index, &asked) != 0)
		return true;
	if (is_stale(hook, watch)) {
		guard_put_off(&watch->guard, hook->interval_ns, now);
		return false;
	}
	sample = sample_of(hook, watch, &asked, now);
	news = guard_compare(&watch->guard, &sample, hook->interval_ns, hook->program->needs_pins);
	if (!news.changed)
		return true;
	facts.still = news.finding == GUARD_STILL;
	facts.twice = news.finding == GUARD_TWICE;
	facts.counted = news.counted;
	facts.kernel = news.kernel;
	facts.seconds = (double)news.duration / 1e9;
	diagnose_hook_counts(&facts, text, sizeof(text));
	event_tell(&hook->teller, news.finding ? EVENT_WARNING : EVENT_OKAY, watch->interface.name,
		   text);
	return true;
}

/*
 * Interfaces of a program without slots have no counts. While others hold the rtnl lock each
 * question may wait, so that the first late answer is the last one of the step.
 */
void readings_compare(const struct hook *hook, struct watches *watches,
		      const struct listing *listing, uint64_t now)
{
	size_t questions = GUARD_QUESTIONS + watches->count / GUARD_SHARE;

	for (size_t i = 0; i < watches->count && questions; i++) {
		struct watch *watch = &watches->list[i];

		if (watch->state != WATCH_ATTACHED || !watch->slot.number) {
			guard_interrupt(&watch->guard);
		} else if (guard_is_due(&watch->guard, watch->slot.epoch, watch->slot.packets,
					hook->interval_ns, now)) {
			questions = compare_counts(hook, listing, watch, now) ? questions - 1 : 0;
		}
	}
}
