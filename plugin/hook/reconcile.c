// SPDX-License-Identifier: GPL-2.0-only
/* A step: the program that the interfaces share, and each of them in turn. */
#include "plugin/hook/reconcile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/hook/attach.h"
#include "plugin/diagnose/interfaces.h"
#include "plugin/source/observe.h"
#include "plugin/hook/takeover.h"
#include "plugin/hook/reconcile_private.h"
#include "plugin/hook/sync.h"

void reconcile_tell(const struct reconcile *reconcile, enum event_severity severity,
		    const char *interface, const char *text)
{
	const struct event event = {severity, interface, text};

	reconcile->observer.event(reconcile->observer.context, &event);
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
			struct watch *watch = watches_add(reconcile, name);

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

void reconcile_close(struct reconcile *reconcile)
{
	if (!reconcile)
		return;
	for (size_t i = 0; reconcile->watches && i < reconcile->count; i++)
		xdp_link_close(reconcile->watches[i].link);
	observing_close(reconcile);
	if (reconcile->program->loaded)
		reconcile->program->operations->unload(reconcile->program);
	interfaces_close(reconcile->interfaces);
	pin_dir_close(reconcile->pins);
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

static void tell_interfaces_error(struct reconcile *reconcile, int err)
{
	char text[RECONCILE_TEXT];

	if (err == reconcile->interfaces_error)
		return;
	reconcile->interfaces_error = err;
	if (err) {
		diagnose_interfaces(err, reconcile->listed, text, sizeof(text));
		reconcile_tell(reconcile, reconcile->listed ? EVENT_WARNING : EVENT_FAILURE, "",
			       text);
	} else {
		reconcile_tell(reconcile, EVENT_OKAY, "",
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
		watches_update(reconcile, news, now);
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
	reconcile_tell(reconcile, EVENT_FAILURE, "", line);
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
		reconcile_tell(reconcile, EVENT_OKAY, "", "the counter is loaded now");
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
	reconcile_tell(reconcile, err ? EVENT_FAILURE : EVENT_OKAY, watch->interface.name,
		       err ? text : "its counts can be read again");
}

/*
 * Reads an interface that is attached or observed. An attached one that counted something since the
 * last reading was attached; otherwise the link is asked, which takes a second system call and the
 * kernel's rtnl lock.
 */
static bool read_watch(struct reconcile *reconcile, struct watch *watch, uint64_t now,
		       struct view_reading *reading)
{
	struct program *program = reconcile->program;
	uint64_t packets;
	int err;

	if (!program->operations->read) {
		watches_check(reconcile, watch, now);
		return false;
	}
	err = program->operations->read(program, watch->slot, reading);
	tell_read_error(reconcile, watch, err);
	if (err)
		return false;
	packets = counter_total(&reading->sum).packets;
	if (watch->state == WATCH_ATTACHED && packets == watch->packets)
		watches_check(reconcile, watch, now);
	watch->packets = packets;
	return true;
}

static void tell_attached(const struct reconcile *reconcile, const struct watch *watch,
			  int native_error)
{
	unsigned int queues = reconcile->program->queues;
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT / 2];
	struct attach_facts facts;

	snprintf(text, sizeof(text), "counting in %s mode", xdp_link_mode_name(watch->mode));
	if (native_error && native_error != -EOPNOTSUPP) {
		attach_gather(reconcile->interfaces, &watch->interface, native_error,
			      XDP_LINK_NATIVE, reconcile->program->frags, &facts);
		diagnose_attach(&facts.facts, why, sizeof(why));
		snprintf(text, sizeof(text), "counting in generic mode: %s", why);
	}
	reconcile_tell(reconcile,
		       native_error && native_error != -EOPNOTSUPP ? EVENT_WARNING : EVENT_OKAY,
		       watch->interface.name, text);
	if (queues && watch->interface.rx_queues > queues) {
		snprintf(
			text, sizeof(text),
			"it has %u RX queues, and those from %u on are counted in its totals only: "
			"it came after the counter was loaded; restart collectd to count them",
			watch->interface.rx_queues, queues);
		reconcile_tell(reconcile, EVENT_WARNING, watch->interface.name, text);
	}
}

/* What holds the hook may have changed without a notification. */
static void look_at_hook(struct reconcile *reconcile, struct watch *watch)
{
	struct interface now;

	if (interfaces_query(reconcile->interfaces, watch->interface.index, &now) == 0)
		watch->interface.hook = now.hook;
}

/*
 * Says why an interface is not attached to, once per cause. `unobserved`: why
 * the program at its hook is not observed either; "": nothing new is known of that.
 */
static void tell_not_attached(struct reconcile *reconcile, struct watch *watch, int err, bool busy,
			      const char *unobserved)
{
	uint32_t holder_id = busy ? watch->interface.hook.program_id : 0;
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT - 32];
	struct attach_facts facts;

	if (err == watch->error && holder_id == watch->holder_id && !unobserved[0])
		return;
	attach_gather(reconcile->interfaces, &watch->interface, err, watch->mode,
		      reconcile->program->frags, &facts);
	facts.facts.unobserved = unobserved;
	diagnose_attach(&facts.facts, why, sizeof(why));
	snprintf(text, sizeof(text), "not counted: %s", why);
	reconcile_tell(reconcile, EVENT_FAILURE, watch->interface.name, text);
	watch->error = err;
	watch->holder_id = holder_id;
}

static void refuse(struct reconcile *reconcile, struct watch *watch,
		   enum diagnose_obstacle obstacle)
{
	char text[RECONCILE_TEXT];

	/* Only another interface would change that. */
	watch->backoff = (struct backoff){.pause = BACKOFF_PAUSE_MAX, .next = UINT64_MAX};
	if (watch->error == -ENOTSUP)
		return;
	watch->error = -ENOTSUP;
	diagnose_obstacle(obstacle, watch->interface.type,
			  xdp_link_mode_name(reconcile->settings.mode), text, sizeof(text));
	reconcile_tell(reconcile, EVENT_FAILURE, watch->interface.name, text);
}

/* There is no slot for it: told once per cause, tried again later. */
static void wait_for_slot(struct reconcile *reconcile, struct watch *watch, int err, uint64_t now)
{
	char text[RECONCILE_TEXT];

	/* All slots that are free still rest: the next step will do. */
	if (err == -EINPROGRESS)
		return;
	backoff_fail(&watch->backoff, reconcile->settings.interval_ns, now);
	if (err == watch->error)
		return;
	watch->error = err;
	snprintf(text, sizeof(text),
		 "not counted: the maps of the counter cannot be written (errno %d, %s); trying "
		 "again",
		 -err, strerror(-err));
	reconcile_tell(reconcile, EVENT_FAILURE, watch->interface.name, text);
}

static void begin(struct reconcile *reconcile, struct watch *watch,
		  const struct attach_attempt *attempt, uint64_t now)
{
	watch->link = attempt->link;
	watch->state = WATCH_ATTACHED;
	watch->attached_at = now;
	watch->error = 0;
	watch->holder_id = 0;
	backoff_reset(&watch->backoff);
	tell_attached(reconcile, watch, attempt->native_error);
	persist_pin(reconcile, watch);
}

/* One attempt to get a waiting interface a slot, and the program at its hook. */
static void attach(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	const struct attach_plan plan = attach_plan(&watch->interface, reconcile->settings.mode);
	char unobserved[RECONCILE_TEXT / 2] = "";
	struct attach_attempt attempt;
	enum attach_answer answer;
	int err;

	if (plan.obstacle != DIAGNOSE_OBSTACLE_NONE) {
		refuse(reconcile, watch, plan.obstacle);
		return;
	}
	err = reconcile_take_slot(reconcile, watch, now);
	if (err) {
		wait_for_slot(reconcile, watch, err, now);
		return;
	}
	answer = attach_try(reconcile->program->fd, &watch->interface, reconcile->settings.mode,
			    &attempt);
	watch->mode = attempt.mode;
	if (answer == ATTACH_BUSY) {
		/* A link lets go of a hook without a notification, so it is asked each time. */
		look_at_hook(reconcile, watch);
		if (observing_follow(reconcile, watch, now, unobserved, sizeof(unobserved)))
			watch->error = 0;
		else
			tell_not_attached(reconcile, watch, attempt.error, true, unobserved);
		return;
	}
	observing_end(reconcile, watch);
	if (answer == ATTACH_ATTACHED) {
		begin(reconcile, watch, &attempt, now);
		return;
	}
	tell_not_attached(reconcile, watch, attempt.error, false, "");
	backoff_fail(&watch->backoff, reconcile->settings.interval_ns, now);
}

static void step_watch(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	struct record_cell verdicts[RECORD_VERDICTS];
	struct view_reading reading;
	bool have = false, judged = false;
	struct view view;

	if (watch->state == WATCH_ATTACHED || watch->observing.program_id)
		have = read_watch(reconcile, watch, now, &reading);
	if (have)
		judged = observing_read(reconcile, watch, verdicts);
	if (watch->state == WATCH_WAITING && reconcile->program->loaded &&
	    backoff_is_due(&watch->backoff, now))
		attach(reconcile, watch, now);
	else if (watch->state == WATCH_ATTACHED)
		persist_pin(reconcile, watch);
	view = (struct view){
		.name = watch->interface.name,
		.attached = watch->state == WATCH_ATTACHED,
		.observing = watch->observing.program_id != 0,
		.mode = watch->observing.program_id ? xdp_link_hook_mode(&watch->interface.hook)
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
	const struct event_teller teller = {reconcile->observer.context, reconcile->observer.event};

	look_around(reconcile, now);
	persist_settle(reconcile);
	load_program(reconcile, now);
	persist_follow(reconcile, now);
	if (reconcile->program->loaded && reconcile->program->operations->follow)
		reconcile->program->operations->follow(reconcile->program, &teller, now);
	read_ahead(reconcile, true);
	for (size_t i = 0; i < reconcile->count; i++)
		step_watch(reconcile, &reconcile->watches[i], now);
	read_ahead(reconcile, false);
}
