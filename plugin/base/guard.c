// SPDX-License-Identifier: GPL-2.0-only
/* Compares what was counted with what the kernel received or sent. Pure. */
#include "plugin/base/guard.h"

void guard_interrupt(struct guard *guard)
{
	guard->first = guard->last = (struct guard_sample){0};
	guard->suspect = GUARD_NOTHING;
	guard->intervals = 0;
}

/* Nothing more is asked for a while, except of one that was idle until now. */
static void rest(struct guard *guard, uint64_t interval, uint64_t now)
{
	guard_interrupt(guard);
	backoff_fail(&guard->pause, interval, now);
}

void guard_put_off(struct guard *guard, uint64_t interval, uint64_t now)
{
	rest(guard, interval, now);
	guard->paused = true;
}

bool guard_is_due(struct guard *guard, uint64_t epoch, uint64_t counted, uint64_t interval,
		  uint64_t now)
{
	bool runs;

	if (guard->epoch != epoch)
		*guard = (struct guard){
			.epoch = epoch,
			.before = counted,
			.pause = {.pause = interval, .next = now + GUARD_REST * interval},
		};
	runs = counted - guard->before >= GUARD_FEW;
	guard->before = counted;
	/* Under way; or the first packets of one that was idle until now. */
	if (guard->first.time || (runs && !guard->paused))
		return true;
	return backoff_is_due(&guard->pause, now);
}

static bool is_twice(uint64_t counted, uint64_t kernel)
{
	return counted * 5 >= kernel * 9;
}

/* Whether bytes beyond the kernel's are no more than the headers of `packets`, those beyond the
 * kernel's. */
static bool is_cut(uint64_t packets, uint64_t counted_bytes, uint64_t kernel_bytes)
{
	return kernel_bytes && counted_bytes - kernel_bytes <= packets * GUARD_HEADERS;
}

/* What one interval, from a sample to the next, looks like. `enough`: there were packets to judge
 * by. */
static enum guard_finding judge(const struct guard_sample *before, const struct guard_sample *now,
				bool may_drop, bool *ret_enough)
{
	uint64_t counted = now->counted - before->counted, kernel = now->kernel - before->kernel;
	uint64_t counted_bytes = now->counted_bytes - before->counted_bytes;
	uint64_t kernel_bytes = now->kernel_bytes - before->kernel_bytes;

	*ret_enough = counted >= GUARD_FEW || kernel >= GUARD_FEW;
	if (kernel < GUARD_FEW)
		/* Some drivers do not count at all, or only every few seconds. */
		return GUARD_NOTHING;
	if (!counted)
		return GUARD_STILL;
	return is_twice(counted, kernel) && is_twice(counted_bytes, kernel_bytes) &&
			       !is_cut(counted - kernel, counted_bytes, kernel_bytes) && !may_drop
		       ? GUARD_TWICE
		       : GUARD_NOTHING;
}

/* The check-up ends, and what is said of the interface may be another thing than before. */
static struct guard_news conclude(struct guard *guard, enum guard_finding finding)
{
	const struct guard_news news = {
		.changed = finding != guard->told,
		.finding = finding,
		.counted = guard->last.counted - guard->first.counted,
		.kernel = guard->last.kernel - guard->first.kernel,
		.duration = guard->last.time - guard->first.time,
	};

	guard->told = finding;
	guard->paused = true;
	return news;
}

struct guard_news guard_compare(struct guard *guard, const struct guard_sample *sample,
				uint64_t interval, bool may_drop)
{
	const struct guard_sample before = guard->last;
	struct guard_news news = {0};
	enum guard_finding finding;
	bool enough;

	if (guard->first.time && sample->time - before.time < interval / 2)
		return news;
	guard->last = *sample;
	/* The kernel's count began again: so does the check-up. */
	if (!guard->first.time || sample->kernel < before.kernel ||
	    sample->counted < before.counted) {
		guard_interrupt(guard);
		guard->first = guard->last = *sample;
		return news;
	}
	finding = judge(&before, sample, may_drop, &enough);
	if (finding && (!guard->intervals || finding == guard->suspect)) {
		guard->suspect = finding;
		if (++guard->intervals < GUARD_INTERVALS)
			return news;
		news = conclude(guard, finding);
	} else if (enough && !finding) {
		news = conclude(guard, GUARD_NOTHING);
	}
	rest(guard, interval, sample->time);
	return news;
}
