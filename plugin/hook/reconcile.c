// SPDX-License-Identifier: GPL-2.0-only
/* A step: the list of interfaces, the program that they share, and each of them in turn. */
#include "plugin/hook/reconcile.h"

#include <errno.h>
#include <stdlib.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/base/news.h"
#include "plugin/base/text.h"
#include "plugin/diagnose/hook.h"
#include "plugin/diagnose/privileges.h"
#include "plugin/hook/attempt.h"
#include "plugin/hook/reading.h"
#include "plugin/hook/sync.h"
#include "plugin/hook/takeover.h"
#include "plugin/hook/watch.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/process.h"
#include "plugin/kernel/xdp_link.h"

/* Of the program. */
struct reconcile_load {
	struct backoff backoff;
	struct said cause; /* of the last attempt, by its text */
	bool failed;	   /* and nothing was reported since */
};

struct reconcile {
	struct hook hook;		   /* by reconcile_open() */
	struct reconcile_load load;	   /* by load_program() */
	struct watches watches;		   /* by hook/watch.c */
	struct takeover takeover;	   /* by hook/takeover.c */
	struct readings readings;	   /* by hook/reading.c */
	struct attempt attempt;		   /* by reconcile_open() */
	struct attempt_company *company;   /* the same */
	struct attempt_company alone;	   /* that of a program that has no other */
	const struct selection *selection; /* by reconcile_open() */
	bool looked, surplus;		   /* a list was seen; it has more than may be watched */
	bool asked, has_no_hooks;	   /* the kernel, by has_hooks(); and its answer */
	unsigned int links_beside;	   /* by reconcile_open() */
	bool short_of_files;		   /* by tell_shortage() */
	struct news news;		   /* by hook/watch.c: of this step */
};

int reconcile_open(const struct reconcile_settings *settings, struct reconcile **ret_reconcile)
{
	struct reconcile *reconcile = calloc(1, sizeof(*reconcile));
	int err;

	if (!reconcile)
		return -ENOMEM;
	reconcile->hook = (struct hook){
		.kind = settings->kind,
		.mode = settings->mode,
		.program = settings->program,
		.sources = settings->sources,
		.interval_ns = settings->interval_ns,
		.teller = settings->teller,
		.beside = settings->beside ? &settings->beside->watches : NULL,
	};
	reconcile->links_beside = settings->links_beside;
	reconcile->selection = settings->selection;
	reconcile->attempt = (struct attempt){.hook = &reconcile->hook,
					      .watches = &reconcile->watches,
					      .takeover = &reconcile->takeover};
	reconcile->company = settings->company ? settings->company : &reconcile->alone;
	attempt_join(reconcile->company, &reconcile->attempt);
	takeover_init(settings->persist, settings->pin_directory, settings->owner,
		      &reconcile->takeover);
	err = watches_open(settings->interfaces, &reconcile->watches);
	if (!err)
		err = readings_open(&settings->taker, &settings->sources, settings->interfaces,
				    &reconcile->readings);
	if (err) {
		reconcile_close(reconcile);
		return err;
	}
	sync_add_names(&reconcile->watches, settings->selection);
	*ret_reconcile = reconcile;
	return 0;
}

static void unload(struct reconcile *reconcile)
{
	struct program *program = reconcile->hook.program;

	readings_forget(&reconcile->readings, &reconcile->hook);
	source_set_end(&reconcile->hook.sources);
	program->operations->unload(program);
}

void reconcile_close(struct reconcile *reconcile)
{
	if (!reconcile)
		return;
	attempt_leave(reconcile->company, &reconcile->attempt);
	watches_close(&reconcile->watches, &reconcile->hook);
	if (reconcile->hook.program->loaded)
		unload(reconcile);
	takeover_close(&reconcile->takeover);
	readings_close(&reconcile->readings);
	free(reconcile);
}

/* --- the list of interfaces */

/* Whether the link went to another network namespace, where its interface has the same index. */
static bool is_elsewhere(const struct hook *hook, const struct watch *watch)
{
	struct xdp_link_info info;

	return hook->kind->runs && hook->kind->inspect(watch->link.fd, &info) == 0 &&
	       !hook->kind->runs(watch->interface.index, info.program_id);
}

