// SPDX-License-Identifier: GPL-2.0-only
/* One attempt to attach, and what stands in its way. */
#include "plugin/hook/attempt.h"

#include <errno.h>
#include <stddef.h>

#include <linux/if_link.h>

#include "plugin/base/backoff.h"
#include "plugin/base/error.h"
#include "plugin/diagnose/hook.h"
#include "plugin/hook/attach.h"
#include "plugin/hook/source_set.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/xdp_link.h"

void attempt_join(struct attempt_company *company, struct attempt *attempt)
{
	struct attempt **end = &company->first;

	while (*end)
		end = &(*end)->next;
	attempt->next = NULL;
	*end = attempt;
}

void attempt_leave(struct attempt_company *company, const struct attempt *attempt)
{
	for (struct attempt **at = &company->first; *at; at = &(*at)->next) {
		if (*at == attempt) {
			*at = attempt->next;
			return;
		}
	}
}

/* --- those above */

/* The watch of `one` that has a link at the hook of the interface; NULL: none. */
static struct watch *find_attached(const struct attempt *one, unsigned int ifindex)
{
	for (size_t i = 0; i < one->watches->count; i++) {
		struct watch *watch = &one->watches->list[i];

		if (watch->state == WATCH_ATTACHED && watch->interface.index == ifindex)
			return watch;
	}
	return NULL;
}

/*
 * One that runs the program of the last start stays: nothing could bring that back. And so does one
 * that calls a user's program, without which packets would pass for the moment.
 */
static bool is_own(const void *company_of_it, unsigned int ifindex, uint32_t program_id)
{
	const struct attempt_company *company = company_of_it;

	for (const struct attempt *one = company->first; one; one = one->next) {
		const struct program *program = one->hook->program;

		if (program->loaded && program->id == program_id && !program->needs_pins &&
		    find_attached(one, ifindex))
			return true;
	}
	return false;
}

/* Why what is above stays, where it is our own. */
static enum diagnose_attach_own why_it_stays(const struct attempt_company *company,
					     unsigned int ifindex)
{
	for (const struct attempt *one = company->first; one; one = one->next) {
		const struct watch *watch = find_attached(one, ifindex);

		if (watch && watch->link.outdated)
			return DIAGNOSE_ATTACH_LAST_START;
		if (watch && one->hook->program->needs_pins)
			return DIAGNOSE_ATTACH_DECIDES;
	}
	return DIAGNOSE_ATTACH_FOREIGN;
}

/* All of ours above `lower` leave their hooks until attempt_come_back(), or their turn. */
static void step_aside(const struct attempt_company *company, const struct listing *listing,
		       const struct interface *lower)
{
	size_t count;
	const struct interface *list = interfaces_list(listing->interfaces, &count);

	for (size_t i = 0; i < count; i++) {
		if (!interface_is_above(&list[i], lower))
			continue;
		for (const struct attempt *one = company->first; one; one = one->next) {
			struct watch *watch = find_attached(one, list[i].index);

			if (watch)
				watch_step_aside(watch, one->hook, lower->name);
		}
	}
}

/* What was tried, and what is above where that is what counts. */
struct trial {
	struct attach_attempt attempt;
	bool unknown;		/* the kernel did not say what is above */
	bool unseen;		/* nor what is at the hook */
	struct interface upper; /* whose program is in the way; index 0: it is not to be seen */
	enum diagnose_attach_own own;
};

/* Whether it is an interface above that keeps the program away from a hook that is free. */
static bool is_from_above(const struct watch *watch, const struct trial *trial)
{
	return trial->attempt.error == -EEXIST && watch->interface.hook.mode == XDP_ATTACHED_NONE;
}

/*
 * Tries once more while ours above are aside. Where that does not help, something else is above
 * that is not to be seen from here: then they stay for a while before they step aside again.
 */
static enum attach_answer try_below(const struct attempt *attempt,
				    const struct attempt_company *company,
				    const struct listing *listing, struct watch *watch,
				    const struct attach_plan *plan, uint64_t now,
				    struct trial *trial)
{
	const struct hook *hook = attempt->hook;
	enum attach_answer answer;

