// SPDX-License-Identifier: GPL-2.0-only
/* Starts the sampler while there is a counter to sample, and takes the peaks from it. */
#include "plugin/source/peaks.h"

#include <errno.h>
#include <stdlib.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/base/said.h"
#include "plugin/counter/totals.h"
#include "plugin/diagnose/report.h"
#include "plugin/hook/program.h"
#include "plugin/source/sampler.h"

struct peaks {
	struct source source;
	bool *taken; /* the slots that are, of `slot_count`; number of the slot - 1 */
	unsigned int slot_count;
	uint64_t interval_ns;
	struct counter *counter;      /* NULL: not loaded, or nothing that can be sampled */
	struct counter_totals totals; /* of the sampler's thread, while there is one */
	struct sampler *sampler;      /* NULL: it could not be started yet */
	uint64_t left_out;	      /* by samplers that have ended */
	struct said failure;
	struct backoff backoff;
};

#define PEAKS_SERIES(window, name)                                                                 \
	{.cell = (window),                                                                         \
	 .gauge = true,                                                                            \
	 .packets_type = "gauge",                                                                  \
	 .instance = "peak_packets_" name},                                                        \
	{                                                                                          \
		.cell = (window), .gauge = true, .octets_type = "gauge",                           \
		.instance = "peak_octets_" name                                                    \
	}

static const struct source_series series[] = {
	PEAKS_SERIES(WINDOWS_10MS, "10ms"),
	PEAKS_SERIES(WINDOWS_100MS, "100ms"),
};

static const struct source_series self_series[] = {
	{.packets_type = "derive", .instance = "peak_windows_left_out", .cost = true},
};

static struct peaks *peaks_of(struct source *source)
{
	return (struct peaks *)source;
}

/* Called by the sampler's thread. */
static int read_totals(void *counter_totals, unsigned int first, unsigned int count,
		       struct record_cell *ret_totals)
{
	return counter_totals_read(counter_totals, first, count, ret_totals);
}

static int start(struct peaks *peaks)
{
	const struct sampler_reader reader = {.context = &peaks->totals, .read = read_totals};
	int err = counter_totals_open(&peaks->totals, peaks->counter);

	if (!err)
		err = sampler_open(&reader, peaks->slot_count, &peaks->sampler);
	if (err) {
		counter_totals_close(&peaks->totals);
		return err;
	}
	for (unsigned int i = 0; i < peaks->slot_count; i++) {
		if (peaks->taken[i])
			sampler_begin(peaks->sampler, i + 1);
	}
	return 0;
}

static void tell(const struct event_teller *teller, int err)
{
	char text[DIAGNOSE_REPORT_TEXT];

	diagnose_report_peaks(err, text, sizeof(text));
	event_tell(teller, err ? EVENT_WARNING : EVENT_OKAY, "", text);
}

static void step(struct source *source, const struct event_teller *teller, uint64_t now)
{
	struct peaks *peaks = peaks_of(source);
	int err;

	if (!peaks->counter || peaks->sampler || !backoff_is_due(&peaks->backoff, now))
		return;
	err = start(peaks);
	if (said_error(&peaks->failure, err))
		tell(teller, err);
	if (err)
		backoff_fail(&peaks->backoff, peaks->interval_ns, now);
	else
		backoff_reset(&peaks->backoff);
}

static void begin(struct source *source, const struct program *program,
		  const struct event_teller *teller)
{
	(void)teller;
	peaks_of(source)->counter = program->counter;
}

static void end(struct source *source)
{
	struct peaks *peaks = peaks_of(source);

	if (peaks->sampler)
		peaks->left_out += sampler_left_out(peaks->sampler);
	sampler_close(peaks->sampler);
	peaks->sampler = NULL;
	counter_totals_close(&peaks->totals);
	peaks->counter = NULL;
}

static void slot_taken(struct source *source, const struct source_interface *interface)
{
	struct peaks *peaks = peaks_of(source);

	peaks->taken[interface->slot - 1] = true;
	if (peaks->sampler)
		sampler_begin(peaks->sampler, interface->slot);
}

static void slot_released(struct source *source, unsigned int slot)
{
	struct peaks *peaks = peaks_of(source);

	peaks->taken[slot - 1] = false;
	if (peaks->sampler)
		sampler_end(peaks->sampler, slot);
}

static bool read_peaks(struct source *source, const struct source_interface *interface,
		       struct record_cell *ret_cells)
{
	const struct peaks *peaks = peaks_of(source);

	return peaks->sampler && sampler_take(peaks->sampler, interface->slot, ret_cells);
}

static bool read_self(struct source *source, struct record_cell *ret_cells)
{
	const struct peaks *peaks = peaks_of(source);

	ret_cells[0] = (struct record_cell){.packets = peaks->left_out};
	if (peaks->sampler)
		ret_cells[0].packets += sampler_left_out(peaks->sampler);
	return true;
}

static void close_source(struct source *source)
{
	struct peaks *peaks = peaks_of(source);

	free(peaks->taken);
	free(peaks);
}

static const struct source_operations operations = {
	.option = "ReportPeaks",
	.cells = WINDOWS_LENGTHS,
	.series = series,
	.series_count = sizeof(series) / sizeof(series[0]),
	.self_cells = 1,
	.self_series = self_series,
	.self_series_count = sizeof(self_series) / sizeof(self_series[0]),
	.begin = begin,
	.end = end,
	.step = step,
	.slot_taken = slot_taken,
	.slot_released = slot_released,
	.read = read_peaks,
	.read_self = read_self,
	.close = close_source,
};

int peaks_open(const struct source_settings *settings, struct source **ret_source)
{
	struct peaks *peaks = calloc(1, sizeof(*peaks));

	if (!peaks)
		return -ENOMEM;
	peaks->source.operations = &operations;
	peaks->slot_count = settings->slots;
	peaks->interval_ns = settings->interval_ns;
	peaks->taken = calloc(settings->slots, sizeof(*peaks->taken));
	if (!peaks->taken) {
		close_source(&peaks->source);
		return -ENOMEM;
	}
	*ret_source = &peaks->source;
	return 0;
}
