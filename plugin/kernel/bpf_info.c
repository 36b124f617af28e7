// SPDX-License-Identifier: GPL-2.0-only
/* Compares what the kernel says of maps and programs (bpf(2), BPF_OBJ_GET_INFO_BY_FD). */
#include "plugin/kernel/bpf_info.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/cpus.h"
#include "plugin/kernel/pin_dir.h"

/* More than the counter will ever have; a program with more is not ours. */
#define BPF_INFO_MAPS_MAX 16

static int map_info(int fd, struct bpf_map_info *ret_info)
{
	__u32 length = sizeof(*ret_info);

	*ret_info = (struct bpf_map_info){0};
	return bpf_obj_get_info_by_fd(fd, ret_info, &length) < 0 ? -errno : 0;
}

static int program_info(int fd, struct bpf_prog_info *ret_info)
{
	__u32 length = sizeof(*ret_info);

	*ret_info = (struct bpf_prog_info){0};
	return bpf_obj_get_info_by_fd(fd, ret_info, &length) < 0 ? -errno : 0;
}

/* The kernel gives each CPU its equal part of an LRU map of this flag (htab_map_alloc()). */
static __u32 wanted_entries(const struct bpf_map_info *info, const struct bpf_map *wanted)
{
	__u32 entries = bpf_map__max_entries(wanted);
	__u32 apart = info->max_entries > entries ? info->max_entries - entries
						  : entries - info->max_entries;
	bool apart_by_cpu = info->map_flags & BPF_F_NO_COMMON_LRU;

	return apart_by_cpu && apart < cpus_possible() ? info->max_entries : entries;
}

/*
 * The kernel has programs only read a map of devices (dev_map_init_map()), and what a
 * descriptor may be used for is no flag that the map keeps (bpf_map_flags_retain_permanent()).
 */
static __u32 wanted_flags(const struct bpf_map_info *info, const struct bpf_map *wanted)
{
	__u32 flags = bpf_map__map_flags(wanted) & ~(__u32)(BPF_F_RDONLY | BPF_F_WRONLY);

	if (info->type == BPF_MAP_TYPE_DEVMAP || info->type == BPF_MAP_TYPE_DEVMAP_HASH)
		flags |= info->map_flags & BPF_F_RDONLY_PROG;
	return flags;
}

int bpf_info_map(int fd, const struct bpf_map *wanted, struct bpf_info_difference *ret_difference)
{
	struct bpf_map_info info;
	int err = map_info(fd, &info);
	const struct bpf_info_difference numbers[] = {
		{BPF_INFO_TYPE, info.type, bpf_map__type(wanted), "", ""},
		{BPF_INFO_KEY_SIZE, info.key_size, bpf_map__key_size(wanted), "", ""},
		{BPF_INFO_VALUE_SIZE, info.value_size, bpf_map__value_size(wanted), "", ""},
		{BPF_INFO_ENTRIES, info.max_entries, wanted_entries(&info, wanted), "", ""},
		{BPF_INFO_FLAGS, info.map_flags, wanted_flags(&info, wanted), "", ""},
	};

	if (err)
		return err;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].found == numbers[i].wanted)
			continue;
		*ret_difference = numbers[i];
		return -EMEDIUMTYPE;
	}
	if (strncmp(info.name, bpf_map__name(wanted), sizeof(info.name) - 1) == 0)
		return 0;
	*ret_difference = (struct bpf_info_difference){.property = BPF_INFO_NAME};
	snprintf(ret_difference->found_name, sizeof(ret_difference->found_name), "%s", info.name);
	snprintf(ret_difference->wanted_name, sizeof(ret_difference->wanted_name), "%s",
		 bpf_map__name(wanted));
	return -EMEDIUMTYPE;
}

