// SPDX-License-Identifier: GPL-2.0-only
/* What is found in the object of the live tests, by names, and what is said of what is not. */
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/custom/object.h"
#include "tests/unit/custom.skel.h"

/* In libbpf's place: an object without BTF is opened as well. */
static bool no_btf;

struct btf *bpf_object__btf(const struct bpf_object *object)
{
	static struct btf *(*real)(const struct bpf_object *);

	if (!real)
		real = (struct btf * (*)(const struct bpf_object *))
			dlsym(RTLD_NEXT, "bpf_object__btf");
	return no_btf ? NULL : real(object);
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static struct bpf_object *opened(void)
{
	struct bpf_object *object = NULL;
	char text[256] = "";
	size_t size;
	const void *bytes = custom__elf_bytes(&size);

	if (custom_object_open(bytes, size, &object, text, sizeof(text)))
		fail_msg("%s", text);
	return object;
}

static void test_open(void **state)
{
	struct bpf_object *untouched = (void *)state, *object = untouched;
	char text[256] = "";
	size_t size;
	const char *bytes = custom__elf_bytes(&size);

	(void)state;
	bpf_object__close(opened());
	assert_true(custom_object_open(bytes, size / 2, &object, text, sizeof(text)) < 0);
	assert_contains(text, "compile it");
	assert_ptr_equal(object, untouched);
	assert_true(custom_object_open("no object", 9, &object, text, sizeof(text)) < 0);
	assert_contains(text, "libbpf cannot open it as a BPF object (errno ");
	no_btf = true;
	assert_int_equal(custom_object_open(bytes, size, &object, text, sizeof(text)), -EINVAL);
	no_btf = false;
	assert_contains(text, "it has no BTF, which describes what is in its maps");
	assert_ptr_equal(object, untouched);
}

/* The programs that would be loaded. */
static unsigned int count_loaded(const struct bpf_object *object)
{
	struct bpf_program *program;
	unsigned int count = 0;

	bpf_object__for_each_program(program, object) count += bpf_program__autoload(program);
	return count;
}

static void test_programs(void **state)
{
	struct bpf_object *object = opened();
	struct bpf_program *program = NULL;
	char text[512] = "";

	(void)state;
	assert_int_equal(
		custom_object_program(object, "count_plainly", &program, text, sizeof(text)), 0);
	assert_string_equal(bpf_program__name(program), "count_plainly");
	assert_true(bpf_program__autoload(program));
	assert_int_equal(count_loaded(object), 1);
	assert_int_equal(
		custom_object_program(object, "count_everything", &program, text, sizeof(text)), 0);
	assert_string_equal(bpf_program__name(program), "count_everything");
	assert_int_equal(count_loaded(object), 1);
	assert_int_equal(custom_object_program(object, "nothing", &program, text, sizeof(text)),
			 -EINVAL);
	assert_contains(text, "it has no program \"nothing\"; set Program to one of: ");
	assert_contains(text, "count_everything (section xdp)");
	assert_contains(text, "of_tc (section tc)");
	assert_int_equal(custom_object_program(object, "xdp", &program, text, sizeof(text)),
			 -EINVAL);
	assert_contains(text, "more than one program is in section \"xdp\"");
	assert_contains(text, "count_plainly (section xdp)");
	assert_lacks(text, "of_tc");
	/* By the one program of its section, which is for another hook. */
	assert_int_equal(custom_object_program(object, "tc", &program, text, sizeof(text)),
			 -EINVAL);
	assert_contains(text, "program of_tc is in section \"tc\", which is not for the XDP hook");
	bpf_object__close(object);
}

/* The XDP program that a section of its own has; and one that is for the entries of a devmap. */
static void test_kinds(void **state)
{
	struct bpf_object *object = opened();
	struct bpf_program *program = bpf_object__find_program_by_name(object, "of_tc");
	char text[512] = "";

	(void)state;
	assert_int_equal(bpf_program__set_type(program, BPF_PROG_TYPE_XDP), 0);
	assert_int_equal(bpf_program__set_expected_attach_type(program, BPF_XDP), 0);
	assert_int_equal(custom_object_program(object, "tc", &program, text, sizeof(text)), 0);
	assert_string_equal(bpf_program__name(program), "of_tc");
	assert_int_equal(bpf_program__set_expected_attach_type(program, BPF_XDP_DEVMAP), 0);
	assert_int_equal(custom_object_program(object, "tc", &program, text, sizeof(text)),
			 -EINVAL);
	bpf_object__close(object);
}

static void test_maps(void **state)
{
	struct bpf_object *object = opened();
	struct map_block block = {.name = (char *)"by_percpu_array",
				  .member = (char *)"inner.small"};
	const struct bpf_map *map = NULL;
	struct custom_btf_layout layout;
	char text[512] = "";

	(void)state;
	if (custom_object_map(object, &block, &map, &layout, text, sizeof(text)))
		fail_msg("%s", text);
	assert_string_equal(bpf_map__name(map), "by_percpu_array");
	assert_int_equal(layout.type, BPF_MAP_TYPE_PERCPU_ARRAY);
	assert_int_equal(layout.key_size, 4);
	assert_int_equal(layout.value_size, 24);
	assert_int_equal(layout.entries, 4);
	assert_int_equal(layout.offset, 16);
	assert_int_equal(layout.size, 2);
	assert_true(layout.per_cpu);
	map = NULL;
	block.name = (char *)"nothing";
	assert_int_equal(custom_object_map(object, &block, &map, &layout, text, sizeof(text)),
			 -EINVAL);
	assert_contains(text, "it has no map \"nothing\"; its maps are: ");
	assert_contains(text, "by_array");
	assert_lacks(text, "rodata");
	block.name = (char *)"others";
	assert_int_equal(custom_object_map(object, &block, &map, &layout, text, sizeof(text)),
			 -EINVAL);
	assert_contains(text, "map others is of type prog_array");
	assert_null(map);
	bpf_object__close(object);
}

/* Maps that libbpf makes of global variables are none of the user's. */
static void test_internal(void **state)
{
	struct bpf_object *object = opened();
	struct custom_btf_layout layout;
	const struct bpf_map *map = NULL;
	struct bpf_map *each;
	unsigned int internal = 0;
	char text[512] = "";

	(void)state;
	bpf_object__for_each_map (each, object) {
		struct map_block block = {.name = (char *)bpf_map__name(each),
					  .member = (char *)""};

		if (!bpf_map__is_internal(each))
			continue;
		internal++;
		assert_int_equal(
			custom_object_map(object, &block, &map, &layout, text, sizeof(text)),
			-EINVAL);
		assert_contains(text, "it has no map");
	}
	assert_true(internal > 0);
	bpf_object__close(object);
}

/* Key and value times entries, as they stand in tests/live/custom.bpf.c. */
static void test_memory(void **state)
{
	struct bpf_object *object = opened();
	const uint64_t per_cpu = 24 * 4 + 4 * 64 + 8 * 1001;
	const uint64_t keys_per_cpu = 4 * 4 + 6 * 64 + 16 * 1001;
	const uint64_t shared = 12 * 256 + 12 * 64 + 10 * 64 + 16 * 4 + 12 * 64 + 8 + 12 * 4 +
				8 * 5 + 12 * 2 + 8 * 3 + 24 * 3;
	struct bpf_map *map;
	uint64_t internal = 0;

	(void)state;
	bpf_object__for_each_map (map, object) {
		if (bpf_map__is_internal(map))
			internal += bpf_map__key_size(map) + bpf_map__value_size(map);
	}
	assert_int_equal(custom_object_memory(object, 1),
			 shared + keys_per_cpu + per_cpu + internal);
	assert_int_equal(custom_object_memory(object, 7),
			 shared + keys_per_cpu + 7 * per_cpu + internal);
	bpf_object__close(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("an object is opened, and what is none is reported", test_open),
		UNIT_TEST("a program is found by function or section, and no other is loaded",
			  test_programs),
		UNIT_TEST("a program is for the XDP hook of an interface", test_kinds),
		UNIT_TEST("a map is found, with the count in its values", test_maps),
		UNIT_TEST("global variables are no maps", test_internal),
		UNIT_TEST("the memory of all maps is known before they are there", test_memory),
	};

	libbpf_set_print(print_nothing);
	return cmocka_run_group_tests_name("custom/object", tests, NULL, NULL);
}
