// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of pins in a directory that is made up here: complete starts, starts that are killed at
 * every call that changes the directory, and calls that fail.
 */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugin/hook/pinset.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"

#define OBJECTS 4096
#define PINS 16

/* What can be pinned: maps of a load, and its program. */
struct object {
	unsigned int load; /* by which start it was made; 0: it does not exist */
	uint32_t size;	   /* of a value; 0: a program */
};

/* As libbpf's: which object in the kernel it stands for. */
struct bpf_map {
	const char *name;
	uint32_t size;
	struct object object;
	int fd;
};

struct pin {
	char name[PINSET_NAME];
	struct object object;
};

static struct {
	struct pin pins[PINS];
	struct object by_fd[OBJECTS];
	unsigned int loads;
	unsigned int changes; /* calls that changed the directory */
	unsigned int kill_at; /* of those, the one before which the process ends; 0: none */
	unsigned int fail_at; /* of those, the one that fails */
	jmp_buf killed;
	int get_error;	 /* of opening a pin */
	int reuse_error; /* of using a map */
	int list_error;
	int info_error; /* of asking about a program */
} world;

static int new_fd(struct object object)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0 && fd < OBJECTS);
	world.by_fd[fd] = object;
	return fd;
}

static struct pin *find_pin(const char *name)
{
	for (size_t i = 0; i < PINS; i++) {
		if (world.pins[i].object.load && strcmp(world.pins[i].name, name) == 0)
			return &world.pins[i];
	}
	return NULL;
}

/* Another change of the directory. Returns 0, or the error that it is to fail with. */
static int change(void)
{
	world.changes++;
	if (world.changes == world.kill_at)
		longjmp(world.killed, 1);
	return world.changes == world.fail_at ? -ENOMEM : 0;
}

int pin_dir_put(const struct pin_dir *pins, const char *name, int fd)
{
	struct pin *pin = find_pin(name);
	int err = change();

	(void)pins;
	if (err)
		return err;
	for (size_t i = 0; !pin && i < PINS; i++) {
		if (!world.pins[i].object.load)
			pin = &world.pins[i];
	}
	assert_non_null(pin);
	memcpy(pin->name, name, strlen(name) + 1);
	pin->object = world.by_fd[fd];
	assert_int_not_equal(pin->object.load, 0);
	return 0;
}

int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd)
{
	const struct pin *pin = find_pin(name);

	(void)pins;
	if (world.get_error)
		return world.get_error;
	if (!pin)
		return -ENOENT;
	if ((kind == PIN_DIR_MAP) != (pin->object.size != 0))
		return -EMEDIUMTYPE;
	*ret_fd = new_fd(pin->object);
	return 0;
}

bool pin_dir_has(const struct pin_dir *pins, const char *name)
{
	(void)pins;
	return find_pin(name);
}

int pin_dir_drop(const struct pin_dir *pins, const char *name)
{
	struct pin *pin = find_pin(name);
	int err;

	(void)pins;
	if (!pin)
		return 0;
	err = change();
	if (!err)
		*pin = (struct pin){0};
	return err;
}

int pin_dir_rename(const struct pin_dir *pins, const char *from, const char *to)
{
	struct pin *moved = find_pin(from), *target = find_pin(to);
	int err = change();

	(void)pins;
	if (err)
		return err;
	assert_non_null(moved);
	if (target)
		*target = (struct pin){0};
	snprintf(moved->name, sizeof(moved->name), "%s", to);
	return 0;
}

int pin_dir_list(const struct pin_dir *pins, void (*each)(void *context, const char *name),
		 void *context)
{
	(void)pins;
	if (world.list_error)
		return world.list_error;
	for (size_t i = 0; i < PINS; i++) {
		char name[PINSET_NAME];

		snprintf(name, sizeof(name), "%s", world.pins[i].name);
		if (world.pins[i].object.load)
			each(context, name);
	}
	return 0;
}

