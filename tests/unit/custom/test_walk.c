// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks through a map that the test keeps, in place of bpf(2): keys that come and go, also during
 * a walk, more keys than are read, and failures of each call.
 */
#include "tests/unit/custom/fake_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "plugin/custom/walk.h"
#include "tests/unit/fail_alloc.h"

static int reset(void **state)
{
	(void)state;
	memset(&map, 0, sizeof(map));
	map.value_size = 12;
	return 0;
}

static struct custom_walk *open_walk(unsigned int max_keys)
{
	const struct custom_btf_layout layout = {
		.key_size = sizeof(uint32_t),
		.value_size = 12,
		.entries = FAKE_MAP_KEYS,
		.offset = 4,
		.size = 8,
		.per_cpu = map.cpus > 0,
	};
	struct custom_walk *walk = NULL;

	assert_int_equal(custom_walk_open(FAKE_MAP_FD, &layout, 1, max_keys, &walk), 0);
	return walk;
}

static struct custom_walk_reading read_all(struct custom_walk *walk)
{
	struct custom_walk_reading reading = {.count = 99};

	map.calls = 0;
	map.lookups = 0;
	assert_int_equal(custom_walk_read(walk, &reading), 0);
	return reading;
}

static uint32_t key_at(const struct custom_walk *walk, size_t i)
{
	uint32_t key;

	memcpy(&key, custom_walk_entry(walk, i)->key, sizeof(key));
	return key;
}

/* The entry of a key that is there, or NULL. */
static struct custom_walk_entry *entry_of(const struct custom_walk *walk, size_t count,
					  uint32_t key)
{
	for (size_t i = 0; i < count; i++) {
		if (key_at(walk, i) == key)
			return custom_walk_entry(walk, i)->present ? custom_walk_entry(walk, i)
								   : NULL;
	}
	return NULL;
}

/* What the reader notes of a series that has begun. */
static void start(const struct custom_walk *walk, size_t count, uint32_t key)
{
	entry_of(walk, count, key)->members[0].started = true;
}

/* How many keys are there; each once, with what is counted for it. */
static size_t sound_entries(const struct custom_walk *walk, size_t count)
{
	size_t present = 0;

	for (size_t i = 0; i < count; i++) {
		const struct custom_walk_entry *entry = custom_walk_entry(walk, i);
		uint64_t wanted = 0;

		for (size_t j = 0; j < i; j++)
			assert_true(key_at(walk, i) != key_at(walk, j));
		if (!entry->present)
			continue;
		for (unsigned int cpu = 0; cpu < (map.cpus ? map.cpus : 1); cpu++)
			wanted += count_of(key_at(walk, i), cpu);
		assert_true(entry->members[0].value == wanted);
		present++;
	}
	return present;
}

static void test_empty(void **state)
{
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading = read_all(walk);

	(void)state;
	assert_int_equal(reading.count, 0);
	assert_true(reading.complete);
	assert_false(reading.more);
	custom_walk_close(walk);
	custom_walk_close(NULL);
}

static void test_order(void **state)
{
	static const uint32_t keys[] = {70000, 3, 255, 1, 256};
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(keys); i++)
		insert(keys[i]);
	for (int n = 0; n < 2; n++) {
		reading = read_all(walk);
		assert_int_equal(reading.count, UNIT_LENGTH(keys));
		assert_true(reading.complete);
		assert_false(reading.more);
		assert_int_equal(sound_entries(walk, reading.count), UNIT_LENGTH(keys));
		for (size_t i = 0; i < UNIT_LENGTH(keys); i++) {
			assert_int_equal(key_at(walk, i), keys[i]);
			assert_int_equal(custom_walk_entry(walk, i)->is_new, n == 0);
			assert_false(custom_walk_entry(walk, i)->members[0].started);
		}
	}
	custom_walk_close(walk);
}