/* Acts on what became of a watch; where the list lacks its interface, the kernel is asked. */
static void update_watch(struct reconcile *reconcile, const struct listing *listing,
			 struct watch *watch, uint64_t now)
{
	const struct hook *hook = &reconcile->hook;
	struct watches *watches = &reconcile->watches;
	const struct interface *interface;
	struct interface asked;
	bool lost;

	if (watch->state == WATCH_ABSENT)
		return;
	interface = interfaces_by_index(listing->interfaces, watch->interface.index);
	if (!interface &&
	    interfaces_query(listing->interfaces, watch->interface.index, &asked) == 0)
		interface = &asked;
	lost = sync_is_doubtful(watch, hook, interface, listing->news) &&
	       (watch_is_lost(watch, hook) || is_elsewhere(hook, watch));
	switch (sync_compare(watches, watch, reconcile->selection, interface, listing->news,
			     lost)) {
	case SYNC_RENAMED:
		readings_rename(&reconcile->readings, hook, watches, watch, interface, now);
		break;
	case SYNC_DEPARTED:
		readings_depart(&reconcile->readings, &reconcile->hook, watch, now);
		break;
	case SYNC_LOST:
		watch_lose(watch, hook, now);
		watch_see(watch, interface, false);
		break;
	case SYNC_CHANGED:
		watch_see(watch, interface, true);
		break;
	default:
		watch_see(watch, interface, false);
	}
}

/* Interfaces beyond MaxInterfaces are named once, not one by one. */
static void tell_surplus(struct reconcile *reconcile, size_t surplus, const char *names)
{
	char text[HOOK_TEXT];
	bool told = reconcile->surplus;

	reconcile->surplus = surplus != 0;
	if (!surplus || told || reconcile->hook.beside)
		return;
	diagnose_hook_surplus(surplus, names, (unsigned int)reconcile->watches.capacity, text,
			      sizeof(text));
	event_tell(&reconcile->hook.teller, EVENT_WARNING, "", text);
}

/* Watches what is selected, as far as there is a place for it. */
static void place_interfaces(struct reconcile *reconcile, const struct listing *listing)
{
	struct watches *watches = &reconcile->watches;
	size_t listed, surplus = 0;
	const struct interface *list = interfaces_list(listing->interfaces, &listed);
	char names[256] = "";

	for (size_t i = 0; i < listed; i++) {
		struct watch *watch = NULL;

		switch (sync_place(watches, reconcile->selection, &list[i], &watch)) {
		case SYNC_ARRIVED:
			if (!watch)
				watch = watches_add(watches, list[i].name, false);
			watch_arrive(watch, &list[i]);
			break;
		case SYNC_SURPLUS:
			text_append_name(names, sizeof(names), list[i].name);
			surplus++;
			break;
		default:
			break;
		}
	}
	tell_surplus(reconcile, surplus, names);
}

/* Says which regular expressions match nothing that is there at the start. */
static void tell_vain(struct reconcile *reconcile, const struct listing *listing)
{
	const struct selection *selection = reconcile->selection;
	char text[HOOK_TEXT];
	const char *pattern;

	for (size_t i = 0; (pattern = selection_pattern(selection, i)); i++) {
		if (!pattern[0] || listing_matches(listing->interfaces, selection, i))
			continue;
		diagnose_hook_vain(pattern, selection_is_inverted(selection), text, sizeof(text));
		event_tell(&reconcile->hook.teller, EVENT_WARNING, "", text);
	}
}

static void look_around(struct reconcile *reconcile, const struct listing *listing, uint64_t now)
{
	struct watches *watches = &reconcile->watches;

	if (listing->news == INTERFACES_SAME)
		return;
	if (!reconcile->looked && !reconcile->hook.beside)
		tell_vain(reconcile, listing);
	reconcile->looked = true;
	for (size_t i = 0; i < watches->count; i++)
		update_watch(reconcile, listing, &watches->list[i], now);
	sync_drop_departed(watches);
	place_interfaces(reconcile, listing);
	readings_hurry(&reconcile->readings, &reconcile->hook, watches);
	for (size_t i = 0; i < watches->count; i++) {
		if (watches->list[i].state == WATCH_ABSENT)
			watch_miss(&watches->list[i], &reconcile->hook,
				   listing_find(listing->interfaces, watches->list[i].wanted));
	}
}