int bpf_info_map(int fd, const struct bpf_map *wanted, struct bpf_info_difference *ret_difference)
{
	if (world.by_fd[fd].size == wanted->size)
		return 0;
	*ret_difference = (struct bpf_info_difference){.property = BPF_INFO_VALUE_SIZE,
						       .found = world.by_fd[fd].size,
						       .wanted = wanted->size};
	return -EMEDIUMTYPE;
}

/* The id is the number of the load; every third program has a name that is not ours. */
int bpf_info_program_by_pin(const struct pin_dir *pins, const char *name,
			    struct bpf_info_program *ret_program)
{
	const struct pin *pin = find_pin(name);

	(void)pins;
	*ret_program = (struct bpf_info_program){0};
	if (world.info_error)
		return world.info_error;
	if (pin) {
		ret_program->id = pin->object.load;
		snprintf(ret_program->name, sizeof(ret_program->name), "%s",
			 pin->object.load % 3 ? "ours" : "theirs");
	}
	return 0;
}

int bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	if (world.reuse_error)
		return world.reuse_error;
	map->object = world.by_fd[fd];
	return 0;
}

int bpf_map__fd(const struct bpf_map *map)
{
	return map->fd;
}

static bool is_ours(const char *name)
{
	return strcmp(name, "ours") == 0;
}

static const char *const prefixes[] = {"map_", "old_v", NULL};
static const char *const others[] = {"settings", "call", NULL};
static const struct pinset_kind any_kind = {.map_prefixes = prefixes, .others = others};
static const struct pinset_kind our_kind = {
	.map_prefixes = prefixes, .others = others, .is_program = is_ours};

/* What an object has: values of maps a, b and c in bytes; 0: it has no such map. */
struct shape {
	uint32_t sizes[3];
	bool settings;
};

/* One load of an object. */
struct load {
	struct bpf_map maps[3];
	struct bpf_map settings;
	struct pinset_map rows[3];
	struct pinset set;
	struct object program;
	int program_fd;
	bool adopted;
	char reason[256];
};

static void load_open(struct load *load, const struct shape *shape)
{
	static const char *const names[] = {"a", "b", "c"};
	static const char *const pin_names[] = {"map_a", "map_b", "map_c"};

	memset(load, 0, sizeof(*load));
	world.loads++;
	for (size_t i = 0; i < 3; i++) {
		struct bpf_map *map = &load->maps[load->set.count];
		struct pinset_map *row = &load->rows[load->set.count];

		if (!shape->sizes[i])
			continue;
		load->set.count++;
		*map = (struct bpf_map){
			.name = names[i],
			.size = shape->sizes[i],
			.object = {world.loads, shape->sizes[i]},
		};
		row->map = map;
		row->name = names[i];
		snprintf(row->pin, sizeof(row->pin), "%s", pin_names[i]);
	}
	load->set.kind = &any_kind;
	load->set.maps = load->rows;
	load->settings = (struct bpf_map){"settings", 8, {world.loads, 8}, -1};
	if (shape->settings)
		load->set.settings =
			(struct pinset_map){&load->settings, "settings", "settings", false};
	load->program = (struct object){world.loads, 0};
}

/* As libbpf does in the load: what is not reused is made. */
static void load_make(struct load *load)
{
	for (size_t i = 0; i < load->set.count; i++)
		load->maps[i].fd = new_fd(load->maps[i].object);
	load->settings.fd = new_fd(load->settings.object);
	load->program_fd = new_fd(load->program);
}

static void load_close(struct load *load)
{
	for (size_t i = 0; i < load->set.count; i++)
		close(load->maps[i].fd);
	close(load->settings.fd);
	close(load->program_fd);
}

/* All maps are of one load: of an earlier one where they were adopted, else of this one. */
static void check_one_load(const struct load *load)
{
	for (size_t i = 0; i < load->set.count; i++) {
		assert_int_equal(load->maps[i].object.load, load->maps[0].object.load);
		assert_int_equal(load->maps[i].object.load != load->program.load, load->adopted);
	}
}

