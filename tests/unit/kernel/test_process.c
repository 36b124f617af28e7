// SPDX-License-Identifier: GPL-2.0-only
/* What can be seen of a process without privileges. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugin/kernel/process.h"

/* No process has so high a number (PID_MAX_LIMIT). */
#define NOBODY (1 << 30)

static void test_network(void **state)
{
	bool shares = false;

	(void)state;
	assert_int_equal(process_shares_network(getpid(), &shares), 0);
	assert_true(shares);
	assert_int_equal(process_shares_network(NOBODY, &shares), -ENOENT);
	assert_int_equal(process_enter_network(NOBODY), -ENOENT);
}

static void test_program(void **state)
{
	(void)state;
	assert_false(process_holds_program(getpid(), 1));
	assert_false(process_holds_program(NOBODY, 1));
}

static void test_pins(void **state)
{
	char longer[PATH_MAX + 1];

	(void)state;
	assert_int_equal(process_may_pin(getpid(), "/tmp/not/there", 0, true), -EMEDIUMTYPE);
	assert_int_equal(process_may_pin(getpid(), "/", 0, true), -EMEDIUMTYPE);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(process_may_pin(getpid(), longer, 0, true), -ENAMETOOLONG);
	assert_int_equal(process_may_pin(NOBODY, "/tmp", 0, true), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a process shares its network namespace with itself", test_network),
		UNIT_TEST("a process that has no program holds none", test_program),
		UNIT_TEST("a directory is looked at as far as it exists", test_pins),
	};

	return cmocka_run_group_tests_name("kernel/process", tests, NULL, NULL);
}
