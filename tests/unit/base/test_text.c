// SPDX-License-Identifier: GPL-2.0-only
/* Lists of names, and where they end. */
#include "tests/unit/unit.h"

#include "plugin/base/text.h"

static void test_fits(void **state)
{
	char names[32] = "";

	(void)state;
	text_append_name(names, sizeof(names), "eth0");
	assert_string_equal(names, "eth0");
	text_append_name(names, sizeof(names), "eth1");
	assert_string_equal(names, "eth0, eth1");
}

/* Also a later one that would fit again is not added behind the dots. */
static void test_rest(void **state)
{
	char names[16] = "";

	(void)state;
	text_append_name(names, sizeof(names), "eth0");
	text_append_name(names, sizeof(names), "eth1");
	assert_string_equal(names, "eth0, eth1");
	text_append_name(names, sizeof(names), "a");
	assert_string_equal(names, "eth0, eth1, ...");
	text_append_name(names, sizeof(names), "b");
	assert_string_equal(names, "eth0, eth1, ...");
}

static void test_first_is_too_long(void **state)
{
	char names[8] = "";

	(void)state;
	text_append_name(names, sizeof(names), "eth0");
	assert_string_equal(names, "...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("names are listed behind commas", test_fits),
		UNIT_TEST("dots stand for all from the first that does not fit on", test_rest),
		UNIT_TEST("dots stand for the first one, too", test_first_is_too_long),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
