// SPDX-License-Identifier: GPL-2.0-only
/*
 * A map of maps that the test keeps, in place of bpf(2): inner maps that come, go and are
 * exchanged, empty ones, ones of another size, and what fails.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/custom/elements.h"
#include "tests/unit/fail_alloc.h"

#define OUTER_FD 42
#define INNER_FD 100
#define OUTERS 8
#define INNERS 8
#define KEYS 3

static struct {
	uint32_t inner_of[OUTERS]; /* id of the map under this outer key; 0: none */
	struct {
		uint32_t keys[KEYS];
		size_t count;
		uint32_t value_size; /* 0: 8 */
	} inners[INNERS];	     /* by id */
	int open_error;
	unsigned int opened, closed, outer_steps;
	bool endless; /* the outer map has keys without end, and no maps */
} world;

/* A key, wherever it lies. */
static uint32_t number_at(const void *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

static int fail_with(int error)
{
	errno = error;
	return -1;
}

int bpf_map_get_next_key(int fd, const void *key, void *next_key)
{
	uint32_t next;
	size_t i = 0;

	if (fd == OUTER_FD) {
		world.outer_steps++;
		next = key ? number_at(key) + 1 : 0;
		memcpy(next_key, &next, sizeof(next));
		return next < OUTERS || world.endless ? 0 : fail_with(ENOENT);
	}
	while (key && i < world.inners[fd - INNER_FD].count &&
	       world.inners[fd - INNER_FD].keys[i] != number_at(key))
		i++;
	i += key != NULL;
	if (i >= world.inners[fd - INNER_FD].count)
		return fail_with(ENOENT);
	memcpy(next_key, &world.inners[fd - INNER_FD].keys[i], sizeof(next));
	return 0;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	uint32_t number = number_at(key);

	if (fd == OUTER_FD) {
		*(uint32_t *)value = number < OUTERS ? world.inner_of[number] : 0;
		return *(uint32_t *)value ? 0 : fail_with(ENOENT);
	}
	for (size_t i = 0; i < world.inners[fd - INNER_FD].count; i++) {
		if (world.inners[fd - INNER_FD].keys[i] != number)
			continue;
		*(uint64_t *)value = 1000 * (uint64_t)(fd - INNER_FD) + number;
		return 0;
	}
	return fail_with(ENOENT);
}

int bpf_map_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts *options)
{
	assert_int_equal(options->open_flags, BPF_F_RDONLY);
	if (world.open_error)
		return fail_with(-world.open_error);
	world.opened++;
	return INNER_FD + (int)id;
}

int close(int fd)
{
	assert_true(fd >= INNER_FD);
	world.closed++;
	return 0;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	struct bpf_map_info *map = info;
	uint32_t value_size = world.inners[fd - INNER_FD].value_size;

	(void)length;
	map->type = BPF_MAP_TYPE_HASH;
	map->key_size = sizeof(uint32_t);
	map->value_size = value_size ? value_size : 8;
	return 0;
}

static struct custom_elements elements;
static bool whole; /* the last reading was */

static int set_up(void **state)
{
	const struct custom_btf_layout layout = {
		.type = BPF_MAP_TYPE_HASH, .key_size = 8, .outer_size = 4, .value_size = 8};

	(void)state;
	memset(&world, 0, sizeof(world));
	elements = (struct custom_elements){0};
	custom_elements_take(&elements, OUTER_FD, &layout);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	custom_elements_clear(&elements);
	assert_int_equal(world.opened, world.closed);
	return 0;
}

static void fill(uint32_t id, uint32_t outer, uint32_t first, size_t count)
{
	world.inner_of[outer] = id;
	world.inners[id].count = count;
	for (size_t i = 0; i < count; i++)
		world.inners[id].keys[i] = first + (uint32_t)i;
}

