// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel says of a process is read as it writes it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <unistd.h>

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

/* As Linux 6.1 writes it. */
static const char limits[] =
	"Limit                     Soft Limit           Hard Limit           Units     \n"
	"Max cpu time              unlimited            unlimited            seconds   \n"
	"Max open files            1024                 524288               files     \n"
	"Max locked memory         8388608              8388608              bytes     \n";

static void test_limits(void **state)
{
	struct privileges privileges = {0};

	(void)state;
	privileges_parse_limits(limits, &privileges);
	assert_int_equal(privileges.files, 1024);
	assert_int_equal(privileges.memlock, 8388608);
	privileges_parse_limits("\nMax open files            unlimited            unlimited\n",
				&privileges);
	assert_true(privileges.files == UINT64_MAX);
	assert_true(privileges.memlock == UINT64_MAX);
	privileges_parse_limits("", &privileges);
	assert_true(privileges.files == UINT64_MAX);
}

static void test_user(void **state)
{
	struct privileges privileges = {0};

	(void)state;
	privileges_parse_status("Name:\tx\nUid:\t1\t65534\t3\t4\nCapEff:\t0\n", &privileges);
	assert_int_equal(privileges.user, 65534);
}

/* What a process says of itself and what another one would read of it is the same. */
static void test_process(void **state)
{
	struct privileges own, read;

	(void)state;
	privileges_read(&own);
	memset(&read, 0xff, sizeof(read));
	assert_int_equal(privileges_read_process(getpid(), &read), 0);
	assert_true(read.known && own.known);
	assert_true(read.effective == own.effective);
	/* valgrind keeps some for itself, and says so to the process only. */
	assert_true(read.files >= own.files);
	assert_true(read.memlock == own.memlock);
	assert_true(read.group_memory == own.group_memory);
	assert_int_equal(read.user, geteuid());
	assert_int_equal(read.user_namespace, own.user_namespace);
	assert_string_equal(read.confinement, own.confinement);
	assert_int_equal(read.kernel_major, own.kernel_major);
}

static void test_no_process(void **state)
{
	struct privileges read = {.files = 7};

	(void)state;
	/* No process has so high a number (PID_MAX_LIMIT). */
	assert_int_equal(privileges_read_process(1 << 30, &read), -ESRCH);
	assert_int_equal(read.files, 7);
	assert_true(privileges_group_left(1 << 30) == UINT64_MAX);
}

/* The settings that the kernel shows. */
static bool shows_jit, shows_others;

int access(const char *path, int mode)
{
	assert_int_equal(mode, F_OK);
	return (strstr(path, "/bpf_jit_enable") ? shows_jit : shows_others) ? 0 : -1;
}

/* Without its setting there is no JIT compiler, unless no setting of this kind is shown. */
static void test_jit(void **state)
{
	(void)state;
	shows_others = true;
	assert_int_equal(privileges_read_jit(), PRIVILEGES_JIT_ABSENT);
	shows_jit = true;
	assert_int_not_equal(privileges_read_jit(), PRIVILEGES_JIT_ABSENT);
	shows_jit = shows_others = false;
	assert_int_equal(privileges_read_jit(), PRIVILEGES_JIT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("what the status of a process says it lacks is named", test_status),
		UNIT_TEST("a status that cannot be read is no lack", test_no_status),
		UNIT_TEST("limits are read as the kernel writes them, also those that are none",
			  test_limits),
		UNIT_TEST("the effective user is the second one of four", test_user),
		UNIT_TEST("a process is the same, seen by itself and by another", test_process),
		UNIT_TEST("a process that does not exist leaves all as it was", test_no_process),
		UNIT_TEST("lockdown and confinement are read as the kernel writes them",
			  test_lockdown),
		UNIT_TEST(
			"whether there is a JIT compiler is not guessed where settings are hidden",
			test_jit),
	};

	return cmocka_run_group_tests_name("kernel/privileges", tests, NULL, NULL);
}
