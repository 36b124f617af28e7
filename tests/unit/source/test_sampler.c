// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that samples, on totals that the test changes while it runs. No test looks at the
 * clock: what is awaited is how often the totals were read.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "plugin/base/clock.h"
#include "plugin/source/sampler.h"
#include "tests/unit/fail_alloc.h"

#define SLOTS 8

/* The real one: the thread runs. */
uint64_t clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct {
	_Atomic uint64_t packets[SLOTS];
	_Atomic unsigned int reads[SLOTS];
	_Atomic int error;
	_Atomic unsigned int most; /* slots of one reading */
	_Atomic bool masked;	   /* the thread blocks SIGTERM and the like */
} kernel;

static struct sampler *sampler;
static struct record_cell peaks[WINDOWS_LENGTHS];

static int read_kernel(void *context, unsigned int first, unsigned int count,
		       struct record_cell *ret_totals)
{
	sigset_t blocked;

	assert_ptr_equal(context, &kernel);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	kernel.masked = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGHUP) &&
			sigismember(&blocked, SIGUSR1);
	if (count > kernel.most)
		count = kernel.most;
	for (unsigned int i = 0; i < count; i++) {
		kernel.reads[first - 1 + i]++;
		ret_totals[i].packets = kernel.packets[first - 1 + i];
		ret_totals[i].bytes = 0;
	}
	return kernel.error ? kernel.error : (int)count;
}

static const struct sampler_reader reader = {.context = &kernel, .read = read_kernel};

static int set_up(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < SLOTS; i++) {
		kernel.packets[i] = 0;
		kernel.reads[i] = 0;
	}
	kernel.error = 0;
	kernel.most = SLOTS;
	return sampler_open(&reader, SLOTS, &sampler);
}

static int tear_down(void **state)
{
	(void)state;
	sampler_close(sampler);
	return 0;
}

/* Waits until the slot was read some more times. */
static void await_reads(unsigned int slot, unsigned int more)
{
	unsigned int until = kernel.reads[slot - 1] + more;

	while ((int)(kernel.reads[slot - 1] - until) < 0)
		usleep(500);
}

/* Waits until a window of the slot was judged; the highest packets per second of 10 ms since. */
static uint64_t await_peak(unsigned int slot)
{
	while (!sampler_take(sampler, slot, peaks))
		usleep(500);
	return peaks[WINDOWS_10MS].packets;
}

static void test_only_taken(void **state)
{
	(void)state;
	sampler_begin(sampler, 2);
	sampler_begin(sampler, 3);
	sampler_begin(sampler, 8);
	await_reads(8, 3);
	sampler_end(sampler, 3);
	await_reads(2, 2);
	assert_int_equal(kernel.reads[0], 0);
	assert_int_equal(kernel.reads[3], 0);
	assert_true(kernel.reads[2] > 0);
	assert_true(kernel.masked);
}

/*
 * At most what came, per 10 ms; and what came before is no peak. On a busy machine the window may
 * be left out: then some come once more, many windows later.
 */
static void test_peak(void **state)
{
	uint64_t peak = 0;

	(void)state;
	kernel.packets[0] = 1000000;
	sampler_begin(sampler, 1);
	assert_int_equal(await_peak(1), 0);
	for (int i = 0; i < 10000 && !peak; i++) {
		if (i % 20 == 0)
			kernel.packets[0] += 500;
		peak = await_peak(1);
	}
	assert_uint_in_range(peak, 1, 50000);
}

/* A slot that begins again is another's: neither its samples nor its peaks are the new one's. */
static void test_again(void **state)
{
	(void)state;
	sampler_begin(sampler, 1);
	(void)await_peak(1);
	kernel.packets[0] = 1000;
	await_reads(1, 3);
	sampler_end(sampler, 1);
	kernel.packets[0] = 5000000;
	sampler_begin(sampler, 1);
	assert_int_equal(await_peak(1), 0);
}

/* Fewer slots at once than there are in a row. */
static void test_parts(void **state)
{
	(void)state;
	kernel.most = 3;
	for (unsigned int i = 1; i <= SLOTS; i++)
		sampler_begin(sampler, i);
	await_reads(SLOTS, 3);
	for (unsigned int i = 1; i <= SLOTS; i++)
		assert_int_equal(await_peak(i), 0);
}

/* A failed reading ends all windows; those after it start with the next sample. */
static void test_unreadable(void **state)
{
	(void)state;
	kernel.error = -ENOMEM;
	sampler_begin(sampler, 1);
	await_reads(1, 8);
	assert_false(sampler_take(sampler, 1, peaks));
	kernel.error = 0;
	assert_int_equal(await_peak(1), 0);
}

/* Interfaces come and go by the thousand while they are sampled. */
static void test_coming_and_going(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned int slot = i % SLOTS + 1;

		kernel.packets[slot - 1] = i * 1000;
		if (i / SLOTS % 2)
			sampler_end(sampler, slot);
		else
			sampler_begin(sampler, slot);
		(void)sampler_take(sampler, slot, peaks);
		(void)sampler_left_out(sampler);
	}
}

/* The end is awaited, with nothing to sample and with something. */
static void test_ends(void **state)
{
	unsigned int reads;

	(void)state;
	sampler_close(sampler);
	assert_int_equal(sampler_open(&reader, SLOTS, &sampler), 0);
	sampler_begin(sampler, 1);
	await_reads(1, 2);
	sampler_close(sampler);
	sampler = NULL;
	reads = kernel.reads[0];
	sampler_close(NULL);
	assert_int_equal(kernel.reads[0], reads);
}

static void test_no_memory(void **state)
{
	struct sampler *none = NULL;

	(void)state;
	for (unsigned int i = 1; i <= 4; i++) {
		fail_alloc(i);
		assert_int_equal(sampler_open(&reader, SLOTS, &none), -ENOMEM);
		assert_true(fail_alloc_happened());
	}
	assert_null(none);
}

#define SAMPLER_TEST(sentence, function)                                                           \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAMPLER_TEST("only what is taken is sampled, with all signals blocked",
			     test_only_taken),
		SAMPLER_TEST("a peak is at most what came", test_peak),
		SAMPLER_TEST("a slot that begins again keeps no earlier sample", test_again),
		SAMPLER_TEST("slots in a row are read in parts", test_parts),
		SAMPLER_TEST("what cannot be read is no peak", test_unreadable),
		SAMPLER_TEST("slots come and go while they are sampled", test_coming_and_going),
		SAMPLER_TEST("the thread ends when it is closed", test_ends),
		SAMPLER_TEST("without memory there is no sampler", test_no_memory),
	};

	return cmocka_run_group_tests_name("source/sampler", tests, NULL, NULL);
}
