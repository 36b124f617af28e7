// SPDX-License-Identifier: GPL-2.0-only
/*
 * A custom counter as a program, from a file to what is loaded, with the object of the live
 * tests and a kernel that the test plays: what it says of programs and maps, and when it fails.
 */
#include "tests/unit/custom/fake_kernel.h"

#include "tests/unit/fail_alloc.h"

static void test_loaded(void **state)
{
	struct custom_program *custom = opened("count_everything");
	const struct program *program = custom_program_as_program(custom);
	const struct custom_map *maps;

	(void)state;
	kernel.flags = BPF_F_XDP_HAS_FRAGS;
	assert_int_equal(custom_program_id(custom), 0);
	assert_null(custom_program_maps(custom));
	assert_int_equal(load(custom, NULL), 0);
	assert_true(program->loaded);
	assert_false(program->adopted);
	assert_true(program->frags);
	assert_int_equal(program->fd, PROGRAM_FD);
	assert_int_equal(program->id, 77);
	assert_string_equal(program->name, "count_everythi");
	assert_int_equal(kernel.attempted, 1);
	assert_int_equal(custom_program_id(custom), 77);
	assert_false(custom_program_is_adopted(custom));
	maps = custom_program_maps(custom);
	assert_non_null(maps);
	for (size_t i = 0; i < UNIT_LENGTH(blocks); i++)
		assert_string_equal(bpf_map__name(kernel.maps[maps[i].fd - PROGRAM_MAP_FD]),
				    blocks[i].name);
	assert_true(maps[1].layout.per_cpu);
	assert_int_equal(maps[1].layout.offset, 8);
	assert_null(custom_program_take_warning(custom));
	custom_program_close(custom);
}

/* Another load is another program; without frags, it has none. */
static void test_unloaded(void **state)
{
	struct custom_program *custom = opened("count_everything");
	struct program *program = custom_program_as_program(custom);

	(void)state;
	assert_int_equal(load(custom, NULL), 0);
	program->operations->unload(program);
	assert_false(program->loaded);
	assert_int_equal(custom_program_id(custom), 0);
	assert_null(custom_program_maps(custom));
	assert_int_equal(load(custom, NULL), 0);
	assert_false(program->frags);
	assert_int_equal(custom_program_id(custom), 78);
	custom_program_close(custom);
	custom_program_close(NULL);
}

/* Maps that several CPUs share, each named once. */
static void test_warning(void **state)
{
	struct custom_program *custom = opened("count_plainly");
	struct program *program = custom_program_as_program(custom);
	char *warning;

	(void)state;
	assert_int_equal(load(custom, NULL), 0);
	warning = custom_program_take_warning(custom);
	assert_non_null(warning);
	assert_contains(warning, "counts in map by_array, by_lru_hash may be too low: ");
	free(warning);
	assert_null(custom_program_take_warning(custom));
	/* Another load tells it again, once. */
	program->operations->unload(program);
	assert_int_equal(load(custom, NULL), 0);
	program->operations->unload(program);
	assert_int_equal(load(custom, NULL), 0);
	warning = custom_program_take_warning(custom);
	assert_non_null(warning);
	free(warning);
	custom_program_close(custom);
}

/* Where each CPU has its own value, a plain ++ is right. */
static void test_no_warning(void **state)
{
	struct custom_program *custom = NULL;
	struct counter_block only_per_cpu = settings;

	(void)state;
	only_per_cpu.program = (char *)"count_plainly";
	only_per_cpu.maps = &blocks[1];
	only_per_cpu.map_count = 1;
	assert_int_equal(custom_program_open(&only_per_cpu, &custom), 0);
	assert_int_equal(load(custom, NULL), 0);
	assert_null(custom_program_take_warning(custom));
	custom_program_close(custom);
}

static void test_refused(void **state)
{
	struct custom_program *custom = opened("nothing");
	const struct program *program = custom_program_as_program(custom);
	char beginning[64];

	(void)state;
	snprintf(beginning, sizeof(beginning), "object %s: it has no program \"nothing\"; ", path);
	assert_int_equal(load(custom, NULL), -EINVAL);
	assert_false(program->loaded);
	assert_int_equal(kernel.loads, 0);
	assert_int_equal(strncmp(explained(custom, -EINVAL), beginning, strlen(beginning)), 0);
	/* The same counter, with what is asked for: nothing is left of the first cause. */
	settings.program = (char *)"count_everything";
	kernel.load_error = -E2BIG;
	assert_int_equal(load(custom, NULL), -E2BIG);
	assert_contains(explained(custom, -E2BIG), "loading failed (errno 7");
	assert_lacks(explained(custom, -E2BIG), "nothing");
	kernel.load_error = 0;
	assert_int_equal(load(custom, NULL), 0);
	custom_program_close(custom);
}

static void test_map_refused(void **state)
{
	struct custom_program *custom = opened("count_everything");

	(void)state;
	blocks[1].member = (char *)"inner.bytes";
	assert_int_equal(load(custom, NULL), -EINVAL);
	blocks[1].member = (char *)"inner.packets";
	assert_contains(explained(custom, -EINVAL),
			"map by_percpu_array: its value has no member \"inner.bytes\"");
	assert_int_equal(kernel.loads, 0);
	custom_program_close(custom);
}

