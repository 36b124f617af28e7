// SPDX-License-Identifier: GPL-2.0-only
/* Layouts in BTF that the test makes: members by their paths, and the shapes of types. */
#include "tests/unit/unit.h"

#include <errno.h>

#include <bpf/btf.h>
#include <linux/bpf.h>

#include "plugin/custom/btf.h"

/* struct outer { u32 pad; struct { u64 packets; count_t small; u32 bits : 4; } inner; u64 list[2];
 * } */
struct types {
	struct btf *btf;
	int outer;
	int number; /* typedef of a signed one of 2 bytes */
	int list;
};

static struct types make_types(void)
{
	struct types types = {.btf = btf__new_empty()};
	int u32, u64, inner;

	assert_non_null(types.btf);
	u32 = btf__add_int(types.btf, "u32", 4, 0);
	u64 = btf__add_int(types.btf, "u64", 8, 0);
	types.number = btf__add_typedef(types.btf, "count_t",
					btf__add_int(types.btf, "s16", 2, BTF_INT_SIGNED));
	types.list = btf__add_array(types.btf, u32, u64, 2);
	inner = btf__add_struct(types.btf, "inner", 16);
	assert_int_equal(btf__add_field(types.btf, "packets", u64, 0, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "small", types.number, 64, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "bits", u32, 96, 4), 0);
	types.outer = btf__add_struct(types.btf, "outer", 40);
	assert_int_equal(btf__add_field(types.btf, "pad", u32, 0, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "inner", inner, 64, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "list", types.list, 192, 0), 0);
	return types;
}

/* The layout of an array whose values are of that type. */
static int find(const struct types *types, int id, const char *member,
		struct custom_btf_layout *ret_layout, char text[256])
{
	const struct map_block block = {.name = (char *)"m", .member = (char *)member};
	const struct custom_btf_map map = {
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 40,
		.entries = 1,
		.btf = types->btf,
		.value_type_id = (uint32_t)id,
	};

	text[0] = '\0';
	return custom_btf_layout(&map, &block, ret_layout, text, 256);
}

static void assert_member(const struct types *types, int id, const char *member, uint32_t offset,
			  uint32_t size, bool is_signed)
{
	struct custom_btf_layout layout = {0};
	char text[256];

	if (find(types, id, member, &layout, text))
		fail_msg("\"%s\": %s", member, text);
	assert_int_equal(layout.offset, offset);
	assert_int_equal(layout.size, size);
	assert_int_equal(layout.is_signed, is_signed);
}

static void assert_no_member(const struct types *types, int id, const char *member,
			     const char *reason)
{
	struct custom_btf_layout layout = {.offset = 99};
	char text[256];

	assert_int_equal(find(types, id, member, &layout, text), -EINVAL);
	assert_contains(text, reason);
	/* Lists end the text, after their last name. */
	if (strstr(reason, "set Member to one of these"))
		assert_string_equal(strstr(text, reason), reason);
	assert_int_equal(layout.offset, 99);
}

static void test_members(void **state)
{
	const struct types types = make_types();

	(void)state;
	assert_member(&types, types.number, "", 0, 2, true);
	assert_member(&types, types.outer, "pad", 0, 4, false);
	assert_member(&types, types.outer, "inner.packets", 8, 8, false);
	assert_member(&types, types.outer, "inner.small", 16, 2, true);
	/* What is listed are paths that can be given as they are, to integers that can be read. */
	assert_no_member(&types, types.outer, "",
			 "map m: its value is a struct; set Member to one of these: pad, "
			 "inner.packets, inner.small");
	assert_no_member(&types, types.outer, "inner",
			 "member inner is a struct; set Member to one of these: pad, "
			 "inner.packets, inner.small");
	assert_no_member(&types, types.outer, "packets",
			 "no member \"packets\"; set Member to one of these: pad, inner.packets, "
			 "inner.small");
	assert_no_member(&types, types.outer, "inne", "no member \"inne\"; set Member to one");
	assert_no_member(&types, types.outer, "inner.", "is a struct");
	assert_no_member(&types, types.outer, "inner.more",
			 "set Member to one of these: pad, inner.packets, inner.small");
	assert_no_member(&types, types.outer, "pad.x",
			 "is not a struct; set Member to one of these: pad, inner.packets, "
			 "inner.small");
	assert_no_member(&types, types.outer, "inner.bits", "is a bit field");
	assert_no_member(
		&types, types.outer, "list",
		"is not an integer of 1, 2, 4 or 8 bytes; set Member to one of these: pad, "
		"inner.packets, inner.small");
	assert_no_member(&types, types.list, "", "there is no integer");
	assert_no_member(&types, types.number, "packets", "is not a struct; remove Member");
	assert_no_member(&types, 0, "", "does not say of which type its values of 40 bytes are");
	assert_no_member(&types, 9999, "packets", "is not a struct");
	btf__free(types.btf);
}

