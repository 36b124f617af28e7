/* SPDX-License-Identifier: GPL-2.0-only */
/* When something that failed is tried again: after one interval, doubling to five minutes. */
#ifndef COLLECTD_XDP_BASE_BACKOFF_H
#define COLLECTD_XDP_BASE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/* Longest pause between two attempts, in ns. */
#define BACKOFF_PAUSE_MAX (300 * 1000000000ULL)

struct backoff {
	uint64_t pause; /* ns; 0: has not failed */
	uint64_t next;	/* monotonic time in ns */
};

static inline void backoff_reset(struct backoff *backoff)
{
	*backoff = (struct backoff){0};
}

/* After a failure. `interval`, `now`: ns. */
void backoff_fail(struct backoff *backoff, uint64_t interval, uint64_t now);

static inline bool backoff_is_due(const struct backoff *backoff, uint64_t now)
{
	return !backoff->pause || now >= backoff->next;
}

#endif
