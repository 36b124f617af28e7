// SPDX-License-Identifier: GPL-2.0-only
/* The counter's set of pins: its names, which are those of released versions, and its program. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "plugin/counter/object.h"
#include "plugin/counter/pins.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"

#define PINS 16
#define LOADED 900 /* a descriptor of the program that was just loaded; nobody closes it */

static struct {
	char names[PINS][PINSET_NAME];
	int fds[PINS]; /* what was put there */
	/* What does not answer, or differs. */
	const char *missing;  /* a pin */
	const char *not_used; /* a map that the pinned program does not use */
	bool other_program, other_content;
	uint32_t value_size;
	int get_error, size_error;
	unsigned int unloads;
} world;

static const struct pin_dir *const pins = (const void *)&world;
static struct counter_object object;

static int slot_of(const char *name)
{
	for (int i = 0; i < PINS; i++) {
		if (strcmp(world.names[i], name) == 0)
			return i;
	}
	return -1;
}

int pin_dir_put(const struct pin_dir *directory, const char *name, int fd)
{
	int at = slot_of(name);

	assert_ptr_equal(directory, pins);
	if (at < 0)
		at = slot_of("");
	assert_true(at >= 0);
	snprintf(world.names[at], sizeof(world.names[at]), "%s", name);
	world.fds[at] = fd;
	return 0;
}

int pin_dir_get(const struct pin_dir *directory, const char *name, enum pin_dir_kind kind,
		int *ret_fd)
{
	assert_ptr_equal(directory, pins);
	assert_int_equal(kind, strcmp(name, "program") == 0 ? PIN_DIR_PROGRAM : PIN_DIR_MAP);
	if (world.get_error)
		return world.get_error;
	if (world.missing && strcmp(world.missing, name) == 0)
		return -ENOENT;
	*ret_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return 0;
}

bool pin_dir_has(const struct pin_dir *directory, const char *name)
{
	(void)directory;
	return slot_of(name) >= 0;
}

int pin_dir_drop(const struct pin_dir *directory, const char *name)
{
	(void)directory;
	if (slot_of(name) >= 0)
		world.names[slot_of(name)][0] = '\0';
	return 0;
}

int pin_dir_rename(const struct pin_dir *directory, const char *from, const char *to)
{
	int fd = world.fds[slot_of(from)];

	pin_dir_drop(directory, from);
	return pin_dir_put(directory, to, fd);
}

int pin_dir_list(const struct pin_dir *directory, void (*each)(void *context, const char *name),
		 void *context)
{
	(void)directory;
	for (size_t i = 0; i < PINS; i++) {
		char name[PINSET_NAME];

		snprintf(name, sizeof(name), "%s", world.names[i]);
		if (name[0])
			each(context, name);
	}
	return 0;
}

/* A descriptor says which map it is of. */
static const char *const map_names[] = {"records",	"slots",    "far_slots", "owners",
					"next_program", "settings", "signals"};

static int fd_of(const char *map)
{
	for (int i = 0; i < (int)UNIT_LENGTH(map_names); i++) {
		if (strcmp(map_names[i], map) == 0)
			return 1000 + i;
	}
	fail_msg("there is no map %s", map);
	return -1;
}

int bpf_map__fd(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	if (map == object.image.slots)
		name = "slots";
	if (map == object.image.settings)
		name = "settings";
	return fd_of(name);
}

int bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	(void)map;
	assert_true(fd >= 0);
	return 0;
}

void bpf_program__unload(struct bpf_program *program)
{
	/* libbpf calls it, too, when it closes an object. */
	world.unloads += program == object.image.program;
}

int bpf_info_map(int fd, const struct bpf_map *wanted, struct bpf_info_difference *ret_difference)
{
	(void)fd;
	(void)wanted;
	(void)ret_difference;
	return 0;
}

bool bpf_info_same_program(int fd, int other)
{
	assert_true(fd >= 0);
	assert_int_equal(other, LOADED);
	return !world.other_program;
}

bool bpf_info_program_uses(int program, int map)
{
	assert_true(program >= 0 && program != LOADED);
	return !world.not_used || (map < 1000 ? strcmp(world.not_used, "settings") != 0
					      : map != fd_of(world.not_used));
}

bool bpf_info_same_content(int map, int other)
{
	assert_true(map >= 0);
	assert_int_equal(other, fd_of("settings"));
	return !world.other_content;
}

int bpf_info_value_size(int map, uint32_t *ret_size)
{
	assert_true(map >= 0);
	*ret_size = world.value_size;
	return world.size_error;
}

int bpf_info_program_by_pin(const struct pin_dir *directory, const char *name,
			    struct bpf_info_program *ret_program)
{
	(void)directory;
	*ret_program = (struct bpf_info_program){.id = strcmp(name, "program") == 0 ? 1 : 2};
	snprintf(ret_program->name, sizeof(ret_program->name), "%s",
		 strcmp(name, "program") == 0 ? "xdp_count_next" : "xdp_other");
	return 0;
}

