// SPDX-License-Identifier: GPL-2.0-only
/* The time of readings is that of the fake daemon. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <time.h>

#include "plugin/base/clock.h"

uint64_t clock_now(void)
{
	return fake.now;
}

/* The real one. */
uint64_t clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}