/* A start; where it is killed, the rest of it is left out. Returns whether it came to its end. */
static bool start(const struct shape *shape, unsigned int kill_at)
{
	static struct load load;
	static bool ended;

	world.changes = 0;
	world.kill_at = kill_at;
	ended = false;
	load_open(&load, shape);
	assert_int_equal(
		pinset_adopt(&load.set, NULL, &load.adopted, load.reason, sizeof(load.reason)), 0);
	check_one_load(&load);
	load_make(&load);
	if (!setjmp(world.killed)) {
		assert_int_equal(pinset_pin_program(NULL, load.program_fd), 0);
		assert_int_equal(pinset_pin(&load.set, NULL, load.adopted), 0);
		ended = true;
	}
	load_close(&load);
	world.kill_at = 0;
	return ended;
}

static size_t open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static size_t files_before;

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	files_before = open_files();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(open_files(), files_before);
	return 0;
}

static void expect_pin(const char *name, unsigned int load)
{
	const struct pin *pin = find_pin(name);

	if ((pin ? pin->object.load : 0) != load)
		fail_msg("pin %s is of load %u, not of %u", name, pin ? pin->object.load : 0, load);
}

static void put_pin(const char *name, unsigned int load, uint32_t size)
{
	int fd = new_fd((struct object){load, size});

	assert_int_equal(pin_dir_put(NULL, name, fd), 0);
	close(fd);
}

static const struct shape shapes[] = {
	{{4, 4, 0}, false}, {{8, 4, 0}, false}, {{4, 8, 0}, false},
	{{4, 4, 4}, false}, {{8, 4, 4}, false}, {{4, 0, 0}, false},
	{{0, 4, 0}, false}, {{8, 8, 0}, true},	{{4, 4, 0}, true},
};

/*
 * An old set, then a start that is killed before its n-th change, then one that asks for anything:
 * start() fails where maps of two loads meet. The last one always comes to its end.
 */
static void test_killed(void **state)
{
	unsigned int starts = 0;

	(void)state;
	for (size_t old = 0; old < UNIT_LENGTH(shapes); old++) {
		for (size_t next = 0; next < UNIT_LENGTH(shapes); next++) {
			for (size_t last = 0; last < UNIT_LENGTH(shapes); last++) {
				bool ended = false;

				for (unsigned int n = 1; !ended; n++) {
					memset(&world, 0, sizeof(world));
					assert_true(start(&shapes[old], 0));
					ended = start(&shapes[next], n);
					assert_true(start(&shapes[last], 0));
					assert_null(find_pin("program_next"));
					expect_pin("program", world.loads);
					starts++;
				}
			}
		}
	}
	/* Program, two maps and the rename at least: the kills were not left out. */
	assert_true(starts > UNIT_LENGTH(shapes) * UNIT_LENGTH(shapes) * UNIT_LENGTH(shapes) * 3);
}

/* Killed twice in a row, at every pair of places: maps of three loads never meet either. */
static void test_killed_twice(void **state)
{
	bool ended = false;

	(void)state;
	for (unsigned int n = 1; !ended; n++) {
		bool again = false;

		for (unsigned int m = 1; !again; m++) {
			memset(&world, 0, sizeof(world));
			assert_true(start(&(struct shape){{4, 4, 4}, true}, 0));
			ended = start(&(struct shape){{8, 4, 4}, true}, n);
			again = start(&(struct shape){{8, 8, 4}, true}, m);
			assert_true(start(&(struct shape){{8, 4, 4}, true}, 0));
		}
	}
}

