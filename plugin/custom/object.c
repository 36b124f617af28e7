// SPDX-License-Identifier: GPL-2.0-only
/* Programs, maps and members of an object, by name; what is there is named where one is missing. */
#include "plugin/custom/object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/custom/key.h"
#include "plugin/custom/trial.h"
#include "plugin/base/text.h"

/* Instructions between the read and the write of one `++`. */
#define CUSTOM_OBJECT_NEAR 8

/* Structs in structs that are looked into; deeper ones are not counters. */
#define CUSTOM_OBJECT_DEPTH 8

/* Types that make up the layout of another one; of damaged ones there could be no end. */
#define CUSTOM_OBJECT_TYPES 4096

static const struct {
	uint32_t type;
	bool per_cpu;
} readable[] = {
	{BPF_MAP_TYPE_ARRAY, false},	{BPF_MAP_TYPE_PERCPU_ARRAY, true},
	{BPF_MAP_TYPE_HASH, false},	{BPF_MAP_TYPE_PERCPU_HASH, true},
	{BPF_MAP_TYPE_LRU_HASH, false}, {BPF_MAP_TYPE_LRU_PERCPU_HASH, true},
};

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
		snprintf(text, size,
			 "libbpf takes it for no BPF object (errno %d, %s); compile with `clang "
			 "-target bpf -g -O2 -c`, and maps as in a section \".maps\"",
			 -err, strerror(-err));
		return err;
	}
	if (!bpf_object__btf(object)) {
		bpf_object__close(object);
		snprintf(text, size,
			 "it has no BTF, which tells what is in its maps; compile with "
			 "`-g`, and do not strip it");
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
	snprintf(text, size,
		 "program %s is of section \"%s\", which is not for the XDP hook of an interface; "
		 "use SEC(\"xdp\") or SEC(\"xdp.frags\")",
		 bpf_program__name(program), bpf_program__section_name(program));
	return -EINVAL;
}

int custom_object_program(struct bpf_object *object, const char *name,
			  struct bpf_program **ret_program, char *text, size_t size)
{
	struct bpf_program *program, *found = NULL;
	char there[256] = "", item[160];
	unsigned int of_section = 0;

	bpf_object__for_each_program(program, object)
	{
		snprintf(item, sizeof(item), "%s (section %s)", bpf_program__name(program),
			 bpf_program__section_name(program));
		text_append_name(there, sizeof(there), item);
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
		snprintf(text, size, "%s \"%s\"; set Program to one of: %s",
			 of_section ? "more than one program is of section" : "it has no program",
			 name, there[0] ? there : "(it has none)");
		return -EINVAL;
	}
	(void)bpf_program__set_autoload(program, true);
	*ret_program = program;
	return check_kind(program, text, size);
}

static const struct btf_type *resolve(const struct btf *btf, uint32_t id)
{
	int resolved = btf__resolve_type(btf, id);

	return resolved < 0 ? NULL : btf__type_by_id(btf, (uint32_t)resolved);
}

static const char *name_of(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

static void list_members(const struct btf *btf, const struct btf_type *type, char *list,
			 size_t size)
{
	const struct btf_member *members = btf_members(type);

	for (unsigned int i = 0; i < btf_vlen(type); i++)
		text_append_name(list, size, name_of(btf, members[i].name_off));
}

/* The member of a struct whose name begins `path`, up to its dot; NULL if there is none. */
static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *type,
					    const char *path, unsigned int *ret_index)
{
	const struct btf_member *members = btf_members(type);
	size_t length = strcspn(path, ".");

	for (unsigned int i = 0; i < btf_vlen(type); i++) {
		const char *name = name_of(btf, members[i].name_off);

		if (strlen(name) == length && strncmp(name, path, length) == 0) {
			*ret_index = i;
			return &members[i];
		}
	}
	return NULL;
}

/* The integer at the end of a path. */
static int take_integer(const struct btf *btf, const struct btf_type *type, const char *member,
			struct custom_layout *layout, char *text, size_t size)
{
	char members[192] = "";

