// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs, links and maps of a kernel that the test makes: a dispatcher two of whose functions are
 * replaced, tail calls, names that several maps have, objects that are gone by now.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/foreign/programs.h"

#define OBJECTS 16

/* An object's descriptor is its id, and what kind it is. */
#define PROGRAM_FD 100
#define MAP_FD 200
#define LINK_FD 300

static struct {
	struct {
		const char *name; /* NULL: it is not there */
		__u32 maps[4];
	} programs[OBJECTS];
	struct {
		const char *name;
		__u32 type;
		uint32_t calls; /* program in entry 0 of an array of programs; 0: none */
	} maps[OBJECTS];
	struct {
		__u32 type, attach_type, program, target;
	} links[OBJECTS];
	int error; /* of every opening by id; 0: none */
	unsigned int opened, closed;
} kernel;

static int open_id(int base, __u32 id, bool there)
{
	errno = kernel.error ? -kernel.error : ENOENT;
	if (kernel.error || id >= OBJECTS || !there)
		return -1;
	kernel.opened++;
	return base + (int)id;
}

int bpf_prog_get_fd_by_id(__u32 id)
{
	return open_id(PROGRAM_FD, id, kernel.programs[id % OBJECTS].name);
}

int bpf_map_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts *options)
{
	assert_int_equal(options->open_flags, BPF_F_RDONLY);
	return open_id(MAP_FD, id, kernel.maps[id % OBJECTS].name);
}

int bpf_link_get_fd_by_id(__u32 id)
{
	return open_id(LINK_FD, id, kernel.links[id % OBJECTS].type);
}

int bpf_link_get_next_id(__u32 start, __u32 *next)
{
	for (__u32 id = start + 1; id < OBJECTS; id++) {
		if (kernel.links[id].type) {
			*next = id;
			return 0;
		}
	}
	errno = ENOENT;
	return -ENOENT;
}

int close(int fd)
{
	(void)fd;
	kernel.closed++;
	return 0;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	struct bpf_prog_info *program = info;
	struct bpf_link_info *link = info;
	struct bpf_map_info *map = info;
	__u32 *ids;

	(void)length;
	if (fd >= LINK_FD) {
		link->type = kernel.links[fd - LINK_FD].type;
		link->prog_id = kernel.links[fd - LINK_FD].program;
		link->tracing.attach_type = kernel.links[fd - LINK_FD].attach_type;
		link->tracing.target_obj_id = kernel.links[fd - LINK_FD].target;
		return 0;
	}
	if (fd >= MAP_FD) {
		map->type = kernel.maps[fd - MAP_FD].type;
		snprintf(map->name, sizeof(map->name), "%s", kernel.maps[fd - MAP_FD].name);
		return 0;
	}
	ids = (__u32 *)(uintptr_t)program->map_ids;
	snprintf(program->name, sizeof(program->name), "%s", kernel.programs[fd - PROGRAM_FD].name);
	program->nr_map_ids = 0;
	for (int i = 0; i < 4 && kernel.programs[fd - PROGRAM_FD].maps[i]; i++)
		ids[program->nr_map_ids++] = kernel.programs[fd - PROGRAM_FD].maps[i];
	return 0;
}

int bpf_map_get_next_key(int fd, const void *key, void *next_key)
{
	assert_int_equal(kernel.maps[fd - MAP_FD].type, BPF_MAP_TYPE_PROG_ARRAY);
	errno = ENOENT;
	if (key)
		return -1;
	*(uint32_t *)next_key = 0;
	return 0;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	(void)key;
	errno = ENOENT;
	*(uint32_t *)value = kernel.maps[fd - MAP_FD].calls;
	return *(uint32_t *)value ? 0 : -1;
}

/* Program 1 is a dispatcher; 2 and 3 are behind it, and 3 calls 4; 5 is of another dispatcher. */
static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.programs[1].name = "xdp_dispatcher";
	kernel.programs[1].maps[0] = 1;
	kernel.maps[1].name = "xdp_disp.rodata";
	kernel.programs[2].name = "xdpfilt_alw_udp";
	kernel.programs[2].maps[0] = 2;
	kernel.maps[2].name = "stats";
	kernel.programs[3].name = "balancer";
	kernel.programs[3].maps[0] = 3;
	kernel.programs[3].maps[1] = 4;
	kernel.maps[3].name = "services";
	kernel.maps[4].name = "next";
	kernel.maps[4].type = BPF_MAP_TYPE_PROG_ARRAY;
	kernel.maps[4].calls = 4;
	kernel.programs[4].name = "called";
	kernel.programs[4].maps[0] = 5;
	kernel.maps[5].name = "a_name_of_15_ch";
	kernel.programs[5].name = "other";
	kernel.programs[5].maps[0] = 6;
	kernel.maps[6].name = "stats";
	kernel.links[7].type = BPF_LINK_TYPE_TRACING;
	kernel.links[7].program = 2;
	kernel.links[7].target = 1;
	kernel.links[8] = kernel.links[7];
	kernel.links[8].program = 3;
	kernel.links[9] = kernel.links[7];
	kernel.links[9].program = 5;
	kernel.links[9].target = 6;
	/* One that watches the dispatcher: it replaces nothing of it. */
	kernel.links[10] = kernel.links[9];
	kernel.links[10].target = 1;
	kernel.links[10].attach_type = BPF_TRACE_FEXIT;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(kernel.opened, kernel.closed);
	return 0;
}

