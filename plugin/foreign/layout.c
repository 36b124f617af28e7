// SPDX-License-Identifier: GPL-2.0-only
/* A map of maps is described by the first map in it: the kernel lets no other kind in. */
#include "plugin/foreign/layout.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/custom/key.h"
#include "plugin/custom/object.h"
#include "plugin/diagnose/custom.h"
#include "plugin/diagnose/load.h"
#include "plugin/diagnose/report.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/loader.h"

/* Keys of a map of maps that are looked at for the first map in it. */
#define LAYOUT_OUTER_KEYS 65536

static int map_info(int fd, struct bpf_map_info *ret_info)
{
	__u32 length = sizeof(*ret_info);

	*ret_info = (struct bpf_map_info){0};
	return bpf_obj_get_info_by_fd(fd, ret_info, &length) < 0 ? -errno : 0;
}

static bool holds_maps(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* Opens the first map in a map of maps. Returns 0 and a descriptor; -ENODATA; -errno of bpf(2). */
static int open_first(int outer, int *ret_fd)
{
	uint8_t key[CUSTOM_KEY_MAX];
	const void *from = NULL;
	uint32_t id;
	int fd;

	for (int i = 0; i < LAYOUT_OUTER_KEYS; i++) {
		if (bpf_map_get_next_key(outer, from, key) < 0)
			return errno == ENOENT ? -ENODATA : -errno;
		from = key;
		fd = bpf_map_lookup_elem(outer, key, &id) < 0 ? -errno : bpf_info_open_map(id);
		if (fd >= 0)
			*ret_fd = fd;
		if (fd != -ENOENT)
			return fd < 0 ? fd : 0;
	}
	return -ENODATA;
}

/* --- the object file */

/* What a file is read with. */
struct reading {
	struct foreign_layout_file *file;
	const void *bytes;
	size_t length;
};

static int open_object(void *context, struct loader *load)
{
	struct reading *reading = context;
	struct foreign_layout_file *file = reading->file;

	(void)load;
	return custom_object_open(reading->bytes, reading->length, &file->object, file->cause,
				  sizeof(file->cause));
}

static int read_file(struct foreign_layout_file *file)
{
	struct reading reading = {.file = file};
	struct loader_log log;
	void *bytes;
	int err = custom_file_read(file->path, &bytes, &reading.length, file->cause,
				   sizeof(file->cause));

	if (err)
		return err;
	reading.bytes = bytes;
	err = custom_file_check(bytes, reading.length, file->cause, sizeof(file->cause));
	if (!err)
		err = loader_run(open_object, &reading, &log);
	free(bytes);
	return err;
}

/* Reads the file if it is another one than the last time. Returns 0, or -errno and the cause. */
static int refresh_file(struct foreign_layout_file *file)
{
	const struct custom_file_mark mark = custom_file_mark(file->path);
	const bool was_transient = file->err && file->err != -EINVAL && file->err != -EPERM;

	if (custom_file_same(&mark, &file->mark) && (file->object || file->err) && !was_transient)
		return file->err;
	foreign_layout_clear(file);
	file->mark = mark;
	file->err = read_file(file);
	return file->err;
}

void foreign_layout_clear(struct foreign_layout_file *file)
{
	bpf_object__close(file->object);
	*file = (struct foreign_layout_file){.path = file->path};
}

/* The type of the values of a map, by the file. Returns 0, or -errno and `text`. */
static int ask_file(struct foreign_layout_file *file, bool nested, const struct map_block *block,
		    struct custom_btf_map *facts, char *text, size_t size)
{
	const struct bpf_map *map;
	char cause[640];
	int err = refresh_file(file);

	if (err) {
		diagnose_custom_object(file->path, file->cause, text, size);
		return err;
	}
	map = custom_object_find_map(file->object, block->name, cause, sizeof(cause));
	if (!map) {
		diagnose_custom_object(file->path, cause, text, size);
		return -EINVAL;
	}
	if (nested)
		map = bpf_map__inner_map((struct bpf_map *)map);
	facts->btf = bpf_object__btf(file->object);
	facts->value_type_id = map ? bpf_map__btf_value_type_id(map) : 0;
	if (map && bpf_map__value_size(map) != facts->value_size) {
		diagnose_report_foreign_size(block->name, facts->value_size,
					     bpf_map__value_size(map), text, size);
		return -EINVAL;
	}
	return 0;
}

/* --- the layout */

/* Whether nothing has to be known of the values: each is one integer. */
static bool is_plain(const struct custom_btf_map *facts, const struct map_block *block)
{
	return !block->member[0] && (facts->value_size == 1 || facts->value_size == 2 ||
				     facts->value_size == 4 || facts->value_size == 8);
}

/* Finds the layout of a map whose BTF, if it has one, the caller frees. */
static int find(struct foreign_layout_file *file, const struct bpf_map_info *info,
		uint32_t outer_size, const struct map_block *block, struct btf **btf,
		struct custom_btf_layout *ret_layout, char *text, size_t size)
{
	const bool has_btf = info->btf_id && info->btf_value_type_id;
	struct custom_btf_map facts = {
		.type = info->type,
		.key_size = info->key_size,
		.outer_size = outer_size,
		.value_size = info->value_size,
		.entries = info->max_entries,
	};
	bool per_cpu;
	int err = 0;

	/* What it says of the type does not depend on the values. */
	if (!custom_btf_is_readable(info->type, &per_cpu))
		return custom_btf_layout(&facts, block, ret_layout, text, size);
	if (has_btf)
		*btf = btf__load_from_kernel_by_id(info->btf_id);
	if (has_btf && !*btf && errno != EPERM && errno != ENOENT)
		return -errno;
	if (*btf) {
		facts.btf = *btf;
		facts.value_type_id = info->btf_value_type_id;
	} else if (file->path) {
		err = ask_file(file, outer_size != 0, block, &facts, text, size);
	} else if (!is_plain(&facts, block)) {
		diagnose_report_foreign_btf(block->name, info->value_size, has_btf, text, size);
		err = -EINVAL;
	}
	return err ? err : custom_btf_layout(&facts, block, ret_layout, text, size);
}

int foreign_layout_find(struct foreign_layout_file *file, int fd, const struct map_block *block,
			struct custom_btf_layout *ret_layout, char *text, size_t size)
{
	struct bpf_map_info info;
	struct btf *btf = NULL;
	uint32_t outer_size = 0;
	int err = map_info(fd, &info), inner = -1;

	text[0] = '\0';
	if (!err && holds_maps(info.type)) {
		outer_size = info.key_size;
		if (outer_size > CUSTOM_KEY_MAX) {
			diagnose_custom_map_long_key(block->name, outer_size, CUSTOM_KEY_MAX, text,
						     size);
			return -EINVAL;
		}
		err = open_first(fd, &inner);
		if (err == -ENODATA)
			diagnose_report_foreign_empty(block->name, text, size);
		if (err == -EPERM)
			diagnose_report_foreign_inner(block->name, text, size);
		if (!err)
			err = map_info(inner, &info);
	}
	if (!err)
		err = find(file, &info, outer_size, block, &btf, ret_layout, text, size);
	if (inner >= 0)
		close(inner);
	btf__free(btf);
	return err;
}