/* Keys that go and come, and what the reader noted of those that stay. */
static void test_coming_and_going(void **state)
{
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading;

	(void)state;
	insert(1);
	insert(2);
	reading = read_all(walk);
	start(walk, reading.count, 1);
	start(walk, reading.count, 2);
	delete (1);
	insert(3);
	reading = read_all(walk);
	assert_int_equal(sound_entries(walk, reading.count), 2);
	assert_null(entry_of(walk, reading.count, 1));
	assert_false(entry_of(walk, reading.count, 2)->is_new);
	assert_true(entry_of(walk, reading.count, 2)->members[0].started);
	assert_true(entry_of(walk, reading.count, 3)->is_new);
	assert_false(entry_of(walk, reading.count, 3)->members[0].started);
	insert(1);
	reading = read_all(walk);
	assert_int_equal(sound_entries(walk, reading.count), 3);
	/* It was looked up before, and not there. */
	assert_false(entry_of(walk, reading.count, 1)->is_new);
	assert_false(entry_of(walk, reading.count, 1)->members[0].started);
	assert_false(entry_of(walk, reading.count, 3)->is_new);
	custom_walk_close(walk);
}

/* Those that were read before are read again, whatever stands before them; no other ever is. */
static void test_more(void **state)
{
	struct custom_walk *walk = open_walk(4);
	struct custom_walk_reading reading;

	(void)state;
	for (uint32_t key = 10; key < 14; key++)
		insert(key);
	reading = read_all(walk);
	assert_int_equal(reading.count, 4);
	assert_true(reading.complete);
	assert_false(reading.more);
	for (uint32_t key = 0; key < 3; key++)
		insert(key);
	/* The new ones come first in the map. */
	memmove(&map.keys[3], &map.keys[0], 4 * sizeof(map.keys[0]));
	for (uint32_t key = 0; key < 3; key++)
		map.keys[key] = key;
	reading = read_all(walk);
	assert_int_equal(reading.count, 4);
	assert_false(reading.complete);
	assert_true(reading.more);
	for (uint32_t key = 10; key < 14; key++)
		assert_false(entry_of(walk, reading.count, key)->is_new);
	/* One of them goes, and nobody takes its place, for that would be one series more. */
	delete (11);
	reading = read_all(walk);
	assert_true(reading.more);
	assert_null(entry_of(walk, reading.count, 11));
	assert_null(entry_of(walk, reading.count, 0));
	assert_int_equal(sound_entries(walk, reading.count), 3);
	assert_int_equal(map.calls, 4);
	insert(11);
	reading = read_all(walk);
	assert_non_null(entry_of(walk, reading.count, 11));
	assert_true(reading.more);
	custom_walk_close(walk);
}

/* Keys that come and go are counted over all readings; as many as there may be are no surplus. */
static void test_churn(void **state)
{
	struct custom_walk *walk = open_walk(40);
	struct custom_walk_reading reading;

	(void)state;
	for (uint32_t key = 0; key < 100; key++) {
		insert(key);
		if (key >= 2)
			delete (key - 2);
		reading = read_all(walk);
		assert_int_equal(reading.more, key >= 40);
		assert_int_equal(reading.count, key < 40 ? key + 1 : 40);
		assert_true(sound_entries(walk, reading.count) <= 2);
	}
	custom_walk_close(walk);
}

/* An array has a key for each of its entries, and the one of the next program may have more. */
static void test_entries(void **state)
{
	struct custom_btf_layout layout = {.type = BPF_MAP_TYPE_ARRAY,
					   .key_size = 4,
					   .value_size = 12,
					   .entries = 2,
					   .offset = 4,
					   .size = 8};
	struct custom_walk *walk = NULL;

	(void)state;
	for (uint32_t key = 0; key < 2; key++)
		insert(key);
	assert_int_equal(custom_walk_open(FAKE_MAP_FD, &layout, 1, 100, &walk), 0);
	assert_int_equal(read_all(walk).count, 2);
	/* Once they are known, they are not asked for. */
	assert_true(read_all(walk).complete);
	assert_int_equal(map.calls, 2);
	insert(2);
	layout.entries = 3;
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), 0);
	assert_int_equal(read_all(walk).count, 3);
	assert_true(read_all(walk).complete);
	assert_false(read_all(walk).more);
	custom_walk_close(walk);
}

