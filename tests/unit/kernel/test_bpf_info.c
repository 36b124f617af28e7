// SPDX-License-Identifier: GPL-2.0-only
/* Maps and programs that are compared by what the kernel says of them, which is made up here. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"

#define CPUS 4
#define FDS 8

/* As libbpf's: what an object wants. */
struct bpf_map {
	struct bpf_map_info info;
};

static struct {
	struct bpf_map_info maps[FDS];
	struct bpf_prog_info programs[FDS];
	__u32 uses[FDS][20]; /* ids of the maps of a program */
	char content[FDS][64];
	int failing; /* descriptor that the kernel does not tell of; -1: none */
	int error;
	int get_error;	    /* of opening a pin */
	int lookup_failing; /* as `failing`, of content */
	int by_id;	    /* the program that an id leads to; -1: it may not be asked for */
} world;

static struct bpf_map wanted;

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	if (fd >= 100) /* opened by id or by pin */
		fd = world.by_id;
	assert_uint_in_range(fd, 0, FDS - 1);
	if (fd == world.failing) {
		errno = -world.error;
		return world.error;
	}
	if (*length == sizeof(struct bpf_map_info)) {
		memcpy(info, &world.maps[fd], sizeof(struct bpf_map_info));
	} else {
		struct bpf_prog_info *asked = info, answer = world.programs[fd];

		assert_int_equal(*length, sizeof(answer));
		if (asked->map_ids)
			memcpy((void *)(uintptr_t)asked->map_ids, world.uses[fd],
			       asked->nr_map_ids < answer.nr_map_ids
				       ? asked->nr_map_ids * sizeof(__u32)
				       : answer.nr_map_ids * sizeof(__u32));
		answer.map_ids = asked->map_ids;
		*asked = answer;
	}
	return 0;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	assert_int_equal(*(const __u32 *)key, 0);
	if (fd == world.lookup_failing) {
		errno = EPERM;
		return -EPERM;
	}
	memcpy(value, world.content[fd], world.maps[fd].value_size);
	return 0;
}

/* Descriptors of their own, so that it is seen which are closed. */
static int open_fd(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = fcntl(null, F_DUPFD_CLOEXEC, 100);

	close(null);
	assert_true(fd >= 100);
	return fd;
}

int bpf_prog_get_fd_by_id(__u32 id)
{
	assert_int_equal(id, 77);
	if (world.by_id < 0) {
		errno = EPERM;
		return -EPERM;
	}
	return open_fd();
}

int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd)
{
	(void)pins;
	assert_string_equal(name, "program");
	assert_int_equal(kind, PIN_DIR_PROGRAM);
	if (world.get_error)
		return world.get_error;
	*ret_fd = open_fd();
	return 0;
}

unsigned int cpus_possible(void)
{
	return CPUS;
}

enum bpf_map_type bpf_map__type(const struct bpf_map *map)
{
	return map->info.type;
}

__u32 bpf_map__key_size(const struct bpf_map *map)
{
	return map->info.key_size;
}

__u32 bpf_map__value_size(const struct bpf_map *map)
{
	return map->info.value_size;
}

__u32 bpf_map__max_entries(const struct bpf_map *map)
{
	return map->info.max_entries;
}

__u32 bpf_map__map_flags(const struct bpf_map *map)
{
	return map->info.map_flags;
}

const char *bpf_map__name(const struct bpf_map *map)
{
	return map->info.name;
}

static int setup(void **state)
{
	const struct bpf_map_info info = {.type = BPF_MAP_TYPE_HASH,
					  .id = 5,
					  .key_size = 4,
					  .value_size = 8,
					  .max_entries = 16,
					  .name = "flows"};

	(void)state;
	memset(&world, 0, sizeof(world));
	world.failing = world.lookup_failing = -1;
	world.error = -EPERM;
	wanted.info = info;
	world.maps[1] = info;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(fcntl(100, F_GETFD), -1);
	return 0;
}

static void expect_same(void)
{
	struct bpf_info_difference difference;

	assert_int_equal(bpf_info_map(1, &wanted, &difference), 0);
}

static void expect_difference(enum bpf_info_property property, uint32_t found, uint32_t asked)
{
	struct bpf_info_difference difference;

	assert_int_equal(bpf_info_map(1, &wanted, &difference), -EMEDIUMTYPE);
	assert_int_equal(difference.property, property);
	assert_int_equal(difference.found, found);
	assert_int_equal(difference.wanted, asked);
	world.maps[1] = wanted.info;
	expect_same();
}

