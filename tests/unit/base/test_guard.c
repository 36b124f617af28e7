// SPDX-License-Identifier: GPL-2.0-only
/* Which counts are suspect, when the kernel is asked, and that a finding is reported once. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "plugin/base/guard.h"

#define INTERVAL 10000000000ULL

static struct guard guard;
static uint64_t now, counted, received;
static uint64_t our_size, its_size; /* bytes of a packet; 0: not known */
static unsigned int questions;
static char told[512];

static int set_up(void **state)
{
	(void)state;
	memset(&guard, 0, sizeof(guard));
	now = 1;
	counted = received = 1000000;
	questions = 0;
	our_size = its_size = 0;
	told[0] = '\0';
	return 0;
}

/* So many steps in which we count `ours` packets each, and the kernel receives `its`. */
static void steps(unsigned int count, uint64_t ours, uint64_t its, bool may_drop)
{
	static const char *const names[] = {"fine", "still", "twice"};

	for (unsigned int i = 0; i < count; i++) {
		struct guard_news news;

		now += INTERVAL;
		counted += ours;
		received += its;
		if (!guard_is_due(&guard, 7, counted, INTERVAL, now))
			continue;
		questions++;
		news = guard_compare(&guard,
				     &(struct guard_sample){.counted = counted,
							    .kernel = received,
							    .counted_bytes = counted * our_size,
							    .kernel_bytes = received * its_size,
							    .time = now},
				     INTERVAL, may_drop);
		if (!news.changed)
			continue;
		snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s %u of %u in %u; ",
			 names[news.finding], (unsigned int)news.counted, (unsigned int)news.kernel,
			 (unsigned int)(news.duration / INTERVAL));
	}
}

static const struct row {
	const char *sentence;
	uint64_t ours, its;
	bool may_drop;
	const char *told; /* of so many steps that one finding can be made, and no second */
} rows[] = {
	{"counts that agree are fine", 1000, 1000, false, ""},
	{"merged packets are fewer, which is fine", 30, 2000, false, ""},
	{"one in a thousand is enough to go on", 1, 1000, false, ""},
	{"none of a thousand is a standstill", 0, 1000, false, "still 0 of 3000 in 3; "},
	{"few packets prove nothing, whatever was counted", 0, GUARD_FEW - 1, false, ""},
	{"twice as many are a finding with both numbers", 2000, 1000, false,
	 "twice 6000 of 3000 in 3; "},
	{"nine for five are as much as twice", 1800, 1000, false, "twice 5400 of 3000 in 3; "},
	{"less is not", 1799, 1000, false, ""},
	{"a kernel that counts none of them says nothing", 2000, 0, false, ""},
	{"a kernel that counts but a few says nothing", 2000, GUARD_FEW - 1, false, ""},
	{"what a program may drop, drivers do not count", 2000, 1000, true, ""},
	{"it does not drop what it never saw", 0, 1000, true, "still 0 of 3000 in 3; "},
};

static void test_row(void **state)
{
	const struct row *row = *state;

	set_up(NULL);
	steps(500, row->ours, row->its, row->may_drop);
	assert_string_equal(told, row->told);
	/* Less and less often: every 300 s, of steps that are 10 s apart, at most four a time. */
	assert_uint_in_range(questions, 2, 10 * 4 + 500 / 30 * 4);
	if (!row->told[0])
		assert_uint_in_range(questions, 2, 10 * 2 + 500 / 30 * 2);
}

static void test_recovers(void **state)
{
	(void)state;
	steps(40, 2000, 1000, false);
	assert_string_equal(told, "twice 6000 of 3000 in 3; ");
	/* Only traffic can show that the counts agree again. */
	told[0] = '\0';
	steps(100, 0, 0, false);
	assert_string_equal(told, "");
	steps(40, 1000, 1000, false);
	assert_string_equal(told, "fine 1000 of 1000 in 1; ");
	told[0] = '\0';
	steps(40, 0, 1000, false);
	assert_string_equal(told, "still 0 of 3000 in 3; ");
}