/* All integers of a value come from one lookup. */
static void test_members(void **state)
{
	const struct custom_btf_layout layouts[] = {
		{.key_size = 4, .value_size = 12, .entries = 9, .offset = 4, .size = 8},
		{.key_size = 4, .value_size = 12, .entries = 9, .offset = 4, .size = 2},
	};
	struct custom_walk *walk = NULL;
	const struct custom_walk_entry *entry;
	const uint64_t whole = 70000;
	uint16_t first;

	(void)state;
	memcpy(&first, &whole, sizeof(first));
	map.cpus = 0;
	insert(70);
	assert_int_equal(custom_walk_open(FAKE_MAP_FD, layouts, 2, 8, &walk), 0);
	assert_int_equal(read_all(walk).count, 1);
	assert_int_equal(map.lookups, 1);
	entry = custom_walk_entry(walk, 0);
	assert_true(entry->members[0].value == 70000);
	assert_true(entry->members[1].value == first);
	custom_walk_close(walk);
}

/* The map of another program: its keys are among those that there may be. */
static void test_continued(void **state)
{
	struct custom_btf_layout layout = {
		.key_size = 4, .value_size = 12, .entries = 9, .offset = 4, .size = 8};
	struct custom_walk *walk = open_walk(3);
	struct custom_walk_reading reading;

	(void)state;
	insert(1);
	insert(2);
	reading = read_all(walk);
	start(walk, reading.count, 1);
	delete (2);
	insert(3);
	insert(4);
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), 0);
	assert_false(custom_walk_entry(walk, 0)->present);
	reading = read_all(walk);
	assert_int_equal(sound_entries(walk, reading.count), 2);
	assert_false(entry_of(walk, reading.count, 1)->members[0].started);
	assert_true(reading.more);
	layout.key_size = 8;
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), -EINVAL);
	fail_alloc(1);
	layout.key_size = 4;
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), -ENOMEM);
	assert_true(fail_alloc_happened());
	assert_int_equal(sound_entries(walk, read_all(walk).count), 2);
	custom_walk_close(walk);
}

static void test_calls(void **state)
{
	struct custom_walk *walk = open_walk(FAKE_MAP_KEYS);
	size_t count;

	(void)state;
	for (uint32_t key = 0; key < 20; key++)
		insert(key);
	for (int i = 0; i < 3; i++) {
		count = read_all(walk).count;
		assert_int_equal(count, 20);
		assert_true(map.calls <= 3 * count);
		assert_int_equal(map.lookups, 20);
	}
	custom_walk_close(walk);
}

static void delete_two(void)
{
	if (find(2) < map.count)
		delete (2);
}

/* A key goes after the walk has come to it, and before it is looked up or left. */
static void test_deleted_meanwhile(void **state)
{
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading;

	(void)state;
	for (uint32_t key = 1; key < 5; key++)
		insert(key);
	map.meanwhile = delete_two;
	reading = read_all(walk);
	assert_int_equal(reading.count, 3);
	assert_true(reading.complete);
	assert_null(entry_of(walk, reading.count, 2));
	(void)sound_entries(walk, reading.count);
	custom_walk_close(walk);
}

/* The key that the walk has come to goes, after it was looked up. */
static void delete_three(void)
{
	if (map.lookups == 3 && find(3) < map.count)
		delete (3);
}

/* It starts over, and each key is there once; that one was there when it was looked up. */
static void test_restarted(void **state)
{
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading;

	(void)state;
	for (uint32_t key = 1; key < 6; key++)
		insert(key);
	map.before = delete_three;
	reading = read_all(walk);
	assert_true(reading.complete);
	assert_int_equal(map.lookups, 5);
	assert_true(map.calls > 5 + 6);
	assert_int_equal(reading.count, 5);
	(void)sound_entries(walk, reading.count);
	for (uint32_t key = 1; key < 6; key++)
		assert_non_null(entry_of(walk, reading.count, key));
	reading = read_all(walk);
	assert_int_equal(sound_entries(walk, reading.count), 4);
	assert_null(entry_of(walk, reading.count, 3));
	custom_walk_close(walk);
}

