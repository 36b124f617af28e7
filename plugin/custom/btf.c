// SPDX-License-Identifier: GPL-2.0-only
/* A path of members is followed through structs to an integer. */
#include "plugin/custom/btf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/base/text.h"
#include "plugin/custom/key.h"
#include "plugin/custom/names.h"
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
	const struct btf_type *value; /* where it begins; NULL: nothing is known of it */
	const struct btf_type *type;  /* where the path has led; NULL: to nothing that is known */
	uint64_t bits;		      /* from the begin of the value to there */
	bool is_bit_field;
	unsigned int types; /* looked at, see CUSTOM_BTF_TYPES */
	char *text;
	size_t size;
};

static bool has_members(const struct btf_type *type)
{
	return type && (btf_is_struct(type) || btf_is_union(type));
}

static bool is_integer(const struct btf_type *type)
{
	return type && (btf_is_int(type) || btf_is_any_enum(type)) &&
	       (type->size == 1 || type->size == 2 || type->size == 4 || type->size == 8);
}

/* Compilers before clang 15 say of no enumeration that it is signed. */
static bool is_signed(const struct btf_type *type)
{
	return btf_is_int(type) ? btf_int_encoding(type) & BTF_INT_SIGNED : btf_kflag(type);
}

/* Appends the paths of all integers in a type that can be read. `before`: the path to there. */
static void list_integers(struct search *search, const struct btf_type *type, const char *before,
			  unsigned int depth, char *list, size_t size)
{
	const struct btf_member *members = btf_members(type);
	char path[192];

	for (unsigned int i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *inner = resolve(search->btf, members[i].type);
		const char *name = name_of(search->btf, members[i].name_off);

		if (search->types++ >= CUSTOM_BTF_TYPES)
			return;
		/* What is in a struct without a name has its names in the one around it. */
		snprintf(path, sizeof(path), "%s%s%s", before, before[0] && name[0] ? "." : "",
			 name);
		if (has_members(inner) && depth < CUSTOM_BTF_DEPTH)
			list_integers(search, inner, path, depth + 1, list, size);
		else if (name[0] && is_integer(inner) && !btf_member_bitfield_size(type, i) &&
			 btf_member_bit_offset(type, i) % 8 == 0)
			text_append_name(list, size, path);
	}
}

/* What Member may be; "" where there is nothing to choose. */
static const char *choices(struct search *search, char *list, size_t size)
{
	list[0] = '\0';
	search->types = 0;
	if (has_members(search->value))
		list_integers(search, search->value, "", 0, list, size);
	return list;
}

/* Goes from a struct to the member of it, or of one without a name in it, that begins the path. */
static bool go_to_member(struct search *search, const struct btf_type *type, const char *path,
			 unsigned int depth)
{
	const struct btf_member *members = btf_members(type);
	size_t length = strcspn(path, ".");

	for (unsigned int i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *inner = resolve(search->btf, members[i].type);
		const char *name = name_of(search->btf, members[i].name_off);
		bool found = length && strlen(name) == length && strncmp(name, path, length) == 0;

		if (search->types++ >= CUSTOM_BTF_TYPES)
			return false;
		if (found) {
			search->type = inner;
			search->is_bit_field = btf_member_bitfield_size(type, i) != 0;
		} else if (!name[0] && has_members(inner) && depth < CUSTOM_BTF_DEPTH) {
			found = go_to_member(search, inner, path, depth + 1);
		}
		if (found) {
			search->bits += btf_member_bit_offset(type, i);
			return true;
		}
	}
	return false;
}

/* Goes to the next member. */
static int enter(struct search *search, const char *path)
{
	const struct map_block *block = search->block;
	char list[256];

	if (!has_members(search->type)) {
		diagnose_custom_map_not_struct(block->name, block->member,
					       choices(search, list, sizeof(list)), search->text,
					       search->size);
		return -EINVAL;
	}
	if (!go_to_member(search, search->type, path, 0)) {
		diagnose_custom_map_no_member(block->name, block->member,
					      choices(search, list, sizeof(list)), search->text,
					      search->size);
		return -EINVAL;
	}
	if (search->is_bit_field) {
		diagnose_custom_map_bit_field(block->name, block->member, search->text,
					      search->size);
		return -EINVAL;
	}
	return 0;
}