static int lowest_fd;

static int next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	lowest_fd = next_fd();
	object = (struct counter_object){.program = LOADED};
	assert_int_equal(counter_image_open(COUNTER_LENGTH_HELPER, &object.image), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	counter_image_close(&object.image);
	assert_int_equal(next_fd(), lowest_fd);
	return 0;
}

static void expect_pin(const char *name, const char *map)
{
	int at = slot_of(name);

	if (at < 0)
		fail_msg("%s is not pinned", name);
	assert_int_equal(world.fds[at], fd_of(map));
}

static size_t count_pins(void)
{
	size_t count = 0;

	for (size_t i = 0; i < PINS; i++)
		count += world.names[i][0] != '\0';
	return count;
}

/* The names of the version that was released: what it pinned is found by them. */
static void test_names(void **state)
{
	(void)state;
	assert_int_equal(counter_pins_put_program(&object, pins), 0);
	assert_int_equal(count_pins(), 1);
	assert_int_equal(world.fds[slot_of("program_next")], LOADED);
	assert_int_equal(counter_pins_put(&object, pins), 0);
	expect_pin("records_v1", "records");
	expect_pin("slots_v1", "slots");
	expect_pin("far_slots_v1", "far_slots");
	expect_pin("owners_v1", "owners");
	expect_pin("settings", "settings");
	assert_int_equal(world.fds[slot_of("program")], LOADED);
	assert_int_equal(count_pins(), 6);
}

/* They are in the set where they are on; else what an earlier start has pinned of them goes. */
static void test_names_of_signals(void **state)
{
	(void)state;
	object.settings.breakdowns |= RECORD_BY_SIGNAL;
	assert_int_equal(counter_pins_put_program(&object, pins), 0);
	assert_int_equal(counter_pins_put(&object, pins), 0);
	expect_pin("signals_v1", "signals");
	expect_pin("records_v1", "records");
	assert_int_equal(count_pins(), 7);
	object.settings.breakdowns &= ~(uint32_t)RECORD_BY_SIGNAL;
	assert_int_equal(counter_pins_put_program(&object, pins), 0);
	assert_int_equal(counter_pins_put(&object, pins), 0);
	assert_int_equal(count_pins(), 6);
}

static void test_is_pin(void **state)
{
	static const char *const known[] = {"program",	    "program_next",  "settings",
					    "tail_call",    "tail_call_new", "records_v1",
					    "records_v200", "owners_v1",     "slots_v3",
					    "far_slots_v2", "signals_v1"};
	static const char *const unknown[] = {"link_4", "records", "map_a-1-2", "tail", "new", ""};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(known); i++)
		assert_true(counter_pins_is_pin(known[i]));
	for (size_t i = 0; i < UNIT_LENGTH(unknown); i++)
		assert_false(counter_pins_is_pin(unknown[i]));
	for (size_t i = 0; i < UNIT_LENGTH(known); i++)
		pin_dir_put(pins, known[i], 1);
	pin_dir_put(pins, "link_4", 1);
	counter_pins_drop(pins);
	assert_int_equal(count_pins(), 1);
	assert_true(slot_of("link_4") >= 0);
}

static void test_adopt(void **state)
{
	(void)state;
	assert_int_equal(counter_pins_adopt(&object, pins), 0);
	assert_false(object.info.adopted);
	assert_string_equal(object.info.not_adopted_reason, "");
	pin_dir_put(pins, "records_v1", 1);
	world.missing = "owners_v1";
	assert_int_equal(counter_pins_adopt(&object, pins), 0);
	assert_false(object.info.adopted);
	assert_contains(object.info.not_adopted_reason, "owners_v1");
	world.missing = NULL;
	assert_int_equal(counter_pins_adopt(&object, pins), 0);
	assert_true(object.info.adopted);
	assert_string_equal(object.info.not_adopted_reason, "");
	/* Its maps stay as they are, and what is not of this version goes. */
	pin_dir_put(pins, "records_v9", 1);
	assert_int_equal(counter_pins_put_program(&object, pins), 0);
	assert_int_equal(counter_pins_put(&object, pins), 0);
	assert_int_equal(world.fds[slot_of("records_v1")], 1);
	assert_int_equal(slot_of("records_v9"), -1);
	assert_int_equal(slot_of("program_next"), -1);
	assert_int_equal(world.fds[slot_of("program")], LOADED);
}

static void expect_program(bool same)
{
	object.program = LOADED;
	object.info.same_program = false;
	world.unloads = 0;
	counter_pins_adopt_program(&object, pins);
	assert_int_equal(object.info.same_program, same);
	assert_int_equal(world.unloads, same);
	assert_int_equal(object.program != LOADED, same);
	if (same)
		close(object.program);
}

