// SPDX-License-Identifier: GPL-2.0-only
/* Asks clock_gettime(2), as collectd does. */
#include "plugin/base/clock.h"

#include <time.h>

#define CLOCK_NS_PER_S 1000000000ULL

uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	/* Rounded as by collectd's NS_TO_CDTIME_T(). */
	return (uint64_t)now.tv_sec << 30 |
	       (((uint64_t)now.tv_nsec << 30) + CLOCK_NS_PER_S / 2) / CLOCK_NS_PER_S;
}

uint64_t clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * CLOCK_NS_PER_S + (uint64_t)now.tv_nsec;
}

void clock_sleep_ms(unsigned int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	nanosleep(&time, NULL);
}
