// SPDX-License-Identifier: GPL-2.0-only
/* Doubles the pause after each failure. */
#include "plugin/base/backoff.h"

void backoff_fail(struct backoff *backoff, uint64_t interval, uint64_t now)
{
	backoff->pause = backoff->pause ? backoff->pause * 2 : interval;
	if (backoff->pause > BACKOFF_PAUSE_MAX)
		backoff->pause = BACKOFF_PAUSE_MAX;
	/* Half an interval early: steps are not exactly an interval apart. */
	backoff->next =
		now + backoff->pause - (interval < backoff->pause ? interval : backoff->pause) / 2;
}
