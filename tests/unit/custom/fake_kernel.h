/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel that takes the object of the live tests, and says of its program and maps what a test
 * wants; and a custom counter of that object. For one file of a test.
 */
#ifndef COLLECTD_XDP_TESTS_FAKE_KERNEL_H
#define COLLECTD_XDP_TESTS_FAKE_KERNEL_H

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/config/counter_block.h"
#include "plugin/custom/program.h"
#include "plugin/kernel/cpus.h"
#include "tests/unit/custom.skel.h"

#define PROGRAM_FD 50
#define PROGRAM_MAP_FD 100
#define PROGRAM_MAPS 64

static char path[] = "/tmp/test_program-XXXXXX";

static struct {
	const struct bpf_map *maps[PROGRAM_MAPS]; /* descriptor PROGRAM_MAP_FD + index */
	size_t map_count;
	unsigned int loads, attempted; /* objects that were loaded; programs of the last one */
	int cpus_error, load_error, info_error;		    /* negative errno; 0: none */
	uint32_t flags;					    /* of the program */
	uint32_t type_off, key_off, value_off, entries_off; /* the kernel's maps are other ones */
	uint32_t id;					    /* of the last program */
} kernel;

/* The owner of every file is root. */
int fstat(int fd, struct stat *status)
{
	int err = fstatat(fd, "", status, AT_EMPTY_PATH);

	status->st_uid = 0;
	return err;
}

int cpus_measure(unsigned int *ret_cpus)
{
	if (kernel.cpus_error)
		return kernel.cpus_error;
	*ret_cpus = 3;
	return 0;
}

unsigned int cpus_possible(void)
{
	return 3;
}

int bpf_object__load(struct bpf_object *object)
{
	struct bpf_program *program;

	if (kernel.load_error) {
		errno = -kernel.load_error;
		return kernel.load_error;
	}
	kernel.loads++;
	kernel.id++;
	kernel.attempted = 0;
	bpf_object__for_each_program(program, object) kernel.attempted +=
		bpf_program__autoload(program);
	return 0;
}

int bpf_map__fd(const struct bpf_map *map)
{
	assert_true(kernel.map_count < PROGRAM_MAPS);
	kernel.maps[kernel.map_count] = map;
	return PROGRAM_MAP_FD + (int)kernel.map_count++;
}

int bpf_program__fd(const struct bpf_program *program)
{
	assert_non_null(program);
	return PROGRAM_FD;
}

__u32 bpf_program__flags(const struct bpf_program *program)
{
	assert_non_null(program);
	return kernel.flags;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	struct bpf_map_info *of_map = info;
	struct bpf_prog_info *of_program = info;
	const struct bpf_map *map;

	errno = -kernel.info_error;
	if (kernel.info_error)
		return -1;
	if (fd == PROGRAM_FD) {
		assert_true(*length >= sizeof(*of_program));
		of_program->id = kernel.id;
		snprintf(of_program->name, sizeof(of_program->name), "count_everythi");
		return 0;
	}
	assert_true(*length >= sizeof(*of_map));
	map = kernel.maps[fd - PROGRAM_MAP_FD];
	of_map->type = bpf_map__type(map) + kernel.type_off;
	of_map->key_size = bpf_map__key_size(map) + kernel.key_off;
	of_map->value_size = bpf_map__value_size(map) + kernel.value_off;
	of_map->max_entries = bpf_map__max_entries(map) + kernel.entries_off;
	return 0;
}

static int write_file(const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	bool written = write(fd, bytes, size) == (ssize_t)size;

	return close(fd) < 0 || !written ? -1 : 0;
}

static int write_object(void)
{
	size_t size;
	const void *bytes = custom__elf_bytes(&size);

	return write_file(bytes, size);
}

static int set_up(void **state)
{
	int fd;

	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.id = 76;
	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	return fd < 0 || close(fd) < 0 ? -1 : write_object();
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static struct map_block blocks[] = {
	{.name = (char *)"by_array", .member = (char *)"", .form = KEY_FORM_DECIMAL},
	{.name = (char *)"by_percpu_array", .member = (char *)"inner.packets"},
	{.name = (char *)"by_array", .member = (char *)"", .form = KEY_FORM_HEX},
	{.name = (char *)"by_lru_hash", .member = (char *)""},
};

static struct counter_block settings = {
	.name = (char *)"own",
	.object = path,
	.program = (char *)"count_everything",
	.maps = blocks,
	.map_count = UNIT_LENGTH(blocks),
};

static struct custom_program *opened(const char *function)
{
	struct custom_program *custom = NULL;

	settings.program = (char *)function;
	assert_int_equal(custom_program_open(&settings, &custom), 0);
	return custom;
}

static int load(struct custom_program *custom, const struct pin_dir *pins)
{
	struct program *program = custom_program_as_program(custom);

	return program->operations->load(program, 1, pins);
}

/* What is said of a load that failed with that error. */
static const char *explained(struct custom_program *custom, int err)
{
	static char text[1024];
	const struct program *program = custom_program_as_program(custom);

	program->operations->explain(program, err, text, sizeof(text));
	return text;
}

#endif