/* struct { union { u64 a; u32 b; }; struct { struct { u64 deep; }; } named; u64 last[2]; } */
static void test_anonymous(void **state)
{
	struct btf *btf = btf__new_empty();
	struct types types = {.btf = btf};
	int u32, u64, one, deep, named;

	(void)state;
	assert_non_null(btf);
	u32 = btf__add_int(btf, "u32", 4, 0);
	u64 = btf__add_int(btf, "u64", 8, 0);
	types.list = btf__add_array(btf, u32, u64, 2);
	one = btf__add_union(btf, NULL, 8);
	assert_int_equal(btf__add_field(btf, "a", u64, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "b", u32, 0, 0), 0);
	deep = btf__add_struct(btf, NULL, 16);
	assert_int_equal(btf__add_field(btf, "skip", u64, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "deep", u64, 64, 0), 0);
	named = btf__add_struct(btf, "named", 16);
	assert_int_equal(btf__add_field(btf, NULL, deep, 0, 0), 0);
	types.outer = btf__add_struct(btf, "outer", 40);
	assert_int_equal(btf__add_field(btf, NULL, one, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "named", named, 64, 0), 0);
	assert_int_equal(btf__add_field(btf, "last", types.list, 192, 0), 0);
	assert_member(&types, types.outer, "a", 0, 8, false);
	assert_member(&types, types.outer, "b", 0, 4, false);
	assert_member(&types, types.outer, "named.deep", 16, 8, false);
	assert_no_member(&types, types.outer, "",
			 "set Member to one of these: a, b, named.skip, named.deep");
	btf__free(btf);
}

/* As only a damaged file has it: a struct in which there is no end. */
static void test_endless_members(void **state)
{
	struct btf *btf = btf__new_empty();
	struct types types = {.btf = btf};

	(void)state;
	assert_non_null(btf);
	types.outer = btf__add_struct(btf, "endless", 8);
	for (int i = 0; i < 64; i++)
		assert_int_equal(btf__add_field(btf, NULL, types.outer, 0, 0), 0);
	assert_no_member(&types, types.outer, "x", "there is no integer");
	btf__free(btf);
}

/* A map that says no more of its values than their size. */
static void test_untyped(void **state)
{
	struct map_block block = {.name = (char *)"m", .member = (char *)""};
	struct custom_btf_map map = {.type = BPF_MAP_TYPE_HASH, .key_size = 4, .entries = 1};
	struct custom_btf_layout layout;
	char text[256];

	(void)state;
	for (uint32_t size = 1; size <= 16; size++) {
		bool fits = size == 1 || size == 2 || size == 4 || size == 8;

		map.value_size = size;
		assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)),
				 fits ? 0 : -EINVAL);
		if (fits)
			assert_int_equal(layout.size, size);
		if (fits)
			assert_int_equal(layout.offset, 0);
	}
	map.value_size = 8;
	block.member = (char *)"packets";
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "remove Member");
}

/* Labels of keys that the map cannot have, and keys that nothing can show. */
static void test_keys(void **state)
{
	static const struct {
		uint32_t type, key_size, entries;
		uint64_t key;
		bool fits;
	} rows[] = {
		{BPF_MAP_TYPE_HASH, 1, 9, 255, true},
		{BPF_MAP_TYPE_HASH, 1, 9, 256, false},
		{BPF_MAP_TYPE_LRU_HASH, 2, 9, 65535, true},
		{BPF_MAP_TYPE_LRU_HASH, 2, 9, 65536, false},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, 9, 4294967295, true},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, 9, 4294967296, false},
		{BPF_MAP_TYPE_HASH, 8, 9, 1ULL << 53, true},
		{BPF_MAP_TYPE_ARRAY, 4, 9, 8, true},
		{BPF_MAP_TYPE_ARRAY, 4, 9, 9, false},
		{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 9, 9, false},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		struct key_form_label labels[] = {{0, (char *)"zero"}, {rows[i].key, (char *)"x"}};
		const struct map_block block = {.name = (char *)"m",
						.member = (char *)"",
						.labels = labels,
						.label_count = 2};
		const struct custom_btf_map map = {.type = rows[i].type,
						   .key_size = rows[i].key_size,
						   .value_size = 8,
						   .entries = rows[i].entries};
		struct custom_btf_layout layout;

		assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)),
				 rows[i].fits ? 0 : -EINVAL);
		if (!rows[i].fits)
			assert_contains(text, "of a Label");
	}
}

