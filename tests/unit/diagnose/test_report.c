// SPDX-License-Identifier: GPL-2.0-only
/* What is said of types, of maps and at the start. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/diagnose/report.h"

struct type_row {
	const char *name;
	enum diagnose_report_type fault;
	const char *parts[DIAGNOSE_PARTS];
};

static const struct type_row type_rows[] = {
	{"a type that is not in types.db is to be added",
	 DIAGNOSE_REPORT_TYPE_UNKNOWN,
	 {"map m: Type \"t\"", "not in types.db", "add it", "nothing is counted"}},
	{"a type of several values is to be another",
	 DIAGNOSE_REPORT_TYPE_SEVERAL,
	 {"map m: Type \"t\"", "more than one value", "name another", "nothing is counted"}},
	{"an ABSOLUTE is to be a DERIVE",
	 DIAGNOSE_REPORT_TYPE_ABSOLUTE,
	 {"map m: Type \"t\"", "ABSOLUTE", "name a DERIVE or a GAUGE", "nothing is counted"}},
	{"a COUNTER is to be a DERIVE",
	 DIAGNOSE_REPORT_TYPE_COUNTER,
	 {"map m: Type \"t\"", "COUNTER", "name a DERIVE or a GAUGE", "nothing is counted"}},
};

static void test_types(void **state)
{
	const struct type_row *row = *state;
	char text[DIAGNOSE_REPORT_TEXT];

	diagnose_report_type(row->fault, "m", "t", text, sizeof(text));
	assert_explained(text, row->parts, NULL);
}

static void test_good_type(void **state)
{
	char text[DIAGNOSE_REPORT_TEXT] = "before";

	(void)state;
	diagnose_report_type(DIAGNOSE_REPORT_TYPE_GOOD, "m", "t", text, sizeof(text));
	assert_string_equal(text, "");
}

/* Each says what is wrong with the map or the hook, and what to do. */
static void test_foreign(void **state)
{
	char text[DIAGNOSE_REPORT_TEXT];

	(void)state;
	diagnose_report_unread("m", -EPERM, true, text, sizeof(text));
	assert_contains(text, "no values of it until it can; try `bpftool map dump`");
	diagnose_report_foreign_read("m", 7, false, text, sizeof(text));
	assert_string_equal(text, "map m is read (id 7)");
	diagnose_report_foreign_pin("m", "/p", -ENOENT, text, sizeof(text));
	assert_contains(text, "nothing is pinned at /p; it is read as soon as there is");
	diagnose_report_foreign_pin("m", "/p", -EMEDIUMTYPE, text, sizeof(text));
	assert_contains(text, "what is pinned at /p is not a map; pin the map there");
	diagnose_report_foreign_pin("m", "/p", -EXDEV, text, sizeof(text));
	assert_contains(text, "/p is not on a bpf file system");
	diagnose_report_foreign_pin("m", "/p/a.b", -EILSEQ, text, sizeof(text));
	assert_contains(text, "no pin can be called /p/a.b, for the bpf file system has no names");
	diagnose_report_foreign_pin("m", "/p", -EACCES, text, sizeof(text));
	assert_contains(text, "(errno 13, Permission denied); give it CAP_BPF");
	diagnose_report_foreign_pin("m", "/p", -EMFILE, text, sizeof(text));
	assert_contains(text, "(errno 24, Too many open files); it is tried again");
	diagnose_report_foreign_hook("eth0", true, false, text, sizeof(text));
	assert_contains(text, "there is no interface eth0;");
	diagnose_report_foreign_hook("eth0", false, false, text, sizeof(text));
	assert_contains(text, "there is no program at the XDP hook of eth0;");
	diagnose_report_foreign_programs("eth0", -EPERM, text, sizeof(text));
	assert_contains(text, "only with CAP_SYS_ADMIN; give collectd that capability, or pin");
	diagnose_report_foreign_programs("eth0", -EMFILE, text, sizeof(text));
	assert_contains(text, "errno 24");
	diagnose_report_foreign_no_program("p", "eth0", "", text, sizeof(text));
	assert_contains(text, "leave it out: none has a name");
	diagnose_report_foreign_no_map("m", "eth0", "", text, sizeof(text));
	assert_contains(text, "or any that has a name; correct Of or Program");
	diagnose_report_foreign_btf("m", 16, true, text, sizeof(text));
	assert_contains(text, "values of 16 bytes, only with CAP_SYS_ADMIN; give collectd that");
	diagnose_report_foreign_size("m", 16, 24, text, sizeof(text));
	assert_contains(text, "values of 16 bytes in the kernel, and of 24 in the object; set");
}

