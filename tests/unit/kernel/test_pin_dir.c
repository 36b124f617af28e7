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

#include "plugin/base/trusted_dir.h"
#include "plugin/kernel/pin_dir.h"

#define OWN "/run/own.pid"
#define OTHER "/run/other.pid"
#define NOBODY 65534

static char top[64];
static char parent[PATH_MAX];
static bool is_bpffs;
static int pin_error;
static char pinned_at[PATH_MAX]; /* the path that the kernel was last given */
static const char *kind;	 /* what the kernel says of a descriptor */

int fstatfs(int fd, struct statfs *buffer)
{
	assert_true(fd >= 0);
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

/* As of anon_inode: the kernel says what a pin is. */
ssize_t readlink(const char *path, char *buffer, size_t size)
{
	struct stat status;

	assert_contains(path, "/proc/self/fd/");
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return readlinkat(AT_FDCWD, path, buffer, size);
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

	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_MADE, &pins, NULL), 0);
	assert_string_equal(pin_dir_owner(pins), OWN);
	return pins;
}

/* The folder of the first instance. */
static const char *first_path(void)
{
	static char path[PATH_MAX + 64];
	struct stat namespace;

	assert_int_equal(stat("/proc/self/ns/net", &namespace), 0);
	snprintf(path, sizeof(path), "%s/net-%llu", parent, (unsigned long long)namespace.st_ino);
	return path;
}

static bool exists(const struct pin_dir *pins, const char *name)
{
	char path[PATH_MAX];

	assert_uint_in_range(snprintf(path, sizeof(path), "%s/%s", pin_dir_path(pins), name), 1,
			     PATH_MAX - 1);
	return access(path, F_OK) == 0;
}

static void test_open(void **state)
{
	struct pin_dir *pins = NULL;
	const char *expected = first_path();
	struct stat status;

	(void)state;
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_FOUND, &pins, NULL), -ENOENT);
	assert_null(pins);
	pins = open_pins();
	assert_string_equal(pin_dir_path(pins), expected);
	assert_int_equal(stat(expected, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(parent, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	pin_dir_close(pins);
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_FOUND, &pins, NULL), 0);
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
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_MADE, &pins, NULL), -EMEDIUMTYPE);
	/* Nothing was made there. */
	snprintf(longest, sizeof(longest), "%s/a", top);
	assert_int_equal(stat(longest, &status), -1);
	is_bpffs = true;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	longest[0] = '/';
	assert_int_equal(pin_dir_open(longest, OWN, PIN_DIR_MADE, &pins, NULL), -ENAMETOOLONG);
	snprintf(parent, sizeof(parent), "%s/file/b", top);
	snprintf(longest, sizeof(longest), "%s/file", top);
	close(creat(longest, 0600));
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_MADE, &pins, NULL), -ENOTDIR);
	assert_null(pins);
}

static const char *top_of(const char *path)
{
	static char above[PATH_MAX];

	snprintf(above, sizeof(above), "%s", path);
	*strrchr(above, '/') = '\0';
	return above;
}

/* A symbolic link in the place of the directory leads nowhere. */
static void test_link(void **state)
{
	struct pin_dir *pins = open_pins();
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s", pin_dir_path(pins));
	pin_dir_remove(pins);
	pin_dir_close(pins);
	assert_int_equal(mkdir(top_of(parent), 0700) | mkdir(parent, 0700), 0);
	assert_int_equal(symlink(top, path), 0);
	pins = NULL;
	assert_true(pin_dir_open(parent, OWN, PIN_DIR_MADE, &pins, NULL) < 0);
	assert_null(pins);
}

/* Locked against every other process and every other opener. */
static void test_lock(void **state)
{
	struct pin_dir *pins = open_pins(), *other = NULL;
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_MADE, &other, NULL), -EWOULDBLOCK);
	assert_null(other);
	child = fork();
	if (child == 0) {
		int err = pin_dir_open(parent, OWN, PIN_DIR_FOUND, &other, NULL);

		pin_dir_close(pins);
		_exit(err == -EWOULDBLOCK ? 0 : 1);
	}
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
	/* The symbolic link "owner" does not count as a pin. */
	names[0] = '\0';
	assert_int_equal(pin_dir_list(pins, collect, names), 0);
	assert_string_equal(names, "");
	snprintf(path, sizeof(path), "%s", pin_dir_path(pins));
	pin_dir_remove(pins);
	assert_int_equal(access(path, F_OK), -1);
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
	assert_int_equal(access(top_of(parent), F_OK), -1);
	assert_int_equal(access(top, F_OK), 0);
	pin_dir_close(pins);
}

