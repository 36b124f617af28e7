// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of /sys and /proc that show other numbers than the kernel works with, or are hidden, as in
 * a container: what is made from the kernel's own answers is the same. Each case is a process in a
 * mount namespace of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "plugin/kernel/cpus.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/process.h"
#include "tests/kernel/harness.h"

#define POSSIBLE "/sys/devices/system/cpu/possible"

/* As the files of this machine show it, before they are hidden. */
static struct {
	unsigned int cpus;
	uint32_t network;
	struct privileges privileges;
} truth;

/* A check in the child; what it finds wrong is said there, and fails the test. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			print_error("line %d: %s\n", __LINE__, #condition);                        \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static int find_truth(void **state)
{
	unsigned int last;
	struct stat status;
	char text[64];
	FILE *file = fopen(POSSIBLE, "re");

	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	/* "0-7"; holes are not known of any machine. */
	assert_int_equal(sscanf(strchr(text, '-') ? strchr(text, '-') + 1 : text, "%u", &last), 1);
	truth.cpus = last + 1;
	assert_int_equal(stat("/proc/thread-self/ns/net", &status), 0);
	truth.network = (uint32_t)status.st_ino;
	privileges_read(&truth.privileges);
	assert_true(truth.privileges.known);
	return 0;
}

/* Runs a case where mounts are its own. */
static void run_apart(void (*check)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		EXPECT(unshare(CLONE_NEWNS) == 0);
		EXPECT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
		check();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void hide(const char *path)
{
	EXPECT(mount("none", path, "tmpfs", 0, NULL) == 0);
}

static void check_measured(void)
{
	unsigned int cpus = 0;

	EXPECT(cpus_measure(&cpus) == 0);
	EXPECT(cpus == truth.cpus);
	EXPECT(cpus_possible() == truth.cpus);
}

static void check_possible_file(void)
{
	char path[] = "/tmp/cxdp-possible-XXXXXX";
	int fd = mkstemp(path);

	EXPECT(fd >= 0 && write(fd, "0\n", 2) == 2);
	EXPECT(mount(path, POSSIBLE, NULL, MS_BIND, NULL) == 0);
	unlink(path);
	close(fd);
	/* What libbpf would go by. */
	EXPECT(libbpf_num_possible_cpus() == 1);
	check_measured();
}

static void check_no_sys(void)
{
	hide("/sys");
	EXPECT(libbpf_num_possible_cpus() < 0);
	check_measured();
}

static void check_no_proc(void)
{
	struct privileges privileges;
	uint32_t network = 0;

	hide("/proc");
	check_measured();
	EXPECT(process_network(&network) == 0);
	EXPECT(network == truth.network);
	privileges_read(&privileges);
	EXPECT(privileges.known);
	EXPECT(privileges.effective == truth.privileges.effective);
	EXPECT(privileges.user == truth.privileges.user);
	EXPECT(privileges.seccomp == truth.privileges.seccomp);
	EXPECT(privileges.files == truth.privileges.files);
}

static void check_again(void)
{
	struct rlimit limit, none = {0};
	unsigned int cpus = 77;

	EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none.rlim_max = limit.rlim_max;
	EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
	EXPECT(cpus_measure(&cpus) == -EMFILE && cpus == 77);
	/* Then there is no more than a forecast, which reads a file. */
	EXPECT(cpus_possible() == 1);
	EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	check_measured();
	/* It is remembered. */
	EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
	check_measured();
}

static void test_as_many_cpus_as_the_kernel_writes_whatever_a_file_shows(void **state)
{
	(void)state;
	run_apart(check_measured);
	run_apart(check_possible_file);
}

static void test_without_sys_they_are_the_same(void **state)
{
	(void)state;
	run_apart(check_no_sys);
}

static void test_without_proc_namespace_and_capabilities_are_the_same(void **state)
{
	(void)state;
	run_apart(check_no_proc);
}

static void test_what_was_not_measured_is_measured_by_the_next_call(void **state)
{
	(void)state;
	run_apart(check_again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_many_cpus_as_the_kernel_writes_whatever_a_file_shows),
		cmocka_unit_test(test_without_sys_they_are_the_same),
		cmocka_unit_test(test_without_proc_namespace_and_capabilities_are_the_same),
		cmocka_unit_test(test_what_was_not_measured_is_measured_by_the_next_call),
	};

	return cmocka_run_group_tests(tests, find_truth, NULL);
}