/* What the kernel made is another map than the object says; in each of three ways. */
static void test_other_maps(void **state)
{
	uint32_t *const offs[] = {&kernel.type_off, &kernel.key_off, &kernel.value_off};
	struct custom_program *custom = opened("count_everything");
	const struct program *program = custom_program_as_program(custom);

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(offs); i++) {
		*offs[i] = 1;
		assert_int_equal(load(custom, NULL), -EINVAL);
		assert_false(program->loaded);
		assert_contains(explained(custom, -EINVAL),
				"map by_array in the kernel differs from the object");
		*offs[i] = 0;
	}
	/* The kernel rounds entries of some maps; its number holds. */
	kernel.entries_off = 3;
	assert_int_equal(load(custom, NULL), 0);
	assert_int_equal(custom_program_maps(custom)[0].layout.entries, 256 + 3);
	custom_program_close(custom);
}

static void test_no_answer(void **state)
{
	struct custom_program *custom = opened("count_everything");

	(void)state;
	kernel.info_error = -EMFILE;
	assert_int_equal(load(custom, NULL), -EMFILE);
	assert_int_equal(custom_program_id(custom), 0);
	assert_contains(explained(custom, -EMFILE), "loading failed (errno 24");
	/* The size of its values is not known without that of the machine. */
	kernel.info_error = 0;
	kernel.cpus_error = -EMFILE;
	kernel.loads = 0;
	assert_int_equal(load(custom, NULL), -EMFILE);
	assert_int_equal(kernel.loads, 0);
	assert_contains(explained(custom, -EMFILE), "measuring a per-CPU map failed (errno 24");
	kernel.cpus_error = 0;
	assert_int_equal(load(custom, NULL), 0);
	custom_program_close(custom);
}

/* The memory that its maps take is known, though they are not there. */
static void test_memory(void **state)
{
	struct custom_program *custom = opened("count_everything");

	(void)state;
	kernel.load_error = -ENOMEM;
	assert_int_equal(load(custom, NULL), -ENOMEM);
	assert_contains(explained(custom, -ENOMEM), "KiB of maps");
	assert_lacks(explained(custom, -ENOMEM), " 0 KiB of maps");
	custom_program_close(custom);
}

static void test_files(void **state)
{
	struct custom_program *custom = opened("count_everything");
	const struct program *program = custom_program_as_program(custom);

	(void)state;
	assert_int_equal(write_file("no object", 9), 0);
	assert_int_equal(load(custom, NULL), -EINVAL);
	assert_contains(explained(custom, -EINVAL), "it is not an ELF file");
	assert_false(program->operations->has_news(program));
	assert_int_equal(write_object(), 0);
	assert_true(program->operations->has_news(program));
	assert_int_equal(load(custom, NULL), 0);
	assert_false(program->operations->has_news(program));
	custom_program_close(custom);
}

static void test_absent(void **state)
{
	struct custom_program *custom = opened("count_everything");
	const struct program *program = custom_program_as_program(custom);

	(void)state;
	settings.object = (char *)"/nowhere/at/all";
	assert_int_equal(load(custom, NULL), -ENOENT);
	assert_contains(explained(custom, -ENOENT),
			"object /nowhere/at/all: it is not there (errno 2");
	assert_false(program->operations->has_news(program));
	settings.object = path;
	assert_true(program->operations->has_news(program));
	custom_program_close(custom);
}

/* As much as fits, also where that is not even the path. */
static void test_cut_off(void **state)
{
	struct custom_program *custom = opened("nothing");
	const struct program *program = custom_program_as_program(custom);
	char text[8] = "#######";

	(void)state;
	assert_int_equal(load(custom, NULL), -EINVAL);
	program->operations->explain(program, -EINVAL, text, 4);
	assert_string_equal(text, "obj");
	assert_int_equal(text[4], '#');
	custom_program_close(custom);
}

static void test_no_memory(void **state)
{
	unsigned int failed = 0;

	(void)state;
	for (unsigned int n = 1;; n++) {
		struct custom_program *custom = NULL;
		int err;

		fail_alloc(n);
		err = custom_program_open(&settings, &custom);
		if (!fail_alloc_happened()) {
			assert_int_equal(err, 0);
			custom_program_close(custom);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_null(custom);
		failed++;
	}
	assert_int_equal(failed, 2);
}

#define PROGRAM_TEST(sentence, function)                                                           \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROGRAM_TEST("a program that is loaded has its id, and its maps in their order",
			     test_loaded),
		PROGRAM_TEST("one that was unloaded has neither, until the next", test_unloaded),
		PROGRAM_TEST("lost updates are warned of once per load", test_warning),
		PROGRAM_TEST("of maps per CPU nothing is warned", test_no_warning),
		PROGRAM_TEST("what is wrong is explained, and not any more when it is mended",
			     test_refused),
		PROGRAM_TEST("a map that cannot be read keeps it from being loaded",
			     test_map_refused),
		PROGRAM_TEST("maps that are not as in the object are not read", test_other_maps),
		PROGRAM_TEST("without an answer of the kernel nothing is loaded", test_no_answer),
		PROGRAM_TEST("without memory for its maps it is told how much they take",
			     test_memory),
		PROGRAM_TEST("a file that was changed is news", test_files),
		PROGRAM_TEST("a file that is there now is news", test_absent),
		PROGRAM_TEST("an explanation is cut off where it does not fit", test_cut_off),
		PROGRAM_TEST("without memory there is no counter, and no leak", test_no_memory),
	};

	return cmocka_run_group_tests_name("custom/program", tests, NULL, NULL);
}