static void test_long_key(void **state)
{
	const struct map_block block = {
		.name = (char *)"m", .member = (char *)"", .form = KEY_FORM_HEX};
	const struct custom_btf_map map = {
		.type = BPF_MAP_TYPE_HASH, .key_size = 49, .value_size = 8, .entries = 1};
	struct custom_btf_layout layout;
	char text[256];

	(void)state;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "has 49 bytes, and no Instance shows more than 48");
}

/* struct NAME { u64 FIRST; SECOND_TYPE SECOND; } */
static uint32_t shape_of_pair(const char *name, const char *first, const char *second, bool alias,
			      int encoding)
{
	struct btf *btf = btf__new_empty();
	uint32_t shape;
	int u64, s64, id;

	assert_non_null(btf);
	u64 = btf__add_int(btf, "u64", 8, 0);
	s64 = btf__add_int(btf, "other", 8, encoding);
	if (alias)
		s64 = btf__add_typedef(btf, "alias", s64);
	id = btf__add_struct(btf, name, 16);
	assert_int_equal(btf__add_field(btf, first, u64, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, second, s64, 64, 0), 0);
	shape = custom_btf_shape(btf, (uint32_t)id);
	btf__free(btf);
	return shape;
}

static uint32_t shape_of_array(uint32_t count, size_t size)
{
	struct btf *btf = btf__new_empty();
	uint32_t shape;
	int index, element;

	assert_non_null(btf);
	index = btf__add_int(btf, "index", 4, 0);
	element = btf__add_int(btf, "element", size, 0);
	shape = custom_btf_shape(btf, (uint32_t)btf__add_array(btf, index, element, count));
	btf__free(btf);
	return shape;
}

static void test_shapes(void **state)
{
	const uint32_t shape = shape_of_pair("traffic", "packets", "bytes", false, 0);
	const struct types types = make_types();
	struct btf *endless = btf__new_empty();
	int id;

	(void)state;
	assert_true(shape == shape_of_pair("renamed", "packets", "bytes", true, 0));
	assert_true(shape != shape_of_pair("traffic", "bytes", "packets", false, 0));
	assert_true(shape != shape_of_pair("traffic", "packets", "bytes", false, BTF_INT_SIGNED));
	assert_true(custom_btf_shape(types.btf, (uint32_t)types.outer) !=
		    custom_btf_shape(types.btf, (uint32_t)types.list));
	assert_true(custom_btf_shape(types.btf, 9999) == custom_btf_shape(types.btf, 9999));
	assert_true(shape_of_array(2, 8) != shape_of_array(3, 8));
	assert_true(shape_of_array(2, 8) != shape_of_array(2, 4));
	assert_true(shape_of_array(2, 8) == shape_of_array(2, 8));
	btf__free(types.btf);
	/* As only a damaged file has it: each of its members is the struct itself. */
	assert_non_null(endless);
	id = btf__add_struct(endless, "endless", 8);
	for (int i = 0; i < 64; i++)
		assert_int_equal(btf__add_field(endless, "", id, 0, 0), 0);
	assert_true(custom_btf_shape(endless, (uint32_t)id) != shape);
	btf__free(endless);
}

/* Where the value ends, the integer still lies inside; a byte less, and it does not. */
static void test_inside(void **state)
{
	const struct types types = make_types();
	const struct map_block block = {.name = (char *)"m", .member = (char *)"inner.small"};
	struct custom_btf_map map = {
		.type = BPF_MAP_TYPE_PERCPU_HASH,
		.key_size = 8,
		.value_size = 18,
		.entries = 5,
		.btf = types.btf,
		.value_type_id = (uint32_t)types.outer,
	};
	struct custom_btf_layout layout;
	char text[256];

	(void)state;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), 0);
	assert_int_equal(layout.type, BPF_MAP_TYPE_PERCPU_HASH);
	assert_int_equal(layout.key_size, 8);
	assert_int_equal(layout.value_size, 18);
	assert_int_equal(layout.entries, 5);
	assert_true(layout.per_cpu);
	for (map.value_size = 0; map.value_size < 18; map.value_size++) {
		assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)),
				 -EINVAL);
		assert_contains(text, "map m: its BTF places the count (2 bytes at offset 16)");
	}
	btf__free(types.btf);
}