	if (!backoff_is_due(&watch->way, now))
		return ATTACH_BUSY;
	step_aside(company, listing, &watch->interface);
	answer =
		attach_try(hook->kind, hook->program->fd, &watch->interface, plan, &trial->attempt);
	if (answer == ATTACH_BUSY)
		backoff_fail(&watch->way, hook->interval_ns, now);
	else
		backoff_reset(&watch->way);
	return answer;
}

/* Looks at what keeps the program away from a hook that is free, and may do away with it. */
static enum attach_answer clear_way(const struct attempt *attempt,
				    const struct attempt_company *company,
				    const struct listing *listing, struct watch *watch,
				    const struct attach_plan *plan, uint64_t now,
				    struct trial *trial)
{
	const struct attach_own own = {.context = company, .is_own = is_own};
	struct interface upper;

	switch (attach_look_above(listing->interfaces, &watch->interface, &own, &upper)) {
	case ATTACH_ABOVE_OWN:
		return try_below(attempt, company, listing, watch, plan, now, trial);
	case ATTACH_ABOVE_FOREIGN:
		trial->upper = upper;
		trial->own = why_it_stays(company, upper.index);
		break;
	case ATTACH_ABOVE_UNKNOWN:
		trial->unknown = true;
		break;
	case ATTACH_ABOVE_FREE:
		break;
	}
	return ATTACH_BUSY;
}

/* --- what came of it */

/* Why it is not simply in native mode; "": it is, or the driver has none. */
static void explain_mode(const struct hook *hook, const struct watch *watch,
			 const struct attach_attempt *attempt, char *cause, size_t size)
{
	const struct attach_failure failure = {.error = attempt->native_error,
					       .mode = XDP_LINK_NATIVE,
					       .frags = hook->program->frags,
					       .unobserved = ""};

	cause[0] = '\0';
	if (attempt->lro_off)
		diagnose_hook_lro_off(cause, size);
	else if (failure.error && failure.error != -EOPNOTSUPP)
		attach_explain(&watch->interface, &failure, cause, size);
}

/* Says why an interface is not attached to, once per cause and program that is in the way. */
static void fail(const struct hook *hook, struct watch *watch, const struct trial *trial,
		 uint32_t holder_id, const char *unobserved)
{
	const struct attach_failure failure = {
		.error = trial->attempt.error,
		.outgoing = hook->kind->outgoing,
		.mode = trial->attempt.mode,
		.frags = hook->program->frags,
		.upper = trial->upper.index ? &trial->upper : NULL,
		.own = trial->own,
		.unobserved = unobserved,
	};
	char cause[HOOK_CAUSE];

	if (!unobserved[0] && !watch_is_new_failure(watch, failure.error, holder_id))
		return;
	attach_explain(&watch->interface, &failure, cause, sizeof(cause));
	watch_fail(watch, hook, failure.error, holder_id, cause);
}

/* Another program is there: a source may count at it. */
static void give_way(const struct hook *hook, struct watch *watch, const struct trial *trial,
		     uint64_t now)
{
	const struct source_interface interface = watch_as_source(watch);
	char why[SOURCE_REASON];
	enum source_answer answer;

	if (is_from_above(watch, trial)) {
		watch_free(watch, hook);
		/* What is above is not known for the moment: nothing to log yet. */
		if (!trial->unknown)
			fail(hook, watch, trial, trial->upper.hook.program_id, "");
		return;
	}
	/* What is observed goes on, as long as nothing is known to be there in its place. */
	if (trial->unseen && watch->observed)
		return;
	answer = source_set_hook_is_held(&hook->sources, &interface, &hook->teller, now, why,
					 sizeof(why));
	if (answer == SOURCE_REFUSED) {
		watch_free(watch, hook);
		fail(hook, watch, trial, watch->interface.hook.program_id, why);
	} else {
		watch_held(watch, answer == SOURCE_COUNTS);
	}
}