/* One reading: its keys as "OUTER-INNER", with a star where the map was not read before. */
static const char *read_all(int wanted)
{
	static char text[256];
	uint32_t key[2] = {0};
	const void *from = NULL;
	uint64_t value;
	size_t used = 0;
	int err;

	text[0] = '\0';
	custom_elements_begin(&elements);
	while (!(err = custom_elements_next(&elements, from, (uint8_t *)key))) {
		from = key;
		assert_int_equal(custom_elements_look_up(&elements, (uint8_t *)key, &value), 0);
		assert_int_equal(value, 1000 * world.inner_of[key[0]] + key[1]);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u-%u%s",
					 used ? " " : "", key[0], key[1],
					 custom_elements_is_other(&elements) ? "*" : "");
	}
	assert_int_equal(err, wanted);
	whole = custom_elements_is_whole(&elements);
	custom_elements_end(&elements, err == -ENOENT);
	return text;
}

static void test_keys(void **state)
{
	(void)state;
	assert_string_equal(read_all(-ENOENT), "");
	fill(1, 2, 7, 2);
	fill(2, 5, 7, 1);
	fill(3, 6, 0, 0);
	assert_string_equal(read_all(-ENOENT), "2-7* 2-8* 5-7*");
	assert_string_equal(read_all(-ENOENT), "2-7 2-8 5-7");
	assert_true(whole);
}

static void test_exchanged(void **state)
{
	(void)state;
	fill(1, 2, 7, 1);
	fill(2, 5, 7, 1);
	assert_string_equal(read_all(-ENOENT), "2-7* 5-7*");
	fill(4, 2, 7, 2);
	assert_string_equal(read_all(-ENOENT), "2-7* 2-8* 5-7");
	/* The first map is back. */
	fill(1, 2, 7, 1);
	assert_string_equal(read_all(-ENOENT), "2-7* 5-7");
	world.inner_of[2] = 0;
	assert_string_equal(read_all(-ENOENT), "5-7");
}

/* Nothing is read into a buffer that is too small for it. */
static void test_other_size(void **state)
{
	uint8_t key[8] = {2, 0, 0, 0, 7};
	uint64_t value;

	(void)state;
	fill(1, 2, 7, 1);
	world.inners[1].value_size = 16;
	assert_string_equal(read_all(-ENOENT), "");
	custom_elements_begin(&elements);
	assert_int_equal(custom_elements_look_up(&elements, key, &value), -ENOENT);
}

/* A reading that failed is not what the next one compares with. */
static void test_failures(void **state)
{
	(void)state;
	fill(1, 2, 7, 1);
	world.open_error = -EPERM;
	assert_string_equal(read_all(-EPERM), "");
	world.open_error = -ENOENT;
	assert_string_equal(read_all(-ENOENT), "");
	world.open_error = 0;
	fail_alloc(1);
	assert_string_equal(read_all(-ENOMEM), "");
	assert_true(fail_alloc_happened());
	assert_string_equal(read_all(-ENOENT), "2-7*");
	assert_string_equal(read_all(-ENOENT), "2-7");
}

/* Of an outer map without end one reading sees so many keys, and the next one those behind. */
static void test_bound(void **state)
{
	(void)state;
	world.endless = true;
	assert_string_equal(read_all(-ENOENT), "");
	assert_int_equal(world.outer_steps, CUSTOM_ELEMENTS_OUTER_MAX);
	assert_false(whole);
	assert_int_equal(number_at(elements.last), CUSTOM_ELEMENTS_OUTER_MAX - 1);
	assert_string_equal(read_all(-ENOENT), "");
	assert_int_equal(number_at(elements.last), 2 * CUSTOM_ELEMENTS_OUTER_MAX - 1);
	world.endless = false;
	assert_string_equal(read_all(-ENOENT), "");
	assert_false(whole);
	fill(1, 2, 7, 1);
	assert_string_equal(read_all(-ENOENT), "2-7*");
	assert_true(whole);
}

// clang-format off
#define ELEMENTS_TEST(sentence, function) {(sentence), (function), set_up, tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		ELEMENTS_TEST("keys are those of all inner maps, behind the outer ones", test_keys),
		ELEMENTS_TEST("an inner map that was not read before is reported", test_exchanged),
		ELEMENTS_TEST("an inner map of another size is not read", test_other_size),
		ELEMENTS_TEST("what fails is an error, and closes what was open", test_failures),
		ELEMENTS_TEST("a reading has an end, and the next one goes on behind it",
			      test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