/* Whether the path has led to an integer. */
static int check_integer(struct search *search)
{
	const struct map_block *block = search->block;
	char list[256];

	if (is_integer(search->type))
		return 0;
	choices(search, list, sizeof(list));
	if (has_members(search->type))
		diagnose_custom_map_struct(block->name, block->member, list, search->text,
					   search->size);
	else
		diagnose_custom_map_not_integer(block->name, block->member, list, search->text,
						search->size);
	return -EINVAL;
}

static int follow(struct search *search)
{
	const char *path = search->block->member;

	if (search->type && btf_is_datasec(search->type)) {
		diagnose_custom_map_variables(search->block->name, search->text, search->size);
		return -EINVAL;
	}
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
	layout->is_signed = is_signed(search->type);
	if (layout->size > layout->value_size ||
	    search->bits / 8 > layout->value_size - layout->size) {
		diagnose_custom_map_outside(block->name, layout->size, layout->offset,
					    layout->value_size, search->text, search->size);
		return -EINVAL;
	}
	return 0;
}

/* A label of a key that the map can never have would never be seen. */
static int check_labels(const struct custom_btf_map *map, const struct map_block *block, char *text,
			size_t size)
{
	bool is_array = map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
	uint64_t most = is_array ? map->entries - 1 : UINT64_MAX >> (64 - 8 * map->key_size);

	for (size_t i = 0; i < block->label_count; i++) {
		if (block->labels[i].key <= most)
			continue;
		diagnose_custom_map_label(block->name, block->labels[i].key, most, text, size);
		return -EINVAL;
	}
	return 0;
}

/* The keys around those of the map. */
static int check_outer(const struct custom_btf_map *map, const struct map_block *block, char *text,
		       size_t size)
{
	const char *wanted = "";

	if (!map->outer_size && block->outer != MAP_BLOCK_OUTER_AUTO) {
		diagnose_custom_map_no_outer(block->name, text, size);
		return -EINVAL;
	}
	if (map->outer_size &&
	    !custom_names_outer_fits(block, map->outer_size, map->key_size, &wanted)) {
		diagnose_custom_map_outer_key(block->name, map->outer_size, wanted, text, size);
		return -EINVAL;
	}
	return check_labels(map, block, text, size);
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
	if (map->key_size > CUSTOM_KEY_MAX) {
		diagnose_custom_map_long_key(block->name, map->key_size, CUSTOM_KEY_MAX, text,
					     size);
		return -EINVAL;
	}
	if (!map->key_size || !custom_key_fits(block->form, map->key_size, &wanted)) {
		diagnose_custom_map_key(block->name, map->key_size, key_form_names[block->form],
					wanted, text, size);
		return -EINVAL;
	}
	return check_outer(map, block, text, size);
}

/* A value of unknown type is an integer if it can be one, and nothing in it is asked for. */
static int find_untyped(const struct custom_btf_map *map, const struct map_block *block,
			struct custom_btf_layout *layout, char *text, size_t size)
{
	bool is_plain = map->value_size == 1 || map->value_size == 2 || map->value_size == 4 ||
			map->value_size == 8;

	if (is_plain && !block->member[0]) {
		layout->size = map->value_size;
		return 0;
	}
	diagnose_custom_map_no_type(block->name, map->value_size, is_plain, text, size);
	return -EINVAL;
}

int custom_btf_layout(const struct custom_btf_map *map, const struct map_block *block,
		      struct custom_btf_layout *ret_layout, char *text, size_t size)
{
	struct custom_btf_layout layout = {
		.type = map->type,
		.key_size = map->outer_size + map->key_size,
		.outer_size = map->outer_size,
		.value_size = map->value_size,
		.entries = map->entries,
	};
	const struct btf_type *value = resolve(map->btf, map->value_type_id);
	struct search search = {
		.btf = map->btf,
		.block = block,
		.value = value,
		.type = value,
		.text = text,
		.size = size,
	};
	int err = check_map(map, block, &layout.per_cpu, text, size);

	if (!err && map->btf && map->value_type_id)
		err = find_integer(&search, &layout);
	else if (!err)
		err = find_untyped(map, block, &layout, text, size);
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
