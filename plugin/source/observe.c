// SPDX-License-Identifier: GPL-2.0-only
/* Follows the programs that hold hooks: from one to the next, and not where it cannot be. */
#include "plugin/source/observe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/base/said.h"
#include "plugin/diagnose/hook.h"
#include "plugin/diagnose/observe.h"
#include "plugin/hook/program.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/xdp_link.h"
#include "plugin/source/observer.h"

#define OBSERVE_TEXT 512

/*
 * A program that cannot be observed. All interfaces whose hooks it holds wait for the same next
 * attempt: once it is observed, packets of all of them are counted.
 */
struct observe_refusal {
	uint32_t program_id;
	unsigned int slots; /* that have it */
	int error;
	struct backoff backoff;
	char why[SOURCE_REASON];
	struct observe_refusal *next;
};

/* A slot, and the program at which its interface is counted. */
struct observe_slot {
	uint32_t program_id;		 /* 0: none */
	bool counted;			 /* something was, since the slot was taken */
	struct observe_refusal *refusal; /* of the program at the hook; NULL: none */
	struct said refused;		 /* why, as last told */
};

struct observe {
	struct source source;
	struct observe_slot *slots; /* of `slot_count`; number of the slot - 1 */
	struct observe_refusal *refusals;
	unsigned int slot_count;
	uint64_t interval_ns;
	struct counter *counter;   /* NULL: the program is not loaded, or has no place for it */
	struct observer *observer; /* NULL: nothing was observed yet */
};

#define OBSERVE_SERIES(verdict, name)                                                              \
	{                                                                                          \
		.cell = (verdict), .packets_type = "if_rx_packets", .octets_type = "if_rx_octets", \
		.instance = (name)                                                                 \
	}

static const struct source_series series[] = {
	OBSERVE_SERIES(RECORD_ABORTED, "verdict-aborted"),
	OBSERVE_SERIES(RECORD_DROP, "verdict-drop"),
	OBSERVE_SERIES(RECORD_PASS, "verdict-pass"),
	OBSERVE_SERIES(RECORD_TX, "verdict-tx"),
	OBSERVE_SERIES(RECORD_REDIRECT, "verdict-redirect"),
};

#define OBSERVE_SERIES_COUNT (sizeof(series) / sizeof(series[0]))

_Static_assert(OBSERVE_SERIES_COUNT == RECORD_VERDICTS, "each verdict has a name");

static struct observe *observe_of(struct source *source)
{
	return (struct observe *)source;
}

static struct observe_slot *slot_of(struct source *source, unsigned int slot)
{
	return &observe_of(source)->slots[slot - 1];
}

static void begin(struct source *source, const struct program *program,
		  const struct event_teller *teller)
{
	(void)teller;
	observe_of(source)->counter = program->counter;
}

static struct observe_refusal *find_refusal(const struct observe *observe, uint32_t program_id)
{
	struct observe_refusal *refusal = observe->refusals;

	while (refusal && refusal->program_id != program_id)
		refusal = refusal->next;
	return refusal;
}

/* Lets go of the refusal of a slot, which goes with the last one. */
static void drop_refusal(struct observe *observe, struct observe_slot *state)
{
	struct observe_refusal **place = &observe->refusals, *refusal = state->refusal;

	state->refusal = NULL;
	if (!refusal || --refusal->slots)
		return;
	while (*place && *place != refusal)
		place = &(*place)->next;
	if (*place)
		*place = refusal->next;
	free(refusal);
}

static void take_refusal(struct observe *observe, struct observe_slot *state,
			 struct observe_refusal *refusal)
{
	if (state->refusal == refusal)
		return;
	drop_refusal(observe, state);
	state->refusal = refusal;
	refusal->slots++;
}

static void end(struct source *source)
{
	struct observe *observe = observe_of(source);

	for (unsigned int i = 0; i < observe->slot_count; i++)
		drop_refusal(observe, &observe->slots[i]);
	memset(observe->slots, 0, observe->slot_count * sizeof(*observe->slots));
	observer_close(observe->observer);
	observe->observer = NULL;
	observe->counter = NULL;
}

/* Ends counting at the program, which others may go on with; what was counted stays. */
static void stop(struct source *source, unsigned int slot)
{
	struct observe_slot *state = slot_of(source, slot);

	if (state->program_id)
		observer_stop(observe_of(source)->observer, state->program_id);
	state->program_id = 0;
}

static void release(struct source *source, unsigned int slot)
{
	stop(source, slot);
	drop_refusal(observe_of(source), slot_of(source, slot));
	*slot_of(source, slot) = (struct observe_slot){0};
}

static void explain(int err, const struct observer_failure *failure,
		    const struct interface *interface, char *why, size_t size)
{
	/* It knows a device; where it runs, the hook tells. */
	bool is_bound = failure->step == DIAGNOSE_OBSERVE_OFFLOADED &&
			interface->hook.mode != XDP_ATTACHED_HW;
	struct privileges privileges;
	const struct diagnose_observe facts = {
		.error = err,
		.step = is_bound ? DIAGNOSE_OBSERVE_BOUND : failure->step,
		.libbpf = failure->log.libbpf,
		.verifier = failure->log.verifier,
		.privileges = &privileges,
	};

	privileges_read(&privileges);
	diagnose_observe(&facts, why, size);
}

static int start(struct observe *observe, uint32_t program_id, struct observer_failure *failure)
{
	int err = 0;

	if (!observe->observer) {
		*failure = (struct observer_failure){.step = DIAGNOSE_OBSERVE_LOAD};
		err = observer_open(observe->counter, &observe->observer);
	}
	return err ? err : observer_start(observe->observer, program_id, failure);
}