static void settle(const struct attempt *attempt, struct watch *watch, enum attach_answer answer,
		   const struct attach_plan *plan, const struct trial *trial, uint64_t now)
{
	const struct hook *hook = attempt->hook;
	char cause[HOOK_CAUSE];

	watch_note_error(watch, attach_may_last(plan, &watch->interface, trial->attempt.error));
	switch (answer) {
	case ATTACH_ATTACHED:
		watch_free(watch, hook);
		explain_mode(hook, watch, &trial->attempt, cause, sizeof(cause));
		watch_attach(watch, hook, &trial->attempt, cause, now);
		takeover_pin(attempt->takeover, hook, watch);
		break;
	case ATTACH_BUSY:
		/* A link lets go of a hook without a notification, so it is tried at each step. */
		give_way(hook, watch, trial, now);
		break;
	case ATTACH_REFUSED:
		watch_free(watch, hook);
		watch_refuse(watch, hook, plan->obstacle);
		break;
	case ATTACH_LATER:
		watch_free(watch, hook);
		fail(hook, watch, trial, 0, "");
		watch_pause(watch, hook, now);
		break;
	}
	if (answer != ATTACH_ATTACHED)
		watch_stay_away(watch);
}

/*
 * What holds the hook may have changed without a notification. Where a program was observed there
 * and the attempt failed for want of memory or descriptors, which says nothing of the hook, the
 * program may be there still.
 */
static enum attach_answer look_at_hook(const struct listing *listing, struct watch *watch,
				       enum attach_answer answer, struct trial *trial)
{
	bool short_of = watch->observed && error_is_transient(trial->attempt.error);
	struct interface asked;

	if (answer != ATTACH_BUSY && !short_of)
		return answer;
	trial->unseen = interfaces_query(listing->interfaces, watch->interface.index, &asked) != 0;
	if (!trial->unseen)
		watch_see_hook(watch, asked.hook);
	return trial->unseen || watch->interface.hook.program_id ? ATTACH_BUSY : answer;
}

/*
 * Whether the interface has gone since the list was read. The kernel will report that, so it is no
 * failure of the attempt.
 */
static bool has_just_gone(const struct listing *listing, const struct watch *watch,
			  const struct trial *trial)
{
	struct interface asked;

	return trial->attempt.error == -ENODEV &&
	       interfaces_query(listing->interfaces, watch->interface.index, &asked) == -ENODEV;
}

void attempt_attach(const struct attempt *attempt, const struct attempt_company *company,
		    const struct listing *listing, struct watch *watch, uint64_t now)
{
	const struct hook *hook = attempt->hook;
	struct attach_plan plan = hook->kind->plan(&watch->interface, hook->mode);
	struct trial trial = {0};
	int err = plan.obstacle ? 0 : watch_take_slot(attempt->watches, watch, hook, now);
	enum attach_answer answer;

	plan.insists = watch->may_last;
	if (err) {
		watch_lacks_slot(watch, hook, err, now);
		return;
	}
	answer =
		attach_try(hook->kind, hook->program->fd, &watch->interface, &plan, &trial.attempt);
	if (has_just_gone(listing, watch, &trial)) {
		watch_pause(watch, hook, now);
		return;
	}
	answer = look_at_hook(listing, watch, answer, &trial);
	if (answer == ATTACH_BUSY && is_from_above(watch, &trial))
		answer = clear_way(attempt, company, listing, watch, &plan, now, &trial);
	settle(attempt, watch, answer, &plan, &trial, now);
}

/* --- and back */

static void come_back_at(const struct attempt *one, const struct attempt_company *company,
			 const struct listing *listing, unsigned int depth, uint64_t now)
{
	for (size_t i = 0; i < one->watches->count; i++) {
		struct watch *watch = &one->watches->list[i];

		if (watch->aside_for[0] && watch->state == WATCH_WAITING &&
		    one->hook->program->loaded && backoff_is_due(&watch->backoff, now) &&
		    listing_depth(listing, watch->interface.index) == depth)
			attempt_attach(one, company, listing, watch, now);
	}
}

void attempt_come_back(const struct attempt_company *company, const struct listing *listing,
		       uint64_t now)
{
	/* From below, for one may have to step aside for another once more. */
	for (unsigned int depth = 0; depth <= listing->deepest; depth++) {
		for (const struct attempt *one = company->first; one; one = one->next)
			come_back_at(one, company, listing, depth, now);
	}
}
