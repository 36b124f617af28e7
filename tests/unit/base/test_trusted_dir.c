// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to a directory, in one of an ordinary file system of which a part says that it is a bpf
 * file system, and one directory or link that it is another user's.
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
#include <unistd.h>

#include <linux/magic.h>

#include "plugin/base/trusted_dir.h"

#define SOMEBODY 4711

static char top[64];	       /* an ordinary directory */
static char bpf[128];	       /* and what says that it is on a bpf file system */
static char foreign[PATH_MAX]; /* "": nothing is */
static struct trusted_dir_flaw flaw;

/* Where a descriptor leads to. */
static void path_of(int fd, char path[PATH_MAX])
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX - 1);
	path[length < 0 ? 0 : length] = '\0';
}

/* All that is below `bpf`. */
int fstatfs(int fd, struct statfs *buffer)
{
	char path[PATH_MAX];

	path_of(fd, path);
	*buffer = (struct statfs){.f_type = strncmp(path, bpf, strlen(bpf)) == 0 ? BPF_FS_MAGIC
										 : TMPFS_MAGIC};
	return 0;
}

/* `foreign` belongs to somebody else, which only root could make true. */
int fstat(int fd, struct stat *buffer)
{
	char path[PATH_MAX];
	int err = fstatat(fd, "", buffer, AT_EMPTY_PATH);

	if (err)
		return err;
	path_of(fd, path);
	if (foreign[0] && strcmp(path, foreign) == 0)
		buffer->st_uid = SOMEBODY;
	return 0;
}

