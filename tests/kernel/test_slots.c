// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots are given out, rest, and start from zero again; a reading is the sum of its CPUs, and
 * the same when it was read ahead.
 */
#include <errno.h>
#include <sched.h>

#include "tests/kernel/harness.h"

#define SLOTS 3
#define REST 1000

static struct frame frame;
static struct harness harness;

static void open_slots(unsigned int slots)
{
	struct counter_settings settings = harness_settings;

	settings.slots = slots;
	frame_build(frame_sample("IPv4 UDP")->steps, &frame);
	harness_open(&harness, &settings, HARNESS_LO);
}

static int open_harness(void **state)
{
	(void)state;
	open_slots(SLOTS);
	return 0;
}

static int close_harness(void **state)
{
	(void)state;
	harness_close(&harness);
	return 0;
}

static void run(int times)
{
	while (times--)
		harness_run(counter_program_fd(harness.counter), frame.bytes, frame.length);
}

static uint64_t packets_in(unsigned int slot)
{
	struct view_reading reading;

	assert_int_equal(counter_read(counter_reader(harness.counter), slot, &reading), 0);
	return counter_total(&reading.sum).packets;
}

static int take(unsigned int ifindex, uint64_t now, unsigned int *ret_slot)
{
	return counter_slot_take(counter_slots(harness.counter), ifindex, "cxdp", now, REST,
				 ret_slot);
}

static void test_all_in_use(void **state)
{
	unsigned int slots[SLOTS] = {harness.slot}, none = 0;

	(void)state;
	for (unsigned int i = 1; i < SLOTS; i++) {
		assert_int_equal(take(100 + i, 0, &slots[i]), 0);
		assert_uint_in_range(slots[i], 1, SLOTS);
		for (unsigned int earlier = 0; earlier < i; earlier++)
			assert_int_not_equal(slots[i], slots[earlier]);
	}
	assert_int_equal(take(200, 0, &none), -ENOSPC);
	assert_int_equal(none, 0);
}

static void test_rest(void **state)
{
	unsigned int slot = 0, other;

	(void)state;
	assert_int_equal(take(101, 0, &other), 0);
	assert_int_equal(take(102, 0, &other), 0);
	counter_slot_release(counter_slots(harness.counter), harness.slot, 5000);
	assert_int_equal(take(HARNESS_LO, 5000, &slot), -EINPROGRESS);
	assert_int_equal(take(HARNESS_LO, 5000 + REST - 1, &slot), -EINPROGRESS);
	assert_int_equal(slot, 0);
	assert_int_equal(take(HARNESS_LO, 5000 + REST, &slot), 0);
	assert_int_equal(slot, harness.slot);
}

static void test_reused_is_zero(void **state)
{
	const struct record zero = {0};
	unsigned int slot, other;
	struct record record;

	(void)state;
	assert_int_equal(take(101, 0, &other), 0);
	assert_int_equal(take(102, 0, &other), 0);
	run(5);
	assert_int_equal(packets_in(harness.slot), 5);
	counter_slot_release(counter_slots(harness.counter), harness.slot, 0);
	assert_int_equal(take(HARNESS_LO, REST, &slot), 0);
	assert_int_equal(slot, harness.slot);
	record = harness_record(&harness);
	assert_true(harness_same(&zero, &record));
	run(2);
	assert_int_equal(packets_in(slot), 2);
}

static void test_moved(void **state)
{
	unsigned int second;

	(void)state;
	run(3);
	assert_int_equal(take(HARNESS_LO, 0, &second), 0);
	assert_int_not_equal(second, harness.slot);
	run(4);
	counter_slot_release(counter_slots(harness.counter), harness.slot, 0);
	run(5);
	assert_int_equal(packets_in(harness.slot), 3);
	assert_int_equal(packets_in(second), 4 + 5);
}

static void pin(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	assert_int_equal(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

/* Packets counted on CPU n: n + 1. */
static void run_on_each(const cpu_set_t *allowed)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, allowed))
			continue;
		pin(cpu);
		run(cpu + 1);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(*allowed), allowed), 0);
}

