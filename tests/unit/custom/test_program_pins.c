// SPDX-License-Identifier: GPL-2.0-only
/* What a custom counter wants pinned, and what it makes of what was found. */
#include "tests/unit/custom/fake_kernel.h"

#include "plugin/hook/pinset.h"

/* In the place of the sets of hook/: what they are asked, and what they answer. */
static struct {
	const struct pinset_kind *kind;
	size_t count; /* maps of the last set */
	char pin[PINSET_NAME];
	bool adopted;	    /* as pinset_pin() got it */
	int program;	    /* the descriptor to pin */
	unsigned int drops; /* of all pins */

	int adopt_error;
	bool adopts;
	const char *reason;
} pinned;

static char directory;
#define PINS ((const struct pin_dir *)(const void *)&directory)

static void note(const struct pinset *set, const struct pin_dir *pins)
{
	assert_ptr_equal(pins, PINS);
	pinned.kind = set->kind;
	pinned.count = set->count;
	pinned.pin[0] = '\0';
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->maps[i].name, "by_array") == 0)
			strcpy(pinned.pin, set->maps[i].pin);
	}
	assert_null(set->settings.map);
}

int pinset_adopt(const struct pinset *set, const struct pin_dir *pins, bool *ret_adopted,
		 char *reason, size_t size)
{
	note(set, pins);
	snprintf(reason, size, "%s", pinned.reason);
	*ret_adopted = pinned.adopts;
	return pinned.adopt_error;
}

int pinset_pin_program(const struct pin_dir *pins, int program)
{
	assert_ptr_equal(pins, PINS);
	pinned.program = program;
	return -ENOSPC;
}

int pinset_pin(const struct pinset *set, const struct pin_dir *pins, bool adopted)
{
	note(set, pins);
	pinned.adopted = adopted;
	return -EROFS;
}

int pinset_programs(const struct pinset_kind *kind, const struct pin_dir *pins,
		    uint32_t ret_ids[PINSET_PROGRAMS])
{
	assert_ptr_equal(pins, PINS);
	pinned.kind = kind;
	ret_ids[0] = 5;
	ret_ids[1] = 6;
	return -EACCES;
}

bool pinset_is_pin(const struct pinset_kind *kind, const char *name)
{
	pinned.kind = kind;
	return strcmp(name, "mine") == 0;
}

int pinset_drop(const struct pinset_kind *kind, const struct pin_dir *pins)
{
	assert_ptr_equal(pins, PINS);
	pinned.kind = kind;
	pinned.drops++;
	return -EIO;
}

static int begin(void **state)
{
	memset(&pinned, 0, sizeof(pinned));
	pinned.reason = "";
	return set_up(state);
}

static void test_adopted(void **state)
{
	struct custom_program *custom = opened("count_everything");
	const struct program *program = custom_program_as_program(custom);

	(void)state;
	pinned.adopts = true;
	assert_int_equal(load(custom, PINS), 0);
	assert_true(custom_program_is_adopted(custom));
	assert_string_equal(program->not_adopted_reason, "");
	assert_int_equal(strncmp(pinned.pin, "map_by_array-", 13), 0);
	assert_int_equal(program->operations->pin(program, PINS), -EROFS);
	assert_true(pinned.adopted);
	/* Loaded another time, nothing is pinned any more. */
	program->operations->unload(custom_program_as_program(custom));
	assert_int_equal(load(custom, NULL), 0);
	assert_false(custom_program_is_adopted(custom));
	custom_program_close(custom);
}

static void test_not_adopted(void **state)
{
	struct custom_program *custom = opened("count_everything");
	const struct program *program = custom_program_as_program(custom);

	(void)state;
	pinned.reason = "map by_array: of another layout";
	assert_int_equal(load(custom, PINS), 0);
	assert_false(custom_program_is_adopted(custom));
	assert_string_equal(program->not_adopted_reason, pinned.reason);
	/* That is not so for ever. */
	program->operations->unload(custom_program_as_program(custom));
	assert_int_equal(load(custom, NULL), 0);
	assert_string_equal(program->not_adopted_reason, "");
	custom_program_close(custom);
}

static void test_failure(void **state)
{
	struct custom_program *custom = opened("count_everything");

	(void)state;
	pinned.adopt_error = -EMFILE;
	assert_int_equal(load(custom, PINS), -EMFILE);
	assert_int_equal(kernel.loads, 0);
	assert_contains(explained(custom, -EMFILE), ": errno 24, ");
	pinned.reason = "pin of map by_array: no descriptors";
	assert_int_equal(load(custom, PINS), -EMFILE);
	assert_contains(explained(custom, -EMFILE), ": pin of map by_array: no descriptors");
	custom_program_close(custom);
}

/* Where the pins can only be used after the load, it is the maps of that load that are pinned. */
static void test_pinned_later(void **state)
{
	struct custom_program *custom = opened("count_everything");
	const struct program *program = custom_program_as_program(custom);
	char name[PINSET_NAME];
	size_t count;

	(void)state;
	pinned.adopt_error = -EMFILE;
	assert_int_equal(load(custom, PINS), -EMFILE);
	strcpy(name, pinned.pin);
	count = pinned.count;
	assert_true(count > 10);
	assert_int_equal(load(custom, NULL), 0);
	assert_int_equal(program->operations->pin_program(program, PINS), -ENOSPC);
	assert_int_equal(pinned.program, PROGRAM_FD);
	assert_int_equal(program->operations->pin(program, PINS), -EROFS);
	assert_int_equal(pinned.count, count);
	assert_string_equal(pinned.pin, name);
	assert_false(pinned.adopted);
	custom_program_close(custom);
}

/* Also of a counter that has no object any more. */
static void test_without_object(void **state)
{
	const struct program_operations *operations = &custom_program_operations;
	const struct program left = {.operations = operations};
	const struct pinset_kind *kind;
	uint32_t ids[PROGRAM_PINNED];

	(void)state;
	assert_int_equal(operations->pinned(&left, PINS, ids), -EACCES);
	assert_int_equal(ids[0], 5);
	assert_int_equal(ids[1], 6);
	kind = pinned.kind;
	assert_string_equal(kind->map_prefixes[0], "map_");
	assert_null(kind->map_prefixes[1]);
	assert_null(kind->others[0]);
	assert_null(kind->is_program);
	assert_true(operations->is_pin(&left, "mine"));
	assert_false(operations->is_pin(&left, "yours"));
	assert_int_equal(operations->unpin(&left, PINS), -EIO);
	assert_int_equal(pinned.drops, 1);
	assert_ptr_equal(pinned.kind, kind);
}

#define PINS_TEST(sentence, function)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = begin,                  \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PINS_TEST("maps that were pinned are used again", test_adopted),
		PINS_TEST("where they are not, the reason is kept", test_not_adopted),
		PINS_TEST("what may pass keeps it from being loaded, and is reported",
			  test_failure),
		PINS_TEST("what was loaded without pins can be pinned later", test_pinned_later),
		PINS_TEST("pins are found and removed without an object", test_without_object),
	};

	return cmocka_run_group_tests_name("custom/program_pins", tests, NULL, NULL);
}
