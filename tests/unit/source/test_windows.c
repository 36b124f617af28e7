// SPDX-License-Identifier: GPL-2.0-only
/* The busiest windows of traffic that is known to the nanosecond. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "plugin/source/windows.h"

#define MS 1000000ULL
#define START (1000 * MS)

static struct windows windows;
static struct record_cell peaks[WINDOWS_LENGTHS];

static int set_up(void **state)
{
	(void)state;
	windows_reset(&windows);
	memset(peaks, 0xff, sizeof(peaks));
	return 0;
}

/* A sample that is taken at once, of packets of 100 bytes. */
static unsigned int add(uint64_t time, uint64_t packets)
{
	const struct windows_sample sample = {
		.begun = time, .ended = time, .total = {packets, packets * 100}};

	return windows_add(&windows, &sample);
}

/* 1 packet per millisecond: 1,000 per second in windows of any length. */
static void test_steady(void **state)
{
	(void)state;
	for (uint64_t at = 0; at <= 1000; at += 5)
		assert_int_equal(add(START + at * MS, at), 0);
	assert_true(windows_take(&windows, peaks));
	for (int i = 0; i < WINDOWS_LENGTHS; i++) {
		assert_int_equal(peaks[i].packets, 1000);
		assert_int_equal(peaks[i].bytes, 100000);
	}
}

/*
 * 2,000 packets within 5 ms, whenever these begin: they are all in one window of 10 ms, and in
 * one of 100 ms.
 */
static void test_burst(void **state)
{
	(void)state;
	for (uint64_t begin = 200 * MS; begin < 210 * MS; begin += MS / 4) {
		windows_reset(&windows);
		for (uint64_t at = 0; at <= 500 * MS; at += WINDOWS_STEP) {
			uint64_t since = at < begin ? 0 : at - begin;

			add(START + at, since >= 5 * MS ? 2000 : 2000 * since / (5 * MS));
		}
		assert_true(windows_take(&windows, peaks));
		assert_int_equal(peaks[WINDOWS_10MS].packets, 200000);
		assert_int_equal(peaks[WINDOWS_10MS].bytes, 20000000);
		assert_int_equal(peaks[WINDOWS_100MS].packets, 20000);
	}
}

/* A peak is taken once; the next interval begins without a window. */
static void test_taken(void **state)
{
	(void)state;
	assert_false(windows_take(&windows, peaks));
	add(START, 0);
	assert_false(windows_take(&windows, peaks));
	add(START + 5 * MS, 10);
	assert_false(windows_take(&windows, peaks));
	add(START + 10 * MS, 10);
	assert_true(windows_take(&windows, peaks));
	assert_int_equal(peaks[WINDOWS_10MS].packets, 1000);
	assert_int_equal(peaks[WINDOWS_100MS].packets, 0);
	assert_false(windows_take(&windows, peaks));
	add(START + 15 * MS, 10);
	add(START + 20 * MS, 10);
	assert_true(windows_take(&windows, peaks));
	assert_int_equal(peaks[WINDOWS_10MS].packets, 0);
}

/* Packets and bytes have peaks of their own. */
static void test_apart(void **state)
{
	const struct windows_sample samples[] = {
		{START, START, {0, 0}},
		{START + 10 * MS, START + 10 * MS, {100, 100}},
		{START + 20 * MS, START + 20 * MS, {101, 9100}},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(samples); i++)
		windows_add(&windows, &samples[i]);
	assert_true(windows_take(&windows, peaks));
	assert_int_equal(peaks[WINDOWS_10MS].packets, 10000);
	assert_int_equal(peaks[WINDOWS_10MS].bytes, 900000);
}

/* What came in 14 ms is no peak of 10. */
static void test_late(void **state)
{
	(void)state;
	add(START, 0);
	assert_int_equal(add(START + 14 * MS, 140), 0);
	assert_true(windows_take(&windows, peaks));
	assert_int_equal(peaks[WINDOWS_10MS].packets, 10000);
}

