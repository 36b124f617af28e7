/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One interface that is to be counted: its state, and the steps from one state to the next. What
 * is in the structures is written by the functions below only, and read by all of the wing; each
 * group of fields names the functions that write it.
 *
 *   absent -> waiting: watch_arrive()      waiting -> attached: watch_attach(), watch_adopt()
 *   attached -> waiting: watch_lose(), watch_step_aside()        any -> absent: watch_depart()
 */
#ifndef COLLECTD_XDP_HOOK_WATCH_H
#define COLLECTD_XDP_HOOK_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/base/backoff.h"
#include "plugin/base/said.h"
#include "plugin/diagnose/hook.h"
#include "plugin/base/guard.h"
#include "plugin/hook/hook.h"
#include "plugin/kernel/interfaces.h"

struct attach_attempt;
struct pin_dir;

enum watch_state {
	WATCH_ABSENT,  /* named in the configuration, and not there */
	WATCH_WAITING, /* there, not attached to; see `said.waiting` */
	WATCH_ATTACHED
};

/* By watch_attach(), watch_claim(), watch_adopt() and watch_let_go(). */
struct watch_link {
	int fd; /* -1: none */
	enum xdp_link_mode mode;
	/* Of a claimed one, 0: it is at the hook, in the mode that is asked for; -ENOLINK: it is at
	 * no interface any more; -ESTALE: it is elsewhere, or in another mode. */
	int misfit;
	bool outdated;	/* it runs the program of a process before us */
	uint64_t since; /* monotonic ns, when it was attached by this process */
	/* By watch_claim(), watch_pinned() and watch_unpin(): where it is pinned; NULL: it is not.
	 */
	const struct pin_dir *pins;
};

/* By watch_take_slot(), watch_continue_slot() and watch_depart(). */
struct watch_slot {
	unsigned int number; /* 0: none */
	uint64_t epoch;
	bool continued; /* counted before this process started */
	/* Also by watch_attach() and watch_held(). */
	uint64_t since; /* clock_now() when it last began to be counted */
	bool unread;	/* something may have been counted since; until it is read when it ended */
	/* By hook/reading.c. */
	uint64_t packets; /* at the last reading */
	uint64_t bytes;	  /* the same */
	uint64_t read_at; /* clock_now() of that; 0: none yet */
	bool idle;	  /* none since the reading before */
};

/* What was last said, by the function that tells of it. */
struct watch_said {
	struct said waiting; /* why it waits: errno, and the program in the way */
	struct said reading; /* by hook/reading.c */
	struct said asking;
	struct said pinning;
	struct said aside; /* for whom it stepped aside */
};

struct watch {
	enum watch_state state;
	/* By watches_add(): the name in the configuration, so it is kept; NULL: it has none there.
	 */
	const char *wanted;
	bool repeated; /* by watch_miss(): its interface is watched under another name */
	struct interface interface; /* by watch_see(), watch_see_hook(): as last reported */
	struct watch_link link;
	struct watch_slot slot;
	bool observed; /* by watch_held() and watch_free(): a source counts at the holder */
	struct watch_said said;
	bool told_beside;	/* by watch_note_beside() */
	bool troubled;		/* by hook/watch.c: the last trouble that was logged goes on */
	struct backoff backoff; /* of attaching, or of replacing what is outdated */
	struct backoff losses;	/* of a link that others detach again and again */
	struct guard guard;	/* by readings_compare() */
	struct backoff way;	/* by hook/attempt.c: ours above stepped aside for it in vain */
	/* By watch_step_aside() and watch_stay_away(): the interface below for which it left its
	 * hook, until the attempt to come back; "": for none. */
	char aside_for[IF_NAMESIZE];
	/* By watch_note_error() and watch_arrive(): attach_may_last() of the last attempt. */
	bool may_last;
};

/* All of one program. */
struct watches {
	struct watch *list; /* of `capacity` */
	size_t count;
	size_t capacity;
	uint64_t epoch; /* the last one given out */
};

/* Returns 0, or -ENOMEM. */
int watches_open(unsigned int capacity, struct watches *ret_watches);

/* Lets go of links that are not pinned; pinned ones stay attached. */
void watches_close(struct watches *watches, const struct hook *hook);

/*
 * Adds an absent one; `named`: in the configuration, by a name that outlives it, its interface's
 * own or an alternative one. NULL: there are as many as there may be.
 */
struct watch *watches_add(struct watches *watches, const char *name, bool named);

/* Its name: of the interface, as last seen, or else that of the configuration. */
static inline const char *watch_name(const struct watch *watch)
{
	return watch->interface.name[0] ? watch->interface.name : watch->wanted;
}

static inline bool watches_any_attached(const struct watches *watches)
{
	for (size_t i = 0; i < watches->count; i++) {
		if (watches->list[i].state == WATCH_ATTACHED)
			return true;
	}
	return false;
}

/* Its interface is there, and waits. */
void watch_arrive(struct watch *watch, const struct interface *interface);

/* Takes in what was reported of the same interface; `changed`: an attempt may go well by now. */
void watch_see(struct watch *watch, const struct interface *interface, bool changed);

/* The same of its hook alone. */
static inline void watch_see_hook(struct watch *watch, struct interface_hook hook)
{
	watch->interface.hook = hook;
}

/*
 * No interface has the name, or the one that has it (`other`, else NULL) is watched under another
 * name; tells so once.
 */
