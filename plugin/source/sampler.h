/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that samples the totals of interfaces for their peaks. All functions are for the one
 * thread that opened it; while the sampler reads it holds no lock, so none of them waits for the
 * kernel but sampler_close(), which waits for one sample at most.
 */
#ifndef COLLECTD_XDP_SOURCE_SAMPLER_H
#define COLLECTD_XDP_SOURCE_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/source/windows.h"

struct sampler;

/* Where the totals come from; called by the sampler's thread only. */
struct sampler_reader {
	void *context;
	/*
	 * Reads the totals of `count` slots in a row, from the number `first` on (1: the first).
	 * Returns how many it has read, from 1 to `count`, or -errno.
	 */
	int (*read)(void *context, unsigned int first, unsigned int count,
		    struct record_cell *ret_totals);
};

/*
 * Starts the thread, with nothing to sample, and all signals blocked. `slots`: the highest number
 * of one. Returns 0 and a sampler for sampler_close(); -ENOMEM, or -errno of pthread_create(3).
 */
int sampler_open(const struct sampler_reader *reader, unsigned int slots,
		 struct sampler **ret_sampler);

/* Ends the thread; what it read from may go afterwards. Takes NULL. */
void sampler_close(struct sampler *sampler);

/* Samples the slot from now on, from nothing; or no longer. */
void sampler_begin(struct sampler *sampler, unsigned int slot);
void sampler_end(struct sampler *sampler, unsigned int slot);

/* As windows_take(), of a slot that is sampled. */
bool sampler_take(struct sampler *sampler, unsigned int slot,
		  struct record_cell ret_peaks[WINDOWS_LENGTHS]);

/* Windows of 10 ms that were left out since the start, for they were not sampled in time. */
uint64_t sampler_left_out(struct sampler *sampler);

#endif
