// SPDX-License-Identifier: GPL-2.0-only
/* Names of pins, of the maps of the live tests' object. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "plugin/custom/pinned_maps.h"
#include "tests/unit/custom.skel.h"
#include "tests/unit/fail_alloc.h"

/* Of that object, as they stand in tests/live/custom.bpf.c. */
#define MAPS 16

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static struct bpf_object *opened(void)
{
	size_t size;
	const void *bytes = custom__elf_bytes(&size);
	struct bpf_object *object = bpf_object__open_mem(bytes, size, NULL);

	assert_non_null(object);
	return object;
}

/* The pin of a map; NULL: it has none. */
static const char *pin_of(const struct custom_pinned_maps *pinned, const char *map)
{
	for (size_t i = 0; i < pinned->count; i++) {
		if (strcmp(pinned->maps[i].name, map) == 0)
			return pinned->maps[i].pin;
	}
	return NULL;
}

/* "-KEY-VALUE", the end of a pin. */
static const char *layout_of(const struct custom_pinned_maps *pinned, const char *map)
{
	const char *pin = pin_of(pinned, map);

	assert_non_null(pin);
	return pin + strlen("map_") + strlen(map);
}

static void test_names(void **state)
{
	struct bpf_object *object = opened();
	struct custom_pinned_maps pinned = {0};
	struct bpf_map *map;
	size_t count = 0;

	(void)state;
	/* The second time takes the place of the first one. */
	assert_int_equal(custom_pinned_maps_name(&pinned, object), 0);
	assert_int_equal(custom_pinned_maps_name(&pinned, object), 0);
	bpf_object__for_each_map (map, object) {
		char beginning[64];
		const char *pin = pin_of(&pinned, bpf_map__name(map));

		if (bpf_map__is_internal(map)) {
			assert_null(pin);
			continue;
		}
		assert_non_null(pin);
		assert_ptr_equal(pinned.maps[count++].map, map);
		snprintf(beginning, sizeof(beginning), "map_%s-", bpf_map__name(map));
		assert_int_equal(strncmp(pin, beginning, strlen(beginning)), 0);
		assert_int_equal(strlen(pin), strlen(beginning) + 8 + 1 + 8);
		assert_int_equal(strspn(pin + strlen(beginning), "0123456789abcdef-"), 17);
	}
	assert_int_equal(pinned.count, count);
	assert_int_equal(count, MAPS);
	custom_pinned_maps_clear(&pinned);
	assert_int_equal(pinned.count, 0);
	custom_pinned_maps_clear(&pinned);
	bpf_object__close(object);
}

/* Of the same key and value (a number of 4 and one of 8 bytes), and of others. */
static void test_layouts(void **state)
{
	struct bpf_object *object = opened();
	struct custom_pinned_maps pinned = {0};
	const char *array;

	(void)state;
	assert_int_equal(custom_pinned_maps_name(&pinned, object), 0);
	array = layout_of(&pinned, "by_array");
	assert_string_equal(array, layout_of(&pinned, "many"));
	/* The key is the same, or the value, but not the other. */
	assert_memory_equal(array, layout_of(&pinned, "by_percpu_array"), 10);
	assert_string_not_equal(array, layout_of(&pinned, "by_percpu_array"));
	assert_string_equal(array + 9, layout_of(&pinned, "by_lru_hash") + 9);
	assert_string_not_equal(array, layout_of(&pinned, "by_lru_hash"));
	custom_pinned_maps_clear(&pinned);
	bpf_object__close(object);
}

static void test_set(void **state)
{
	struct bpf_object *object = opened();
	struct custom_pinned_maps pinned = {0};
	struct pinset set;

	(void)state;
	assert_int_equal(custom_pinned_maps_name(&pinned, object), 0);
	set = custom_pinned_maps_set(&pinned);
	assert_ptr_equal(set.kind, &custom_pinned_maps_kind);
	assert_ptr_equal(set.maps, pinned.maps);
	assert_int_equal(set.count, MAPS);
	assert_null(set.settings.map);
	assert_true(pinset_is_pin(set.kind, pinned.maps[0].pin));
	assert_false(pinset_is_pin(set.kind, "slots_v1"));
	custom_pinned_maps_clear(&pinned);
	bpf_object__close(object);
}

static void test_no_memory(void **state)
{
	struct bpf_object *object = opened();
	struct custom_pinned_maps pinned = {0};

	(void)state;
	for (unsigned int n = 1; n <= MAPS; n++) {
		fail_alloc(n);
		assert_int_equal(custom_pinned_maps_name(&pinned, object), -ENOMEM);
		assert_true(fail_alloc_happened());
		assert_int_equal(pinned.count, n - 1);
	}
	assert_int_equal(custom_pinned_maps_name(&pinned, object), 0);
	custom_pinned_maps_clear(&pinned);
	bpf_object__close(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("each map of the object has a pin, and global variables have none",
			  test_names),
		UNIT_TEST("the names of pins tell layouts apart", test_layouts),
		UNIT_TEST("the set is of all of them", test_set),
		UNIT_TEST("without memory that is reported, and nothing leaks", test_no_memory),
	};

	libbpf_set_print(print_nothing);
	return cmocka_run_group_tests_name("custom/pinned_maps", tests, NULL, NULL);
}