static void tell_observed(const struct interface *interface, uint32_t before,
			  const struct event_teller *teller)
{
	struct bpf_info_program program;
	struct diagnose_holder holder;
	char text[OBSERVE_TEXT];

	bpf_info_program_by_id(interface->hook.program_id, &program);
	holder = (struct diagnose_holder){
		.id = program.id,
		.name = program.name,
		.tag = program.tag,
		.mode = xdp_link_mode_name(xdp_link_hook_mode(&interface->hook)),
		.replaced = before,
	};
	diagnose_hook_observed(&holder, text, sizeof(text));
	event_tell(teller, EVENT_OKAY, interface->name, text);
}

/* A bond's native program is run by its ports, which have other indexes. */
static bool can_follow(const struct observe *observe, const struct interface *interface)
{
	return observe->counter && interface->hook.program_id &&
	       (strcmp(interface->kind, "bond") != 0 || interface->hook.mode == XDP_ATTACHED_SKB);
}

/* Tells why it is not observed, unless that was said of this interface already. */
static void tell_refusal(struct observe_slot *state, const struct observe_refusal *refusal,
			 char *why, size_t size)
{
	if (said_change(&state->refused, said_key(refusal->error, refusal->program_id)))
		snprintf(why, size, "%s", refusal->why);
}

/* Notes that the program at the hook cannot be observed. */
static void refuse(struct observe *observe, struct observe_slot *state,
		   const struct interface *interface, int err, uint64_t now,
		   const struct observer_failure *failure, char *why, size_t size)
{
	uint32_t program_id = interface->hook.program_id;
	struct observe_refusal *refusal = find_refusal(observe, program_id);

	if (!refusal) {
		refusal = calloc(1, sizeof(*refusal));
		/* It is tried again at the next step, then. */
		if (!refusal)
			return;
		refusal->program_id = program_id;
		refusal->next = observe->refusals;
		observe->refusals = refusal;
	}
	take_refusal(observe, state, refusal);
	if (refusal->error != err)
		explain(err, failure, interface, refusal->why, sizeof(refusal->why));
	refusal->error = err;
	backoff_fail(&refusal->backoff, observe->interval_ns, now);
	tell_refusal(state, refusal, why, size);
}

/* Whether it is not the time to try; another interface may have waited for it before. */
static bool has_to_wait(struct observe *observe, struct observe_slot *state, uint32_t program_id,
			uint64_t now)
{
	struct observe_refusal *refusal = find_refusal(observe, program_id);

	if (!refusal) {
		drop_refusal(observe, state);
		return false;
	}
	take_refusal(observe, state, refusal);
	return !backoff_is_due(&refusal->backoff, now);
}

static enum source_answer hook_is_held(struct source *source,
				       const struct source_interface *interface,
				       const struct event_teller *teller, uint64_t now, char *why,
				       size_t size)
{
	struct observe *observe = observe_of(source);
	struct observe_slot *state = slot_of(source, interface->slot);
	uint32_t program_id = interface->interface->hook.program_id;
	uint32_t before = state->program_id;
	struct observer_failure failure;
	int err;

	if (before && before == program_id)
		return SOURCE_COUNTS;
	if (!can_follow(observe, interface->interface)) {
		stop(source, interface->slot);
		drop_refusal(observe, state);
		return SOURCE_REFUSED;
	}
	if (has_to_wait(observe, state, program_id, now)) {
		stop(source, interface->slot);
		tell_refusal(state, state->refusal, why, size);
		return SOURCE_REFUSED;
	}
	err = start(observe, program_id, &failure);
	/* Only now, so that the gap is no longer than it must be; no packet runs through both. */
	stop(source, interface->slot);
	/* Held by its id, it does not go. */
	if (err == -ENOENT && failure.step == DIAGNOSE_OBSERVE_ID)
		return SOURCE_GONE;
	if (err) {
		refuse(observe, state, interface->interface, err, now, &failure, why, size);
		return SOURCE_REFUSED;
	}
	/* The others that wait have nothing to wait for any more. */
	if (state->refusal)
		backoff_reset(&state->refusal->backoff);
	drop_refusal(observe, state);
	*state = (struct observe_slot){.program_id = program_id, .counted = true};
	tell_observed(interface->interface, before, teller);
	return SOURCE_COUNTS;
}

static bool read_slot(struct source *source, const struct source_interface *interface,
		      struct record_cell *ret_cells)
{
	const struct observe *observe = observe_of(source);

	return slot_of(source, interface->slot)->counted &&
	       observer_read(observe->observer, interface->slot, ret_cells) == 0;
}

static void close_source(struct source *source)
{
	struct observe *observe = observe_of(source);

	free(observe->slots);
	free(observe);
}

static const struct source_operations operations = {
	.option = "OnBusy",
	.cells = RECORD_VERDICTS,
	.series = series,
	.series_count = OBSERVE_SERIES_COUNT,
	.begin = begin,
	.end = end,
	.slot_released = release,
	.hook_is_held = hook_is_held,
	.hook_is_free = stop,
	.read = read_slot,
	.close = close_source,
};

int observe_open(const struct source_settings *settings, struct source **ret_source)
{
	struct observe *observe = calloc(1, sizeof(*observe));

	if (!observe)
		return -ENOMEM;
	observe->source.operations = &operations;
	observe->slot_count = settings->slots;
	observe->interval_ns = settings->interval_ns;
	observe->slots = calloc(settings->slots, sizeof(*observe->slots));
	if (!observe->slots) {
		close_source(&observe->source);
		return -ENOMEM;
	}
	*ret_source = &observe->source;
	return 0;
}
