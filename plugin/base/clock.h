/* SPDX-License-Identifier: GPL-2.0-only */
/* The times of day, for wings that do not know collectd, and the one that only goes on. */
#ifndef COLLECTD_XDP_BASE_CLOCK_H
#define COLLECTD_XDP_BASE_CLOCK_H

#include <stdint.h>

/* The time of day, as cdtime() of collectd: 2^-30 s since the epoch. */
uint64_t clock_now(void);

/* CLOCK_MONOTONIC, in ns. */
uint64_t clock_monotonic(void);

/* Sleeps for that long; a signal may end it before. */
void clock_sleep_ms(unsigned int ms);

#endif
