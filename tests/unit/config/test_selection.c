// SPDX-License-Identifier: GPL-2.0-only
/* Which interfaces a list of names and regular expressions selects. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "plugin/config/selection.h"
#include "plugin/kernel/interface.h"
#include "tests/unit/config/selects.h"
#include "tests/unit/fail_alloc.h"

static int new_selection(void **state)
{
	return selection_new((struct selection **)state);
}

static int free_selection(void **state)
{
	selection_free(*state);
	return 0;
}

static void add(struct selection *selection, const char *entry)
{
	char reason[256] = "";

	assert_int_equal(selection_add(selection, entry, reason, sizeof(reason)), 0);
	assert_string_equal(reason, "");
}

static void test_empty(void **state)
{
	assert_int_equal(selection_count(*state), 0);
	assert_int_equal(selection_names(*state), 0);
	assert_null(selection_name(*state, 0));
	assert_false(selects(*state, "eth0"));
}

static void test_name(void **state)
{
	add(*state, "eth0");
	assert_true(selects(*state, "eth0"));
	assert_false(selects(*state, "eth"));
	assert_false(selects(*state, "eth01"));
	assert_false(selects(*state, "xeth0"));
	assert_false(selects(*state, "ETH0"));
	assert_false(selects(*state, ""));
}

/* collectd's ignorelist searches, it does not anchor: "/th/" finds "eth0". */
static void test_regex_searches(void **state)
{
	add(*state, "/th[0-9]/");
	assert_true(selects(*state, "eth0"));
	assert_true(selects(*state, "veth1234"));
	assert_false(selects(*state, "eth"));
	assert_false(selects(*state, "ens3"));
}

static void test_regex_anchored(void **state)
{
	add(*state, "/^e(th|ns)[0-9]+$/");
	assert_true(selects(*state, "eth0"));
	assert_true(selects(*state, "ens192"));
	assert_false(selects(*state, "veth0"));
	assert_false(selects(*state, "eth0.5"));
}

static void test_regex_with_slash(void **state)
{
	add(*state, "/a/b/");
	assert_true(selects(*state, "xa/by"));
	assert_false(selects(*state, "ab"));
}

static void test_mixed(void **state)
{
	add(*state, "lo");
	add(*state, "/^wg/");
	add(*state, "eth0");
	assert_true(selects(*state, "lo"));
	assert_true(selects(*state, "wg7"));
	assert_true(selects(*state, "eth0"));
	assert_false(selects(*state, "eth1"));
	assert_int_equal(selection_count(*state), 3);
	assert_int_equal(selection_names(*state), 2);
	assert_string_equal(selection_name(*state, 0), "lo");
	assert_string_equal(selection_name(*state, 1), "eth0");
	assert_null(selection_name(*state, 2));
	assert_true(selection_has_name(*state, "eth0"));
	assert_false(selection_has_name(*state, "wg7"));
	assert_false(selection_has_name(*state, "/^wg/"));
}

static void test_inverted(void **state)
{
	assert_false(selection_is_inverted(*state));
	add(*state, "lo");
	add(*state, "/^veth/");
	selection_invert(*state, true);
	assert_true(selection_is_inverted(*state));
	assert_false(selects(*state, "lo"));
	assert_false(selects(*state, "veth0"));
	assert_true(selects(*state, "eth0"));
	selection_invert(*state, false);
	assert_true(selects(*state, "lo"));
	assert_false(selects(*state, "eth0"));
}

/* Two entries of one name would be two states of one interface. */
static void test_name_twice(void **state)
{
	add(*state, "eth0");
	add(*state, "eth0");
	add(*state, "eth1");
	assert_int_equal(selection_names(*state), 2);
	assert_string_equal(selection_name(*state, 0), "eth0");
	assert_string_equal(selection_name(*state, 1), "eth1");
	assert_null(selection_name(*state, 2));
}

/* Any of its names selects an interface, or with IgnoreSelected leaves it out. */
static void test_alternatives(void **state)
{
	const struct interface interface = {.name = "eth0", .alternatives = "enp3s0\0uplink\0"};
	const struct interface other = {.name = "eth1", .alternatives = ""};

	add(*state, "uplink");
	assert_true(selection_selects(*state, &interface));
	assert_false(selection_selects(*state, &other));
	assert_true(selection_entry_matches(*state, 0, &interface));
	add(*state, "/^enp/");
	assert_true(selection_entry_matches(*state, 1, &interface));
	assert_false(selection_entry_matches(*state, 1, &other));
	selection_invert(*state, true);
	assert_false(selection_selects(*state, &interface));
	assert_true(selection_selects(*state, &other));
}

