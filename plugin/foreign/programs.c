// SPDX-License-Identifier: GPL-2.0-only
/* Programs are added to a list, which is gone through until none is left to be looked at. */
#include "plugin/foreign/programs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/base/text.h"
#include "plugin/kernel/bpf_info.h"

/* Maps of one program; the kernel takes no more (MAX_USED_MAPS). */
#define PROGRAM_MAPS 64

/* Entries of one array of programs that are looked at. */
#define PROGRAM_CALLS 1024

/* Whether a name in the kernel, which is cut off, stands for a name. */
static bool is_called(const char *kernel_name, const char *name)
{
	return strncmp(kernel_name, name, BPF_OBJ_NAME_LEN - 1) == 0;
}

static void add_program(struct foreign_programs *programs, uint32_t id)
{
	for (size_t i = 0; i < programs->count; i++) {
		if (programs->programs[i].id == id)
			return;
	}
	if (programs->count < FOREIGN_PROGRAMS_MAX)
		programs->programs[programs->count++] = (struct foreign_program){.id = id};
}

/* The programs of an array, whose values are their ids to who looks them up. */
static void add_calls(struct foreign_programs *programs, int fd)
{
	uint32_t key, id, *from = NULL;

	programs->calls = true;
	for (int i = 0; i < PROGRAM_CALLS && bpf_map_get_next_key(fd, from, &key) == 0; i++) {
		if (bpf_map_lookup_elem(fd, &key, &id) == 0)
			add_program(programs, id);
		from = &key;
	}
}

/* Each program has its maps; one that several have is listed for each. */
static void add_map(struct foreign_programs *programs, size_t program, uint32_t id)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);
	int fd = bpf_info_open_map(id);
	struct foreign_program_map *map;

	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0 &&
	    programs->map_count < FOREIGN_PROGRAMS_MAPS) {
		map = &programs->maps[programs->map_count++];
		*map = (struct foreign_program_map){.id = id, .program = program};
		snprintf(map->name, sizeof(map->name), "%s", info.name);
		if (info.type == BPF_MAP_TYPE_PROG_ARRAY)
			add_calls(programs, fd);
	}
	close(fd);
}

/* Name and maps of a program. Returns 0 or -errno of bpf(2). */
static int look_at(struct foreign_programs *programs, size_t index)
{
	struct foreign_program *program = &programs->programs[index];
	__u32 ids[PROGRAM_MAPS];
	struct bpf_prog_info info = {.nr_map_ids = PROGRAM_MAPS, .map_ids = (__u64)(uintptr_t)ids};
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program->id), err;

	if (fd < 0)
		return -errno;
	err = bpf_obj_get_info_by_fd(fd, &info, &length) < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	snprintf(program->name, sizeof(program->name), "%s", info.name);
	for (__u32 i = 0; i < info.nr_map_ids && i < PROGRAM_MAPS; i++)
		add_map(programs, index, ids[i]);
	return 0;
}

/* Goes through those that were not looked at. One that is gone by now is left as it is. */
static int look_at_rest(struct foreign_programs *programs, size_t *seen)
{
	for (; *seen < programs->count; ++*seen) {
		int err = look_at(programs, *seen);

		if (err && (err != -ENOENT || *seen == 0))
			return err;
	}
	return 0;
}

/* The program that a link has put in the place of a function of another one (from Linux 5.13). */
static void add_replacement(struct foreign_programs *programs, uint32_t link_id)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);
	int fd = bpf_link_get_fd_by_id(link_id);

	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0 && info.type == BPF_LINK_TYPE_TRACING &&
	    info.tracing.attach_type == 0 && info.tracing.target_obj_id == programs->programs[0].id)
		add_program(programs, info.prog_id);
	close(fd);
}

int foreign_programs_find(uint32_t hook_program, struct foreign_programs *ret_programs)
{
	uint32_t link = 0;
	size_t seen = 0;
	int err;

	*ret_programs = (struct foreign_programs){0};
	add_program(ret_programs, hook_program);
	err = look_at_rest(ret_programs, &seen);
	while (!err && bpf_link_get_next_id(link, &link) == 0)
		add_replacement(ret_programs, link);
	return err ? err : look_at_rest(ret_programs, &seen);
}

static bool is_chosen(const struct foreign_programs *programs,
		      const struct foreign_program_map *map, const char *program)
{
	return !program || is_called(programs->programs[map->program].name, program);
}

/* The cause why a map is not there. */
static int missing(const struct foreign_programs *programs, const char *program)
{
	for (size_t i = 0; program && i < programs->count; i++) {
		if (is_called(programs->programs[i].name, program))
			return -ENOENT;
	}
	return program ? -ESRCH : -ENOENT;
}

int foreign_programs_map(const struct foreign_programs *programs, const char *name,
			 const char *program, uint32_t *ret_id)
{
	const struct foreign_program_map *found = NULL;

	for (size_t i = 0; i < programs->map_count; i++) {
		const struct foreign_program_map *map = &programs->maps[i];

		if (!is_chosen(programs, map, program) || !is_called(map->name, name))
			continue;
		if (found && found->id != map->id)
			return -ENOTUNIQ;
		found = map;
	}
	if (!found)
		return missing(programs, program);
	*ret_id = found->id;
	return 0;
}

void foreign_programs_names(const struct foreign_programs *programs, const char *map, char *list,
			    size_t size)
{
	list[0] = '\0';
	for (size_t i = 0; i < programs->count; i++) {
		bool has = !map;

		for (size_t j = 0; !has && j < programs->map_count; j++)
			has = programs->maps[j].program == i &&
			      is_called(programs->maps[j].name, map);
		if (has && programs->programs[i].name[0])
			text_append_name(list, size, programs->programs[i].name);
	}
}

void foreign_programs_map_names(const struct foreign_programs *programs, const char *program,
				char *list, size_t size)
{
	list[0] = '\0';
	for (size_t i = 0; i < programs->map_count; i++) {
		const struct foreign_program_map *map = &programs->maps[i];

		/* A dot is in the names that libbpf gives to maps of variables. */
		if (is_chosen(programs, map, program) && map->name[0] && !strchr(map->name, '.'))
			text_append_name(list, size, map->name);
	}
}