/* A walk that never gets anywhere ends, and claims to know neither. */
static void test_endless(void **state)
{
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading;

	(void)state;
	insert(7);
	map.endless = true;
	reading = read_all(walk);
	assert_int_equal(reading.count, 1);
	assert_false(reading.complete);
	assert_true(map.calls <= 2 * (2 * 8 + 64));
	/* Known by now, it is looked up once, and stepped to again and again. */
	reading = read_all(walk);
	assert_int_equal(reading.count, 1);
	assert_false(reading.complete);
	assert_false(reading.more);
	assert_int_equal(map.calls, 1 + 2 * 8 + 64);
	custom_walk_close(walk);
}

/* Each call fails once; the last reading stays, and the next one is as if nothing had been. */
static void test_failures(void **state)
{
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading;
	unsigned int calls;

	(void)state;
	for (uint32_t key = 1; key < 5; key++)
		insert(key);
	reading = read_all(walk);
	start(walk, reading.count, 4);
	delete (1);
	insert(9);
	map.fail_errno = EPERM;
	for (unsigned int n = 1;; n++) {
		map.calls = 0;
		map.fail_at = n;
		if (custom_walk_read(walk, &reading) == 0)
			break;
		assert_true(map.calls == n);
		assert_true(custom_walk_entry(walk, 3)->members[0].started);
	}
	calls = map.calls;
	assert_true(calls >= 9);
	assert_int_equal(sound_entries(walk, reading.count), 4);
	assert_true(entry_of(walk, reading.count, 4)->members[0].started);
	assert_true(entry_of(walk, reading.count, 9)->is_new);
	assert_false(entry_of(walk, reading.count, 2)->is_new);
	(void)sound_entries(walk, reading.count);
	custom_walk_close(walk);
}

static void test_error_number(void **state)
{
	struct custom_walk *walk = open_walk(8);
	struct custom_walk_reading reading;

	(void)state;
	insert(1);
	map.fail_errno = EBADF;
	map.fail_at = 1;
	assert_int_equal(custom_walk_read(walk, &reading), -EBADF);
	map.fail_at = map.calls + 2;
	assert_int_equal(custom_walk_read(walk, &reading), -EBADF);
	assert_false(reading.complete);
	assert_false(reading.more);
	custom_walk_close(walk);
}

static void test_per_cpu(void **state)
{
	struct custom_walk *walk;
	struct custom_walk_reading reading;

	(void)state;
	map.cpus = FAKE_MAP_CPUS;
	insert(5);
	insert(6);
	walk = open_walk(8);
	reading = read_all(walk);
	assert_int_equal(reading.count, 2);
	assert_true(entry_of(walk, reading.count, 5)->members[0].value == 3 * 5000 + 7 + 14);
	custom_walk_close(walk);
}

/* In place of a hash, an array has come, which has as many keys, and others. */
static void test_becomes_array(void **state)
{
	const struct custom_btf_layout layout = {.type = BPF_MAP_TYPE_ARRAY,
						 .key_size = 4,
						 .value_size = 12,
						 .entries = 2,
						 .offset = 4,
						 .size = 8};
	struct custom_walk *walk = open_walk(8);

	(void)state;
	insert(70);
	insert(71);
	assert_int_equal(sound_entries(walk, read_all(walk).count), 2);
	memset(map.keys, 0, sizeof(map.keys));
	map.keys[1] = 1;
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), 0);
	for (int n = 0; n < 2; n++) {
		assert_int_equal(sound_entries(walk, read_all(walk).count), 2);
		assert_non_null(entry_of(walk, 4, 0));
		assert_non_null(entry_of(walk, 4, 1));
	}
	custom_walk_close(walk);
}

/* The map of the next program is per CPU, and the one after it is not. */
static void test_becomes_per_cpu(void **state)
{
	struct custom_btf_layout layout = {
		.key_size = 4, .value_size = 12, .entries = 9, .offset = 4, .size = 8};
	struct custom_walk *walk = open_walk(8);

	(void)state;
	insert(5);
	assert_int_equal(sound_entries(walk, read_all(walk).count), 1);
	layout.per_cpu = true;
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), -EIO);
	assert_int_equal(sound_entries(walk, read_all(walk).count), 1);
	map.cpus = FAKE_MAP_CPUS;
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), 0);
	assert_int_equal(sound_entries(walk, read_all(walk).count), 1);
	map.cpus = 0;
	layout.per_cpu = false;
	assert_int_equal(custom_walk_continue(walk, FAKE_MAP_FD, &layout), 0);
	assert_int_equal(sound_entries(walk, read_all(walk).count), 1);
	custom_walk_close(walk);
}

