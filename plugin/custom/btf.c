// SPDX-License-Identifier: GPL-2.0-only
/* A path of members is followed through structs to an integer. */
#include "plugin/custom/btf.h"

#include <errno.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/base/text.h"
#include "plugin/custom/key.h"
#include "plugin/diagnose/custom.h"

/* Structs in structs that are looked into; deeper ones are not counters. */
#define CUSTOM_BTF_DEPTH 8

/* Types that make up the layout of another one; of damaged ones there could be no end. */
#define CUSTOM_BTF_TYPES 4096

static const struct {
	uint32_t type;
	bool per_cpu;
} readable[] = {
	{BPF_MAP_TYPE_ARRAY, false},	{BPF_MAP_TYPE_PERCPU_ARRAY, true},
	{BPF_MAP_TYPE_HASH, false},	{BPF_MAP_TYPE_PERCPU_HASH, true},
	{BPF_MAP_TYPE_LRU_HASH, false}, {BPF_MAP_TYPE_LRU_PERCPU_HASH, true},
};

bool custom_btf_is_readable(uint32_t type, bool *ret_per_cpu)
{
	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		if (readable[i].type == type) {
			*ret_per_cpu = readable[i].per_cpu;
			return true;
		}
	}
	return false;
}

static const struct btf_type *resolve(const struct btf *btf, uint32_t id)
{
	int resolved = btf ? btf__resolve_type(btf, id) : -ENOENT;

	return resolved < 0 ? NULL : btf__type_by_id(btf, (uint32_t)resolved);
}