/* --- the program */

/* Whether the kernel has hooks of the kind at all; where it has not, that is reported once. */
static bool has_hooks(struct reconcile *reconcile)
{
	const struct hook *hook = &reconcile->hook;
	int err;

	if (reconcile->asked || !hook->kind->probe)
		return !reconcile->has_no_hooks;
	err = hook->kind->probe();
	/* Else it is asked again; until then it is taken to have them. */
	reconcile->asked = !err || err == -EOPNOTSUPP || hook->program->loaded;
	reconcile->has_no_hooks = err == -EOPNOTSUPP;
	if (reconcile->has_no_hooks)
		event_tell(&hook->teller, EVENT_WARNING, "",
			   diagnose_hook(DIAGNOSE_HOOK_NONE_OUTGOING));
	return !reconcile->has_no_hooks;
}

/* The program is unloaded, so that it is loaded and takes over again; what is pinned stays. */
static void start_over(struct reconcile *reconcile)
{
	for (size_t i = 0; i < reconcile->watches.count; i++)
		watch_start_over(&reconcile->watches.list[i], &reconcile->hook);
	unload(reconcile);
}

/* Says why the program does not load, once per cause. */
static void tell_load_failure(struct reconcile *reconcile, int err)
{
	const struct program *program = reconcile->hook.program;
	char cause[HOOK_CAUSE], text[HOOK_TEXT];

	program->operations->explain(program, err, cause, sizeof(cause));
	if (!said_text(&reconcile->load.cause, cause))
		return;
	diagnose_hook_not_loaded(cause, text, sizeof(text));
	event_tell(&reconcile->hook.teller, EVENT_FAILURE, "", text);
}

/* Whether the program is to be loaded, or loaded again after a failure. */
static bool is_load_due(struct reconcile *reconcile, const struct listing *listing, uint64_t now)
{
	const struct program *program = reconcile->hook.program;

	/* Not before it is known what is wanted: what is pinned and not wanted is let go. */
	if (program->loaded || !listing->known ||
	    (program->needs_pins && !reconcile->takeover.pins))
		return false;
	if (program->operations->has_news && program->operations->has_news(program))
		backoff_reset(&reconcile->load.backoff);
	return backoff_is_due(&reconcile->load.backoff, now);
}

/* RX queues of the largest interface that is wanted; 0: there is none. */
static unsigned int most_queues(const struct watches *watches)
{
	unsigned int queues = 0;

	for (size_t i = 0; i < watches->count; i++) {
		if (watches->list[i].interface.rx_queues > queues)
			queues = watches->list[i].interface.rx_queues;
	}
	return queues;
}

/* Loads the program and has it go on with what is pinned. Returns whether it is there now. */
static bool try_load(struct reconcile *reconcile, uint64_t now)
{
	const struct hook *hook = &reconcile->hook;
	struct program *program = hook->program;
	struct takeover *takeover = &reconcile->takeover;
	int err = program->operations->load(program, most_queues(&reconcile->watches),
					    takeover->pins);

	if (err) {
		tell_load_failure(reconcile, err);
		return false;
	}
	source_set_begin(&hook->sources, program, &hook->teller);
	if (!takeover->pins ||
	    takeover_run(takeover, hook, &reconcile->watches, now) == TAKEOVER_GO_ON)
		return true;
	start_over(reconcile);
	return false;
}

static void load_program(struct reconcile *reconcile, const struct listing *listing, uint64_t now)
{
	struct reconcile_load *load = &reconcile->load;

	if (!is_load_due(reconcile, listing, now))
		return;
	if (!try_load(reconcile, now)) {
		backoff_fail(&load->backoff, reconcile->hook.interval_ns, now);
		load->failed = true;
		return;
	}
	if (load->failed)
		event_tell(&reconcile->hook.teller, EVENT_OKAY, "",
			   diagnose_hook(DIAGNOSE_HOOK_LOADED));
	*load = (struct reconcile_load){0};
}

/* --- one interface */