	if (type && (btf_is_struct(type) || btf_is_union(type))) {
		list_members(btf, type, members, sizeof(members));
		snprintf(text, size, "%s%s is a struct; set Member to one of its own: %s",
			 member[0] ? "member " : "its value", member, members);
		return -EINVAL;
	}
	if (!type || !(btf_is_int(type) || btf_is_any_enum(type)) ||
	    (type->size != 1 && type->size != 2 && type->size != 4 && type->size != 8)) {
		snprintf(text, size,
			 "%s%s is no integer of 1, 2, 4 or 8 bytes; set Member to one that is",
			 member[0] ? "member " : "its value", member);
		return -EINVAL;
	}
	layout->size = type->size;
	layout->is_signed = btf_is_int(type) && btf_int_encoding(type) & BTF_INT_SIGNED;
	return 0;
}

int custom_object_member(const struct btf *btf, uint32_t type_id, const char *member,
			 struct custom_layout *ret_layout, char *text, size_t size)
{
	const struct btf_type *type = resolve(btf, type_id);
	struct custom_layout layout = *ret_layout;
	const char *path = member;
	uint64_t bits = 0;
	int err;

	for (int depth = 0; path[0] && depth < CUSTOM_OBJECT_DEPTH; depth++) {
		const struct btf_member *found = NULL;
		char members[192] = "";
		unsigned int index = 0;

		if (type && (btf_is_struct(type) || btf_is_union(type)))
			found = find_member(btf, type, path, &index);
		if (!found) {
			if (type && (btf_is_struct(type) || btf_is_union(type)))
				list_members(btf, type, members, sizeof(members));
			snprintf(text, size, "its value has no member \"%s\"; %s%s", member,
				 members[0] ? "it has: " : "it is no struct: leave out Member",
				 members);
			return -EINVAL;
		}
		if (btf_member_bitfield_size(type, index)) {
			snprintf(text, size, "member %s is a bit field; count in a whole integer",
				 member);
			return -EINVAL;
		}
		bits += btf_member_bit_offset(type, index);
		type = resolve(btf, found->type);
		path += strcspn(path, ".");
		path += path[0] == '.';
	}
	err = take_integer(btf, path[0] ? NULL : type, member, &layout, text, size);
	if (err)
		return err;
	if (bits % 8 || bits / 8 > UINT32_MAX - layout.size) {
		snprintf(text, size, "member %s does not begin at a byte; count in a whole integer",
			 member);
		return -EINVAL;
	}
	layout.offset = (uint32_t)(bits / 8);
	*ret_layout = layout;
	return 0;
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

	if (depth == CUSTOM_OBJECT_DEPTH || shape->types++ >= CUSTOM_OBJECT_TYPES || !type)
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
	for (unsigned int i = 0; i < btf_vlen(type) && shape->types < CUSTOM_OBJECT_TYPES; i++) {
		const char *name = name_of(shape->btf, members[i].name_off);

		shape_add(shape, name, strlen(name) + 1);
		shape_add_number(shape, members[i].offset);
		shape_walk(shape, members[i].type, depth + 1);
	}
}

uint32_t custom_object_shape(const struct btf *btf, uint32_t type_id)
{
	struct shape shape = {.btf = btf, .hash = 2166136261};

	shape_walk(&shape, type_id, 0);
	return shape.hash;
}

/* The map of that name, or NULL and `text`. */
static const struct bpf_map *find_map(const struct bpf_object *object, const char *name, char *text,
				      size_t size)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, name), *other;
	char there[256] = "";

	if (map && !bpf_map__is_internal(map))
		return map;
	bpf_object__for_each_map (other, object) {
		if (!bpf_map__is_internal(other))
			text_append_name(there, sizeof(there), bpf_map__name(other));
	}
	snprintf(text, size, "it has no map \"%s\"; its maps are: %s", name,
		 there[0] ? there : "(it has none)");
	return NULL;
}

uint64_t custom_object_memory(const struct bpf_object *object, unsigned int cpus)
{
	const struct bpf_map *map;
	uint64_t memory = 0;

	bpf_object__for_each_map (map, object) {
		uint64_t value = bpf_map__value_size(map);

		for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
			if (readable[i].per_cpu && readable[i].type == bpf_map__type(map))
				value *= cpus;
		}
		memory += (bpf_map__key_size(map) + value) * bpf_map__max_entries(map);
	}
	return memory;
}