static void test_complete(void **state)
{
	(void)state;
	put_pin("foreign", 77, 4);
	put_pin("link_5", 77, 0);
	put_pin("call", 77, 4);
	assert_true(start(&(struct shape){{4, 4, 4}, true}, 0));
	expect_pin("map_a", 1);
	expect_pin("map_b", 1);
	expect_pin("map_c", 1);
	expect_pin("settings", 1);
	expect_pin("program", 1);
	expect_pin("program_next", 0);
	/* The maps go on, one of them is no longer wanted, the program and its settings are new. */
	put_pin("old_v0", 77, 4);
	assert_true(start(&(struct shape){{4, 4, 0}, true}, 0));
	expect_pin("map_a", 1);
	expect_pin("map_b", 1);
	expect_pin("map_c", 0);
	expect_pin("old_v0", 0);
	expect_pin("settings", 2);
	expect_pin("program", 2);
	expect_pin("program_next", 0);
	expect_pin("foreign", 77);
	expect_pin("link_5", 77);
	expect_pin("call", 77);
}

/* Opens a load of {4, 4} and adopts. */
static int adopt(struct load *load)
{
	load_open(load, &(struct shape){{4, 4, 0}, false});
	load->adopted = true;
	strcpy(load->reason, "of before");
	return pinset_adopt(&load->set, NULL, &load->adopted, load->reason, sizeof(load->reason));
}

static void expect_not_adopted(const char *reason)
{
	struct load load;

	assert_int_equal(adopt(&load), 0);
	assert_false(load.adopted);
	assert_string_equal(load.reason, reason);
	check_one_load(&load);
}

static void test_reasons(void **state)
{
	struct load load;

	(void)state;
	expect_not_adopted("");
	put_pin("foreign", 77, 4);
	expect_not_adopted("");
	/* A start that was killed before its maps were pinned: that counts start again is reported.
	 */
	put_pin("program", 77, 0);
	expect_not_adopted("map a: none with its layout of keys and values is pinned");
	put_pin("map_a", 77, 4);
	expect_not_adopted("map b: none with its layout of keys and values is pinned");
	put_pin("map_b", 77, 12);
	expect_not_adopted("value size of map b is 12, wanted is 4");
	put_pin("map_b", 77, 0);
	expect_not_adopted("pin map_b: it is no map");
	put_pin("map_b", 77, 4);
	assert_int_equal(adopt(&load), 0);
	assert_true(load.adopted);
	assert_string_equal(load.reason, "");
	check_one_load(&load);
	world.get_error = -EPERM;
	expect_not_adopted("pin map_a: the kernel does not open or describe it (errno 1, Operation "
			   "not permitted)");
}

/* Opens a load of {4, B, C}, of which b and c can be made from a, and adopts. */
static void adopt_derived(struct load *load, uint32_t b, uint32_t c)
{
	load_open(load, &(struct shape){{4, b, c}, false});
	load->rows[1].derived = true;
	load->rows[2].derived = true;
	assert_int_equal(
		pinset_adopt(&load->set, NULL, &load->adopted, load->reason, sizeof(load->reason)),
		0);
}

/* What can be made from the others is made new as a whole, and pinned; the others go on. */
static void test_derived(void **state)
{
	struct load load;

	(void)state;
	assert_true(start(&(struct shape){{4, 4, 4}, false}, 0));
	adopt_derived(&load, 4, 4);
	assert_true(load.adopted);
	check_one_load(&load);
	for (int missing = 0; missing < 2; missing++) {
		if (missing)
			assert_int_equal(pin_dir_drop(NULL, "map_c"), 0);
		adopt_derived(&load, 4, missing ? 4 : 8);
		assert_true(load.adopted);
		assert_string_equal(load.reason, "");
		assert_int_equal(load.maps[0].object.load, 1);
		assert_int_equal(load.maps[1].object.load, load.program.load);
		assert_int_equal(load.maps[2].object.load, load.program.load);
	}
	load_make(&load);
	assert_int_equal(pinset_pin(&load.set, NULL, load.adopted), 0);
	expect_pin("map_a", 1);
	expect_pin("map_b", load.program.load);
	expect_pin("map_c", load.program.load);
	load_close(&load);
	adopt_derived(&load, 8, 4);
	assert_true(load.adopted);
	put_pin("map_a", 77, 12);
	adopt_derived(&load, 4, 4);
	assert_false(load.adopted);
	assert_string_equal(load.reason, "value size of map a is 12, wanted is 4");
}