static const char *below(const char *directory, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	foreign[0] = '\0';
	strcpy(top, "/tmp/cxdp-unit-trust-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(bpf, sizeof(bpf), "%s/bpf", top);
	assert_int_equal(mkdir(bpf, 0700), 0);
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	nftw(top, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static int try_open(const char *path, bool make)
{
	int fd = trusted_dir_open(path, make, &flaw);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void test_make(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(try_open(bpf, false), 0);
	assert_int_equal(try_open(below(bpf, "a/b"), false), -ENOENT);
	assert_int_equal(try_open(below(bpf, "a//b/"), true), 0);
	assert_int_equal(stat(below(bpf, "a/b"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(try_open(below(bpf, "a/b"), false), 0);
	/* Nothing is made beside the bpf file system. */
	assert_int_equal(try_open(below(top, "a/b"), true), -EMEDIUMTYPE);
	assert_int_equal(stat(below(top, "a"), &status), -1);
	assert_int_equal(try_open(top, true), -EMEDIUMTYPE);
	close(creat(below(bpf, "file"), 0600));
	assert_int_equal(try_open(below(bpf, "file/b"), true), -ENOTDIR);
}

static void test_long(void **state)
{
	char longest[PATH_MAX + 1], name[NAME_MAX + 2];

	(void)state;
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(try_open(longest, true), -ENAMETOOLONG);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(try_open(below(bpf, name), true), -ENAMETOOLONG);
}

static void test_others_write(void **state)
{
	(void)state;
	assert_int_equal(chmod(bpf, 01777), 0);
	assert_int_equal(try_open(below(bpf, "a"), true), 0);
	/* Without the sticky bit they could exchange it. */
	assert_int_equal(chmod(bpf, 0777), 0);
	assert_int_equal(try_open(below(bpf, "a"), true), -EUCLEAN);
	assert_string_equal(flaw.path, bpf);
	assert_int_equal(flaw.mode, 0777);
	assert_false(flaw.foreign);
	assert_int_equal(chmod(bpf, 0770), 0);
	assert_int_equal(try_open(below(bpf, "a"), true), -EUCLEAN);
	assert_int_equal(chmod(bpf, 0755), 0);
	assert_int_equal(try_open(below(bpf, "a"), true), 0);
	/* So could they above the bpf file system. */
	assert_int_equal(chmod(top, 0777), 0);
	assert_int_equal(try_open(below(bpf, "a"), true), -EUCLEAN);
	assert_string_equal(flaw.path, top);
	assert_int_equal(chmod(top, 0700), 0);
}

static void test_owner(void **state)
{
	(void)state;
	assert_int_equal(mkdir(below(bpf, "a"), 0700), 0);
	snprintf(foreign, sizeof(foreign), "%s", below(bpf, "a"));
	assert_int_equal(try_open(below(bpf, "a/b"), true), -EUCLEAN);
	assert_string_equal(flaw.path, foreign);
	assert_int_equal(flaw.owner, SOMEBODY);
	assert_true(flaw.foreign);
	/* The one above is trusted: /tmp is root's, all below it this process's. */
	foreign[0] = '\0';
	assert_int_equal(try_open(below(bpf, "a/b"), true), 0);
}

static void test_judge(void **state)
{
	int fd = open(bpf, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(trusted_dir_judge(fd, geteuid(), false, &flaw), 0);
	assert_int_equal(chmod(bpf, 01777), 0);
	assert_int_equal(trusted_dir_judge(fd, geteuid(), true, &flaw), 0);
	/* Into a directory of pins nobody else may put anything. */
	assert_int_equal(trusted_dir_judge(fd, geteuid(), false, &flaw), -EUCLEAN);
	assert_int_equal(flaw.mode, 01777);
	close(fd);
	assert_int_equal(trusted_dir_judge(fd, geteuid(), false, &flaw), -EBADF);
}

static void test_links(void **state)
{
	char link[PATH_MAX];

	(void)state;
	/* Above the bpf file system, as /var/run; absolute, relative and in a circle. */
	snprintf(link, sizeof(link), "%s/way", top);
	assert_int_equal(symlink(bpf, link), 0);
	assert_int_equal(try_open(below(top, "way/a"), true), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("./bpf/../bpf", link), 0);
	assert_int_equal(try_open(below(top, "way/a"), false), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("way", link), 0);
	assert_int_equal(try_open(below(top, "way/a"), false), -ELOOP);
	/* On it nobody needs one. */
	snprintf(link, sizeof(link), "%s/way", bpf);
	assert_int_equal(symlink("a", link), 0);
	assert_int_equal(try_open(below(bpf, "way"), true), -ELOOP);
}

static void test_link_of_others(void **state)
{
	char link[PATH_MAX];

	(void)state;
	snprintf(link, sizeof(link), "%s/way", top);
	assert_int_equal(symlink(bpf, link), 0);
	assert_int_equal(try_open(link, false), 0);
	snprintf(foreign, sizeof(foreign), "%s", link);
	assert_int_equal(try_open(link, false), -ELOOP);
}

static void test_inspect(void **state)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	(void)state;
	assert_int_equal(trusted_dir_inspect(root, below(bpf, "a/b"), geteuid(), &flaw), 0);
	assert_int_equal(stat(below(bpf, "a"), &status), -1);
	assert_int_equal(chmod(bpf, 0777), 0);
	assert_int_equal(trusted_dir_inspect(root, below(bpf, "a/b"), geteuid(), &flaw), -EUCLEAN);
	assert_int_equal(trusted_dir_inspect(root, below(top, "a"), geteuid(), &flaw),
			 -EMEDIUMTYPE);
	close(root);
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("what is missing is made on a bpf file system, and nowhere else", test_make),
		TEST("what is too long is refused", test_long),
		TEST("a directory that others may write to is refused, unless it is sticky",
		     test_others_write),
		TEST("a directory of another user's is refused, one's own is not", test_owner),
		TEST("a directory of pins is not to be sticky either", test_judge),
		TEST("symbolic links on the way to the file system are followed, those on it are "
		     "not",
		     test_links),
		TEST("a symbolic link of another user's is not followed", test_link_of_others),
		TEST("a directory is inspected without a trace", test_inspect),
	};

	return cmocka_run_group_tests_name("trusted_dir", tests, NULL, NULL);
}