static void test_longest_name(void **state)
{
	char name[129], reason[128];

	add(*state, "fifteen-letters");
	assert_true(selects(*state, "fifteen-letters"));
	assert_string_equal(selection_name(*state, 0), "fifteen-letters");
	/* Alternative names are longer. */
	memset(name, 'x', sizeof(name));
	name[128] = '\0';
	assert_int_equal(selection_add(*state, name, reason, sizeof(reason)), -EINVAL);
	assert_contains(reason, "1 to 127 characters");
	name[127] = '\0';
	add(*state, name);
	assert_string_equal(selection_name(*state, 1), name);
}

static void test_refused(void **state)
{
	static const struct {
		const char *entry, *reason;
	} rows[] = {
		{"", "1 to 127 characters"},
		{".", "no interface can have this name"},
		{"..", "no interface can have this name"},
		{"eth0/1", "'/'"},
		{"eth0:1", "':'"},
		{"eth 0", "white space"},
		{"eth0\n", "white space"},
		{"eth0/", "'/'"},
		{"//", "is empty"},
		{"/", "ends with a slash"},
		{"/e", "ends with a slash"},
		{"/eth", "ends with a slash"},
		{"/eth[/", "not an extended regular expression"},
		{"/(eth/", "not an extended regular expression"},
		{"/*{1/", "not an extended regular expression"},
	};

	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		char reason[256] = "";

		assert_int_equal(selection_add(*state, rows[i].entry, reason, sizeof(reason)),
				 -EINVAL);
		assert_contains(reason, rows[i].reason);
	}
	assert_int_equal(selection_count(*state), 0);
	assert_false(selects(*state, "eth0"));
}

static void test_short_reason(void **state)
{
	char reason[8] = "1234567";

	assert_int_equal(selection_add(*state, "/eth", reason, 4), -EINVAL);
	assert_int_equal(strlen(reason), 3);
	assert_string_equal(reason + 4, "567");
	assert_int_equal(selection_add(*state, "/eth", NULL, 0), -EINVAL);
}

static void test_no_memory(void **state)
{
	unsigned int failed = 0;

	for (unsigned int n = 1;; n++) {
		int err;

		fail_alloc(n);
		err = selection_add(*state, "/^eth/", NULL, 0);
		if (!fail_alloc_happened()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(selection_count(*state), 0);
		failed++;
	}
	assert_true(failed >= 3);
	assert_true(selects(*state, "eth0"));
}

static void test_free_null(void **state)
{
	(void)state;
	selection_free(NULL);
}

// clang-format off
#define SELECTION_TEST(sentence, function)                                                         \
	{(sentence), (function), new_selection, free_selection, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		SELECTION_TEST("an empty selection selects nothing", test_empty),
		SELECTION_TEST("a name selects this interface alone", test_name),
		SELECTION_TEST("a regular expression is searched for, as in collectd's ignorelist",
			       test_regex_searches),
		SELECTION_TEST("an anchored extended regular expression selects whole names",
			       test_regex_anchored),
		SELECTION_TEST("slashes inside a regular expression belong to it",
			       test_regex_with_slash),
		SELECTION_TEST("names and regular expressions add up, and names can be listed",
			       test_mixed),
		SELECTION_TEST("inverted, all are selected but those that match", test_inverted),
		SELECTION_TEST("a name given twice is one name", test_name_twice),
		SELECTION_TEST("any name of an interface, also an alternative one, selects it",
			       test_alternatives),
		SELECTION_TEST("a name may be 15 characters long, an alternative one 127",
			       test_longest_name),
		SELECTION_TEST(
			"what is neither name nor regular expression is refused with the reason",
			test_refused),
		SELECTION_TEST("a reason is cut off where its buffer ends", test_short_reason),
		SELECTION_TEST("without memory nothing is added, and nothing leaks",
			       test_no_memory),
		UNIT_TEST("no selection can be freed", test_free_null),
	};

	return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
