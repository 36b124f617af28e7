// SPDX-License-Identifier: GPL-2.0-only
/* The time of readings is that of the fake daemon; the other goes on only where somebody sleeps. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include "plugin/base/clock.h"

static uint64_t passed_ms;

uint64_t clock_now(void)
{
	return fake.now;
}

uint64_t clock_monotonic(void)
{
	return passed_ms * 1000000;
}

void clock_sleep_ms(unsigned int ms)
{
	fake.slept_ms += ms;
	passed_ms += ms + fake.late_ms;
}