static void test_map(void **state)
{
	struct bpf_info_difference difference;

	(void)state;
	expect_same();
	world.maps[1].type = BPF_MAP_TYPE_ARRAY;
	expect_difference(BPF_INFO_TYPE, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH);
	world.maps[1].key_size = 8;
	expect_difference(BPF_INFO_KEY_SIZE, 8, 4);
	world.maps[1].value_size = 16;
	expect_difference(BPF_INFO_VALUE_SIZE, 16, 8);
	world.maps[1].max_entries = 17;
	expect_difference(BPF_INFO_ENTRIES, 17, 16);
	world.maps[1].map_flags = BPF_F_NO_PREALLOC;
	expect_difference(BPF_INFO_FLAGS, BPF_F_NO_PREALLOC, 0);
	world.failing = 1;
	world.error = -EPERM;
	assert_int_equal(bpf_info_map(1, &wanted, &difference), -EPERM);
}

static void test_name(void **state)
{
	struct bpf_info_difference difference;

	(void)state;
	strcpy(world.maps[1].name, "flow");
	assert_int_equal(bpf_info_map(1, &wanted, &difference), -EMEDIUMTYPE);
	assert_int_equal(difference.property, BPF_INFO_NAME);
	assert_string_equal(difference.found_name, "flow");
	assert_string_equal(difference.wanted_name, "flows");
	/* The kernel keeps 15 bytes of it. */
	strcpy(world.maps[1].name, "flows_of_a_very");
	memcpy(wanted.info.name, "flows_of_a_veryX", sizeof(wanted.info.name));
	assert_int_equal(bpf_info_map(1, &wanted, &difference), 0);
	world.maps[1].name[14] = 'z';
	assert_int_equal(bpf_info_map(1, &wanted, &difference), -EMEDIUMTYPE);
}

/* What the kernel changes of what is asked for is no difference. */
static void test_adjusted(void **state)
{
	(void)state;
	/* Equal parts for each CPU. */
	wanted.info.map_flags = BPF_F_NO_COMMON_LRU;
	wanted.info.type = BPF_MAP_TYPE_LRU_HASH;
	world.maps[1] = wanted.info;
	world.maps[1].max_entries = 16 + CPUS - 1;
	expect_same();
	world.maps[1].max_entries = 16 - CPUS + 1;
	expect_same();
	world.maps[1].max_entries = 16 + CPUS;
	expect_difference(BPF_INFO_ENTRIES, 16 + CPUS, 16);
	/* What a descriptor may be used for is not kept; maps of devices are read-only. */
	setup(NULL);
	wanted.info.map_flags = BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_NO_PREALLOC;
	world.maps[1].map_flags = BPF_F_NO_PREALLOC;
	expect_same();
	for (int hash = 0; hash < 2; hash++) {
		setup(NULL);
		wanted.info.type = hash ? BPF_MAP_TYPE_DEVMAP_HASH : BPF_MAP_TYPE_DEVMAP;
		world.maps[1] = wanted.info;
		world.maps[1].map_flags = BPF_F_RDONLY_PROG;
		expect_same();
	}
	setup(NULL);
	world.maps[1].map_flags = BPF_F_RDONLY_PROG;
	expect_difference(BPF_INFO_FLAGS, BPF_F_RDONLY_PROG, 0);
}

static void test_same_program(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		world.programs[i].type = BPF_PROG_TYPE_XDP;
		memset(world.programs[i].tag, 7, BPF_TAG_SIZE);
	}
	assert_true(bpf_info_same_program(0, 1));
	world.programs[1].tag[BPF_TAG_SIZE - 1] = 8;
	assert_false(bpf_info_same_program(0, 1));
	world.programs[1].tag[BPF_TAG_SIZE - 1] = 7;
	world.programs[1].type = BPF_PROG_TYPE_SCHED_CLS;
	assert_false(bpf_info_same_program(0, 1));
	world.programs[1].type = BPF_PROG_TYPE_XDP;
	/* An interpreted one is not kept where the kernel compiles by now. */
	world.programs[1].jited_prog_len = 200;
	assert_false(bpf_info_same_program(0, 1));
	world.programs[0].jited_prog_len = 100;
	assert_true(bpf_info_same_program(0, 1));
	for (world.failing = 0; world.failing < 2; world.failing++)
		assert_false(bpf_info_same_program(0, 1));
}

static void test_uses(void **state)
{
	(void)state;
	world.programs[2].nr_map_ids = 3;
	world.uses[2][0] = 8;
	world.uses[2][2] = 5;
	assert_true(bpf_info_program_uses(2, 1));
	world.uses[2][2] = 6;
	world.uses[2][3] = 5;
	assert_false(bpf_info_program_uses(2, 1));
	/* More maps than there is place for: those that fit are compared, and no other memory. */
	world.programs[2].nr_map_ids = 20;
	assert_true(bpf_info_program_uses(2, 1));
	world.uses[2][3] = 0;
	world.uses[2][15] = 5;
	assert_true(bpf_info_program_uses(2, 1));
	world.uses[2][15] = 0;
	world.uses[2][16] = 5;
	assert_false(bpf_info_program_uses(2, 1));
	world.uses[2][0] = 5;
	world.failing = 1;
	assert_false(bpf_info_program_uses(2, 1));
	world.failing = 2;
	assert_false(bpf_info_program_uses(2, 1));
	world.failing = -1;
	assert_true(bpf_info_program_uses(2, 1));
}

