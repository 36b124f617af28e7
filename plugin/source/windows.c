// SPDX-License-Identifier: GPL-2.0-only
/* Finds the sample at which each window begins, and keeps the highest rates. */
#include "plugin/source/windows.h"

#include <string.h>

static const uint64_t lengths[WINDOWS_LENGTHS] = {
	[WINDOWS_10MS] = 10000000ULL,
	[WINDOWS_100MS] = 100000000ULL,
};

_Static_assert(100000000ULL / WINDOWS_STEP + 4 < WINDOWS_SAMPLES, "the longest window fits");

void windows_reset(struct windows *windows)
{
	*windows = (struct windows){0};
}

/* The sample `back` before the newest. */
static const struct windows_sample *before(const struct windows *windows, unsigned int back)
{
	return &windows->samples[(windows->last + WINDOWS_SAMPLES - back) % WINDOWS_SAMPLES];
}

/* The longest that the time between the two samples may have been. */
static uint64_t duration(const struct windows *windows, unsigned int back)
{
	return before(windows, 0)->ended - before(windows, back)->begun;
}

/*
 * How many samples back a window begins: the shortest that is long enough. One that lacks less
 * than half a step is taken as it is, and judged as if it were whole: samples never come to the
 * nanosecond.
 */
static unsigned int find_begin(const struct windows *windows, uint64_t length)
{
	const uint64_t enough = length - WINDOWS_STEP / 2;
	unsigned int back = (unsigned int)(length / WINDOWS_STEP);

	if (back >= windows->count)
		back = windows->count - 1;
	while (back + 1 < windows->count && duration(windows, back) < enough)
		back++;
	while (back > 1 && duration(windows, back - 1) >= enough)
		back--;
	return duration(windows, back) >= enough ? back : 0;
}

/* Per second, rounded down: never more than came. `time`: 18 s at most. */
static uint64_t rate(uint64_t count, uint64_t time)
{
	/* In two parts: the product may need more than 64 bits, and not every processor has them.
	 */
	return count / time * 1000000000ULL + count % time * 1000000000ULL / time;
}

static void keep_higher(__u64 *peak, uint64_t value)
{
	if (value > *peak)
		*peak = value;
}

static void judge(struct windows *windows, enum windows_length which)
{
	const uint64_t length = lengths[which];
	unsigned int back = find_begin(windows, length);
	const struct windows_sample *end = before(windows, 0), *begin = before(windows, back);
	uint64_t time = duration(windows, back);

	if (!back || time > length + length / 2)
		return;
	if (time < length)
		time = length;
	keep_higher(&windows->peaks[which].packets,
		    rate(end->total.packets - begin->total.packets, time));
	keep_higher(&windows->peaks[which].bytes,
		    rate(end->total.bytes - begin->total.bytes, time));
	windows->judged = true;
}

/* Windows of 10 ms that would have ended since the sample before, had there been samples. */
static unsigned int left_out(const struct windows *windows)
{
	uint64_t gap = duration(windows, 1);

	if (gap <= lengths[WINDOWS_10MS] + WINDOWS_STEP)
		return 0;
	return (unsigned int)((gap - lengths[WINDOWS_10MS]) / WINDOWS_STEP);
}

unsigned int windows_add(struct windows *windows, const struct windows_sample *sample)
{
	const struct windows_sample *newest = before(windows, 0);

	if (windows->count && (sample->total.packets < newest->total.packets ||
			       sample->total.bytes < newest->total.bytes))
		windows->count = 0;
	windows->last = (windows->last + 1) % WINDOWS_SAMPLES;
	windows->samples[windows->last] = *sample;
	if (windows->count < WINDOWS_SAMPLES)
		windows->count++;
	if (windows->count < 2)
		return 0;
	for (enum windows_length which = 0; which < WINDOWS_LENGTHS; which++)
		judge(windows, which);
	return left_out(windows);
}

bool windows_take(struct windows *windows, struct record_cell ret_peaks[WINDOWS_LENGTHS])
{
	bool judged = windows->judged;

	memcpy(ret_peaks, windows->peaks, sizeof(windows->peaks));
	memset(windows->peaks, 0, sizeof(windows->peaks));
	windows->judged = false;
	return judged;
}