static struct foreign_programs programs;

static uint32_t found(const char *name, const char *program)
{
	uint32_t id = 0;

	assert_int_equal(foreign_programs_map(&programs, name, program, &id), 0);
	return id;
}

static void test_dispatcher(void **state)
{
	uint32_t id = 77;

	(void)state;
	assert_int_equal(foreign_programs_find(1, &programs), 0);
	assert_int_equal(programs.count, 4);
	assert_true(programs.calls);
	assert_int_equal(found("stats", NULL), 2);
	assert_int_equal(found("stats", "xdpfilt_alw_udp"), 2);
	assert_int_equal(found("services", NULL), 3);
	assert_int_equal(found("a_name_of_15_chars_and_more", NULL), 5);
	assert_int_equal(foreign_programs_map(&programs, "stat", NULL, &id), -ENOENT);
	assert_int_equal(foreign_programs_map(&programs, "stats", "balancer", &id), -ENOENT);
	assert_int_equal(foreign_programs_map(&programs, "stats", "other", &id), -ESRCH);
	assert_int_equal(id, 77);
}

static void test_one(void **state)
{
	(void)state;
	assert_int_equal(foreign_programs_find(2, &programs), 0);
	assert_int_equal(programs.count, 1);
	assert_false(programs.calls);
	assert_int_equal(found("stats", NULL), 2);
}

/* One map of two programs is one; two maps of one name are distinguished by their programs. */
static void test_same_name(void **state)
{
	uint32_t id;
	char list[64];

	(void)state;
	kernel.programs[3].maps[2] = 2;
	assert_int_equal(foreign_programs_find(1, &programs), 0);
	assert_int_equal(found("stats", NULL), 2);
	kernel.programs[3].maps[2] = 6;
	assert_int_equal(foreign_programs_find(1, &programs), 0);
	assert_int_equal(foreign_programs_map(&programs, "stats", NULL, &id), -ENOTUNIQ);
	assert_int_equal(found("stats", "balancer"), 6);
	foreign_programs_names(&programs, "stats", list, sizeof(list));
	assert_string_equal(list, "xdpfilt_alw_udp, balancer");
}

static void test_lists(void **state)
{
	char list[128];

	(void)state;
	assert_int_equal(foreign_programs_find(1, &programs), 0);
	foreign_programs_names(&programs, NULL, list, sizeof(list));
	assert_string_equal(list, "xdp_dispatcher, xdpfilt_alw_udp, balancer, called");
	foreign_programs_map_names(&programs, NULL, list, sizeof(list));
	assert_string_equal(list, "stats, services, next, a_name_of_15_ch");
	foreign_programs_map_names(&programs, "balancer", list, sizeof(list));
	assert_string_equal(list, "services, next");
}

static void test_gone(void **state)
{
	(void)state;
	kernel.maps[3].name = NULL;
	kernel.programs[2].name = NULL;
	assert_int_equal(foreign_programs_find(1, &programs), 0);
	assert_int_equal(found("a_name_of_15_ch", NULL), 5);
	kernel.programs[1].name = NULL;
	assert_int_equal(foreign_programs_find(1, &programs), -ENOENT);
}

static void test_refused(void **state)
{
	(void)state;
	kernel.error = -EPERM;
	assert_int_equal(foreign_programs_find(1, &programs), -EPERM);
}

/* Two programs that call each other are two. */
static void test_circle(void **state)
{
	(void)state;
	kernel.programs[4].maps[1] = 7;
	kernel.maps[7].name = "back";
	kernel.maps[7].type = BPF_MAP_TYPE_PROG_ARRAY;
	kernel.maps[7].calls = 3;
	assert_int_equal(foreign_programs_find(3, &programs), 0);
	assert_int_equal(programs.count, 2);
}

// clang-format off
#define PROGRAMS_TEST(sentence, function) {(sentence), (function), set_up, tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROGRAMS_TEST("programs behind a dispatcher are found, and those that they call",
			      test_dispatcher),
		PROGRAMS_TEST("a program alone is one", test_one),
		PROGRAMS_TEST("two maps of one name are distinguished by their programs",
			      test_same_name),
		PROGRAMS_TEST("lists have the names, without those of maps of variables",
			      test_lists),
		PROGRAMS_TEST("what is gone meanwhile is left out, unless it is at the hook",
			      test_gone),
		PROGRAMS_TEST("what the kernel does not show is an error", test_refused),
		PROGRAMS_TEST("programs that call each other are looked at once", test_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