static void test_same_content(void **state)
{
	const struct bpf_map_info info = {
		.type = BPF_MAP_TYPE_ARRAY, .max_entries = 1, .value_size = 64};

	(void)state;
	for (int map = 0; map < 2; map++) {
		world.maps[map] = info;
		memset(world.content[map], 9, 64);
	}
	assert_true(bpf_info_same_content(0, 1));
	world.content[1][63] = 8;
	assert_false(bpf_info_same_content(0, 1));
	world.content[1][63] = 9;
	for (int map = 0; map < 2; map++) {
		world.maps[map].type = BPF_MAP_TYPE_HASH;
		assert_false(bpf_info_same_content(0, 1));
		world.maps[map] = info;
		world.maps[map].max_entries = 2;
		assert_false(bpf_info_same_content(0, 1));
		world.maps[map] = info;
		world.maps[map].value_size = 32;
		assert_false(bpf_info_same_content(0, 1));
		world.maps[map] = info;
		world.failing = map;
		assert_false(bpf_info_same_content(0, 1));
		world.failing = -1;
		world.lookup_failing = map;
		assert_false(bpf_info_same_content(0, 1));
		world.lookup_failing = -1;
	}
	assert_true(bpf_info_same_content(0, 1));
}

static void test_value_size(void **state)
{
	uint32_t size = 99;

	(void)state;
	assert_int_equal(bpf_info_value_size(1, &size), 0);
	assert_int_equal(size, 8);
	world.failing = 1;
	world.error = -EMFILE;
	assert_int_equal(bpf_info_value_size(1, &size), -EMFILE);
	assert_int_equal(size, 0);
}

static void expect_program(const struct bpf_info_program *program, uint32_t id, const char *name,
			   const char *tag)
{
	assert_int_equal(program->id, id);
	assert_string_equal(program->name, name);
	assert_string_equal(program->tag, tag);
}

static void test_program(void **state)
{
	struct bpf_info_program program;

	(void)state;
	world.programs[3] = (struct bpf_prog_info){
		.id = 77, .name = "xdp_count", .tag = {0, 1, 0x7f, 0x80, 0xff, 10, 11, 12}};
	world.by_id = 3;
	assert_int_equal(bpf_info_program_by_fd(3, &program), 0);
	expect_program(&program, 77, "xdp_count", "00017f80ff0a0b0c");
	bpf_info_program_by_id(77, &program);
	expect_program(&program, 77, "xdp_count", "00017f80ff0a0b0c");
	assert_int_equal(bpf_info_program_by_pin(NULL, "program", &program), 0);
	expect_program(&program, 77, "xdp_count", "00017f80ff0a0b0c");
	/* One that may not be asked for is known by its id alone. */
	world.failing = 3;
	world.error = -EPERM;
	bpf_info_program_by_id(77, &program);
	expect_program(&program, 77, "", "");
	assert_int_equal(bpf_info_program_by_pin(NULL, "program", &program), -EPERM);
	expect_program(&program, 0, "", "");
	world.by_id = -1;
	bpf_info_program_by_id(77, &program);
	expect_program(&program, 77, "", "");
	bpf_info_program_by_id(0, &program);
	expect_program(&program, 0, "", "");
}

static void test_program_by_pin(void **state)
{
	struct bpf_info_program program;

	(void)state;
	world.get_error = -ENOENT;
	assert_int_equal(bpf_info_program_by_pin(NULL, "program", &program), 0);
	expect_program(&program, 0, "", "");
	world.get_error = -EMEDIUMTYPE;
	assert_int_equal(bpf_info_program_by_pin(NULL, "program", &program), 0);
	expect_program(&program, 0, "", "");
	world.get_error = -EMFILE;
	assert_int_equal(bpf_info_program_by_pin(NULL, "program", &program), -EMFILE);
	expect_program(&program, 0, "", "");
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("each property of a map is compared, and the first difference told", test_map),
		TEST("names are compared as far as the kernel keeps them", test_name),
		TEST("what the kernel changes by itself is no difference", test_adjusted),
		TEST("programs are the same by type, tag and whether they are compiled, and unknown ones are not", test_same_program),
		TEST("a program uses a map by its id", test_uses),
		TEST("maps of one entry are compared byte by byte, others never", test_same_content),
		TEST("the bytes of a value are reported", test_value_size),
		TEST("a program is described by descriptor, id and pin", test_program),
		TEST("no program pinned is none, and what is not known is an error", test_program_by_pin),
	};

	return cmocka_run_group_tests_name("bpf_info", tests, NULL, NULL);
}
