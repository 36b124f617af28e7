// SPDX-License-Identifier: GPL-2.0-only
/* Reads all totals at each tick of an absolute clock, and hands them to the windows. */
#include "plugin/source/sampler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "plugin/base/clock.h"

/* Ample for what is called; the default would be 8 MiB of address space. */
#define SAMPLER_STACK ((size_t)256 << 10)

struct sampler_slot {
	bool sampled;
	uint64_t life; /* another one: what is read belongs to a life before */
	struct windows windows;
};

/* Of a slot, while it is read without the lock. */
struct sampler_reading {
	uint64_t life; /* 0: not sampled */
	struct windows_sample sample;
	bool read;
};

struct sampler {
	struct sampler_reader reader; /* by sampler_open(), as the next two */
	unsigned int count;	      /* of slots */
	pthread_t thread;

	pthread_mutex_t lock; /* of all up to `readings` */
	pthread_cond_t wake;  /* there is something to sample, or the end has come */
	bool ending;
	unsigned int sampled; /* slots */
	uint64_t lives;
	uint64_t left_out;
	struct sampler_slot *slots; /* of `count`; number of the slot - 1 */

	struct sampler_reading *readings; /* the thread's own, as `totals`: of `count` */
	struct record_cell *totals;
};

/* Waits until there is something to sample. Returns false where the end has come. */
static bool await_slots(struct sampler *sampler)
{
	bool ending;

	pthread_mutex_lock(&sampler->lock);
	while (!sampler->ending && !sampler->sampled)
		pthread_cond_wait(&sampler->wake, &sampler->lock);
	ending = sampler->ending;
	for (unsigned int i = 0; !ending && i < sampler->count; i++) {
		const struct sampler_slot *slot = &sampler->slots[i];

		sampler->readings[i] =
			(struct sampler_reading){.life = slot->sampled ? slot->life : 0};
	}
	pthread_mutex_unlock(&sampler->lock);
	return !ending;
}

/* Slots in a row that are sampled, from `first`, an index, on. */
static unsigned int count_row(const struct sampler *sampler, unsigned int first)
{
	unsigned int end = first;

	while (end < sampler->count && sampler->readings[end].life)
		end++;
	return end - first;
}

/* Reads some of the slots in a row, in one go. Returns how many to go on behind. */
static unsigned int read_row(struct sampler *sampler, unsigned int first, unsigned int count)
{
	uint64_t begun = clock_monotonic(), ended;
	int read = sampler->reader.read(sampler->reader.context, first + 1, count, sampler->totals);

	if (read < 1)
		return count;
	ended = clock_monotonic();
	for (unsigned int i = 0; i < (unsigned int)read; i++) {
		struct sampler_reading *reading = &sampler->readings[first + i];

		reading->sample = (struct windows_sample){begun, ended, sampler->totals[i]};
		reading->read = true;
	}
	return (unsigned int)read;
}

static void read_all(struct sampler *sampler)
{
	for (unsigned int i = 0; i < sampler->count;) {
		unsigned int row = count_row(sampler, i);

		i += row ? read_row(sampler, i, row) : 1;
	}
}

/* What was read belongs to a slot's life of now, or is dropped. */
static void hand_over(struct sampler *sampler)
{
	unsigned int most = 0;

	pthread_mutex_lock(&sampler->lock);
	for (unsigned int i = 0; i < sampler->count; i++) {
		const struct sampler_reading *reading = &sampler->readings[i];
		struct sampler_slot *slot = &sampler->slots[i];
		unsigned int left_out;

		if (!reading->read || !slot->sampled || reading->life != slot->life)
			continue;
		left_out = windows_add(&slot->windows, &reading->sample);
		if (left_out > most)
			most = left_out;
	}
	sampler->left_out += most;
	pthread_mutex_unlock(&sampler->lock);
}

