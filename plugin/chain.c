// SPDX-License-Identifier: GPL-2.0-only
/* Has the user's program called after counting, and tells what becomes of it. */
#include "chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reconcile_private.h"

#define CHAIN_NAME 64

/* load_run() callback: next_open(), which leaves nothing of the process changed then. */
static int open_next(void *context, struct load *load)
{
	struct reconcile *reconcile = context;
	struct chain *chain = &reconcile->chain;

	(void)load;
	return next_open(reconcile->settings.next, reconcile->pins, &chain->next, chain->why,
			 sizeof(chain->why));
}

/* Nothing is attached without the program: told once per cause. */
static void tell_waiting(struct reconcile *reconcile, const char *why)
{
	struct chain *chain = &reconcile->chain;
	char text[RECONCILE_TEXT];

	if (strcmp(why, chain->waiting) == 0)
		return;
	snprintf(chain->waiting, sizeof(chain->waiting), "%s", why);
	snprintf(text, sizeof(text),
		 "nothing is counted, for Next %s cannot be called: %s; trying again",
		 reconcile->settings.next, why);
	reconcile_tell(reconcile, RECONCILE_FAILURE, "", text);
}

static void tell_called(const struct reconcile *reconcile)
{
	const char *why = reconcile->chain.why;
	const struct next *next = reconcile->chain.next;
	const char *path = reconcile->settings.next;
	char text[RECONCILE_TEXT], name[CHAIN_NAME];

	callee_describe(next_callee(next), name, sizeof(name));
	if (next_was_empty(next)) {
		snprintf(text, sizeof(text),
			 "Next: the slot of the last start was emptied by somebody else, and "
			 "packets passed without program %s; it is called again",
			 name);
		reconcile_tell(reconcile, RECONCILE_WARNING, "", text);
	}
	if (why[0]) {
		snprintf(text, sizeof(text),
			 "Next %s cannot be called: %s; program %s of the last start goes on being "
			 "called",
			 path, why, name);
		reconcile_tell(reconcile, RECONCILE_WARNING, "", text);
		return;
	}
	snprintf(text, sizeof(text), "Next %s: program %s is called after counting%s", path, name,
		 next_frags(next)
			 ? ""
			 : "; it is not loaded for packets of several buffers (xdp.frags), and so "
			   "the counter is not: native mode wants an MTU that fits into one");
	reconcile_tell(reconcile, RECONCILE_OKAY, "", text);
}

int chain_prepare(struct reconcile *reconcile, struct counter_next *ret_next)
{
	struct chain *chain = &reconcile->chain;
	int err;

	if (!reconcile->settings.next)
		return 0;
	/* Persist is what it is waiting for: told where that failed. */
	if (!reconcile->pins)
		return 1;
	chain->sight = next_look(reconcile->settings.next);
	reconcile->failure.step = "looking at the program of Next";
	err = load_run(open_next, reconcile, &reconcile->failure.log);
	if (err == -ENOEXEC) {
		tell_waiting(reconcile, chain->why);
		return 1;
	}
	if (err)
		return err;
	*ret_next = (struct counter_next){
		.wanted = true, .frags = next_frags(chain->next), .array = next_array(chain->next)};
	chain->waiting[0] = '\0';
	chain->refused = chain->why[0];
	return 0;
}

bool chain_has_news(const struct reconcile *reconcile)
{
	const struct chain *chain = &reconcile->chain;
	struct next_sight sight;

	if (!reconcile->settings.next || !chain->waiting[0])
		return false;
	sight = next_look(reconcile->settings.next);
	return !next_same_sight(&sight, &chain->sight);
}

void chain_drop(struct reconcile *reconcile)
{
	next_close(reconcile->chain.next);
	reconcile->chain.next = NULL;
}

int chain_pin(struct reconcile *reconcile)
{
	struct next *next = reconcile->chain.next;

	return next ? next_pin(next, reconcile->pins) : 0;
}