/* The link is no longer at the hook: somebody took it off, or the interface has just gone. */
static void lose(struct reconcile *reconcile, const struct listing *listing, struct watch *watch,
		 uint64_t now)
{
	struct interface asked;

	if (interfaces_query(listing->interfaces, watch->interface.index, &asked) == -ENODEV)
		readings_depart(&reconcile->readings, &reconcile->hook, watch, now);
	else
		watch_lose(watch, &reconcile->hook, now);
}

/*
 * An attached interface that counted something since the last reading was attached; otherwise the
 * link is asked, which takes a system call and the kernel's rtnl lock.
 */
static void step_watch(struct reconcile *reconcile, const struct listing *listing,
		       struct watch *watch, uint64_t now)
{
	const struct hook *hook = &reconcile->hook;
	bool doubtful = watch->slot.idle || !hook->program->operations->slots;

	if (watch->state == WATCH_ATTACHED && doubtful && watch_is_lost(watch, hook))
		lose(reconcile, listing, watch, now);
	if (hook->beside)
		watch_note_beside(watch, sync_is_counted(hook->beside, watch->interface.index,
							 watch - reconcile->watches.list));
	if (watch->state == WATCH_WAITING && hook->program->loaded &&
	    backoff_is_due(&watch->backoff, now))
		attempt_attach(&reconcile->attempt, reconcile->company, listing, watch, now);
	else if (watch->state == WATCH_ATTACHED)
		takeover_pin(&reconcile->takeover, hook, watch);
}

/* Those with so many interfaces below them: the kernel lets no program below another. */
static void step_at(struct reconcile *reconcile, const struct listing *listing, unsigned int depth,
		    uint64_t now)
{
	struct watches *watches = &reconcile->watches;

	for (size_t i = 0; i < watches->count; i++) {
		struct watch *watch = &watches->list[i];

		if (listing_depth(listing, watch->interface.index) == depth)
			step_watch(reconcile, listing, watch, now);
	}
}

void reconcile_read(struct reconcile *reconcile, const struct listing *listing)
{
	readings_take(&reconcile->readings, &reconcile->hook, &reconcile->watches, listing);
}

void reconcile_show(struct reconcile *reconcile, const struct listing *listing)
{
	readings_show(&reconcile->readings, &reconcile->hook, &reconcile->watches, listing);
}

/* Once, with the number to set; each interface has a line of its own besides. */
static void tell_shortage(struct reconcile *reconcile)
{
	const struct watches *watches = &reconcile->watches;
	const bool told = reconcile->short_of_files;
	struct privileges privileges;
	char text[HOOK_TEXT];
	size_t waiting = 0, more = watches->count * reconcile->links_beside;

	for (size_t i = 0; i < watches->count; i++)
		waiting += watch_waits_for(&watches->list[i], -EMFILE);
	reconcile->short_of_files = waiting != 0;
	if (!waiting || told)
		return;
	privileges_read(&privileges);
	diagnose_files_short(waiting, privileges.files,
			     process_files_wanted(privileges.files, waiting + more), text,
			     sizeof(text));
	event_tell(&reconcile->hook.teller, EVENT_WARNING, "", text);
}

void reconcile_step(struct reconcile *reconcile, const struct listing *listing, uint64_t now)
{
	const struct hook *hook = &reconcile->hook;
	struct watches *watches = &reconcile->watches;
	struct program *program = hook->program;

	look_around(reconcile, listing, now);
	if (!has_hooks(reconcile))
		return;
	if (listing->known &&
	    takeover_settle(&reconcile->takeover, hook, watches, now) == TAKEOVER_START_OVER)
		start_over(reconcile);
	load_program(reconcile, listing, now);
	(void)takeover_follow(&reconcile->takeover, hook, watches, now);
	if (program->loaded) {
		if (program->operations->follow)
			program->operations->follow(program, &hook->teller, now);
		source_set_step(&hook->sources, &hook->teller, now);
	}
	for (unsigned int depth = 0; depth <= listing->deepest; depth++)
		step_at(reconcile, listing, depth, now);
	attempt_come_back(reconcile->company, listing, now);
	tell_shortage(reconcile);
	readings_compare(hook, watches, listing, now);
	listing_tell_news(&reconcile->news, &reconcile->hook.teller);
	if (program->loaded)
		reconcile->hook.news = &reconcile->news;
}