static void test_shares_of_the_cpus(void **state)
{
	struct view_reading reading;
	struct record_cell total;
	uint64_t packets = 0;
	cpu_set_t allowed;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	run_on_each(&allowed);
	assert_int_equal(counter_read(counter_reader(harness.counter), harness.slot, &reading), 0);
	for (unsigned int cpu = 0; cpu < reading.cpu_count; cpu++) {
		unsigned int expected = CPU_ISSET(cpu, &allowed) ? cpu + 1 : 0;

		assert_int_equal(reading.cpus[cpu].packets, expected);
		assert_int_equal(reading.cpus[cpu].bytes, expected * frame.length);
		packets += expected;
	}
	total = counter_total(&reading.sum);
	assert_int_equal(total.packets, packets);
	assert_int_equal(total.bytes, packets * frame.length);
}

/* More than are read with one system call, each with a number of packets of its own. */
#define MANY 150
static unsigned int many[MANY];
static uint64_t many_packets[MANY];

/* Counts in the slot that was taken last. */
static void run_in_last(int last, int times)
{
	run(times);
	many_packets[last] += (uint64_t)times;
}

static int open_many(void **state)
{
	(void)state;
	open_slots(MANY);
	many[0] = harness.slot;
	run_in_last(0, 1);
	for (int i = 1; i < MANY; i++) {
		assert_int_equal(take(HARNESS_LO, 0, &many[i]), 0);
		run_in_last(i, i + 1);
	}
	return 0;
}

/* Reads some of them ahead, from `first` by `step`. */
static void check_ahead(int first, int step)
{
	counter_read_ahead(counter_reader(harness.counter), true);
	for (int i = first; i >= 0 && i < MANY; i += step)
		assert_int_equal(packets_in(many[i]), many_packets[i]);
	counter_read_ahead(counter_reader(harness.counter), false);
}

static void test_ahead(void **state)
{
	(void)state;
	check_ahead(0, 1);
	check_ahead(MANY - 1, -1);
	check_ahead(1, 3);
	check_ahead(MANY - 1, 1);
}

static void test_ahead_is_fresh(void **state)
{
	(void)state;
	check_ahead(0, 1);
	run_in_last(MANY - 1, 5);
	counter_read_ahead(counter_reader(harness.counter), true);
	assert_int_equal(packets_in(many[MANY - 2]), many_packets[MANY - 2]);
	assert_int_equal(packets_in(many[MANY - 1]), many_packets[MANY - 1]);
	counter_read_ahead(counter_reader(harness.counter), false);
	run_in_last(MANY - 1, 2);
	assert_int_equal(packets_in(many[MANY - 1]), many_packets[MANY - 1]);
}

static void test_ahead_of_gaps(void **state)
{
	(void)state;
	for (int i = 1; i < MANY; i += 2)
		counter_slot_release(counter_slots(harness.counter), many[i], 0);
	check_ahead(0, 2);
	/* What was released is not read ahead, and is still there to be read. */
	check_ahead(1, 2);
}

// clang-format off
#define SLOT_TEST(name, function) {name, function, open_harness, close_harness, NULL}
// clang-format on

static int check_slots(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST("every slot is given out once, then there is none left", test_all_in_use),
		SLOT_TEST("a released slot rests before it is given out again", test_rest),
		SLOT_TEST("a slot that is given out again starts at zero", test_reused_is_zero),
		SLOT_TEST("an interface that gets a second slot is counted there alone",
			  test_moved),
		SLOT_TEST("each CPU has its own share, and the total is their sum",
			  test_shares_of_the_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* All of them with the same slots, in this order: the last releases half of them. */
static int check_many(void)
{
	const struct CMUnitTest tests[] = {
		{"slots read ahead, in whatever order, have the counts of each", test_ahead, NULL,
		 NULL, NULL},
		{"what is read ahead is as of the last beginning, not older", test_ahead_is_fresh,
		 NULL, NULL, NULL},
		{"slots between those in use make no difference", test_ahead_of_gaps, NULL, NULL,
		 NULL},
	};

	return cmocka_run_group_tests(tests, open_many, close_harness);
}

int main(void)
{
	return check_slots() + check_many();
}