/* Datagrams of 40 bytes, of which the driver counts a hundred as one; and some that pass twice. */
static void test_cut(void **state)
{
	(void)state;
	our_size = 62 + 40;
	its_size = 62 + 100 * 40;
	steps(60, 100000, 1000, false);
	assert_string_equal(told, "");
	set_up(NULL);
	our_size = its_size = 64;
	steps(60, 2000, 1000, false);
	assert_string_equal(told, "twice 6000 of 3000 in 3; ");
}

/* One that is bad, one that is good; or bad by turns: no finding of three intervals. */
static void test_mixed(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		steps(1, 2000, 1000, false);
		steps(1, 1000, 1000, false);
	}
	assert_string_equal(told, "");
	for (int i = 0; i < 300; i++) {
		steps(1, 2000, 1000, false);
		steps(1, 0, 1000, false);
	}
	assert_string_equal(told, "");
	/* What is counted in bursts by the kernel. */
	for (int i = 0; i < 300; i++) {
		steps(2, 1000, 0, false);
		steps(1, 1000, 3000, false);
	}
	assert_string_equal(told, "");
}

/* Packets that begin to come after a long silence are looked at then. */
static void test_begins(void **state)
{
	(void)state;
	steps(1000, 0, 0, false);
	questions = 0;
	steps(4, 2000, 1000, false);
	assert_string_equal(told, "twice 6000 of 3000 in 3; ");
	assert_uint_in_range(questions, 3, 4);
}

/* Another life of the slot, another device behind the index, or nothing attached in between. */
static void test_begins_again(void **state)
{
	(void)state;
	steps(7, 0, 1000, false);
	guard_interrupt(&guard);
	assert_string_equal(told, "");
	steps(2, 0, 1000, false);
	assert_string_equal(told, "");
	received = 10;
	steps(3, 0, 1000, false);
	assert_string_equal(told, "");
	steps(60, 0, 1000, false);
	assert_string_equal(told, "still 0 of 3000 in 3; ");
	told[0] = '\0';
	counted = 0;
	now += INTERVAL;
	assert_false(guard_is_due(&guard, 8, counted, INTERVAL, now));
	assert_int_equal(guard.told, GUARD_NOTHING);
}

/* A daemon that was late reads twice in a row, which is no interval. */
static void test_catches_up(void **state)
{
	(void)state;
	steps(5, 1000, 0, false);
	for (int i = 0; i < 30; i++) {
		/* As steps(), an instant later; the answer is older by less each time. */
		counted += 150;
		received += 60;
		now += INTERVAL / 100;
		if (guard_is_due(&guard, 7, counted, INTERVAL, now))
			assert_false(guard_compare(&guard,
						   &(struct guard_sample){.counted = counted,
									  .kernel = received,
									  .time = now},
						   INTERVAL, false)
					     .changed);
	}
}

static void test_put_off(void **state)
{
	(void)state;
	steps(3, 2000, 1000, false);
	guard_put_off(&guard, INTERVAL, now);
	assert_string_equal(told, "");
	/* Though packets go on, and there was no finding yet: who asks waits. */
	counted += 2000;
	assert_false(guard_is_due(&guard, 7, counted, INTERVAL, now + INTERVAL - 1));
	steps(60, 2000, 1000, false);
	assert_string_equal(told, "twice 6000 of 3000 in 3; ");
}

int main(void)
{
	struct CMUnitTest tests[UNIT_LENGTH(rows) + 7] = {
		UNIT_TEST("what is read an instant after is no interval", test_catches_up),
		UNIT_TEST("short packets that are cut behind the hook do not pass it twice",
			  test_cut),
		UNIT_TEST("what cannot be compared is put off", test_put_off),
		UNIT_TEST("a finding is reported once, and again after it was over", test_recovers),
		UNIT_TEST("three intervals in a row make a finding", test_mixed),
		UNIT_TEST("the first packets after a silence are looked at", test_begins),
		UNIT_TEST("another slot, device or link begins again", test_begins_again),
	};

	for (size_t i = 0; i < 7; i++)
		tests[i].setup_func = set_up;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++)
		tests[7 + i] = (struct CMUnitTest){.name = rows[i].sentence,
						   .test_func = test_row,
						   .initial_state = (void *)(uintptr_t)&rows[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