/* --- instances */

static void test_instances(void **state)
{
	struct pin_dir *own = open_pins(), *other, *third = NULL;
	char path[PATH_MAX];

	(void)state;
	assert_string_equal(pin_dir_path(own), first_path());
	/* Each has a lock of its own. */
	assert_int_equal(pin_dir_open(parent, OTHER, PIN_DIR_FOUND, &third, NULL), -ENOENT);
	assert_int_equal(pin_dir_open(parent, OTHER, PIN_DIR_MADE, &other, NULL), 0);
	assert_string_not_equal(pin_dir_path(other), first_path());
	assert_int_equal(strncmp(pin_dir_path(other), first_path(), strlen(first_path())), 0);
	assert_int_equal(pin_dir_put(own, "program", 5), 0);
	assert_false(pin_dir_has(other, "program"));
	assert_int_equal(pin_dir_put(other, "map", 5), 0);
	snprintf(path, sizeof(path), "%s", pin_dir_path(other));
	/* The first one goes, and each finds its own. */
	assert_int_equal(pin_dir_drop(own, "program"), 0);
	pin_dir_remove(own);
	assert_int_equal(access(parent, F_OK), 0);
	pin_dir_close(own);
	pin_dir_close(other);
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_FOUND, &third, NULL), -ENOENT);
	assert_int_equal(pin_dir_open(parent, OTHER, PIN_DIR_FOUND, &other, NULL), 0);
	assert_string_equal(pin_dir_path(other), path);
	assert_true(pin_dir_has(other, "map"));
	pin_dir_close(other);
	own = open_pins();
	assert_string_equal(pin_dir_path(own), first_path());
	pin_dir_close(own);
}

/* As an earlier version has made it, or a process that was killed. */
static void test_unowned(void **state)
{
	struct pin_dir *pins, *other;
	char path[PATH_MAX + 64];

	(void)state;
	pin_dir_close(open_pins());
	snprintf(path, sizeof(path), "%.4000s/owner", first_path());
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_FOUND, &pins, NULL), 0);
	assert_string_equal(pin_dir_owner(pins), "");
	pin_dir_close(pins);
	assert_int_equal(pin_dir_open(parent, OTHER, PIN_DIR_OWN_MADE, &other, NULL), 0);
	assert_string_equal(pin_dir_owner(other), OTHER);
	assert_string_not_equal(pin_dir_path(other), first_path());
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_MADE, &pins, NULL), 0);
	assert_string_equal(pin_dir_owner(pins), "");
	assert_string_equal(pin_dir_path(pins), first_path());
	assert_int_equal(pin_dir_own(pins, OWN), 0);
	assert_int_equal(pin_dir_own(pins, OTHER), -EEXIST);
	pin_dir_close(pins);
	pins = open_pins();
	assert_string_equal(pin_dir_path(pins), first_path());
	pin_dir_close(other);
	pin_dir_close(pins);
}

/* The name of one that is another instance's, by a hash that is the same or by hand. */
static void test_taken(void **state)
{
	struct pin_dir *own = open_pins(), *other;
	char path[PATH_MAX + 8];

	(void)state;
	assert_int_equal(pin_dir_open(parent, OTHER, PIN_DIR_MADE, &other, NULL), 0);
	snprintf(path, sizeof(path), "%.4000s/owner", pin_dir_path(other));
	pin_dir_close(other);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/run/third.pid", path), 0);
	assert_int_equal(pin_dir_open(parent, OTHER, PIN_DIR_MADE, &other, NULL), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pin_dir_open(parent, OTHER, PIN_DIR_MADE, &other, NULL), 0);
	assert_string_equal(pin_dir_owner(other), OTHER);
	pin_dir_close(other);
	pin_dir_close(own);
}

