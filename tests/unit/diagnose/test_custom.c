// SPDX-License-Identifier: GPL-2.0-only
/* What is said of objects, maps and keys: each names the facts, a cause and something to do. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include "plugin/diagnose/custom.h"

/* One function per sentence, with facts of its own, and what has to be in it. */
#define SENTENCE(name, call)                                                                       \
	static void say_##name(const void *facts, char *text, size_t size)                         \
	{                                                                                          \
		(void)facts;                                                                       \
		diagnose_custom_##call;                                                            \
	}

static const struct diagnose_custom_map made = {6, 4, 16}, wanted = {2, 4, 8};

SENTENCE(absent, file_error(-ENOENT, text, size))
SENTENCE(unreadable, file_error(-EACCES, text, size))
SENTENCE(kind, file_kind(text, size))
SENTENCE(owner, file_owner(1000, text, size))
SENTENCE(mode, file_mode(0664, text, size))
SENTENCE(bytes, file_size(0, 7, text, size))
SENTENCE(not_elf, file_not_elf(text, size))
SENTENCE(big, file_order(true, text, size))
SENTENCE(little, file_order(false, text, size))
SENTENCE(not_bpf, file_not_bpf(62, text, size))
SENTENCE(start, trial_start(-EAGAIN, text, size))
SENTENCE(crash, trial_crash(text, size))
SENTENCE(timeout, trial_timeout(5, text, size))
SENTENCE(object, object("/o", "it is bad; mend it", text, size))
SENTENCE(open, object_open(-ENOENT, text, size))
SENTENCE(no_btf, object_no_btf(text, size))
SENTENCE(no_program, object_no_program("p", "a, b", text, size))
SENTENCE(no_program_at_all, object_no_program("p", "", text, size))
SENTENCE(shared, object_section_shared("xdp", "a, b", text, size))
SENTENCE(section, object_section("p", "tc", text, size))
SENTENCE(no_map, object_no_map("m", "a, b", text, size))
SENTENCE(no_map_at_all, object_no_map("m", "", text, size))
SENTENCE(type, map_type("m", "queue", text, size))
SENTENCE(unknown_type, map_type("m", NULL, text, size))
SENTENCE(key, map_key("m", 6, "ipv4", "4 bytes", text, size))
SENTENCE(long_key, map_long_key("m", 49, 48, text, size))
SENTENCE(label, map_label("m", 300, 255, text, size))
SENTENCE(no_type, map_no_type("m", 12, false, text, size))
SENTENCE(no_type_of_member, map_no_type("m", 8, true, text, size))
SENTENCE(value_struct, map_struct("m", "", "a, b", text, size))
SENTENCE(member_struct, map_struct("m", "s", "a, b", text, size))
SENTENCE(no_integer, map_struct("m", "", "", text, size))
SENTENCE(value_odd, map_not_integer("m", "", "", text, size))
SENTENCE(member_odd, map_not_integer("m", "s", "a, b", text, size))
SENTENCE(no_member, map_no_member("m", "x", "a, b", text, size))
SENTENCE(no_member_at_all, map_no_member("m", "x", "", text, size))
SENTENCE(not_struct, map_not_struct("m", "x.y", "x, z", text, size))
SENTENCE(value_not_struct, map_not_struct("m", "x", "", text, size))
SENTENCE(bit_field, map_bit_field("m", "x", text, size))
SENTENCE(unaligned, map_unaligned("m", "x", text, size))
SENTENCE(outside, map_outside("m", 8, 12, 16, text, size))
SENTENCE(differs, map_differs("m", &made, &wanted, text, size))
SENTENCE(lost, lost_updates("a, b", text, size))