/* A window that is much too long is left out, and so are those within it; what follows is whole. */
static void test_left_out(void **state)
{
	(void)state;
	add(START, 0);
	assert_int_equal(add(START + 40 * MS, 100000), 6);
	assert_false(windows_take(&windows, peaks));
	assert_int_equal(add(START + 45 * MS, 100000), 0);
	assert_int_equal(add(START + 50 * MS, 100050), 0);
	assert_true(windows_take(&windows, peaks));
	assert_int_equal(peaks[WINDOWS_10MS].packets, 5000);
	for (uint64_t at = 55; at <= 100; at += 5)
		add(START + at * MS, 100050);
	assert_true(windows_take(&windows, peaks));
	assert_int_equal(peaks[WINDOWS_100MS].packets, 1000500);
}

/* A thread that is stopped between the clock and the map: the longest possible time counts. */
static void test_interrupted(void **state)
{
	const struct windows_sample samples[] = {
		{START, START + 1 * MS, {0, 0}},
		{START + 10 * MS, START + 13 * MS, {1300, 0}},
	};

	(void)state;
	windows_add(&windows, &samples[0]);
	windows_add(&windows, &samples[1]);
	assert_true(windows_take(&windows, peaks));
	assert_int_equal(peaks[WINDOWS_10MS].packets, 100000);
}

/* A count that falls, in either of the two, begins another life. */
static void test_fallen(void **state)
{
	static const struct record_cell fallen[] = {{10, 200000}, {2000, 10}};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(fallen); i++) {
		windows_reset(&windows);
		add(START, 1000);
		windows_add(&windows,
			    &(struct windows_sample){START + 10 * MS, START + 10 * MS, fallen[i]});
		assert_false(windows_take(&windows, peaks));
	}
}

/* Counts as high as they get, and rates that need more than 64 bits on the way. */
static void test_high(void **state)
{
	(void)state;
	windows_add(&windows, &(struct windows_sample){START, START, {0, 0}});
	windows_add(&windows,
		    &(struct windows_sample){START + 10 * MS, START + 10 * MS, {1, 1ULL << 56}});
	assert_true(windows_take(&windows, peaks));
	assert_true(peaks[WINDOWS_10MS].bytes == 100ULL << 56);
}

/*
 * Samples at odd times of any traffic: no rate is higher than that of the busiest time of this
 * length, found by looking at all packets one by one.
 */
static void test_never_more(void **state)
{
	static uint64_t packets[4000]; /* their times */

	(void)state;
	for (unsigned int seed = 1; seed <= 50; seed++) {
		uint64_t time = START, busiest = 0;
		size_t came = 0, first = 0;

		srand(seed);
		windows_reset(&windows);
		for (size_t i = 0; i < UNIT_LENGTH(packets); i++) {
			time += (uint64_t)(rand() % 100 ? rand() % 20000 : rand() % 20000000);
			packets[i] = time;
			while (packets[first] + 10 * MS < time)
				first++;
			if (i - first + 1 > busiest)
				busiest = i - first + 1;
		}
		for (uint64_t at = START; at < time; at += (uint64_t)(rand() % 9 + 1) * MS) {
			while (came < UNIT_LENGTH(packets) && packets[came] <= at)
				came++;
			add(at, came);
		}
		assert_true(windows_take(&windows, peaks));
		assert_uint_in_range(peaks[WINDOWS_10MS].packets, 1, busiest * 100);
	}
}

#define WINDOWS_TEST(sentence, function)                                                           \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WINDOWS_TEST("steady traffic has its own rate in all windows", test_steady),
		WINDOWS_TEST("a burst of 5 ms is whole, whenever it begins", test_burst),
		WINDOWS_TEST("peaks are those since they were taken last", test_taken),
		WINDOWS_TEST("packets and bytes have peaks of their own", test_apart),
		WINDOWS_TEST("a late sample widens its window", test_late),
		WINDOWS_TEST("a window that is much too long is left out", test_left_out),
		WINDOWS_TEST("a sample that took long makes a longer window", test_interrupted),
		WINDOWS_TEST("a count that falls begins another life", test_fallen),
		WINDOWS_TEST("the highest counts do not overflow", test_high),
		WINDOWS_TEST("no peak is higher than the busiest time", test_never_more),
	};

	return cmocka_run_group_tests_name("source/windows", tests, NULL, NULL);
}
