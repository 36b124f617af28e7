// SPDX-License-Identifier: GPL-2.0-only
/* Follows the programs that hold hooks: from one to the next, and not where it cannot be. */
#include "plugin/source/observe.h"

#include <errno.h>
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

/* A slot, and the program at which its interface is counted. */
struct observe_slot {
	uint32_t program_id; /* 0: none */
	bool counted;	     /* something was, since the slot was taken */
	uint32_t refused_id; /* of a program that cannot be observed; 0: none */
	struct said refused; /* why */
	struct backoff backoff;
};

struct observe {
	struct source source;
	struct observe_slot *slots; /* of `slot_count`; number of the slot - 1 */
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

static void end(struct source *source)
{
	struct observe *observe = observe_of(source);

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
	*slot_of(source, slot) = (struct observe_slot){0};
}

static void explain(int err, const struct observer_failure *failure, char *why, size_t size)
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

/* Notes that a program cannot be observed; `why` stays "" where that was said already. */
static void refuse(const struct observe *observe, struct observe_slot *state, uint32_t program_id,
		   int err, uint64_t now, const struct observer_failure *failure, char *why,
		   size_t size)
{
	if (state->refused_id != program_id)
		backoff_reset(&state->backoff);
	if (said_change(&state->refused, said_key(err, program_id)))
		explain(err, failure, why, size);
	state->refused_id = program_id;
	backoff_fail(&state->backoff, observe->interval_ns, now);
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
	if (!can_follow(observe, interface->interface) ||
	    (state->refused_id == program_id && !backoff_is_due(&state->backoff, now))) {
		stop(source, interface->slot);
		return SOURCE_REFUSED;
	}
	err = start(observe, program_id, &failure);
	/* Only now, so that the gap is no longer than it must be; no packet runs through both. */
	stop(source, interface->slot);
	/* Held by its id, it does not go. */
	if (err == -ENOENT && failure.step == DIAGNOSE_OBSERVE_ID)
		return SOURCE_GONE;
	if (err) {
		refuse(observe, state, program_id, err, now, &failure, why, size);
		return SOURCE_REFUSED;
	}
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
