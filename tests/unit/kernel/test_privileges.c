// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel says of a process is read as it writes it. */
#include "tests/unit/unit.h"

#include "plugin/kernel/privileges.h"

static void test_status(void **state)
{
	struct privileges privileges = {0};
	char missing[64];

	(void)state;
	privileges_parse_status("Name:\tx\nCapEff:\t0000008000001000\nSeccomp:\t2\n", &privileges);
	assert_true(privileges.known);
	assert_int_equal(privileges.effective, PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN);
	assert_int_equal(privileges.seccomp, 2);
	privileges_missing(&privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	assert_string_equal(missing, "CAP_PERFMON");
	privileges_missing(&privileges, PRIVILEGES_ATTACH, missing, sizeof(missing));
	assert_string_equal(missing, "");
}

static void test_no_status(void **state)
{
	struct privileges privileges = {0};
	char missing[64];

	(void)state;
	privileges_parse_status("CapEff:\nnonsense", &privileges);
	assert_false(privileges.known);
	privileges_missing(&privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	assert_string_equal(missing, "");
}

static void test_lockdown(void **state)
{
	struct privileges privileges = {0};

	(void)state;
	privileges_parse_lockdown("none [integrity] confidentiality\n", &privileges);
	assert_string_equal(privileges.lockdown, "integrity");
	privileges_parse_lockdown("[none] integrity confidentiality\n", &privileges);
	assert_string_equal(privileges.lockdown, "");
	privileges_parse_lockdown("none [integrity", &privileges);
	assert_string_equal(privileges.lockdown, "");
	privileges_parse_confinement("unconfined\n", &privileges);
	assert_string_equal(privileges.confinement, "");
	privileges_parse_confinement("system_u:system_r:collectd_t:s0", &privileges);
	assert_string_equal(privileges.confinement, "system_u:system_r:collectd_t:s0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("what the status of a process says it lacks is named", test_status),
		UNIT_TEST("a status that cannot be read is no lack", test_no_status),
		UNIT_TEST("lockdown and confinement are read as the kernel writes them",
			  test_lockdown),
	};

	return cmocka_run_group_tests_name("kernel/privileges", tests, NULL, NULL);
}