/* Integers and enumerations of each size, and what is none. */
static void test_integers(void **state)
{
	struct types types = {.btf = btf__new_empty()};
	int odd, list, narrow, below, wide, truth;

	(void)state;
	assert_non_null(types.btf);
	truth = btf__add_int(types.btf, "bool", 1, BTF_INT_BOOL);
	odd = btf__add_int(types.btf, "odd", 16, 0);
	narrow = btf__add_enum(types.btf, "narrow", 4);
	below = btf__add_enum(types.btf, "below", 4);
	assert_int_equal(btf__add_enum_value(types.btf, "BELOW", -1), 0);
	wide = btf__add_enum64(types.btf, "wide", 8, true);
	list = btf__add_array(types.btf, truth, truth, 4);
	assert_member(&types, truth, "", 0, 1, false);
	assert_member(&types, narrow, "", 0, 4, false);
	/* As the first value that is below zero makes it. */
	assert_member(&types, below, "", 0, 4, true);
	assert_member(&types, wide, "", 0, 8, true);
	assert_no_member(&types, odd, "",
			 "map m: there is no integer of 1, 2, 4 or 8 bytes in its value");
	assert_no_member(&types, list, "", "map m: there is no integer");
	btf__free(types.btf);
}

/* What libbpf makes of global variables is no value that could be chosen, whatever Member says. */
static void test_variables(void **state)
{
	struct types types = {.btf = btf__new_empty()};
	int section, variable;

	(void)state;
	assert_non_null(types.btf);
	variable = btf__add_int(types.btf, "u64", 8, 0);
	variable = btf__add_var(types.btf, "count", BTF_VAR_GLOBAL_ALLOCATED, variable);
	section = btf__add_datasec(types.btf, ".bss", 8);
	assert_int_equal(btf__add_datasec_var_info(types.btf, variable, 0, 8), 0);
	assert_no_member(&types, section, "", "map m holds global variables of a program");
	assert_no_member(&types, section, "count", "map m holds global variables of a program");
	btf__free(types.btf);
}

/* Structs in structs, `depth` of them: struct { struct { ... u64 a } a } a. */
static int nest(struct btf *btf, int depth)
{
	int id = btf__add_int(btf, "u64", 8, 0);

	for (int i = 0; i < depth; i++) {
		int outer = btf__add_struct(btf, "nested", 8);

		assert_int_equal(btf__add_field(btf, "a", id, 0, 0), 0);
		id = outer;
	}
	return id;
}

static void test_depth(void **state)
{
	struct types types = {.btf = btf__new_empty()};
	int eight, nine;

	(void)state;
	assert_non_null(types.btf);
	eight = nest(types.btf, 8);
	nine = nest(types.btf, 9);
	assert_member(&types, eight, "a.a.a.a.a.a.a.a", 0, 8, false);
	assert_no_member(&types, nine, "a.a.a.a.a.a.a.a.a", "is not an integer");
	btf__free(types.btf);
}

/* A member at a bit that begins no byte; only a damaged file has it without a bit field. */
static void test_unaligned(void **state)
{
	struct types types = {.btf = btf__new_empty()};
	int u8, id;

	(void)state;
	assert_non_null(types.btf);
	u8 = btf__add_int(types.btf, "u8", 1, 0);
	id = btf__add_struct(types.btf, "odd", 4);
	assert_int_equal(btf__add_field(types.btf, "a", u8, 8, 0), 0);
	btf_members(btf__type_by_id(types.btf, (uint32_t)id))[0].offset = 11;
	assert_no_member(&types, id, "a", "map m: member a does not begin at a byte");
	btf__free(types.btf);
}

