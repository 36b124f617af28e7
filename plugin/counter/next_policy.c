// SPDX-License-Identifier: GPL-2.0-only
/* Prepares, pins and watches the slot of Next, and tells what becomes of the user's program. */
#include "plugin/counter/next_policy.h"

#include <errno.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/counter/load.h"
#include "plugin/diagnose/next.h"
#include "plugin/kernel/loader.h"
#include "plugin/kernel/pin_dir.h"

#define NEXT_POLICY_TEXT 768

/* loader_run() callback: next_slot_open(), which changes nothing of the process then. */
static int open_next(void *context, struct loader *load)
{
	struct next_policy *policy = context;

	(void)load;
	return next_slot_open(policy->path, policy->pins, &policy->slot, &policy->refusal);
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
	const struct diagnose_next facts = {
		.event = DIAGNOSE_NEXT_UNUSABLE, .path = policy->path, .refusal = &policy->refusal};

	if (!policy->unusable)
		return false;
	diagnose_next(&facts, text, size);
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

/* What is known of a program. Valid as long as `target`. */
static struct diagnose_next_program describe(const struct next_target *target)
{
	return (struct diagnose_next_program){target->id, target->name, target->tag};
}

/* What an event is about, if it is about the program that is called. */
static struct diagnose_next facts_of(const struct next_policy *policy,
				     enum diagnose_next_event event)
{
	const struct diagnose_next_program program = describe(next_slot_target(policy->slot));

	return (struct diagnose_next){
		.event = event, .path = policy->path, .program = program, .before = program};
}

static void tell(const struct event_teller *teller, enum event_severity severity,
		 const struct diagnose_next *facts)
{
	char text[NEXT_POLICY_TEXT];

	diagnose_next(facts, text, sizeof(text));
	event_tell(teller, severity, "", text);
}

/* Once the counter runs. */
static void tell_begun(struct next_policy *policy, const struct event_teller *teller)
{
	bool refused = policy->refusal.cause != DIAGNOSE_NEXT_CALLABLE;
	struct diagnose_next facts = facts_of(policy, DIAGNOSE_NEXT_WAS_EMPTY);

	policy->begun = false;
	said_change(&policy->refused, refused);
	if (next_slot_was_empty(policy->slot))
		tell(teller, EVENT_WARNING, &facts);
	if (refused)
		facts.event = DIAGNOSE_NEXT_KEPT_FROM_LAST;
	else if (next_slot_frags(policy->slot))
		facts.event = DIAGNOSE_NEXT_BEGUN;
	else
		facts.event = DIAGNOSE_NEXT_BEGUN_WITHOUT_FRAGS;
	facts.refusal = &policy->refusal;
	tell(teller, refused ? EVENT_WARNING : EVENT_OKAY, &facts);
}

static void tell_ended(struct next_policy *policy, const struct event_teller *teller)
{
	const struct diagnose_next facts = {.event = DIAGNOSE_NEXT_ENDED,
					    .program = {.id = policy->ended}};

	policy->ended = 0;
	tell(teller, EVENT_OKAY, &facts);
}

/* What is at the path. */
static void follow_path(struct next_policy *policy, const struct event_teller *teller)
{
	/* A copy: what it describes may be let go of. */
	const struct next_target before = *next_slot_target(policy->slot);
	struct diagnose_next_refusal refusal;
	struct diagnose_next facts;
	enum next_slot_news news = next_slot_follow(policy->slot, &refusal);
	bool changed =
		news != NEXT_SLOT_SAME && said_change(&policy->refused, news == NEXT_SLOT_REFUSED);

	if (news == NEXT_SLOT_REFUSED) {
		facts = facts_of(policy, DIAGNOSE_NEXT_KEPT);
		facts.refusal = &refusal;
		tell(teller, EVENT_WARNING, &facts);
	} else if (news == NEXT_SLOT_REPLACED) {
		facts = facts_of(policy, DIAGNOSE_NEXT_REPLACED);
		facts.before = describe(&before);
		tell(teller, EVENT_OKAY, &facts);
	} else if (news == NEXT_SLOT_BACK && changed) {
		/* One that was pinned once more and not missed is no news. */
		facts = facts_of(policy, DIAGNOSE_NEXT_BACK);
		tell(teller, EVENT_OKAY, &facts);
	}
}

/* What is in the slot: what somebody else puts there does not stay. */
static void follow_slot(struct next_policy *policy, const struct event_teller *teller, uint64_t now)
{
	enum next_slot_state slot = next_slot_restore(policy->slot);
	bool changed = said_change(&policy->lost, slot == NEXT_SLOT_LOST);
	struct diagnose_next facts;

	if (slot == NEXT_SLOT_LOST && changed) {
		facts = facts_of(policy, DIAGNOSE_NEXT_LOST);
		tell(teller, EVENT_FAILURE, &facts);
	} else if (slot == NEXT_SLOT_RESTORED &&
		   (!policy->restored || now - policy->restored >= BACKOFF_PAUSE_MAX)) {
		policy->restored = now;
		facts = facts_of(policy, DIAGNOSE_NEXT_RESTORED);
		tell(teller, EVENT_WARNING, &facts);
	}
}

/* Whether what is in the slot outlives this process. */
static void follow_pin(struct next_policy *policy, const struct event_teller *teller)
{
	int err = next_slot_keep(policy->slot, policy->pins);
	bool changed = said_error(&policy->pin, err < 0 ? err : 0);
	struct diagnose_next facts;

	if (!err || (err < 0 && !changed))
		return;
	facts = facts_of(policy, err < 0 ? DIAGNOSE_NEXT_PIN_LOST : DIAGNOSE_NEXT_PIN_RESTORED);
	facts.pin = NEXT_SLOT_PIN;
	facts.directory = pin_dir_path(policy->pins);
	facts.error = err;
	tell(teller, EVENT_WARNING, &facts);
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
