// SPDX-License-Identifier: GPL-2.0-only
/* Has the user's program called after counting, and tells what becomes of it. */
#include "plugin/counter/next_policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/counter/load.h"
#include "plugin/kernel/pin_dir.h"

#define NEXT_POLICY_TEXT 768
#define NEXT_POLICY_NAME 64

/* loader_run() callback: next_slot_open(), which changes nothing of the process then. */
static int open_next(void *context, struct loader *load)
{
	struct next_policy *policy = context;

	(void)load;
	return next_slot_open(policy->path, policy->pins, &policy->slot, policy->why,
			      sizeof(policy->why));
}

int next_policy_prepare(struct next_policy *policy, const struct pin_dir *pins,
			struct counter_next *ret_next, struct counter_failure *failure)
{
	int err;

	*ret_next = (struct counter_next){0};
	if (!policy->path)
		return 0;
	policy->pins = pins;
	policy->sight = next_slot_look(policy->path);
	failure->step = "looking at the program of Next";
	err = loader_run(open_next, policy, &failure->log);
	policy->unusable = err == -ENOEXEC;
	if (err)
		return err;
	*ret_next = (struct counter_next){.wanted = true,
					  .frags = next_slot_frags(policy->slot),
					  .array = next_slot_array(policy->slot)};
	return 0;
}

bool next_policy_explain(const struct next_policy *policy, char *text, size_t size)
{
	if (!policy->unusable)
		return false;
	snprintf(text, size, "Next %s cannot be called: %s", policy->path, policy->why);
	return true;
}

bool next_policy_has_news(const struct next_policy *policy)
{
	struct next_slot_sight sight;

	if (!policy->unusable)
		return false;
	sight = next_slot_look(policy->path);
	return !next_slot_same_sight(&sight, &policy->sight);
}

void next_policy_drop(struct next_policy *policy)
{
	next_slot_close(policy->slot);
	policy->slot = NULL;
	policy->begun = false;
}

int next_policy_pin(struct next_policy *policy, const struct pin_dir *pins)
{
	int err = policy->slot ? next_slot_pin(policy->slot, pins) : 0;

	policy->begun = policy->slot && !err;
	return err;
}

int next_policy_settle(struct next_policy *policy, const struct pin_dir *pins)
{
	if (!policy->slot) {
		policy->ended = next_slot_unpin(pins);
		return 0;
	}
	return next_slot_settle(policy->slot, pins);
}

static void tell(const struct event_teller *teller, enum event_severity severity, const char *text)
{
	event_tell(teller, severity, "", text);
}

/* Once the counter runs. */
static void tell_begun(struct next_policy *policy, const struct event_teller *teller)
{
	char text[NEXT_POLICY_TEXT], name[NEXT_POLICY_NAME];

	policy->begun = false;
	policy->refused = policy->why[0];
	next_target_describe(next_slot_target(policy->slot), name, sizeof(name));
	if (next_slot_was_empty(policy->slot)) {
		snprintf(text, sizeof(text),
			 "Next: the slot of the last start was emptied by somebody else, and "
			 "packets passed without program %s; it is called again",
			 name);
		tell(teller, EVENT_WARNING, text);
	}
	if (policy->refused)
		snprintf(text, sizeof(text),
			 "Next %s cannot be called: %s; program %s of the last start goes on being "
			 "called",
			 policy->path, policy->why, name);
	else
		snprintf(text, sizeof(text), "Next %s: program %s is called after counting%s",
			 policy->path, name,
			 next_slot_frags(policy->slot)
				 ? ""
				 : "; it is not loaded for packets of several buffers (xdp.frags), "
				   "and so the counter is not: native mode wants an MTU that fits "
				   "into one");
	tell(teller, policy->refused ? EVENT_WARNING : EVENT_OKAY, text);
}

static void tell_ended(struct next_policy *policy, const struct event_teller *teller)
{
	char text[NEXT_POLICY_TEXT];

	snprintf(text, sizeof(text),
		 "Next is off: the program of the last start (id %u) is no longer called, and "
		 "packets pass",
		 policy->ended);
	policy->ended = 0;
	tell(teller, EVENT_OKAY, text);
}