/* What may pass is no reason to start from zero. */
static void test_passing(void **state)
{
	static const int passing[] = {-ENOMEM, -EMFILE, -ENFILE, -EAGAIN, -EINTR};
	struct load load;

	(void)state;
	assert_true(start(&(struct shape){{4, 4, 0}, false}, 0));
	for (size_t i = 0; i < UNIT_LENGTH(passing); i++) {
		world.get_error = passing[i];
		assert_int_equal(adopt(&load), passing[i]);
		assert_false(load.adopted);
	}
	world.get_error = 0;
	world.reuse_error = -EMFILE;
	assert_int_equal(adopt(&load), -EMFILE);
	assert_false(load.adopted);
	/* Whatever it is: some of the maps may be in use by now. */
	world.reuse_error = -EINVAL;
	assert_int_equal(adopt(&load), -EINVAL);
	assert_false(load.adopted);
	world.reuse_error = 0;
	world.list_error = -EMFILE;
	assert_int_equal(adopt(&load), -EMFILE);
	assert_false(load.adopted);
}

/* An object without a map that can be pinned has nothing that could go on. */
static void test_no_maps(void **state)
{
	struct load load;

	(void)state;
	put_pin("program", 77, 0);
	load_open(&load, &(struct shape){{0, 0, 0}, false});
	assert_int_equal(
		pinset_adopt(&load.set, NULL, &load.adopted, load.reason, sizeof(load.reason)), 0);
	assert_false(load.adopted);
	assert_string_equal(load.reason, "");
}

/* Whatever call fails, the same call once more ends as if none had. */
static void test_failures(void **state)
{
	const struct shape shape = {{8, 4, 4}, true};
	bool whole = false;

	(void)state;
	for (unsigned int n = 1; !whole; n++) {
		struct load load;
		int err;

		memset(&world, 0, sizeof(world));
		assert_true(start(&(struct shape){{4, 4, 4}, true}, 0));
		load_open(&load, &shape);
		assert_int_equal(pinset_adopt(&load.set, NULL, &load.adopted, load.reason,
					      sizeof(load.reason)),
				 0);
		assert_false(load.adopted);
		load_make(&load);
		assert_int_equal(pinset_pin_program(NULL, load.program_fd), 0);
		world.changes = 0;
		world.fail_at = n;
		err = pinset_pin(&load.set, NULL, load.adopted);
		whole = world.changes < n;
		assert_int_equal(err, whole ? 0 : -ENOMEM);
		world.fail_at = 0;
		assert_int_equal(pinset_pin(&load.set, NULL, load.adopted), 0);
		expect_pin("map_a", 2);
		expect_pin("map_b", 2);
		expect_pin("map_c", 2);
		expect_pin("settings", 2);
		expect_pin("program", 2);
		expect_pin("program_next", 0);
		load_close(&load);
	}
}

static void test_list_fails(void **state)
{
	struct load load;

	(void)state;
	assert_true(start(&(struct shape){{4, 4, 0}, false}, 0));
	load_open(&load, &(struct shape){{8, 4, 0}, false});
	load_make(&load);
	world.list_error = -ENFILE;
	assert_int_equal(pinset_pin(&load.set, NULL, false), -ENFILE);
	/* The new set has not begun. */
	expect_pin("map_a", 1);
	expect_pin("map_b", 1);
	load_close(&load);
}

