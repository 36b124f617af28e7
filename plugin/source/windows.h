/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The busiest windows of one interface, from samples of its totals. A window reaches from one
 * sample to a later one; its rate is by the time that really passed, so a late sample makes a
 * longer window, and no peak. Pure.
 */
#ifndef COLLECTD_XDP_SOURCE_WINDOWS_H
#define COLLECTD_XDP_SOURCE_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/record.h"

/*
 * Between two samples, ns. Half of the shortest window: a burst of this length lies within one
 * window whenever it begins.
 */
#define WINDOWS_STEP 5000000ULL

/* The windows that are looked for, by their length in ns. */
enum windows_length { WINDOWS_10MS, WINDOWS_100MS, WINDOWS_LENGTHS };

/* Samples that are kept: those of the longest window, and some for samples that came early. */
#define WINDOWS_SAMPLES 32

/* The totals of an interface, read between two times of CLOCK_MONOTONIC, in ns. */
struct windows_sample {
	uint64_t begun, ended;
	struct record_cell total;
};

struct windows {
	struct windows_sample samples[WINDOWS_SAMPLES]; /* a ring */
	unsigned int count;				/* of them, up to all */
	unsigned int last;				/* the newest */
	bool judged;					/* some window was, since windows_take() */
	struct record_cell peaks[WINDOWS_LENGTHS];	/* the highest rates, per second */
};

/* Forgets all samples and peaks; the next sample is the first one. */
void windows_reset(struct windows *windows);

/*
 * Takes a sample, and judges the windows that end with it. A total that has fallen is that of
 * another life, and begins a new series of samples. Returns how many windows of 10 ms were left
 * out because this sample came too late for them: they are longer than one and a half.
 */
unsigned int windows_add(struct windows *windows, const struct windows_sample *sample);

/*
 * The highest rates, per second, of the windows that ended since it was called the last time;
 * packets and bytes each for themselves. Returns false where there was no window.
 */
bool windows_take(struct windows *windows, struct record_cell ret_peaks[WINDOWS_LENGTHS]);

#endif