static const struct row {
	const char *name;
	explain_fn say;
	const char *parts[DIAGNOSE_PARTS];
} rows[] = {
	{"a file that is not there", say_absent, {"not there (errno 2, ", "put the file there"}},
	{"a file that is not readable", say_unreadable, {"cannot be read (errno 13, ", "collectd"}},
	{"no regular file", say_kind, {"not a regular file", "set Object"}},
	{"the owner of a file", say_owner, {"user 1000", "`chown root`"}},
	{"the mode of a file", say_mode, {"(mode 0664)", "`chmod go-w`"}},
	{"the size of a file", say_bytes, {"0 bytes", "1 to 7"}},
	{"no ELF file", say_not_elf, {"not an ELF file", "clang -target bpf"}},
	{"a big-endian file", say_big, {"it is big-endian", "`-target bpfel`"}},
	{"a little-endian file", say_little, {"it is little-endian", "`-target bpfeb`"}},
	{"another machine's file", say_not_bpf, {"(machine 62)", "clang -target bpf"}},
	{"no process for the trial", say_start, {"(errno 11, ", "LimitNPROC"}},
	{"a crash", say_crash, {"libbpf crashes", "copy all of it"}},
	{"a trial that lasts", say_timeout, {"within 5 s", "overloaded", "copy all of it"}},
	{"an object", say_object, {"object /o: it is bad; mend it"}},
	{"what libbpf refuses", say_open, {"(errno 2, ", "\".maps\""}},
	{"an object without BTF", say_no_btf, {"no BTF", "`-g`"}},
	{"a program that is not there", say_no_program, {"\"p\"", "one of: a, b"}},
	{"no program", say_no_program_at_all, {"no program at all", "\"p\"", "\"xdp\""}},
	{"a shared section", say_shared, {"\"xdp\"", "the name of one: a, b"}},
	{"another hook's section", say_section, {"program p", "\"tc\"", "SEC(\"xdp.frags\")"}},
	{"a map that is not there", say_no_map, {"\"m\"", "its maps are: a, b"}},
	{"no map", say_no_map_at_all, {"no map at all", "\"m\"", "\".maps\""}},
	{"the type of a map", say_type, {"map m is of type queue", "use an array or a hash"}},
	{"a type without a name", say_unknown_type, {"map m is of type unknown"}},
	{"the key of a map", say_key, {"map m has 6 bytes", "\"ipv4\" needs 4 bytes"}},
	{"a key that is too long", say_long_key, {"map m has 49 bytes", "more than 48"}},
	{"a label of no key", say_label, {"map m never has the key 300", "go to 255"}},
	{"values without a type", say_no_type, {"map m: ", "12 bytes", "__type(value, struct"}},
	{"a member without a type", say_no_type_of_member, {"map m: ", "remove Member"}},
	{"a value without an integer", say_no_integer, {"map m: there is no integer", "count in"}},
	{"no member to choose", say_no_member_at_all, {"map m: there is no integer"}},
	{"a member of an integer", say_value_not_struct, {"map m: ", "\"x\"", "remove Member"}},
	{"a value that is a struct", say_value_struct, {"map m: its value", "one of these: a, b"}},
	{"a member that is a struct", say_member_struct, {"map m: member s", "one of these: a, b"}},
	{"a value that is no integer",
	 say_value_odd,
	 {"map m: there is no integer", "1, 2, 4 or 8"}},
	{"a member that is no integer",
	 say_member_odd,
	 {"map m: member s", "1, 2, 4 or 8", "one of these: a, b"}},
	{"a member that is not there", say_no_member, {"map m: ", "\"x\"", "one of these: a, b"}},
	{"a member of no struct",
	 say_not_struct,
	 {"map m: ", "\"x.y\"", "not a struct", "one of these: x, z"}},
	{"a bit field", say_bit_field, {"map m: member x", "bit field"}},
	{"a member inside a byte", say_unaligned, {"map m: member x", "begin at a byte"}},
	{"a count outside the value",
	 say_outside,
	 {"map m: ", "8 bytes at offset 12", "of 16 bytes"}},
	{"a map of the kernel's",
	 say_differs,
	 {"map m ", "value size: 6, 4, 16; in the object: 2, 4, 8)", "remove its pins"}},
	{"lost updates", say_lost, {"map a, b may be too low", "__sync_fetch_and_add()"}},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	char text[DIAGNOSE_TEXT];

	row->say(NULL, text, sizeof(text));
	assert_explained(text, row->parts, NULL);
	assert_cut_off(row->say, NULL);
}

int main(void)
{
	struct CMUnitTest tests[UNIT_LENGTH(rows)];
	size_t count = 0;

	ADD_ROWS(tests, count, rows, test_row);
	return cmocka_run_group_tests_name("diagnose/custom", tests, NULL, NULL);
}