int chain_settle(struct reconcile *reconcile)
{
	struct next *next = reconcile->chain.next;
	char text[RECONCILE_TEXT];
	uint32_t id;

	if (next) {
		tell_called(reconcile);
		return next_settle(next, reconcile->pins);
	}
	id = next_unpin(reconcile->pins);
	if (!id)
		return 0;
	snprintf(text, sizeof(text),
		 "Next is off: the program of the last start (id %u) is no longer called, and "
		 "packets pass",
		 id);
	reconcile_tell(reconcile, RECONCILE_OKAY, "", text);
	return 0;
}

/* What is at the path. */
static void follow_path(struct reconcile *reconcile)
{
	struct chain *chain = &reconcile->chain;
	const char *path = reconcile->settings.next;
	char text[RECONCILE_TEXT], why[256], before[CHAIN_NAME], name[CHAIN_NAME];
	enum next_news news;

	callee_describe(next_callee(chain->next), before, sizeof(before));
	news = next_follow(chain->next, why, sizeof(why));
	if (news == NEXT_SAME)
		return;
	callee_describe(next_callee(chain->next), name, sizeof(name));
	if (news == NEXT_REFUSED)
		snprintf(text, sizeof(text),
			 "Next %s cannot be called: %s; program %s goes on being called", path, why,
			 before);
	else if (news == NEXT_REPLACED)
		snprintf(text, sizeof(text),
			 "Next %s: program %s is called from now on, in place of %s", path, name,
			 before);
	else
		snprintf(text, sizeof(text), "Next %s: program %s is there again", path, name);
	/* One that was pinned anew and not missed is no news. */
	if (news != NEXT_BACK || chain->refused)
		reconcile_tell(reconcile, news == NEXT_REFUSED ? RECONCILE_WARNING : RECONCILE_OKAY,
			       "", text);
	chain->refused = news == NEXT_REFUSED;
}

/* What is in the slot: what somebody else puts there does not stay. */
static void follow_slot(struct reconcile *reconcile, uint64_t now)
{
	struct chain *chain = &reconcile->chain;
	enum next_slot slot = next_restore(chain->next);
	char text[RECONCILE_TEXT], name[CHAIN_NAME];
	bool told = slot == NEXT_LOST
			    ? chain->lost
			    : chain->restored && now - chain->restored < RECONCILE_PAUSE_MAX;

	chain->lost = slot == NEXT_LOST;
	if (slot == NEXT_HELD || told)
		return;
	callee_describe(next_callee(chain->next), name, sizeof(name));
	if (slot == NEXT_LOST)
		snprintf(text, sizeof(text),
			 "Next: its slot was emptied or filled by somebody else, and program %s is "
			 "no longer called; pin the program at %s again",
			 name, reconcile->settings.next);
	else
		snprintf(text, sizeof(text),
			 "Next: its slot was emptied or filled by somebody else, and packets went "
			 "by without program %s; it is called again",
			 name);
	if (slot == NEXT_RESTORED)
		chain->restored = now;
	reconcile_tell(reconcile, slot == NEXT_LOST ? RECONCILE_FAILURE : RECONCILE_WARNING, "",
		       text);
}

/* Whether what is in the slot outlives this process. */
static void follow_pin(struct reconcile *reconcile)
{
	struct chain *chain = &reconcile->chain;
	int err = next_keep(chain->next, reconcile->pins);
	char text[RECONCILE_TEXT];

	if (err == chain->pin_error)
		return;
	chain->pin_error = err < 0 ? err : 0;
	if (!err)
		return;
	if (err < 0)
		snprintf(text, sizeof(text),
			 "Next: the pin %s of its slot was removed from %s and cannot be put back "
			 "(errno %d, %s): when collectd ends, packets pass; restart collectd now",
			 NEXT_PIN, pins_path(reconcile->pins), -err, strerror(-err));
	else
		snprintf(text, sizeof(text),
			 "Next: the pin %s of its slot was removed from %s by somebody else; it is "
			 "there again",
			 NEXT_PIN, pins_path(reconcile->pins));
	reconcile_tell(reconcile, RECONCILE_WARNING, "", text);
}

void chain_follow(struct reconcile *reconcile, uint64_t now)
{
	if (!reconcile->chain.next)
		return;
	follow_path(reconcile);
	follow_slot(reconcile, now);
	follow_pin(reconcile);
}
