// SPDX-License-Identifier: GPL-2.0-only
/* Follows the programs that hold hooks: from one to the next, and not where it cannot be. */
#include "plugin/source/observe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "plugin/diagnose/observe.h"
#include "plugin/hook/reconcile_private.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/privileges.h"
#include "plugin/source/observer.h"

static void explain(int err, const struct observe_failure *failure, char *why, size_t size)
{
	struct privileges privileges;
	const struct diagnose_observe facts = {
		.error = err,
		.step = failure->step,
		.libbpf = failure->log.libbpf,
		.verifier = failure->log.verifier,
		.privileges = &privileges,
	};

	privileges_read(&privileges);
	diagnose_observe(&facts, why, size);
}

static int start(struct reconcile *reconcile, uint32_t program_id, struct observe_failure *failure)
{
	int err = 0;

	if (!reconcile->observe) {
		*failure = (struct observe_failure){.step = DIAGNOSE_OBSERVE_LOAD};
		err = observe_open(reconcile->program->counter, &reconcile->observe);
	}
	return err ? err : observe_start(reconcile->observe, program_id, failure);
}

static void tell_observed(const struct reconcile *reconcile, const struct watch *watch,
			  uint32_t before)
{
	enum xdp_link_mode mode = xdp_link_hook_mode(&watch->interface.hook);
	char text[RECONCILE_TEXT], replaced[48] = "";
	struct bpf_info_program holder;

	bpf_info_program_by_id(watch->observing.program_id, &holder);
	if (before)
		snprintf(replaced, sizeof(replaced), " and has replaced program id %u", before);
	snprintf(text, sizeof(text),
		 "observing program %s (id %u, tag %s, %s mode), which holds its XDP hook%s: "
		 "packets are counted there, by its verdict",
		 holder.name, holder.id, holder.tag, xdp_link_mode_name(mode), replaced);
	reconcile_tell(reconcile, EVENT_OKAY, watch->interface.name, text);
}

/* A bond's native program is run by its ports, which have other indexes. */
static bool can_follow(const struct reconcile *reconcile, const struct watch *watch)
{
	return reconcile->settings.observe && reconcile->program->counter &&
	       watch->interface.hook.program_id &&
	       (strcmp(watch->interface.kind, "bond") != 0 ||
		watch->interface.hook.mode == XDP_ATTACHED_SKB);
}

/* Whether it is too early to try again what failed. */
static bool is_refused(const struct observing *observing, uint32_t program_id, uint64_t now)
{
	return observing->refused_id == program_id && !backoff_is_due(&observing->backoff, now);
}

/* Notes that a program cannot be observed; `why` stays "" where that was said already. */
static void refuse(struct reconcile *reconcile, struct watch *watch, int err, uint64_t now,
		   const struct observe_failure *failure, char *why, size_t size)
{
	struct observing *observing = &watch->observing;
	uint32_t program_id = watch->interface.hook.program_id;

	if (observing->refused_id != program_id)
		backoff_reset(&observing->backoff);
	if (observing->refused_id != program_id || observing->error != err)
		explain(err, failure, why, size);
	observing->refused_id = program_id;
	observing->error = err;
	backoff_fail(&observing->backoff, reconcile->settings.interval_ns, now);
}

bool observing_follow(struct reconcile *reconcile, struct watch *watch, uint64_t now, char *why,
		      size_t size)
{
	uint32_t program_id = watch->interface.hook.program_id;
	uint32_t before = watch->observing.program_id;
	struct observe_failure failure;
	int err;

	why[0] = '\0';
	if (before && before == program_id)
		return true;
	if (!can_follow(reconcile, watch) || is_refused(&watch->observing, program_id, now)) {
		observing_end(reconcile, watch);
		return false;
	}
	err = start(reconcile, program_id, &failure);
	/* Only now, so that the gap is no longer than it must be; no packet runs through both. */
	observing_end(reconcile, watch);
	/* Held by its id, it does not go. */
	if (err == -ENOENT && failure.step == DIAGNOSE_OBSERVE_ID)
		return true;
	if (err) {
		refuse(reconcile, watch, err, now, &failure, why, size);
		return false;
	}
	watch->observing = (struct observing){.program_id = program_id, .epoch = watch->epoch};
	tell_observed(reconcile, watch, before);
	return true;
}

void observing_end(struct reconcile *reconcile, struct watch *watch)
{
	if (watch->observing.program_id)
		observe_stop(reconcile->observe, watch->observing.program_id);
	watch->observing.program_id = 0;
}

void observing_close(struct reconcile *reconcile)
{
	for (size_t i = 0; i < reconcile->count; i++)
		reconcile->watches[i].observing = (struct observing){0};
	observe_close(reconcile->observe);
	reconcile->observe = NULL;
}

bool observing_read(const struct reconcile *reconcile, const struct watch *watch,
		    struct record_cell ret_verdicts[RECORD_VERDICTS])
{
	return watch->observing.epoch == watch->epoch && reconcile->observe && watch->slot &&
	       observe_read(reconcile->observe, watch->slot, ret_verdicts) == 0;
}