void watch_miss(struct watch *watch, const struct hook *hook, const struct interface *other);

/*
 * Gone, renamed, moved or another one: lets go of hook and slot, which is to be read once more, see
 * readings_depart(). `now`: monotonic ns, as below.
 */
void watch_depart(struct watch *watch, const struct hook *hook, uint64_t now);

/*
 * An attached interface has another name: keeps the link, so that no packet is missed, and counts
 * from zero in another slot; the one that it had is left as by watch_depart(). False, with nothing
 * changed: it cannot have one.
 */
bool watch_rename(struct watches *watches, struct watch *watch, const struct hook *hook,
		  const struct interface *interface, uint64_t now);

/*
 * Somebody took the link off the hook. It is attached again at the next step, unless somebody
 * else is there by then; who does it again and again waits longer each time, for attaching may
 * restart a network card.
 */
void watch_lose(struct watch *watch, const struct hook *hook, uint64_t now);

/*
 * Leaves its hook, with its pin if it has one, so that the program can be attached to `lower`, an
 * interface below. Keeps its slot, and is to be attached again in the same step.
 */
void watch_step_aside(struct watch *watch, const struct hook *hook, const char *lower);

/* It did not come back at once, and waits as any other. */
static inline void watch_stay_away(struct watch *watch)
{
	watch->aside_for[0] = '\0';
}

/*
 * Whether the link is no longer at the hook. Where the kernel does not answer, it is not known to
 * be lost, so it is kept: to let go of it would detach it.
 */
bool watch_is_lost(struct watch *watch, const struct hook *hook);

/*
 * Gives it a slot, if it has none, counted from zero; nothing where the program has no slots.
 * Returns 0 or as take() of struct program_slots.
 */
int watch_take_slot(struct watches *watches, struct watch *watch, const struct hook *hook,
		    uint64_t now);

/* The slot of the last start, where this very interface was counted; else a new one. */
int watch_continue_slot(struct watches *watches, struct watch *watch, const struct hook *hook,
			uint64_t now);

/* No slot could be given: told once per cause, and worth another attempt. */
void watch_lacks_slot(struct watch *watch, const struct hook *hook, int err, uint64_t now);

/* Nothing but another interface would change the obstacle of the attempt. */
void watch_refuse(struct watch *watch, const struct hook *hook, enum diagnose_obstacle obstacle);

/* The attempt went well; `cause`: why not in native mode, "" where there is nothing to tell. */
void watch_attach(struct watch *watch, const struct hook *hook,
		  const struct attach_attempt *attempt, const char *cause, uint64_t now);

/* Another program holds the hook; a source counts there (`observed`) or it has just gone. */
void watch_held(struct watch *watch, bool observed);

/* Sources stopped counting there. */
void watch_free(struct watch *watch, const struct hook *hook);

/* Whether it waits, and what was said last of why is this negative errno, of no program. */
static inline bool watch_waits_for(const struct watch *watch, int err)
{
	return watch->state == WATCH_WAITING && watch->said.waiting.key == said_key(err, 0);
}

/* Whether the failure of an attempt, and the program in the way, is new: it is to be reported then.
 */
bool watch_is_new_failure(const struct watch *watch, int err, uint32_t holder_id);

/* It was not attached; `cause`: "cause; what to do", told. */
void watch_fail(struct watch *watch, const struct hook *hook, int err, uint32_t holder_id,
		const char *cause);

/* It is tried again after a pause. */
static inline void watch_pause(struct watch *watch, const struct hook *hook, uint64_t now)
{
	backoff_fail(&watch->backoff, hook->interval_ns, now);
}

/* What attach_may_last() says of an attempt, for the next one. */
static inline void watch_note_error(struct watch *watch, bool may_last)
{
	watch->may_last = may_last;
}

/* Takes a link of the last start, which is pinned in `pins`; see struct watch_link. */
static inline void watch_claim(struct watch *watch, const struct watch_link *link)
{
	watch->link = *link;
}

/* Whether the program beside counts there, too, and so tells what becomes of the interface. */
static inline void watch_note_beside(struct watch *watch, bool is_counted)
{
	watch->told_beside = is_counted;
}

/* A claimed link counts: with our program, or with err that of the last start. */
void watch_adopt(struct watch *watch, const struct hook *hook, int err, uint64_t now);

/* The attempt to have an outdated link run our program; `err` of it. */
void watch_renew(struct watch *watch, const struct hook *hook, int err, uint64_t now);

/* The outcome of pinning the link in `pins`, told once per cause. */
void watch_pinned(struct watch *watch, const struct hook *hook, const struct pin_dir *pins,
		  int err);

/* Removes the pin of the link, if it has one. */
void watch_unpin(struct watch *watch, const struct hook *hook);

/* Takes the link off its hook, with its pin, if there are any. */
void watch_let_go(struct watch *watch, const struct hook *hook);

/*
 * The program is about to be unloaded, and loaded again: closes the link if it is pinned, so that
 * it is claimed again; keeps it, as a claimed one, if it is not.
 */
void watch_start_over(struct watch *watch, const struct hook *hook);

/* Whether its packets are counted: by the counter, or beside another program. */
static inline bool watch_is_counted(const struct watch *watch)
{
	return watch->state == WATCH_ATTACHED || watch->observed;
}

/* What sources see of it; it has a slot. Valid as long as the watch. */
struct source_interface watch_as_source(const struct watch *watch);

#endif
