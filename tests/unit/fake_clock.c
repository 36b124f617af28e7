// SPDX-License-Identifier: GPL-2.0-only
/* The time of readings is that of the fake daemon. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include "plugin/base/clock.h"

uint64_t clock_now(void)
{
	return fake.now;
}