static const char *name_of(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* The search for one integer. */
struct search {
	const struct btf *btf;
	const struct map_block *block;
	const struct btf_type *type; /* where the path has led; NULL: to nothing that is known */
	uint64_t bits;		     /* from the begin of the value to there */
	char *text;
	size_t size;
};

static bool has_members(const struct btf_type *type)
{
	return type && (btf_is_struct(type) || btf_is_union(type));
}

static void list_members(const struct search *search, char *list, size_t size)
{
	const struct btf_member *members = btf_members(search->type);

	for (unsigned int i = 0; i < btf_vlen(search->type); i++)
		text_append_name(list, size, name_of(search->btf, members[i].name_off));
}

/* The member of a struct whose name begins `path`, up to its dot. Returns its index, or -ENOENT. */
static int find_member(const struct search *search, const char *path)
{
	const struct btf_member *members = btf_members(search->type);
	size_t length = strcspn(path, ".");

	for (unsigned int i = 0; i < btf_vlen(search->type); i++) {
		const char *name = name_of(search->btf, members[i].name_off);

		if (strlen(name) == length && strncmp(name, path, length) == 0)
			return (int)i;
	}
	return -ENOENT;
}

/* One member further. */
static int enter(struct search *search, const char *path)
{
	const struct map_block *block = search->block;
	char members[192] = "";
	int index;

	if (!has_members(search->type)) {
		diagnose_custom_map_not_struct(block->name, block->member, search->text,
					       search->size);
		return -EINVAL;
	}
	index = find_member(search, path);
	if (index < 0) {
		list_members(search, members, sizeof(members));
		diagnose_custom_map_no_member(block->name, block->member, members, search->text,
					      search->size);
		return -EINVAL;
	}
	if (btf_member_bitfield_size(search->type, (uint32_t)index)) {
		diagnose_custom_map_bit_field(block->name, block->member, search->text,
					      search->size);
		return -EINVAL;
	}
	search->bits += btf_member_bit_offset(search->type, (uint32_t)index);
	search->type = resolve(search->btf, btf_members(search->type)[index].type);
	return 0;
}

static bool is_integer(const struct btf_type *type)
{
	return type && (btf_is_int(type) || btf_is_any_enum(type)) &&
	       (type->size == 1 || type->size == 2 || type->size == 4 || type->size == 8);
}

/* Whether the path has led to an integer. */
static int check_integer(const struct search *search)
{
	const struct map_block *block = search->block;
	char members[192] = "";

	if (is_integer(search->type))
		return 0;
	if (has_members(search->type)) {
		list_members(search, members, sizeof(members));
		diagnose_custom_map_struct(block->name, block->member, members, search->text,
					   search->size);
	} else {
		diagnose_custom_map_not_integer(block->name, block->member, search->text,
						search->size);
	}
	return -EINVAL;
}

static int follow(struct search *search)
{
	const char *path = search->block->member;

	for (int depth = 0; path[0] && depth < CUSTOM_BTF_DEPTH; depth++) {
		int err = enter(search, path);

		if (err)
			return err;
		path += strcspn(path, ".");
		path += path[0] == '.';
	}
	if (path[0])
		search->type = NULL;
	return check_integer(search);
}

/* Fills offset, size and sign of the layout, whose value_size is known. */
static int find_integer(struct search *search, struct custom_btf_layout *layout)
{
	const struct map_block *block = search->block;
	int err = follow(search);

	if (err)
		return err;
	if (search->bits % 8) {
		diagnose_custom_map_unaligned(block->name, block->member, search->text,
					      search->size);
		return -EINVAL;
	}
	layout->offset = (uint32_t)(search->bits / 8);
	layout->size = search->type->size;
	layout->is_signed =
		btf_is_int(search->type) && btf_int_encoding(search->type) & BTF_INT_SIGNED;
	if (layout->size > layout->value_size ||
	    search->bits / 8 > layout->value_size - layout->size) {
		diagnose_custom_map_outside(block->name, layout->size, layout->offset,
					    layout->value_size, search->text, search->size);
		return -EINVAL;
	}
	return 0;
}

/* What the map is, without its values. */
static int check_map(const struct custom_btf_map *map, const struct map_block *block,
		     bool *ret_per_cpu, char *text, size_t size)
{
	const char *wanted = "a key";

	if (!custom_btf_is_readable(map->type, ret_per_cpu)) {
		diagnose_custom_map_type(block->name, libbpf_bpf_map_type_str(map->type), text,
					 size);
		return -EINVAL;
	}
	if (!map->key_size || !custom_key_fits(block->form, map->key_size, &wanted)) {
		diagnose_custom_map_key(block->name, map->key_size, key_form_names[block->form],
					wanted, text, size);
		return -EINVAL;
	}
	if (!map->btf || !map->value_type_id) {
		diagnose_custom_map_no_type(block->name, text, size);
		return -EINVAL;
	}
	return 0;
}

int custom_btf_layout(const struct custom_btf_map *map, const struct map_block *block,
		      struct custom_btf_layout *ret_layout, char *text, size_t size)
{
	struct custom_btf_layout layout = {
		.type = map->type,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.entries = map->entries,
	};
	struct search search = {
		.btf = map->btf,
		.block = block,
		.type = resolve(map->btf, map->value_type_id),
		.text = text,
		.size = size,
	};
	int err = check_map(map, block, &layout.per_cpu, text, size);

	if (!err)
		err = find_integer(&search, &layout);
	if (!err)
		*ret_layout = layout;
	return err;
}

/* Of one layout while it is walked. */
struct shape {
	const struct btf *btf;
	uint32_t hash; /* FNV-1a */
	unsigned int types;
};

static void shape_add(struct shape *shape, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		shape->hash = (shape->hash ^ ((const uint8_t *)bytes)[i]) * 16777619;
}

static void shape_add_number(struct shape *shape, uint32_t number)
{
	shape_add(shape, &number, sizeof(number));
}

static void shape_walk(struct shape *shape, uint32_t type_id, unsigned int depth)
{
	const struct btf_type *type = resolve(shape->btf, type_id);
	const struct btf_member *members;

	if (depth == CUSTOM_BTF_DEPTH || shape->types++ >= CUSTOM_BTF_TYPES || !type)
		return;
	shape_add_number(shape, btf_kind(type));
	if (btf_is_int(type))
		shape_add_number(shape, btf_int_encoding(type));
	if (btf_is_int(type) || btf_is_any_enum(type) || btf_is_composite(type))
		shape_add_number(shape, type->size);
	if (btf_is_array(type)) {
		shape_add_number(shape, btf_array(type)->nelems);
		shape_walk(shape, btf_array(type)->type, depth + 1);
	}
	if (!btf_is_composite(type))
		return;
	members = btf_members(type);
	for (unsigned int i = 0; i < btf_vlen(type) && shape->types < CUSTOM_BTF_TYPES; i++) {
		const char *name = name_of(shape->btf, members[i].name_off);

		shape_add(shape, name, strlen(name) + 1);
		shape_add_number(shape, members[i].offset);
		shape_walk(shape, members[i].type, depth + 1);
	}
}

uint32_t custom_btf_shape(const struct btf *btf, uint32_t type_id)
{
	struct shape shape = {.btf = btf, .hash = 2166136261};

	shape_walk(&shape, type_id, 0);
	return shape.hash;
}