static void test_named(void **state)
{
	struct pin_dir *pins, *named = NULL;
	char names[256] = "";
	uint64_t inode;

	(void)state;
	pins = open_pins();
	assert_int_equal(pin_dir_own_namespace(&inode), 0);
	assert_int_equal(pin_dir_folders(parent, collect, names), 0);
	assert_int_equal(strncmp(names, "net-", 4), 0);
	names[strlen(names) - 1] = '\0';
	assert_int_equal(pin_dir_namespace(names), inode);
	assert_int_equal(pin_dir_open_named(parent, names, &named), -EWOULDBLOCK);
	pin_dir_close(pins);
	assert_int_equal(pin_dir_open_named(parent, names, &named), 0);
	assert_string_equal(pin_dir_owner(named), OWN);
	pin_dir_close(named);
	assert_int_equal(pin_dir_open_named(parent, "net-1", &named), -ENOENT);
	assert_int_equal(pin_dir_namespace("net-7"), 7);
	assert_int_equal(pin_dir_namespace("net-7-0123abcd"), 7);
	assert_int_equal(pin_dir_namespace("net-7x"), 0);
	assert_int_equal(pin_dir_namespace("net--7"), 0);
	assert_int_equal(pin_dir_namespace("net- 7"), 0);
	assert_int_equal(pin_dir_namespace("net-"), 0);
	assert_int_equal(pin_dir_namespace("counter-net-7"), 0);
	assert_int_equal(chmod(parent, 0777), 0);
	assert_int_equal(pin_dir_folders(parent, collect, names), -EUCLEAN);
}

/* --- other users */

static void test_untrusted(void **state)
{
	struct trusted_dir_flaw flaw;
	struct pin_dir *pins = NULL;

	(void)state;
	pin_dir_close(open_pins());
	/* A sticky directory above is as good as one that only we write to; one of pins is not. */
	assert_int_equal(chmod(parent, 01777), 0);
	pin_dir_close(open_pins());
	assert_int_equal(chmod(first_path(), 01777), 0);
	assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_MADE, &pins, &flaw), -EUCLEAN);
	assert_string_equal(flaw.path, first_path());
	assert_int_equal(flaw.mode, 01777);
	if (geteuid() == 0) {
		assert_int_equal(chmod(first_path(), 0700), 0);
		assert_int_equal(chown(first_path(), NOBODY, NOBODY), 0);
		assert_int_equal(pin_dir_open(parent, OWN, PIN_DIR_MADE, &pins, &flaw), -EUCLEAN);
		assert_true(flaw.foreign);
		assert_int_equal(flaw.owner, NOBODY);
	}
	assert_null(pins);
}

/*
 * What is at the path later is another directory: nothing is looked for there, and nothing more is
 * pinned where the next start would not find it.
 */
static void test_exchanged(void **state)
{
	struct pin_dir *pins = open_pins();
	char away[PATH_MAX], names[64] = "";

	(void)state;
	assert_int_equal(pin_dir_put(pins, "program", 5), 0);
	snprintf(away, sizeof(away), "%s/away", top);
	assert_int_equal(rename(parent, away), 0);
	assert_int_equal(pin_dir_put(pins, "map", 5), -ESTALE);
	assert_int_equal(mkdir(parent, 0777) | mkdir(first_path(), 0777), 0);
	assert_int_equal(pin_dir_put(pins, "map", 5), -ESTALE);
	assert_true(pin_dir_has(pins, "program"));
	assert_int_equal(pin_dir_list(pins, collect, names), 0);
	assert_string_equal(names, "program ");
	assert_false(exists(pins, "program"));
	assert_int_equal(pin_dir_drop(pins, "program"), 0);
	pin_dir_remove(pins);
	assert_int_equal(access(first_path(), F_OK), 0);
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
		TEST("an empty directory is removed, with what is empty above it", test_remove),
		TEST("each instance has a directory of its own", test_instances),
		TEST("one that does not say whose it is can be made an instance's", test_unowned),
		TEST("one of the name of ours that is another's is refused", test_taken),
		TEST("directories are listed and opened by their names", test_named),
		TEST("one that others could change is refused, with the flaw", test_untrusted),
		TEST("what is exchanged at the path has no effect", test_exchanged),
	};

	return cmocka_run_group_tests_name("pin_dir", tests, NULL, NULL);
}
