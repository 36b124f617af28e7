// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directory of pins, in a directory of an ordinary file system that says it is a bpf file
 * system; a pin is a file.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/magic.h>

#include "plugin/kernel/pin_dir.h"

static char top[64];
static char parent[PATH_MAX];
static bool is_bpffs;
static int pin_error;
static char pinned_at[PATH_MAX]; /* the path that the kernel was last given */
static const char *kind;	 /* what the kernel says of a descriptor */

int statfs(const char *path, struct statfs *buffer)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -1;
	*buffer = (struct statfs){.f_type = is_bpffs ? BPF_FS_MAGIC : TMPFS_MAGIC};
	return 0;
}

int bpf_obj_pin(int fd, const char *path)
{
	int file;

	assert_int_equal(fd, 5);
	snprintf(pinned_at, sizeof(pinned_at), "%s", path);
	if (pin_error) {
		errno = -pin_error;
		return pin_error;
	}
	file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	close(file);
	return 0;
}

int bpf_obj_get(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* As of anon_inode: the kernel says what it is. */
ssize_t readlink(const char *path, char *buffer, size_t size)
{
	assert_contains(path, "/proc/self/fd/");
	return snprintf(buffer, size, "anon_inode:%s", kind);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	is_bpffs = true;
	pin_error = 0;
	kind = "bpf-map";
	strcpy(top, "/tmp/cxdp-unit-pins-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(parent, sizeof(parent), "%s/a/b", top);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	nftw(top, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static struct pin_dir *open_pins(void)
{
	struct pin_dir *pins;

	assert_int_equal(pin_dir_open(parent, true, &pins), 0);
	return pins;
}

static bool exists(const struct pin_dir *pins, const char *name)
{
	char path[PATH_MAX];

	assert_in_range(snprintf(path, sizeof(path), "%s/%s", pin_dir_path(pins), name), 1,
			PATH_MAX - 1);
	return access(path, F_OK) == 0;
}

static void test_open(void **state)
{
	struct pin_dir *pins = NULL;
	char expected[PATH_MAX + 64];
	struct stat namespace, status;

	(void)state;
	assert_int_equal(stat("/proc/self/ns/net", &namespace), 0);
	assert_int_equal(pin_dir_open(parent, false, &pins), -ENOENT);
	assert_null(pins);
	pins = open_pins();
	snprintf(expected, sizeof(expected), "%s/net-%llu", parent,
		 (unsigned long long)namespace.st_ino);
	assert_string_equal(pin_dir_path(pins), expected);
	assert_int_equal(stat(expected, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(parent, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	pin_dir_close(pins);
	assert_int_equal(pin_dir_open(parent, false, &pins), 0);
	pin_dir_close(pins);
	pin_dir_close(NULL);
}

static void test_refused(void **state)
{
	struct pin_dir *pins = NULL;
	char longest[PATH_MAX];
	struct stat status;

	(void)state;
	is_bpffs = false;
	assert_int_equal(pin_dir_open(parent, true, &pins), -EMEDIUMTYPE);
	/* Nothing was made there. */
	snprintf(longest, sizeof(longest), "%s/a", top);
	assert_int_equal(stat(longest, &status), -1);
	is_bpffs = true;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	longest[0] = '/';
	assert_int_equal(pin_dir_open(longest, true, &pins), -ENAMETOOLONG);
	snprintf(parent, sizeof(parent), "%s/file/b", top);
	snprintf(longest, sizeof(longest), "%s/file", top);
	close(creat(longest, 0600));
	assert_int_equal(pin_dir_open(parent, true, &pins), -EMEDIUMTYPE);
	assert_null(pins);
}

/* A symbolic link in the place of the directory leads nowhere. */
static void test_link(void **state)
{
	struct pin_dir *pins = open_pins();
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s", pin_dir_path(pins));
	pin_dir_close(pins);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(top, path), 0);
	pins = NULL;
	assert_true(pin_dir_open(parent, true, &pins) < 0);
	assert_null(pins);
}

/* Locked against every other process and every other opener. */
static void test_lock(void **state)
{
	struct pin_dir *pins = open_pins(), *other = NULL;
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(pin_dir_open(parent, true, &other), -EWOULDBLOCK);
	assert_null(other);
	child = fork();
	if (child == 0)
		_exit(pin_dir_open(parent, false, &other) == -EWOULDBLOCK ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	pin_dir_close(pins);
	other = open_pins();
	pin_dir_close(other);
}

static void test_put(void **state)
{
	struct pin_dir *pins = open_pins();

	(void)state;
	assert_false(pin_dir_has(pins, "program"));
	assert_int_equal(pin_dir_put(pins, "program", 5), 0);
	assert_true(pin_dir_has(pins, "program"));
	/* By another name first, so that the name has always the one or the other. */
	assert_string_equal(strrchr(pinned_at, '/'), "/new");
	assert_false(exists(pins, "new"));
	assert_int_equal(pin_dir_put(pins, "program", 5), 0);
	pin_error = -ENOMEM;
	assert_int_equal(pin_dir_put(pins, "other", 5), -ENOMEM);
	assert_false(pin_dir_has(pins, "other"));
	assert_true(pin_dir_has(pins, "program"));
	pin_error = 0;
	assert_int_equal(pin_dir_rename(pins, "program", "renamed"), 0);
	assert_false(pin_dir_has(pins, "program"));
	assert_true(pin_dir_has(pins, "renamed"));
	assert_int_equal(pin_dir_rename(pins, "program", "renamed"), -ENOENT);
	assert_int_equal(pin_dir_drop(pins, "renamed"), 0);
	assert_false(pin_dir_has(pins, "renamed"));
	assert_int_equal(pin_dir_drop(pins, "renamed"), 0);
	pin_dir_close(pins);
}

/* Where the new name cannot be taken, nothing is left on the way to it. */
static void test_put_fails(void **state)
{
	struct pin_dir *pins = open_pins();
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%.4000s/program", pin_dir_path(pins));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(pin_dir_put(pins, "program", 5), -EISDIR);
	assert_false(exists(pins, "new"));
	assert_true(pin_dir_drop(pins, "program") < 0);
	pin_dir_close(pins);
}

/* A process that was killed between the two steps of a pin. */
static void test_cut_off(void **state)
{
	struct pin_dir *pins = open_pins();
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%.4000s/new", pin_dir_path(pins));
	pin_dir_close(pins);
	close(creat(path, 0600));
	pins = open_pins();
	assert_false(exists(pins, "new"));
	assert_int_equal(pin_dir_put(pins, "program", 5), 0);
	pin_dir_close(pins);
}

static void test_get(void **state)
{
	static const struct {
		const char *kernel;
		enum pin_dir_kind kind;
	} kinds[] = {{"bpf-map", PIN_DIR_MAP},
		     {"bpf-prog", PIN_DIR_PROGRAM},
		     {"bpf_link", PIN_DIR_LINK}};
	struct pin_dir *pins = open_pins();
	int fd = -1, before;

	(void)state;
	assert_int_equal(pin_dir_get(pins, "it", PIN_DIR_MAP, &fd), -ENOENT);
	assert_int_equal(pin_dir_put(pins, "it", 5), 0);
	before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(before);
	for (size_t i = 0; i < UNIT_LENGTH(kinds); i++) {
		kind = kinds[i].kernel;
		for (size_t j = 0; j < UNIT_LENGTH(kinds); j++) {
			int err = pin_dir_get(pins, "it", kinds[j].kind, &fd);

			assert_int_equal(err, i == j ? 0 : -EMEDIUMTYPE);
			/* One of another kind is not left open. */
			assert_true(err || fd == before);
			if (!err)
				close(fd);
			assert_int_equal(pin_dir_is_kind(fd, kinds[j].kind), i == j);
		}
	}
	assert_int_equal(open("/dev/null", O_RDONLY | O_CLOEXEC), before);
	close(before);
	pin_dir_close(pins);
}

static void collect(void *context, const char *name)
{
	strcat(context, name);
	strcat(context, " ");
}

static void drop(void *context, const char *name)
{
	assert_int_equal(pin_dir_drop(context, name), 0);
}

static void test_list(void **state)
{
	struct pin_dir *pins = open_pins();
	char names[64] = "", path[PATH_MAX];

	(void)state;
	assert_int_equal(pin_dir_put(pins, "one", 5), 0);
	assert_int_equal(pin_dir_list(pins, collect, names), 0);
	assert_string_equal(names, "one ");
	assert_int_equal(pin_dir_put(pins, "two", 5), 0);
	names[0] = '\0';
	assert_int_equal(pin_dir_list(pins, collect, names), 0);
	assert_int_equal(strlen(names), strlen("one two "));
	assert_int_equal(pin_dir_list(pins, drop, pins), 0);
	assert_false(pin_dir_has(pins, "one"));
	assert_false(pin_dir_has(pins, "two"));
	snprintf(path, sizeof(path), "%s", pin_dir_path(pins));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(pin_dir_list(pins, collect, names), -ENOENT);
	pin_dir_close(pins);
}

static void test_remove(void **state)
{
	struct pin_dir *pins = open_pins();
	char path[PATH_MAX], other[PATH_MAX + 16];

	(void)state;
	snprintf(path, sizeof(path), "%s", pin_dir_path(pins));
	assert_int_equal(pin_dir_put(pins, "program", 5), 0);
	pin_dir_remove(pins);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(pin_dir_drop(pins, "program"), 0);
	/* Another namespace has its own beside it. */
	snprintf(other, sizeof(other), "%s/net-1", parent);
	assert_int_equal(mkdir(other, 0700), 0);
	pin_dir_remove(pins);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(parent, F_OK), 0);
	pin_dir_close(pins);
	pins = open_pins();
	assert_int_equal(rmdir(other), 0);
	pin_dir_remove(pins);
	assert_int_equal(access(parent, F_OK), -1);
	pin_dir_close(pins);
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("the directory is made for its owner alone, one per network namespace", test_open),
		TEST("a directory on no bpf file system, or of too long a name, is refused", test_refused),
		TEST("a symbolic link is not followed", test_link),
		TEST("it is locked as long as it is open", test_lock),
		TEST("a pin takes its name in one step, and is renamed and dropped", test_put),
		TEST("a pin that cannot take its name leaves nothing", test_put_fails),
		TEST("what was left on the way to its name goes at the next opening", test_cut_off),
		TEST("only a pin of the kind that is asked for is opened", test_get),
		TEST("all pins are listed, and may be dropped meanwhile", test_list),
		TEST("an empty directory is removed, with its parent", test_remove),
	};

	return cmocka_run_group_tests_name("pin_dir", tests, NULL, NULL);
}
