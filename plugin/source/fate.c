// SPDX-License-Identifier: GPL-2.0-only
/* Names of what is counted at tracepoints, when that begins, and from which counts on. */
#include "plugin/source/fate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/fate.h"
#include "plugin/base/backoff.h"
#include "plugin/base/error.h"
#include "plugin/base/event.h"
#include "plugin/base/said.h"
#include "plugin/diagnose/observe.h"
#include "plugin/hook/program.h"
#include "plugin/kernel/cpus.h"
#include "plugin/kernel/privileges.h"
#include "plugin/source/tracepoints.h"

#define FATE_TEXT 640

/* What the slot had counted when its interface got it. */
struct fate_slot {
	uint64_t base[FATE_CELLS];
	bool unknown; /* it could not be read: what is read next is taken for it */
};

struct fate {
	struct source source;
	struct source_operations operations; /* with a series for each CPU */
	struct source_series self_series[2];
	unsigned int cpus;
	struct fate_slot *slots; /* of `slot_count`; number of the slot - 1 */
	unsigned int slot_count;
	uint64_t interval_ns;
	struct counter *counter; /* NULL: the program is not loaded, or has no place for it */
	struct tracepoints *tracepoints; /* NULL: nothing is counted */
	bool given_up; /* until the program is loaded again: what failed does not pass by itself */
	struct backoff backoff;
	struct said said; /* why not */
};

#define FATE_SERIES(number, type, name)                                                            \
	{                                                                                          \
		.cell = (number), .packets_type = (type), .instance = (name)                       \
	}

static const struct source_series series[] = {
	FATE_SERIES(FATE_ABORTED, "if_rx_errors", "exception-aborted"),
	FATE_SERIES(FATE_DROP, "if_rx_errors", "exception-drop"),
	FATE_SERIES(FATE_PASS, "if_rx_errors", "exception-pass"),
	FATE_SERIES(FATE_TX, "if_rx_errors", "exception-tx"),
	FATE_SERIES(FATE_REDIRECT, "if_rx_errors", "exception-redirect"),
	FATE_SERIES(FATE_INVALID, "if_rx_errors", "exception-invalid"),
	FATE_SERIES(FATE_ENETDOWN, "if_rx_errors", "redirect-ENETDOWN"),
	FATE_SERIES(FATE_EMSGSIZE, "if_rx_errors", "redirect-EMSGSIZE"),
	FATE_SERIES(FATE_EOPNOTSUPP, "if_rx_errors", "redirect-EOPNOTSUPP"),
	FATE_SERIES(FATE_EINVAL, "if_rx_errors", "redirect-EINVAL"),
	FATE_SERIES(FATE_ENOSPC, "if_rx_errors", "redirect-ENOSPC"),
	FATE_SERIES(FATE_OTHER, "if_rx_errors", "redirect-other"),
	FATE_SERIES(FATE_SENT, "if_tx_packets", "redirect"),
	FATE_SERIES(FATE_DROPPED, "if_tx_dropped", "redirect"),
};

#define FATE_SERIES_COUNT (sizeof(series) / sizeof(series[0]))

_Static_assert(FATE_SERIES_COUNT == FATE_CELLS, "each count has a name");

static struct fate *fate_of(struct source *source)
{
	return (struct fate *)source;
}

static void tell_failure(struct fate *fate, int err, const struct tracepoints_failure *failure,
			 const struct event_teller *teller)
{
	struct privileges privileges;
	const struct diagnose_fate facts = {
		.error = err,
		.step = failure->step,
		.libbpf = failure->log.libbpf,
		.verifier = failure->log.verifier,
		.privileges = &privileges,
	};
	char text[FATE_TEXT];

	if (!said_change(&fate->said, said_key(err, failure->step + 1)))
		return;
	privileges_read(&privileges);
	diagnose_fate(&facts, text, sizeof(text));
	event_tell(teller, EVENT_WARNING, "", text);
}

static void tell_success(struct fate *fate, const struct event_teller *teller)
{
	const char *missing = tracepoints_missing(fate->tracepoints);
	char text[FATE_TEXT];

	if (missing[0]) {
		diagnose_fate_missing(missing, text, sizeof(text));
		if (said_text(&fate->said, text))
			event_tell(teller, EVENT_WARNING, "", text);
	} else if (said_change(&fate->said, 0)) {
		event_tell(teller, EVENT_OKAY, "", diagnose_fate_counts());
	}
}

