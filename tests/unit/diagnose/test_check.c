// SPDX-License-Identifier: GPL-2.0-only
/* What the self-check says that the plugin does not. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/diagnose/check.h"

/* A mode, and what is said of it. What is left out is "" and 1500. */
struct mode_row {
	const char *name;
	struct diagnose_check_mode facts;
	const char *text;
};

static const struct mode_row mode_rows[] = {
	{"the kernel tells that a driver has native mode",
	 {.mode = "native", .driver = "ice", .foretold = true},
	 "would be counted in native mode (driver ice, MTU 1500)"},
	{"a list tells that a driver has native mode",
	 {.mode = "native", .driver = "ice"},
	 "would be counted in native mode, as far as its driver is known (driver ice, MTU 1500)"},
	{"the kernel tells that a device has no native mode",
	 {.mode = "generic", .kind = "bridge", .driver = "bridge", .foretold = true},
	 "would be counted in generic mode, for its driver has no native XDP (bridge, MTU 1500)"},
	{"a device without a driver",
	 {.mode = "generic"},
	 "would be counted in generic mode, for its driver has no native XDP, as far as it is "
	 "known "
	 "(MTU 1500)"},
	{"a veth has its reason",
	 {.mode = "generic", .kind = "veth", .driver = "veth", .foretold = true},
	 "would be counted in generic mode, for native mode on veth halves local TCP (veth, MTU "
	 "1500)"},
	{"a bond has its reason",
	 {.mode = "generic", .kind = "bond", .foretold = true},
	 "would be counted in generic mode, for the ports of a bond would run a native program "
	 "(bond, MTU 1500)"},
	{"a mode that AttachMode asks for has no other reason",
	 {.mode = "generic", .kind = "veth", .wished = true},
	 "would be counted in generic mode, as AttachMode says (veth, MTU 1500)"},
	{"a refusal that is foreseen is the reason for generic mode",
	 {.mode = "generic", .driver = "ena", .refusal = "cause; fix"},
	 "would be counted in generic mode: cause; fix"},
	{"merging in hardware makes native mode uncertain",
	 {.mode = "native", .driver = "virtio_net", .merging = true, .foretold = true},
	 "would be counted in native mode if the driver takes it with LRO or GRO-HW on, else in "
	 "generic mode (driver virtio_net, MTU 1500); switch it off (`ethtool -K` ... lro off "
	 "rx-gro-hw off)"},
};

static struct diagnose_check_mode mode_facts(const struct mode_row *row)
{
	struct diagnose_check_mode facts = row->facts;

	facts.kind = facts.kind ? facts.kind : "";
	facts.driver = facts.driver ? facts.driver : "";
	facts.refusal = facts.refusal ? facts.refusal : "";
	facts.mtu = 1500;
	return facts;
}

static void test_mode(void **state)
{
	const struct mode_row *row = *state;
	const struct diagnose_check_mode facts = mode_facts(row);
	char text[DIAGNOSE_TEXT];

	diagnose_check_mode(&facts, text, sizeof(text));
	assert_string_equal(text, row->text);
}

static void explain_mode(const void *facts, char *text, size_t size)
{
	diagnose_check_mode(facts, text, size);
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(mode_rows); i++) {
		const struct diagnose_check_mode facts = mode_facts(&mode_rows[i]);

		assert_cut_off(explain_mode, &facts);
	}
}

static void test_who(void **state)
{
	char text[DIAGNOSE_TEXT];

	(void)state;
	diagnose_check_who(DIAGNOSE_CHECK_RUNNING, "collectd.service", 42, text, sizeof(text));
	assert_string_equal(text, "this check judges process 42 of collectd.service");
	diagnose_check_who(DIAGNOSE_CHECK_STOPPED, "collectd.service", 0, text, sizeof(text));
	assert_contains(text, "collectd.service does not run");
	diagnose_check_who(DIAGNOSE_CHECK_NO_UNIT, "collectd.service", 0, text, sizeof(text));
	assert_contains(text, "judges itself, not collectd; name the unit of collectd (-u)");
	diagnose_check_who(DIAGNOSE_CHECK_PROCESS, "", 7, text, sizeof(text));
	assert_string_equal(text, "this check judges process 7");
}

static void test_nothing_to_judge(void **state)
{
	char text[DIAGNOSE_TEXT];

	(void)state;
	diagnose_check_no_unit("typo", -ENOENT, text, sizeof(text));
	assert_contains(text, "systemd has no unit typo; ");
	diagnose_check_no_unit("typo", -EOPNOTSUPP, text, sizeof(text));
	assert_contains(text, "cannot be asked about unit typo (errno 95");
	assert_contains(text, "--pid");
	diagnose_check_conf("FILE, line 3", -EINVAL, text, sizeof(text));
	assert_contains(text, "FILE, line 3: this is no configuration");
	diagnose_check_conf("FILE", -ENOENT, text, sizeof(text));
	assert_contains(text, "FILE: the configuration cannot be read (errno 2");
}

static void test_remarks(void **state)
{
	(void)state;
	for (int i = 0; i < DIAGNOSE_CHECK_LIST_END; i++)
		assert_true(strlen(diagnose_check_remark((enum diagnose_check_remark)i)) > 20);
}

static void test_end(void **state)
{
	char text[DIAGNOSE_TEXT];

	(void)state;
	diagnose_check_end(0, text, sizeof(text));
	assert_string_equal(text, "all would work");
	diagnose_check_end(3, text, sizeof(text));
	assert_string_equal(text, "3 would not work");
}

static void test_outgoing(void **state)
{
	const struct diagnose_check_memory memory = {355328, 64, 320, 2, true};
	char text[512];

	(void)state;
	diagnose_check_outgoing(false, "", text, sizeof(text));
	assert_string_equal(text, "what goes out would be counted at its tcx hook");
	diagnose_check_outgoing(false, "a, b", text, sizeof(text));
	assert_string_equal(text, "what goes out would be counted at its tcx hook, before the "
				  "programs that are there (a, b)");
	diagnose_check_outgoing(true, "", text, sizeof(text));
	assert_string_equal(text, "what goes out is counted already at its tcx hook");
	diagnose_check_outgoing_left(text, sizeof(text));
	assert_string_equal(text,
			    "a counter of what goes out is at its tcx hook: one that Persist has "
			    "left is taken over, one of another collectd stays beside this one");
	diagnose_check_memory(&memory, text, sizeof(text));
	assert_string_equal(text, "memory of the maps: 347 KiB (64 slots x 320 bytes x 2 CPUs, in "
				  "both directions)");
	diagnose_check_few_files(99, 64, true, text, sizeof(text));
	assert_string_equal(text, "RLIMIT_NOFILE is 99, and the counter takes 8, and one for each "
				  "of 64 interfaces, in each direction; raise LimitNOFILE in "
				  "collectd's unit, or set a smaller MaxInterfaces");
}

int main(void)
{
	struct CMUnitTest tests[5 + UNIT_LENGTH(mode_rows)] = {
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
		UNIT_TEST("who is judged is said first", test_who),
		UNIT_TEST("what cannot be judged is named, with its error", test_nothing_to_judge),
		UNIT_TEST("every remark has its sentence", test_remarks),
		UNIT_TEST("the last line counts what would not work", test_end),
		UNIT_TEST("what goes out is named as the other direction", test_outgoing),
	};
	size_t count = 5;

	ADD_ROWS(tests, count, mode_rows, test_mode);
	return cmocka_run_group_tests_name("diagnose/check", tests, NULL, NULL);
}