/* Sleeps to the next tick; those that have passed meanwhile are left out. */
static void sleep_to_tick(uint64_t *tick)
{
	uint64_t now = clock_monotonic();
	struct timespec until;

	*tick += WINDOWS_STEP;
	if (*tick <= now)
		*tick = now - now % WINDOWS_STEP + WINDOWS_STEP;
	until = (struct timespec){.tv_sec = (time_t)(*tick / 1000000000ULL),
				  .tv_nsec = (long)(*tick % 1000000000ULL)};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static void *run(void *opened)
{
	struct sampler *sampler = opened;
	uint64_t tick = clock_monotonic();

	while (await_slots(sampler)) {
		read_all(sampler);
		hand_over(sampler);
		sleep_to_tick(&tick);
	}
	return NULL;
}

/* Returns 0 or a negative errno. */
static int start(struct sampler *sampler)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	int err = pthread_attr_init(&attributes);

	if (err)
		return -err;
	(void)pthread_attr_setstacksize(&attributes, SAMPLER_STACK);
	/* The daemon's signals are for its own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&sampler->thread, &attributes, run, sampler);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (!err)
		(void)pthread_setname_np(sampler->thread, "xdp peaks");
	return -err;
}

static void free_all(struct sampler *sampler)
{
	pthread_cond_destroy(&sampler->wake);
	pthread_mutex_destroy(&sampler->lock);
	free(sampler->slots);
	free(sampler->readings);
	free(sampler->totals);
	free(sampler);
}

int sampler_open(const struct sampler_reader *reader, unsigned int slots,
		 struct sampler **ret_sampler)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));
	int err = -ENOMEM;

	if (!sampler)
		return err;
	sampler->reader = *reader;
	sampler->count = slots;
	pthread_mutex_init(&sampler->lock, NULL);
	pthread_cond_init(&sampler->wake, NULL);
	sampler->slots = calloc(slots, sizeof(*sampler->slots));
	sampler->readings = calloc(slots, sizeof(*sampler->readings));
	sampler->totals = calloc(slots, sizeof(*sampler->totals));
	if (sampler->slots && sampler->readings && sampler->totals)
		err = start(sampler);
	if (err) {
		free_all(sampler);
		return err;
	}
	*ret_sampler = sampler;
	return 0;
}

void sampler_close(struct sampler *sampler)
{
	if (!sampler)
		return;
	pthread_mutex_lock(&sampler->lock);
	sampler->ending = true;
	pthread_cond_signal(&sampler->wake);
	pthread_mutex_unlock(&sampler->lock);
	pthread_join(sampler->thread, NULL);
	free_all(sampler);
}

static void set_sampled(struct sampler *sampler, unsigned int number, bool sampled)
{
	struct sampler_slot *slot = &sampler->slots[number - 1];

	pthread_mutex_lock(&sampler->lock);
	sampler->sampled += sampled;
	sampler->sampled -= slot->sampled;
	slot->sampled = sampled;
	slot->life = ++sampler->lives;
	windows_reset(&slot->windows);
	pthread_cond_signal(&sampler->wake);
	pthread_mutex_unlock(&sampler->lock);
}

void sampler_begin(struct sampler *sampler, unsigned int slot)
{
	set_sampled(sampler, slot, true);
}

void sampler_end(struct sampler *sampler, unsigned int slot)
{
	set_sampled(sampler, slot, false);
}

bool sampler_take(struct sampler *sampler, unsigned int slot,
		  struct record_cell ret_peaks[WINDOWS_LENGTHS])
{
	bool judged;

	pthread_mutex_lock(&sampler->lock);
	judged = windows_take(&sampler->slots[slot - 1].windows, ret_peaks);
	pthread_mutex_unlock(&sampler->lock);
	return judged;
}

uint64_t sampler_left_out(struct sampler *sampler)
{
	uint64_t left_out;

	pthread_mutex_lock(&sampler->lock);
	left_out = sampler->left_out;
	pthread_mutex_unlock(&sampler->lock);
	return left_out;
}