/* Without their number, bpf(2) would write past what is there. */
static void test_unknown_cpus(void **state)
{
	struct custom_btf_layout layout = {
		.key_size = 4, .value_size = 12, .entries = 2, .offset = 4, .size = 8};
	struct custom_walk *walk = NULL;

	(void)state;
	layout.per_cpu = true;
	assert_int_equal(custom_walk_open(FAKE_MAP_FD, &layout, 1, 8, &walk), -EIO);
	assert_null(walk);
}

static void test_no_memory(void **state)
{
	const struct custom_btf_layout layout = {
		.key_size = 4, .value_size = 12, .entries = 2, .offset = 4, .size = 8};
	unsigned int failed = 0;

	(void)state;
	for (unsigned int n = 1;; n++) {
		struct custom_walk *walk = NULL;
		int err;

		fail_alloc(n);
		err = custom_walk_open(FAKE_MAP_FD, &layout, 1, 8, &walk);
		if (!fail_alloc_happened()) {
			assert_int_equal(err, 0);
			custom_walk_close(walk);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_null(walk);
		failed++;
	}
	assert_int_equal(failed, 6);
}

/* Values of 12 bytes lie 16 apart, one per CPU. */
static void test_sum(void **state)
{
	const struct custom_btf_layout layout = {.value_size = 12, .offset = 8, .size = 4};
	uint8_t values[3 * 16];

	(void)state;
	memset(values, 0xff, sizeof(values));
	for (uint32_t cpu = 0; cpu < 3; cpu++) {
		const uint32_t count = 100 + cpu;

		memcpy(values + 16 * (size_t)cpu + 8, &count, sizeof(count));
	}
	assert_int_equal(custom_walk_sum(&layout, values, 3), 303);
	assert_int_equal(custom_walk_sum(&layout, values, 1), 100);
}

/* Negative counts of CPUs take from the others. */
static void test_signed_sum(void **state)
{
	const struct custom_btf_layout layout = {.value_size = 8, .size = 2, .is_signed = true};
	const int16_t values[2][4] = {{-3}, {10}};

	(void)state;
	assert_int_equal(custom_walk_sum(&layout, values, 2), 7);
}

#define WALK_TEST(sentence, function)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = reset                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALK_TEST("an empty map has no entries, and that is all of it", test_empty),
		WALK_TEST("all keys are read, in the order in which they were met", test_order),
		WALK_TEST("keys that go end, and start again when they come back",
			  test_coming_and_going),
		WALK_TEST("with more keys than are read, those read before go on", test_more),
		WALK_TEST("keys that come and go are bounded over all readings", test_churn),
		WALK_TEST("an array has as many keys as entries, also where they become more",
			  test_entries),
		WALK_TEST("all members of a value are read at once", test_members),
		WALK_TEST("a walk goes on with the map of another program", test_continued),
		WALK_TEST("a reading is at most three calls per key", test_calls),
		WALK_TEST("a key that goes before it is looked up is left out",
			  test_deleted_meanwhile),
		WALK_TEST("a walk that starts over has each key once", test_restarted),
		WALK_TEST("a walk that would never end does", test_endless),
		WALK_TEST("a failure of any call leaves the last reading", test_failures),
		WALK_TEST("the error is that of the call", test_error_number),
		WALK_TEST("values of all CPUs are summed", test_per_cpu),
		WALK_TEST("a walk goes on with an array in place of a hash", test_becomes_array),
		WALK_TEST("a walk goes on with a map that is per CPU, and one that is not",
			  test_becomes_per_cpu),
		WALK_TEST("without the number of CPUs nothing is read", test_unknown_cpus),
		WALK_TEST("without memory there is no walk, and no leak", test_no_memory),
		WALK_TEST("a value is summed over the CPUs at its offset", test_sum),
		WALK_TEST("signed values are summed with their sign", test_signed_sum),
	};

	return cmocka_run_group_tests_name("custom/walk", tests, NULL, NULL);
}
