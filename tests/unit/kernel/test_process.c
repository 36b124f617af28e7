// SPDX-License-Identifier: GPL-2.0-only
/* What can be seen of a process without privileges. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/base/trusted_dir.h"
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
	struct trusted_dir_flaw flaw;
	char longer[PATH_MAX + 1];

	(void)state;
	assert_int_equal(process_may_pin(getpid(), "/tmp/not/there", 0, true, &flaw), -EMEDIUMTYPE);
	assert_int_equal(process_may_pin(getpid(), "/", 0, true, &flaw), -EMEDIUMTYPE);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(process_may_pin(getpid(), longer, 0, true, &flaw), -ENAMETOOLONG);
	assert_int_equal(process_may_pin(NOBODY, "/tmp", 0, true, &flaw), -ENOENT);
}

static void test_seen(void **state)
{
	struct stat own;

	(void)state;
	assert_int_equal(stat("/proc/self/ns/net", &own), 0);
	assert_int_equal(process_network_seen(own.st_ino), PROCESS_NETWORK_SEEN);
	/* No namespace has it: the first ones have the last numbers, others follow from there. */
	assert_true(process_network_seen(1) != PROCESS_NETWORK_SEEN);
}

static void test_real_path(void **state)
{
	char top[] = "/tmp/cxdp-unit-path-XXXXXX", path[PATH_MAX], expected[PATH_MAX],
	     text[PATH_MAX];
	char real[PATH_MAX];

	(void)state;
	assert_non_null(mkdtemp(top));
	assert_non_null(realpath(top, real));
	snprintf(path, sizeof(path), "%s/way", top);
	assert_int_equal(symlink(".", path), 0);
	snprintf(path, sizeof(path), "%s/way/not/there.pid", top);
	snprintf(expected, sizeof(expected), "%.4000s/not/there.pid", real);
	process_real_path(path, text, sizeof(text));
	assert_string_equal(text, expected);
	/* Whether the file is there makes no difference. */
	snprintf(path, sizeof(path), "%s/way/file", top);
	snprintf(expected, sizeof(expected), "%.4000s/file", real);
	process_real_path(path, text, sizeof(text));
	assert_string_equal(text, expected);
	assert_int_equal(symlink("way", path), 0);
	process_real_path(path, text, sizeof(text));
	assert_string_equal(text, expected);
	assert_int_equal(chdir(top), 0);
	process_real_path("file", text, sizeof(text));
	assert_string_equal(text, expected);
	process_real_path("/file", text, sizeof(text));
	assert_string_equal(text, "/file");
	process_real_path("/not-there/file", text, sizeof(text));
	assert_string_equal(text, "/not-there/file");
	unlink("file");
	unlink("way");
	assert_int_equal(chdir("/") | rmdir(top), 0);
}

/* The limit that is advised has a place for all, and is not far more than that. */
static void test_files_wanted(void **state)
{
	static const uint64_t limits[] = {16, 128, 1024, 65536}, more[] = {1, 60, 1000, 4096};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(limits); i++) {
		for (size_t j = 0; j < UNIT_LENGTH(more); j++) {
			uint64_t used = limits[i] - process_files_reserve(limits[i]) + more[j];
			uint64_t wanted = process_files_wanted(limits[i], more[j]);

			assert_true(wanted - process_files_reserve(wanted) >= used);
			assert_true(wanted <= used * 2 + 100);
			assert_int_equal(wanted % 100, 0);
		}
	}
}

/* As many can be opened as the limit and the reserve say, by a count of what was opened. */
static void test_files(void **state)
{
	struct rlimit before, limit;
	int opened[256], count = 0, first;

	(void)state;
	assert_int_equal(process_files_reserve(1024), 128);
	assert_int_equal(process_files_reserve(256), 64);
	assert_int_equal(process_files_reserve(64), 32);
	assert_int_equal(process_files_reserve(1048576), 1024);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	first = dup(0);
	assert_true(first >= 0 && first < 100);
	limit = (struct rlimit){256, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (process_may_take_file() && count < 256) {
		opened[count] = dup(0);
		assert_true(opened[count] >= 0);
		count++;
	}
	/* Numbers are given out from below; a few above may be open already. */
	assert_uint_in_range(opened[count - 1], 256 - 64 - 8, 256 - 64 - 1);
	while (count)
		close(opened[--count]);
	assert_true(process_may_take_file());
	close(first);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a process shares its network namespace with itself", test_network),
		UNIT_TEST("a process that has no program holds none", test_program),
		UNIT_TEST("the limit that is advised has a place for all", test_files_wanted),
		UNIT_TEST("so many descriptors are taken that the reserve is left", test_files),
		UNIT_TEST("a directory is looked at as far as it exists", test_pins),
		UNIT_TEST("a network namespace is seen by who is in it", test_seen),
		UNIT_TEST("a file has one path, whether it is there or not", test_real_path),
	};

	return cmocka_run_group_tests_name("kernel/process", tests, NULL, NULL);
}