bool bpf_info_same_program(int fd, int other)
{
	struct bpf_prog_info info, other_info;

	if (program_info(fd, &info) < 0 || program_info(other, &other_info) < 0)
		return false;
	return info.type == other_info.type && !info.jited_prog_len == !other_info.jited_prog_len &&
	       memcmp(info.tag, other_info.tag, BPF_TAG_SIZE) == 0;
}

bool bpf_info_program_uses(int program, int map)
{
	__u32 ids[BPF_INFO_MAPS_MAX] = {0};
	struct bpf_prog_info info = {.nr_map_ids = BPF_INFO_MAPS_MAX,
				     .map_ids = (__u64)(uintptr_t)ids};
	__u32 length = sizeof(info);
	struct bpf_map_info wanted;

	if (map_info(map, &wanted) < 0 || bpf_obj_get_info_by_fd(program, &info, &length) < 0)
		return false;
	for (__u32 i = 0; i < info.nr_map_ids && i < BPF_INFO_MAPS_MAX; i++) {
		if (ids[i] == wanted.id)
			return true;
	}
	return false;
}

static void *read_only_entry(int map, __u32 size)
{
	void *content = calloc(1, size);
	__u32 key = 0;

	if (content && bpf_map_lookup_elem(map, &key, content) < 0) {
		free(content);
		return NULL;
	}
	return content;
}

bool bpf_info_same_content(int map, int other)
{
	struct bpf_map_info info, other_info;
	void *content, *other_content;
	bool same = false;

	if (map_info(map, &info) < 0 || map_info(other, &other_info) < 0)
		return false;
	if (info.type != BPF_MAP_TYPE_ARRAY || other_info.type != BPF_MAP_TYPE_ARRAY ||
	    info.max_entries != 1 || other_info.max_entries != 1 ||
	    info.value_size != other_info.value_size)
		return false;
	content = read_only_entry(map, info.value_size);
	other_content = read_only_entry(other, info.value_size);
	if (content && other_content)
		same = memcmp(content, other_content, info.value_size) == 0;
	free(content);
	free(other_content);
	return same;
}

int bpf_info_value_size(int map, uint32_t *ret_size)
{
	struct bpf_map_info info;
	int err = map_info(map, &info);

	*ret_size = info.value_size;
	return err;
}

int bpf_info_open_map(uint32_t id)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, options, .open_flags = BPF_F_RDONLY);
	int fd = bpf_map_get_fd_by_id_opts(id, &options);

	return fd < 0 ? -errno : fd;
}

int bpf_info_program_by_fd(int program_fd, struct bpf_info_program *ret_program)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);

	*ret_program = (struct bpf_info_program){0};
	if (bpf_obj_get_info_by_fd(program_fd, &info, &length) < 0)
		return -errno;
	ret_program->id = info.id;
	ret_program->known = true;
	ret_program->btf = info.btf_id && info.nr_func_info;
	snprintf(ret_program->name, sizeof(ret_program->name), "%s", info.name);
	for (size_t i = 0; i < sizeof(info.tag); i++)
		snprintf(ret_program->tag + 2 * i, 3, "%02x", info.tag[i]);
	return 0;
}

int bpf_info_program_by_pin(const struct pin_dir *pins, const char *name,
			    struct bpf_info_program *ret_program)
{
	int fd;
	int err = pin_dir_get(pins, name, PIN_DIR_PROGRAM, &fd);

	*ret_program = (struct bpf_info_program){0};
	if (err)
		return err == -ENOENT || err == -EMEDIUMTYPE ? 0 : err;
	err = bpf_info_program_by_fd(fd, ret_program);
	close(fd);
	return err;
}

void bpf_info_program_by_id(uint32_t id, struct bpf_info_program *ret_program)
{
	int fd = id ? bpf_prog_get_fd_by_id(id) : -1;

	*ret_program = (struct bpf_info_program){0};
	if (fd >= 0) {
		(void)bpf_info_program_by_fd(fd, ret_program);
		close(fd);
	}
	ret_program->id = id;
}
