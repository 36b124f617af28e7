// SPDX-License-Identifier: GPL-2.0-only
/* Has the user's program called after counting, and tells what becomes of it. */
#include "plugin/counter/next_policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/counter/counter.h"
#include "plugin/kernel/pin_dir.h"

#define CHAIN_TEXT 768
#define CHAIN_NAME 64

/* loader_run() callback: next_open(), which changes nothing of the process then. */
static int open_next(void *context, struct loader *load)
{
	struct chain *chain = context;

	(void)load;
	return next_open(chain->path, chain->pins, &chain->next, chain->why, sizeof(chain->why));
}

int chain_prepare(struct chain *chain, const struct pin_dir *pins, struct counter_next *ret_next,
		  struct counter_failure *failure)
{
	int err;

	*ret_next = (struct counter_next){0};
	if (!chain->path)
		return 0;
	chain->pins = pins;
	chain->sight = next_look(chain->path);
	failure->step = "looking at the program of Next";
	err = loader_run(open_next, chain, &failure->log);
	chain->unusable = err == -ENOEXEC;
	if (err)
		return err;
	*ret_next = (struct counter_next){
		.wanted = true, .frags = next_frags(chain->next), .array = next_array(chain->next)};
	return 0;
}

bool chain_explain(const struct chain *chain, char *text, size_t size)
{
	if (!chain->unusable)
		return false;
	snprintf(text, size, "Next %s cannot be called: %s", chain->path, chain->why);
	return true;
}

bool chain_has_news(const struct chain *chain)
{
	struct next_sight sight;

	if (!chain->unusable)
		return false;
	sight = next_look(chain->path);
	return !next_same_sight(&sight, &chain->sight);
}

void chain_drop(struct chain *chain)
{
	next_close(chain->next);
	chain->next = NULL;
	chain->begun = false;
}

int chain_pin(struct chain *chain, const struct pin_dir *pins)
{
	int err = chain->next ? next_pin(chain->next, pins) : 0;

	chain->begun = chain->next && !err;
	return err;
}

int chain_settle(struct chain *chain, const struct pin_dir *pins)
{
	if (!chain->next) {
		chain->ended = next_unpin(pins);
		return 0;
	}
	return next_settle(chain->next, pins);
}

static void tell(const struct event_teller *teller, enum event_severity severity, const char *text)
{
	event_tell(teller, severity, "", text);
}

/* Once the counter runs. */
static void tell_begun(struct chain *chain, const struct event_teller *teller)
{
	char text[CHAIN_TEXT], name[CHAIN_NAME];

	chain->begun = false;
	chain->refused = chain->why[0];
	callee_describe(next_callee(chain->next), name, sizeof(name));
	if (next_was_empty(chain->next)) {
		snprintf(text, sizeof(text),
			 "Next: the slot of the last start was emptied by somebody else, and "
			 "packets passed without program %s; it is called again",
			 name);
		tell(teller, EVENT_WARNING, text);
	}
	if (chain->refused)
		snprintf(text, sizeof(text),
			 "Next %s cannot be called: %s; program %s of the last start goes on being "
			 "called",
			 chain->path, chain->why, name);
	else
		snprintf(text, sizeof(text), "Next %s: program %s is called after counting%s",
			 chain->path, name,
			 next_frags(chain->next)
				 ? ""
				 : "; it is not loaded for packets of several buffers (xdp.frags), "
				   "and so the counter is not: native mode wants an MTU that fits "
				   "into one");
	tell(teller, chain->refused ? EVENT_WARNING : EVENT_OKAY, text);
}

static void tell_ended(struct chain *chain, const struct event_teller *teller)
{
	char text[CHAIN_TEXT];

	snprintf(text, sizeof(text),
		 "Next is off: the program of the last start (id %u) is no longer called, and "
		 "packets pass",
		 chain->ended);
	chain->ended = 0;
	tell(teller, EVENT_OKAY, text);
}

/* What is at the path. */
static void follow_path(struct chain *chain, const struct event_teller *teller)
{
	const char *path = chain->path;
	char text[CHAIN_TEXT], why[256], before[CHAIN_NAME], name[CHAIN_NAME];
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
		tell(teller, news == NEXT_REFUSED ? EVENT_WARNING : EVENT_OKAY, text);
	chain->refused = news == NEXT_REFUSED;
}

/* What is in the slot: what somebody else puts there does not stay. */
static void follow_slot(struct chain *chain, const struct event_teller *teller, uint64_t now)
{
	enum next_slot slot = next_restore(chain->next);
	char text[CHAIN_TEXT], name[CHAIN_NAME];
	bool told = slot == NEXT_LOST
			    ? chain->lost
			    : chain->restored && now - chain->restored < BACKOFF_PAUSE_MAX;

	chain->lost = slot == NEXT_LOST;
	if (slot == NEXT_HELD || told)
		return;
	callee_describe(next_callee(chain->next), name, sizeof(name));
	if (slot == NEXT_LOST)
		snprintf(text, sizeof(text),
			 "Next: its slot was emptied or filled by somebody else, and program %s is "
			 "no longer called; pin the program at %s again",
			 name, chain->path);
	else
		snprintf(text, sizeof(text),
			 "Next: its slot was emptied or filled by somebody else, and packets went "
			 "by without program %s; it is called again",
			 name);
	if (slot == NEXT_RESTORED)
		chain->restored = now;
	tell(teller, slot == NEXT_LOST ? EVENT_FAILURE : EVENT_WARNING, text);
}

/* Whether what is in the slot outlives this process. */
static void follow_pin(struct chain *chain, const struct event_teller *teller)
{
	int err = next_keep(chain->next, chain->pins);
	char text[CHAIN_TEXT];

	if (err == chain->pin_error)
		return;
	chain->pin_error = err < 0 ? err : 0;
	if (!err)
		return;
	if (err < 0)
		snprintf(text, sizeof(text),
			 "Next: the pin %s of its slot was removed from %s and cannot be put back "
			 "(errno %d, %s): when collectd ends, packets pass; restart collectd now",
			 NEXT_PIN, pin_dir_path(chain->pins), -err, strerror(-err));
	else
		snprintf(text, sizeof(text),
			 "Next: the pin %s of its slot was removed from %s by somebody else; it is "
			 "there again",
			 NEXT_PIN, pin_dir_path(chain->pins));
	tell(teller, EVENT_WARNING, text);
}

void chain_follow(struct chain *chain, const struct event_teller *teller, uint64_t now)
{
	if (chain->ended)
		tell_ended(chain, teller);
	if (!chain->next)
		return;
	if (chain->begun)
		tell_begun(chain, teller);
	follow_path(chain, teller);
	follow_slot(chain, teller, now);
	follow_pin(chain, teller);
}