/* Only the very same program, with the same maps and settings, goes on. */
static void test_program(void **state)
{
	static const char *const used[] = {"settings", "records", "slots", "far_slots"};

	(void)state;
	expect_program(true);
	for (size_t i = 0; i < UNIT_LENGTH(used); i++) {
		world.not_used = used[i];
		expect_program(false);
	}
	/* The program does not write to owners, and without Next calls nothing. */
	world.not_used = "owners";
	expect_program(true);
	world.not_used = "next_program";
	expect_program(true);
	/* Nor to those that are off. */
	world.not_used = "signals";
	expect_program(true);
	object.settings.breakdowns |= RECORD_BY_SIGNAL;
	expect_program(false);
	object.settings.breakdowns &= ~(uint32_t)RECORD_BY_SIGNAL;
	world.not_used = NULL;
	world.other_program = true;
	expect_program(false);
	world.other_program = false;
	world.other_content = true;
	expect_program(false);
	world.other_content = false;
	world.missing = "program";
	expect_program(false);
	world.missing = "settings";
	expect_program(false);
}

static void test_program_of_next(void **state)
{
	(void)state;
	object.settings.next.wanted = true;
	world.not_used = "next_program";
	expect_program(false);
}

/* The pinned program is not pinned once more, and what an upgrade has left goes. */
static void test_same_program(void **state)
{
	(void)state;
	object.info.same_program = true;
	object.info.adopted = true;
	pin_dir_put(pins, "program", 1);
	pin_dir_put(pins, "settings", 2);
	pin_dir_put(pins, "program_next", 3);
	pin_dir_put(pins, "slots_v0", 4);
	pin_dir_put(pins, "slots_v1", 5);
	assert_int_equal(counter_pins_put_program(&object, pins), 0);
	assert_int_equal(world.fds[slot_of("program_next")], 3);
	assert_int_equal(counter_pins_put(&object, pins), 0);
	assert_int_equal(count_pins(), 3);
	assert_int_equal(world.fds[slot_of("program")], 1);
	assert_int_equal(world.fds[slot_of("settings")], 2);
	assert_int_equal(world.fds[slot_of("slots_v1")], 5);
}

static void test_programs(void **state)
{
	uint32_t ids[PINSET_PROGRAMS];

	(void)state;
	assert_int_equal(counter_pins_programs(pins, ids), 0);
	assert_int_equal(ids[0], 1);
	assert_int_equal(ids[1], 0);
}

static void expect_queues(uint32_t value_size, unsigned int expected)
{
	unsigned int queues = 99;

	world.value_size = value_size;
	assert_int_equal(counter_pins_queues(pins, &queues), 0);
	assert_int_equal(queues, expected);
}

static void test_queues(void **state)
{
	unsigned int queues = 99;

	(void)state;
	expect_queues(RECORD_BYTES(0), 0);
	expect_queues(RECORD_BYTES(4), 4);
	/* Whole cache lines: two queues have room for four. */
	expect_queues(RECORD_BYTES(2), 4);
	expect_queues(RECORD_BYTES(COUNTER_QUEUES_MAX), COUNTER_QUEUES_MAX);
	expect_queues(RECORD_BYTES(COUNTER_QUEUES_MAX) + 64, 0);
	expect_queues(4, 0);
	expect_queues(UINT32_MAX, 0);
	world.missing = "records_v1";
	expect_queues(RECORD_BYTES(4), 0);
	world.missing = NULL;
	world.get_error = -EMFILE;
	assert_int_equal(counter_pins_queues(pins, &queues), -EMFILE);
	assert_int_equal(queues, 0);
	world.get_error = -EACCES;
	expect_queues(RECORD_BYTES(4), 0);
	world.get_error = 0;
	world.size_error = -ENOMEM;
	assert_int_equal(counter_pins_queues(pins, &queues), -ENOMEM);
	world.size_error = -EPERM;
	expect_queues(RECORD_BYTES(4), 0);
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("pins have the names that released versions gave them", test_names),
		TEST("signs are pinned where they are on, and their pin goes where they are off",
		     test_names_of_signals),
		TEST("pins of every version are known and dropped, and no others", test_is_pin),
		TEST("the four maps are adopted together", test_adopt),
		TEST("a pinned program goes on only with the same instructions, maps and settings", test_program),
		TEST("with Next also only with the same array", test_program_of_next),
		TEST("a program that goes on is not pinned once more", test_same_program),
		TEST("a program that is pinned is a counter's only by its name", test_programs),
		TEST("queues are told from the length of the pinned records", test_queues),
	};

	return cmocka_run_group_tests_name("pins", tests, NULL, NULL);
}