/* The pinned program goes on: nothing of it is touched, and what is in its way goes. */
static void test_keep(void **state)
{
	struct load load;

	(void)state;
	assert_true(start(&(struct shape){{4, 4, 0}, true}, 0));
	put_pin("program_next", 77, 0);
	put_pin("old_v0", 77, 4);
	put_pin("map_z", 77, 4);
	put_pin("foreign", 77, 4);
	load_open(&load, &(struct shape){{4, 4, 0}, true});
	assert_int_equal(pinset_keep(&load.set, NULL), 0);
	expect_pin("map_a", 1);
	expect_pin("map_b", 1);
	expect_pin("settings", 1);
	expect_pin("program", 1);
	expect_pin("program_next", 0);
	expect_pin("old_v0", 0);
	expect_pin("map_z", 0);
	expect_pin("foreign", 77);
	put_pin("program_next", 77, 0);
	world.changes = 0;
	world.fail_at = 1;
	assert_int_equal(pinset_keep(&load.set, NULL), -ENOMEM);
}

static void test_programs(void **state)
{
	uint32_t ids[PINSET_PROGRAMS] = {9, 9};

	(void)state;
	assert_int_equal(pinset_programs(&our_kind, NULL, ids), 0);
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], 0);
	put_pin("program", 4, 0);
	put_pin("program_next", 6, 0);
	assert_int_equal(pinset_programs(&our_kind, NULL, ids), 0);
	assert_int_equal(ids[0], 4);
	assert_int_equal(ids[1], 0);
	assert_int_equal(pinset_programs(&any_kind, NULL, ids), 0);
	assert_int_equal(ids[0], 4);
	assert_int_equal(ids[1], 6);
	world.info_error = -EMFILE;
	assert_int_equal(pinset_programs(&any_kind, NULL, ids), -EMFILE);
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], 0);
}

static void test_names(void **state)
{
	static const char *const known[] = {"program", "program_next", "map_",	   "map_a-1-2",
					    "old_v",   "old_v12",      "settings", "call"};
	static const char *const unknown[] = {"",	  "progra",  "program_", "program_next2",
					      "ma",	  "xmap_a",  "old",	 "settings2",
					      "call_new", "link_12", "Program"};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(known); i++)
		assert_true(pinset_is_pin(&any_kind, known[i]));
	for (size_t i = 0; i < UNIT_LENGTH(unknown); i++)
		assert_false(pinset_is_pin(&any_kind, unknown[i]));
}

static void test_drop(void **state)
{
	(void)state;
	assert_true(start(&(struct shape){{4, 4, 4}, true}, 0));
	put_pin("program_next", 77, 0);
	put_pin("old_v0", 77, 4);
	put_pin("call", 77, 4);
	put_pin("foreign", 77, 4);
	put_pin("link_5", 77, 0);
	pinset_drop(&any_kind, NULL);
	expect_pin("foreign", 77);
	expect_pin("link_5", 77);
	for (size_t i = 0; i < PINS; i++)
		assert_true(!world.pins[i].object.load || world.pins[i].object.load == 77);
	expect_pin("call", 0);
	expect_pin("old_v0", 0);
	expect_pin("program_next", 0);
}

#define TEST(sentence, function)                                                                   \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup,                  \
		.teardown_func = teardown                                                          \
	}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		TEST("a start that is killed at any change leaves maps of one load, or too few", test_killed),
		TEST("so do two starts that are killed one after the other", test_killed_twice),
		TEST("a whole start pins all that is wanted and drops what is not, and nothing of others", test_complete),
		TEST("what keeps pinned maps from being used is reported, and nothing where none is pinned", test_reasons),
		TEST("maps that can be made from the others are made new where one is not as wanted", test_derived),
		TEST("an error that may pass is returned, and no map is taken for unusable", test_passing),
		TEST("an object without maps that can be pinned adopts nothing", test_no_maps),
		TEST("a call that fails is made good by the same call once more", test_failures),
		TEST("where the pins cannot be listed no new map is pinned", test_list_fails),
		TEST("a program that goes on keeps its pins, and others of its kind go", test_keep),
		TEST("the pinned programs are known by their ids, and only those of the kind", test_programs),
		TEST("pins are recognised by whole names, and those of maps by their beginning", test_names),
		TEST("all pins of the kind are dropped, and no others", test_drop),
	};
	// clang-format on

	return cmocka_run_group_tests_name("pinset", tests, NULL, NULL);
}
