// SPDX-License-Identifier: GPL-2.0-only
/* Slots over maps that are made up: who is counted where, and what is left where a call fails. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "plugin/counter/slots.h"
#include "tests/unit/fail_alloc.h"
#include "tests/unit/fake_bpf.h"

#define SLOTS 4
#define VALUE 64 /* bytes of a value of the records */
#define REST 100
#define NEAR 7
#define FAR (RECORD_NEAR_INDEXES + 7)

static struct counter_slots slots;
static struct counter_maps maps;

static void connect_new(void)
{
	assert_int_equal(counter_slots_open(&slots, SLOTS, VALUE), 0);
	assert_int_equal(counter_slots_connect(&slots, &maps), 0);
}

static int setup(void **state)
{
	(void)state;
	fake_bpf_reset();
	maps = (struct counter_maps){
		.records = fake_map_new(false, VALUE, SLOTS, 0),
		.slots = fake_map_new(false, 4, 1, RECORD_NEAR_INDEXES * sizeof(uint16_t)),
		.far_slots = fake_map_new(true, 4, SLOTS, 0),
		.owners = fake_map_new(false, sizeof(struct record_owner), SLOTS, 0),
		.signals = fake_map_new(false, 24, SLOTS, 0),
	};
	connect_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	counter_slots_close(&slots);
	fake_bpf_reset();
	return 0;
}

/* Another process opens the same maps, after this one has gone. */
static void start_again(void)
{
	counter_slots_close(&slots);
	connect_new();
	assert_int_equal(counter_slots_read(&slots), 0);
}

/* The slot that the kernel finds for an interface; 0: none. */
static uint32_t indexed(uint32_t ifindex)
{
	const char *value;

	if (ifindex < RECORD_NEAR_INDEXES)
		return slots.near[ifindex];
	value = fake_value(fake_map(maps.far_slots), ifindex, false);
	return value ? *(const uint32_t *)value : 0;
}

static void expect_owner(unsigned int slot, uint32_t ifindex, const char *name)
{
	const struct record_owner *owner =
		(const void *)fake_value(fake_map(maps.owners), slot - 1, false);

	assert_int_equal(owner->ifindex, ifindex);
	assert_string_equal(owner->name, name);
}

static char *record(unsigned int slot)
{
	return fake_value(fake_map(maps.records), slot - 1, false);
}

static bool is_zero(const char *value)
{
	for (size_t i = 0; i < VALUE; i++) {
		if (value[i])
			return false;
	}
	return true;
}

static unsigned int take(unsigned int ifindex, const char *name, uint64_t now)
{
	unsigned int slot = 99;

	assert_int_equal(counter_slot_take(&slots, ifindex, name, now, REST, &slot), 0);
	assert_uint_in_range(slot, 1, SLOTS);
	return slot;
}

static void expect_none(int err, uint64_t now)
{
	unsigned int slot = 99;

	assert_int_equal(counter_slot_take(&slots, 60, "none", now, REST, &slot), err);
	assert_int_equal(slot, 99);
	assert_int_equal(indexed(60), 0);
}

static void test_take(void **state)
{
	(void)state;
	assert_int_equal(take(NEAR, "near", 0), 1);
	assert_int_equal(take(FAR, "far", 0), 2);
	assert_int_equal(indexed(NEAR), 1);
	assert_int_equal(indexed(FAR), 2);
	expect_owner(1, NEAR, "near");
	expect_owner(2, FAR, "far");
	/* The last index that is looked up in the array, and the first that is not. */
	assert_int_equal(take(RECORD_NEAR_INDEXES - 1, "last", 0), 3);
	assert_int_equal(slots.near[RECORD_NEAR_INDEXES - 1], 3);
	assert_int_equal(take(RECORD_NEAR_INDEXES, "first", 0), 4);
	assert_int_equal(indexed(RECORD_NEAR_INDEXES), 4);
	/* Empty ones need not be cleared. */
	assert_int_equal(fake_bpf.updates, SLOTS + 2);
}

static void test_exhausted(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < SLOTS; i++)
		take(i + 1, "eth", 0);
	expect_none(-ENOSPC, 1000);
	counter_slot_release(&slots, 2, 1000);
	expect_none(-EINPROGRESS, 1000);
	counter_slot_release(&slots, 3, 1050);
	expect_none(-EINPROGRESS, 1000 + REST - 1);
	assert_int_equal(take(50, "late", 1000 + REST), 2);
	expect_none(-EINPROGRESS, 1050 + REST - 1);
	assert_int_equal(take(51, "later", 1050 + REST), 3);
	expect_none(-ENOSPC, 1000000);
}