/* What is wrong with the map itself, before its values are looked at. */
static void test_maps(void **state)
{
	const struct types types = make_types();
	const struct custom_btf_map good = {.type = BPF_MAP_TYPE_HASH,
					    .key_size = 6,
					    .value_size = 2,
					    .entries = 5,
					    .btf = types.btf,
					    .value_type_id = (uint32_t)types.number};
	struct map_block block = {.name = (char *)"m", .member = (char *)"", .form = KEY_FORM_MAC};
	struct custom_btf_map map = good;
	struct custom_btf_layout layout;
	char text[256];

	(void)state;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), 0);
	assert_false(layout.per_cpu);
	map.type = BPF_MAP_TYPE_RINGBUF;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "map m is of type ringbuf, which this plugin cannot read");
	map.type = 9999;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "of type unknown");
	map = good;
	map.key_size = 4;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "the key of map m has 4 bytes, and Instance \"mac\" needs 6 bytes");
	map.key_size = 0;
	block.form = KEY_FORM_HEX;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "the key of map m has 0 bytes, and Instance \"hex\" needs a key");
	map = good;
	block.form = KEY_FORM_MAC;
	map.btf = NULL;
	map.value_size = 3;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text,
			"map m: the object does not say of which type its values of 3 bytes are");
	btf__free(types.btf);
}

/* Keys of a map of maps are an outer and an inner one. */
static void test_outer(void **state)
{
	struct map_block block = {.name = (char *)"m", .member = (char *)""};
	struct custom_btf_map map = {.type = BPF_MAP_TYPE_HASH,
				     .key_size = 4,
				     .outer_size = 6,
				     .value_size = 8,
				     .entries = 1};
	struct custom_btf_layout layout = {0};
	char text[256];

	(void)state;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), 0);
	assert_int_equal(layout.key_size, 10);
	assert_int_equal(layout.outer_size, 6);
	block.outer = (enum map_block_outer)(MAP_BLOCK_OUTER_FORM + KEY_FORM_IPV4);
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "the outer key of map m has 6 bytes, and needs 4 bytes");
	map.outer_size = 0;
	assert_int_equal(custom_btf_layout(&map, &block, &layout, text, sizeof(text)), -EINVAL);
	assert_contains(text, "map m is no map of maps");
}

/* What the kernel's bpf.h says is a value for each CPU. */
static void test_readable(void **state)
{
	static const struct {
		uint32_t type;
		bool readable, per_cpu;
	} types[] = {
		{BPF_MAP_TYPE_ARRAY, true, false},	 {BPF_MAP_TYPE_PERCPU_ARRAY, true, true},
		{BPF_MAP_TYPE_HASH, true, false},	 {BPF_MAP_TYPE_PERCPU_HASH, true, true},
		{BPF_MAP_TYPE_LRU_HASH, true, false},	 {BPF_MAP_TYPE_LRU_PERCPU_HASH, true, true},
		{BPF_MAP_TYPE_PROG_ARRAY, false, false}, {BPF_MAP_TYPE_QUEUE, false, false},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(types); i++) {
		bool per_cpu = false;

		assert_int_equal(custom_btf_is_readable(types[i].type, &per_cpu),
				 types[i].readable);
		assert_int_equal(per_cpu, types[i].per_cpu);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("the key of a map of maps is both of its keys", test_outer),
		UNIT_TEST("members are found by their path, and the others are named",
			  test_members),
		UNIT_TEST("what is in a struct without a name is found in the one around it",
			  test_anonymous),
		UNIT_TEST("structs without an end are not followed for ever", test_endless_members),
		UNIT_TEST("a value without a type is an integer if it can be", test_untyped),
		UNIT_TEST("a label of a key that cannot be is refused", test_keys),
		UNIT_TEST("a key that nothing can show is refused", test_long_key),
		UNIT_TEST("the integer lies inside the value", test_inside),
		UNIT_TEST("integers and enumerations of each size are counts", test_integers),
		UNIT_TEST("global variables are not taken for values", test_variables),
		UNIT_TEST("structs are looked into eight deep", test_depth),
		UNIT_TEST("a member that begins inside a byte is none", test_unaligned),
		UNIT_TEST("a map that cannot be read, or with another key, is reported", test_maps),
		UNIT_TEST("arrays and hashes are read, some with a value for each CPU",
			  test_readable),
		UNIT_TEST("layouts are told apart by their members, not by names of types",
			  test_shapes),
	};

	return cmocka_run_group_tests_name("custom/btf", tests, NULL, NULL);
}