static int check_type(const struct bpf_map *map, struct custom_layout *layout, char *text,
		      size_t size)
{
	const char *name;

	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		if (readable[i].type == layout->type) {
			layout->per_cpu = readable[i].per_cpu;
			return 0;
		}
	}
	name = libbpf_bpf_map_type_str(bpf_map__type(map));
	snprintf(text, size,
		 "map %s is of type %s, which is not read; use an array or a hash (also per CPU, "
		 "LRU)",
		 bpf_map__name(map), name ? name : "unknown");
	return -EINVAL;
}

static int check_key(const struct map_block *settings, const struct custom_layout *layout,
		     char *text, size_t size)
{
	const char *wanted;

	if (layout->key_size && custom_key_fits(settings->form, layout->key_size, &wanted))
		return 0;
	if (!layout->key_size)
		wanted = "a key";
	snprintf(text, size, "the key of map %s has %u bytes, and Instance \"%s\" takes %s",
		 settings->name, layout->key_size, key_form_names[settings->form], wanted);
	return -EINVAL;
}

int custom_object_map(const struct bpf_object *object, const struct map_block *settings,
		      const struct bpf_map **ret_map, struct custom_layout *ret_layout, char *text,
		      size_t size)
{
	const struct bpf_map *map = find_map(object, settings->name, text, size);
	struct custom_layout layout;
	char why[320];
	int err;

	if (!map)
		return -EINVAL;
	layout = (struct custom_layout){
		.type = bpf_map__type(map),
		.key_size = bpf_map__key_size(map),
		.value_size = bpf_map__value_size(map),
		.entries = bpf_map__max_entries(map),
	};
	err = check_type(map, &layout, text, size);
	if (!err)
		err = check_key(settings, &layout, text, size);
	if (err)
		return err;
	err = custom_object_member(bpf_object__btf(object), bpf_map__btf_value_type_id(map),
				   settings->member, &layout, why, sizeof(why));
	if (!err &&
	    (layout.size > layout.value_size || layout.offset > layout.value_size - layout.size)) {
		snprintf(why, sizeof(why),
			 "what its BTF says (%u bytes at %u) is not inside its values of %u bytes; "
			 "declare it with __type(value, ...)",
			 layout.size, layout.offset, layout.value_size);
		err = -EINVAL;
	}
	if (err) {
		snprintf(text, size, "map %s: %s", settings->name, why);
		return err;
	}
	*ret_map = map;
	*ret_layout = layout;
	return 0;
}

static bool is_guarded(const struct bpf_insn *instruction)
{
	if (BPF_CLASS(instruction->code) == BPF_STX && BPF_MODE(instruction->code) == BPF_ATOMIC)
		return true;
	return instruction->code == (BPF_JMP | BPF_CALL) && instruction->src_reg == 0 &&
	       instruction->imm == BPF_FUNC_spin_lock;
}

/* Whether what is stored was read from the same place shortly before. */
static bool is_plain_update(const struct bpf_insn *store, size_t before)
{
	if (BPF_CLASS(store->code) != BPF_STX || BPF_MODE(store->code) != BPF_MEM ||
	    store->dst_reg == BPF_REG_10)
		return false;
	for (size_t i = 1; i <= before && i <= CUSTOM_OBJECT_NEAR; i++) {
		const struct bpf_insn *load = store - i;

		if (BPF_CLASS(load->code) == BPF_LDX && BPF_MODE(load->code) == BPF_MEM &&
		    BPF_SIZE(load->code) == BPF_SIZE(store->code) &&
		    load->src_reg == store->dst_reg && load->off == store->off)
			return true;
	}
	return false;
}

bool custom_object_loses_updates(const struct bpf_insn *instructions, size_t count)
{
	bool plain = false;

	for (size_t i = 0; i < count; i++) {
		if (is_guarded(&instructions[i]))
			return false;
		plain |= is_plain_update(&instructions[i], i);
	}
	return plain;
}