/* What a packet on its way has still counted is not the next interface's. */
static void test_cleared(void **state)
{
	int companion = fake_map_new(false, 16, SLOTS, 0);

	(void)state;
	slots.companion = companion;
	assert_int_equal(take(NEAR, "near", 0), 1);
	memset(record(1), 5, VALUE);
	memset(record(2), 5, VALUE);
	memset(fake_value(fake_map(companion), 0, false), 5, 16);
	memset(fake_value(fake_map(maps.signals), 0, false), 5, 24);
	memset(fake_value(fake_map(maps.signals), 1, false), 5, 24);
	counter_slot_release(&slots, 1, 0);
	assert_false(is_zero(record(1)));
	assert_int_equal(take(8, "next", 0), 2);
	assert_int_equal(take(9, "other", 0), 3);
	assert_int_equal(take(10, "another", 0), 4);
	assert_int_equal(take(11, "again", REST), 1);
	assert_true(is_zero(record(1)));
	assert_false(is_zero(record(2)));
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(fake_value(fake_map(companion), 0, false)[i], 0);
	for (size_t i = 0; i < 24; i++) {
		assert_int_equal(fake_value(fake_map(maps.signals), 0, false)[i], 0);
		assert_int_equal(fake_value(fake_map(maps.signals), 1, false)[i], 5);
	}
}

static void test_released(void **state)
{
	(void)state;
	take(NEAR, "near", 0);
	take(FAR, "far", 0);
	counter_slot_release(&slots, 1, 0);
	counter_slot_release(&slots, 2, 0);
	assert_int_equal(indexed(NEAR), 0);
	assert_int_equal(indexed(FAR), 0);
	expect_owner(1, 0, "");
	expect_owner(2, 0, "");
}

/* An interface that starts again: the packets go to the new slot, also when the old one goes. */
static void test_moved(void **state)
{
	static const unsigned int indexes[] = {NEAR, FAR};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unsigned int old = take(indexes[i], "eth0", 0), new = take(indexes[i], "eth1", 0);

		assert_int_not_equal(old, new);
		assert_int_equal(indexed(indexes[i]), new);
		counter_slot_release(&slots, old, 0);
		assert_int_equal(indexed(indexes[i]), new);
		expect_owner(old, 0, "");
		expect_owner(new, indexes[i], "eth1");
		counter_slot_release(&slots, new, 0);
		assert_int_equal(indexed(indexes[i]), 0);
	}
}

static void expect_not_adopted(unsigned int ifindex, const char *name)
{
	unsigned int slot = 99;

	assert_int_equal(counter_slot_adopt(&slots, ifindex, name, &slot), -ENOENT);
	assert_int_equal(slot, 99);
}

static void test_adopt(void **state)
{
	unsigned int slot;

	(void)state;
	take(NEAR, "near", 0);
	take(FAR, "far", 0);
	/* Its own are not to be adopted. */
	expect_not_adopted(NEAR, "near");
	memset(record(1), 5, VALUE);
	start_again();
	expect_not_adopted(NEAR, "nearer");
	expect_not_adopted(NEAR, "nea");
	expect_not_adopted(8, "near");
	assert_int_equal(counter_slot_adopt(&slots, NEAR, "near", &slot), 0);
	assert_int_equal(slot, 1);
	expect_not_adopted(NEAR, "near");
	assert_int_equal(counter_slot_adopt(&slots, FAR, "far", &slot), 0);
	assert_int_equal(slot, 2);
	assert_false(is_zero(record(1)));
	assert_int_equal(indexed(NEAR), 1);
	/* What nobody had used may have been written to: it is cleared first. */
	memset(record(3), 5, VALUE);
	assert_int_equal(take(9, "new", REST), 3);
	assert_true(is_zero(record(3)));
}

/* Maps that somebody has written to: no slot beyond the last, none of another interface. */
static void test_adopt_nonsense(void **state)
{
	unsigned int slot;

	(void)state;
	take(NEAR, "near", 0);
	take(8, "other", 0);
	slots.near[9] = SLOTS + 1;
	slots.near[10] = UINT16_MAX;
	slots.near[11] = 2;
	start_again();
	expect_not_adopted(9, "near");
	expect_not_adopted(10, "near");
	expect_not_adopted(11, "other");
	assert_int_equal(counter_slot_adopt(&slots, 8, "other", &slot), 0);
	fake_bpf_fail(1, -ENOMEM);
	assert_int_equal(counter_slot_adopt(&slots, NEAR, "near", &slot), -ENOMEM);
	fake_bpf_fail(0, 0);
	assert_int_equal(counter_slot_adopt(&slots, NEAR, "near", &slot), 0);
}

/* An earlier version found them elsewhere: the maps of that are new, those of the owners not. */
static void test_restore(void **state)
{
	unsigned int slot;

	(void)state;
	take(NEAR, "near", 0);
	take(FAR, "far", 0);
	maps.slots = fake_map_new(false, 4, 1, RECORD_NEAR_INDEXES * sizeof(uint16_t));
	maps.far_slots = fake_map_new(true, 4, SLOTS, 0);
	start_again();
	expect_not_adopted(NEAR, "near");
	assert_int_equal(counter_slots_restore(&slots), 0);
	assert_int_equal(indexed(NEAR), 1);
	assert_int_equal(indexed(FAR), 2);
	assert_int_equal(indexed(8), 0);
	assert_int_equal(counter_slot_adopt(&slots, NEAR, "near", &slot), 0);
	assert_int_equal(slot, 1);
	assert_int_equal(counter_slot_adopt(&slots, FAR, "far", &slot), 0);
	assert_int_equal(slot, 2);
}

