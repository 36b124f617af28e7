// SPDX-License-Identifier: GPL-2.0-only
/* Programs and maps of an object, by name; where one is missing, those that are there are named. */
#include "plugin/custom/object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/base/text.h"
#include "plugin/custom/trial.h"
#include "plugin/diagnose/custom.h"

int custom_object_open(const void *bytes, size_t length, struct bpf_object **ret_object, char *text,
		       size_t size)
{
	struct bpf_object *object;
	int err = custom_trial(bytes, length, text, size);

	if (err)
		return err;
	object = bpf_object__open_mem(bytes, length, NULL);
	if (!object) {
		err = -errno;
		diagnose_custom_object_open(err, text, size);
		return err;
	}
	if (!bpf_object__btf(object)) {
		bpf_object__close(object);
		diagnose_custom_object_no_btf(text, size);
		return -EINVAL;
	}
	*ret_object = object;
	return 0;
}

static int check_kind(const struct bpf_program *program, char *text, size_t size)
{
	enum bpf_attach_type attach = bpf_program__expected_attach_type(program);

	if (bpf_program__type(program) == BPF_PROG_TYPE_XDP && (attach == BPF_XDP || attach == 0))
		return 0;
	diagnose_custom_object_section(bpf_program__name(program),
				       bpf_program__section_name(program), text, size);
	return -EINVAL;
}

/* The programs of a section; NULL: of all. */
static void list_programs(const struct bpf_object *object, const char *section, char *list,
			  size_t size)
{
	struct bpf_program *program;
	char item[160];

	bpf_object__for_each_program(program, object)
	{
		snprintf(item, sizeof(item), "%s (section %s)", bpf_program__name(program),
			 bpf_program__section_name(program));
		if (!section || strcmp(bpf_program__section_name(program), section) == 0)
			text_append_name(list, size, item);
	}
}

int custom_object_program(struct bpf_object *object, const char *name,
			  struct bpf_program **ret_program, char *text, size_t size)
{
	struct bpf_program *program, *found = NULL;
	char programs[256] = "";
	unsigned int of_section = 0;

	bpf_object__for_each_program(program, object)
	{
		(void)bpf_program__set_autoload(program, false);
		if (strcmp(bpf_program__section_name(program), name) == 0) {
			of_section++;
			found = program;
		}
	}
	program = bpf_object__find_program_by_name(object, name);
	if (!program && of_section == 1)
		program = found;
	if (!program) {
		list_programs(object, of_section ? name : NULL, programs, sizeof(programs));
		if (of_section)
			diagnose_custom_object_section_shared(name, programs, text, size);
		else
			diagnose_custom_object_no_program(name, programs, text, size);
		return -EINVAL;
	}
	(void)bpf_program__set_autoload(program, true);
	*ret_program = program;
	return check_kind(program, text, size);
}

const struct bpf_map *custom_object_find_map(const struct bpf_object *object, const char *name,
					     char *text, size_t size)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, name), *other;
	char maps[256] = "";

	if (map && !bpf_map__is_internal(map))
		return map;
	bpf_object__for_each_map (other, object) {
		if (!bpf_map__is_internal(other))
			text_append_name(maps, sizeof(maps), bpf_map__name(other));
	}
	diagnose_custom_object_no_map(name, maps, text, size);
	return NULL;
}

int custom_object_map(const struct bpf_object *object, const struct map_block *block,
		      const struct bpf_map **ret_map, struct custom_btf_layout *ret_layout,
		      char *text, size_t size)
{
	const struct bpf_map *map = custom_object_find_map(object, block->name, text, size);
	struct custom_btf_map facts;
	int err;

	if (!map)
		return -EINVAL;
	facts = (struct custom_btf_map){
		.type = bpf_map__type(map),
		.key_size = bpf_map__key_size(map),
		.value_size = bpf_map__value_size(map),
		.entries = bpf_map__max_entries(map),
		.btf = bpf_object__btf(object),
		.value_type_id = bpf_map__btf_value_type_id(map),
	};
	err = custom_btf_layout(&facts, block, ret_layout, text, size);
	if (!err)
		*ret_map = map;
	return err;
}

uint64_t custom_object_memory(const struct bpf_object *object, unsigned int cpus)
{
	const struct bpf_map *map;
	uint64_t memory = 0;

	bpf_object__for_each_map (map, object) {
		uint64_t value = bpf_map__value_size(map);
		bool per_cpu = false;

		if (custom_btf_is_readable(bpf_map__type(map), &per_cpu) && per_cpu)
			value *= cpus;
		memory += (bpf_map__key_size(map) + value) * bpf_map__max_entries(map);
	}
	return memory;
}