/* Counting begins, from zero for all slots, or is put off. */
static void start(struct fate *fate, const struct event_teller *teller, uint64_t now)
{
	struct tracepoints_failure failure;
	int err = tracepoints_open(fate->counter, &fate->tracepoints, &failure);

	memset(fate->slots, 0, fate->slot_count * sizeof(*fate->slots));
	if (!err) {
		backoff_reset(&fate->backoff);
		tell_success(fate, teller);
		return;
	}
	fate->given_up = !error_is_transient(err);
	backoff_fail(&fate->backoff, fate->interval_ns, now);
	tell_failure(fate, err, &failure, teller);
}

/* Before any interface is counted: what becomes of its first packet is counted, too. */
static void begin(struct source *source, const struct program *program,
		  const struct event_teller *teller)
{
	struct fate *fate = fate_of(source);

	fate->counter = program->counter;
	fate->given_up = !fate->counter;
	backoff_reset(&fate->backoff);
	if (fate->counter)
		start(fate, teller, 0);
}

static void end(struct source *source)
{
	struct fate *fate = fate_of(source);

	tracepoints_close(fate->tracepoints);
	fate->tracepoints = NULL;
	fate->counter = NULL;
}

static void step(struct source *source, const struct event_teller *teller, uint64_t now)
{
	struct fate *fate = fate_of(source);

	if (!fate->tracepoints && !fate->given_up && backoff_is_due(&fate->backoff, now))
		start(fate, teller, now);
}

/* A packet may be counted between the two: it is in the base, or is not, and none is lost. */
static void slot_taken(struct source *source, const struct source_interface *interface)
{
	struct fate *fate = fate_of(source);
	struct fate_slot *slot = &fate->slots[interface->slot - 1];

	*slot = (struct fate_slot){0};
	if (fate->tracepoints)
		slot->unknown =
			tracepoints_read(fate->tracepoints, interface->slot, slot->base) != 0;
}

static bool read_slot(struct source *source, const struct source_interface *interface,
		      struct record_cell *ret_cells)
{
	struct fate *fate = fate_of(source);
	struct fate_slot *slot = &fate->slots[interface->slot - 1];
	uint64_t packets[FATE_CELLS];

	if (!fate->tracepoints ||
	    tracepoints_read(fate->tracepoints, interface->slot, packets) != 0)
		return false;
	if (slot->unknown)
		memcpy(slot->base, packets, sizeof(packets));
	slot->unknown = false;
	for (int i = 0; i < FATE_CELLS; i++)
		ret_cells[i] = (struct record_cell){packets[i] - slot->base[i], 0};
	return true;
}

static bool read_self(struct source *source, struct record_cell *ret_cells)
{
	struct fate *fate = fate_of(source);

	return fate->tracepoints && tracepoints_read_cpus(fate->tracepoints, ret_cells,
							  ret_cells + fate->cpus, fate->cpus) == 0;
}

static void close_source(struct source *source)
{
	struct fate *fate = fate_of(source);

	free(fate->slots);
	free(fate);
}

static const struct source_operations operations = {
	.option = "ReportFate",
	.cells = FATE_CELLS,
	.series = series,
	.series_count = FATE_SERIES_COUNT,
	.anywhere = true,
	.from_zero = true,
	.begin = begin,
	.end = end,
	.step = step,
	.slot_taken = slot_taken,
	.read = read_slot,
	.read_self = read_self,
	.close = close_source,
};

/* The number of CPUs is known at run time only. */
static void name_cpus(struct fate *fate)
{
	fate->self_series[0] = (struct source_series){.cell = 0,
						      .count = fate->cpus,
						      .packets_type = "if_rx_packets",
						      .instance = "cpumap-cpu"};
	fate->self_series[1] = (struct source_series){.cell = fate->cpus,
						      .count = fate->cpus,
						      .packets_type = "if_rx_dropped",
						      .instance = "cpumap-cpu"};
	fate->operations = operations;
	fate->operations.self_cells = 2 * fate->cpus;
	fate->operations.self_series = fate->self_series;
	fate->operations.self_series_count = 2;
	fate->source.operations = &fate->operations;
}

int fate_open(const struct source_settings *settings, struct source **ret_source)
{
	struct fate *fate = calloc(1, sizeof(*fate));

	if (!fate)
		return -ENOMEM;
	fate->cpus = cpus_possible();
	fate->slot_count = settings->slots;
	fate->interval_ns = settings->interval_ns;
	name_cpus(fate);
	fate->slots = calloc(settings->slots, sizeof(*fate->slots));
	if (!fate->slots) {
		close_source(&fate->source);
		return -ENOMEM;
	}
	*ret_source = &fate->source;
	return 0;
}