static void test_maps(void **state)
{
	char text[DIAGNOSE_REPORT_TEXT];

	(void)state;
	diagnose_report_unread("m", -EPERM, false, text, sizeof(text));
	assert_string_equal(text, "map m cannot be read (errno 1, Operation not permitted): no "
				  "values of it until it can; the counter goes on");
	diagnose_report_unread("m", 0, false, text, sizeof(text));
	assert_string_equal(text, "map m can be read again");
	diagnose_report_keys("m", 9, text, sizeof(text));
	assert_string_equal(text, "map m has had more than 9 keys since collectd started: those "
				  "that came later are not reported; set MaxKeys higher, or count "
				  "under fewer keys");
}

static const struct diagnose_report_start start = {
	.counted = 1,
	.wanted = 2,
	.names = "eth0 native",
	.program = "xdp_count",
	.program_id = 3,
	.instructions = 4,
	.multi_buffer = true,
	.length = "guessing",
	.memory = 5000000000,
	.slots = 6,
	.slot_bytes = 7,
	.cpus = 8,
	.series = 9,
};

static void test_start(void **state)
{
	struct diagnose_report_start facts = start;
	char text[DIAGNOSE_REPORT_TEXT];

	(void)state;
	diagnose_report_start(&facts, text, sizeof(text));
	assert_string_equal(
		text,
		"counting on 1 of 2 interfaces (eth0 native): program xdp_count "
		"(id 3, 4 instructions verified, length by guessing), 5000000000 bytes of maps (6 "
		"slots x 7 bytes x 8 CPUs), at most 18 series (9 of each interface)");
	facts.counted = 0;
	facts.names = "";
	facts.instructions = 0;
	facts.multi_buffer = false;
	facts.atomic = true;
	diagnose_report_start(&facts, text, sizeof(text));
	assert_string_equal(
		text, "counting on 0 of 2 interfaces: program xdp_count (id 3, an unknown number "
		      "of instructions verified, without multi-buffer packets, atomic on "
		      "PREEMPT_RT, length by guessing), 5000000000 bytes of maps (6 slots x 7 "
		      "bytes x 8 CPUs), at most 18 series (9 of each interface)");
}

static void test_start_outgoing(void **state)
{
	struct diagnose_report_start facts = start;
	char text[DIAGNOSE_REPORT_TEXT];

	(void)state;
	facts.outgoing = true;
	facts.names = "eth0";
	facts.program = "tcx_count";
	facts.multi_buffer = false;
	diagnose_report_start(&facts, text, sizeof(text));
	assert_string_equal(
		text,
		"counting what goes out of 1 of 2 interfaces (eth0): program tcx_count (id 3, 4 "
		"instructions verified, length by guessing), 5000000000 bytes of maps (6 slots x 7 "
		"bytes x 8 CPUs), at most 18 series (9 of each interface)");
}

/* Each reason has a way out, and only where there is the setting it is named. */
static void test_interpreted(void **state)
{
	static const struct {
		enum privileges_jit jit;
		bool setting;
	} rows[] = {
		{PRIVILEGES_JIT_UNKNOWN, true},
		{PRIVILEGES_JIT_ABSENT, false},
		{PRIVILEGES_JIT_OFF, true},
		{PRIVILEGES_JIT_ON, false},
	};
	static const char *const parts[DIAGNOSE_PARTS] = {
		"program xdp_count counts, but the kernel interprets it, which takes"};
	struct diagnose_report_start facts = start;
	char text[DIAGNOSE_REPORT_TEXT];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		facts.jit = rows[i].jit;
		diagnose_report_interpreted(&facts, text, sizeof(text));
		assert_explained(text, parts, rows[i].setting ? NULL : "bpf_jit_enable");
		if (rows[i].setting)
			assert_contains(text, "set net.core.bpf_jit_enable to 1");
	}
}

static void explain_type(const void *facts, char *text, size_t size)
{
	diagnose_report_type(((const struct type_row *)facts)->fault, "m", "t", text, size);
}

static void explain_start(const void *facts, char *text, size_t size)
{
	diagnose_report_start(facts, text, size);
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(type_rows); i++)
		assert_cut_off(explain_type, &type_rows[i]);
	assert_cut_off(explain_start, &start);
}

#define REPORT_OTHERS 7

int main(void)
{
	struct CMUnitTest tests[REPORT_OTHERS + UNIT_LENGTH(type_rows)] = {
		UNIT_TEST("nothing is said of a good type", test_good_type),
		UNIT_TEST("a map that cannot be read, or not wholly, and that it can again",
			  test_maps),
		UNIT_TEST("of maps of others it is said what keeps them from being read, and what "
			  "to do",
			  test_foreign),
		UNIT_TEST("the line of the start says what works, and what does not", test_start),
		UNIT_TEST("that of what goes out says so, and names no modes", test_start_outgoing),
		UNIT_TEST("a program that is interpreted costs more, and what is advised is there",
			  test_interpreted),
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
	};
	size_t count = REPORT_OTHERS;

	ADD_ROWS(tests, count, type_rows, test_types);
	return cmocka_run_group_tests_name("diagnose/report", tests, NULL, NULL);
}