/* What is at the path. */
static void follow_path(struct next_policy *policy, const struct event_teller *teller)
{
	const char *path = policy->path;
	char text[NEXT_POLICY_TEXT], why[256], before[NEXT_POLICY_NAME], name[NEXT_POLICY_NAME];
	enum next_slot_news news;

	next_target_describe(next_slot_target(policy->slot), before, sizeof(before));
	news = next_slot_follow(policy->slot, why, sizeof(why));
	if (news == NEXT_SLOT_SAME)
		return;
	next_target_describe(next_slot_target(policy->slot), name, sizeof(name));
	if (news == NEXT_SLOT_REFUSED)
		snprintf(text, sizeof(text),
			 "Next %s cannot be called: %s; program %s goes on being called", path, why,
			 before);
	else if (news == NEXT_SLOT_REPLACED)
		snprintf(text, sizeof(text),
			 "Next %s: program %s is called from now on, in place of %s", path, name,
			 before);
	else
		snprintf(text, sizeof(text), "Next %s: program %s is there again", path, name);
	/* One that was pinned anew and not missed is no news. */
	if (news != NEXT_SLOT_BACK || policy->refused)
		tell(teller, news == NEXT_SLOT_REFUSED ? EVENT_WARNING : EVENT_OKAY, text);
	policy->refused = news == NEXT_SLOT_REFUSED;
}

/* What is in the slot: what somebody else puts there does not stay. */
static void follow_slot(struct next_policy *policy, const struct event_teller *teller, uint64_t now)
{
	enum next_slot_state slot = next_slot_restore(policy->slot);
	char text[NEXT_POLICY_TEXT], name[NEXT_POLICY_NAME];
	bool told = slot == NEXT_SLOT_LOST
			    ? policy->lost
			    : policy->restored && now - policy->restored < BACKOFF_PAUSE_MAX;

	policy->lost = slot == NEXT_SLOT_LOST;
	if (slot == NEXT_SLOT_HELD || told)
		return;
	next_target_describe(next_slot_target(policy->slot), name, sizeof(name));
	if (slot == NEXT_SLOT_LOST)
		snprintf(text, sizeof(text),
			 "Next: its slot was emptied or filled by somebody else, and program %s is "
			 "no longer called; pin the program at %s again",
			 name, policy->path);
	else
		snprintf(text, sizeof(text),
			 "Next: its slot was emptied or filled by somebody else, and packets went "
			 "by without program %s; it is called again",
			 name);
	if (slot == NEXT_SLOT_RESTORED)
		policy->restored = now;
	tell(teller, slot == NEXT_SLOT_LOST ? EVENT_FAILURE : EVENT_WARNING, text);
}

/* Whether what is in the slot outlives this process. */
static void follow_pin(struct next_policy *policy, const struct event_teller *teller)
{
	int err = next_slot_keep(policy->slot, policy->pins);
	char text[NEXT_POLICY_TEXT];

	if (err == policy->pin_error)
		return;
	policy->pin_error = err < 0 ? err : 0;
	if (!err)
		return;
	if (err < 0)
		snprintf(text, sizeof(text),
			 "Next: the pin %s of its slot was removed from %s and cannot be put back "
			 "(errno %d, %s): when collectd ends, packets pass; restart collectd now",
			 NEXT_SLOT_PIN, pin_dir_path(policy->pins), -err, strerror(-err));
	else
		snprintf(text, sizeof(text),
			 "Next: the pin %s of its slot was removed from %s by somebody else; it is "
			 "there again",
			 NEXT_SLOT_PIN, pin_dir_path(policy->pins));
	tell(teller, EVENT_WARNING, text);
}

void next_policy_follow(struct next_policy *policy, const struct event_teller *teller, uint64_t now)
{
	if (policy->ended)
		tell_ended(policy, teller);
	if (!policy->slot)
		return;
	if (policy->begun)
		tell_begun(policy, teller);
	follow_path(policy, teller);
	follow_slot(policy, teller, now);
	follow_pin(policy, teller);
}