static void test_sweep(void **state)
{
	unsigned int slot;

	(void)state;
	take(NEAR, "near", 0);
	take(FAR, "far", 0);
	take(9, "nine", 0);
	start_again();
	assert_int_equal(counter_slot_adopt(&slots, 9, "nine", &slot), 0);
	counter_slots_sweep(&slots, 1000);
	assert_int_equal(indexed(NEAR), 0);
	assert_int_equal(indexed(FAR), 0);
	assert_int_equal(indexed(9), 3);
	expect_owner(1, 0, "");
	expect_owner(2, 0, "");
	expect_owner(3, 9, "nine");
	/* They rest from now on. */
	assert_int_equal(take(10, "ten", 1001), 4);
	expect_none(-EINPROGRESS, 1000 + REST - 1);
	assert_int_equal(take(11, "eleven", 1000 + REST), 1);
	counter_slots_sweep(&slots, 2000);
	expect_owner(1, 11, "eleven");
	expect_owner(3, 9, "nine");
}

/* Whatever call fails, nobody is counted there, and the next attempt is as if there had been none.
 */
static void test_take_fails(void **state)
{
	static const unsigned int indexes[] = {NEAR, FAR};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		bool failed = true;

		for (unsigned int n = 1; failed; n++) {
			unsigned int slot = 99;
			int err;

			teardown(NULL);
			setup(NULL);
			slots.companion = fake_map_new(false, 16, SLOTS, 0);
			for (unsigned int taken = 0; taken < SLOTS; taken++)
				take(100 + taken, "eth", 0);
			memset(record(2), 5, VALUE);
			memset(fake_value(fake_map(maps.signals), 1, false), 5, 24);
			counter_slot_release(&slots, 2, 0);
			fake_bpf_fail(n, -ENOMEM);
			err = counter_slot_take(&slots, indexes[i], "eth0", REST, REST, &slot);
			failed = fake_bpf.calls >= n;
			fake_bpf_fail(0, 0);
			assert_int_equal(err, failed ? -ENOMEM : 0);
			if (failed) {
				assert_int_equal(slot, 99);
				assert_int_equal(indexed(indexes[i]), 0);
				expect_owner(2, 0, "");
				assert_int_equal(take(indexes[i], "eth0", REST), 2);
			}
			assert_true(is_zero(record(2)));
			assert_int_equal(fake_value(fake_map(maps.signals), 1, false)[23], 0);
			assert_int_equal(indexed(indexes[i]), 2);
			expect_owner(2, indexes[i], "eth0");
		}
	}
}

static void test_read_fails(void **state)
{
	(void)state;
	fake_bpf_fail(SLOTS, -EMFILE);
	assert_int_equal(counter_slots_read(&slots), -EMFILE);
	fake_bpf_fail(0, 0);
	assert_int_equal(counter_slots_read(&slots), 0);
}

/* A map that cannot be shared, and memory that is not there. */
static void test_open_fails(void **state)
{
	struct counter_slots other;
	struct counter_maps none = maps;
	bool happened = true;

	(void)state;
	assert_int_equal(counter_slots_open(&other, SLOTS, VALUE), 0);
	none.slots = -1;
	assert_int_equal(counter_slots_connect(&other, &none), -EBADF);
	counter_slots_close(&other);
	for (unsigned int n = 1; happened; n++) {
		int err;

		fail_alloc(n);
		err = counter_slots_open(&other, SLOTS, VALUE);
		happened = fail_alloc_happened();
		assert_int_equal(err, happened ? -ENOMEM : 0);
		counter_slots_close(&other);
	}
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("an interface is found by its index in its slot, and by who follows by its name", test_take),
		TEST("when all are in use there is none, and one that rests is given out after its rest", test_exhausted),
		TEST("a slot that was used is cleared before it is given out, and what accompanies it", test_cleared),
		TEST("a slot that is released is nobody's, and no packet finds it", test_released),
		TEST("an interface with a new slot keeps it when the old one is released", test_moved),
		TEST("the slot of a process before is adopted by index and name, with its counts", test_adopt),
		TEST("an index that leads nowhere adopts nothing", test_adopt_nonsense),
		TEST("where maps that say where an interface is counted are new, they are made from the owners", test_restore),
		TEST("what was not adopted is released, and nothing else", test_sweep),
		TEST("a call that fails leaves no slot half taken", test_take_fails),
		TEST("owners that cannot be read are no owners that are nobody", test_read_fails),
		TEST("memory that is not there is reported", test_open_fails),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
