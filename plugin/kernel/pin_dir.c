// SPDX-License-Identifier: GPL-2.0-only
/* One locked directory on a bpf file system. */
#include "plugin/kernel/pin_dir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "plugin/base/said.h"
#include "plugin/base/trusted_dir.h"

/* A pin on its way to its name. Names on a bpf file system have no dots (kernel/bpf/inode.c). */
#define PIN_DIR_NEW "new"

/* A symbolic link to the PID file of the instance: it keeps the text, and leads nowhere. */
#define PIN_DIR_OWNER "owner"

/* "net-INODE-HASH" */
#define PIN_DIR_NAME 64

struct pin_dir {
	int fd;	    /* of the directory; holds the lock */
	int parent; /* of what it is in */
	char name[NAME_MAX + 1];
	char owner[PATH_MAX];
	char path[PATH_MAX]; /* in messages */
};

static void read_owner(struct pin_dir *pins)
{
	ssize_t length = readlinkat(pins->fd, PIN_DIR_OWNER, pins->owner, sizeof(pins->owner) - 1);

	pins->owner[length < 0 ? 0 : length] = '\0';
}

static void let_go(struct pin_dir *pins)
{
	if (pins->fd >= 0)
		close(pins->fd);
	pins->fd = -1;
	pins->owner[0] = '\0';
}

/* Opens one by its name. With `make`, one that is made now has the owner when this returns. */
static int open_folder(struct pin_dir *pins, const char *name, const char *make,
		       struct trusted_dir_flaw *flaw)
{
	bool made = make && mkdirat(pins->parent, name, 0700) == 0;

	if (make && !made && errno != EEXIST)
		return -errno;
	let_go(pins);
	pins->fd = openat(pins->parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (pins->fd < 0)
		return -errno;
	snprintf(pins->name, sizeof(pins->name), "%s", name);
	snprintf(strrchr(pins->path, '/'), 2 + strlen(name), "/%s", name);
	if (!trusted_dir_is_bpffs(pins->fd))
		return -EMEDIUMTYPE;
	read_owner(pins);
	if (made && flock(pins->fd, LOCK_EX | LOCK_NB) == 0 && !pins->owner[0])
		(void)pin_dir_own(pins, make);
	return trusted_dir_judge(pins->fd, geteuid(), false, flaw);
}

/* Locks; a directory that was removed meanwhile by who had the lock is none. */
static int lock(struct pin_dir *pins)
{
	struct stat opened, named;

	if (flock(pins->fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	if (fstat(pins->fd, &opened) < 0)
		return -errno;
	if (fstatat(pins->parent, pins->name, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    named.st_ino != opened.st_ino || named.st_dev != opened.st_dev)
		return -ENOENT;
	read_owner(pins);
	return 0;
}

static bool is_of(const struct pin_dir *pins, const char *owner)
{
	return strcmp(pins->owner, owner) == 0;
}

/* "net-INODE", unless it is another instance's: -ENOENT. */
static int open_first(struct pin_dir *pins, const char *name, const char *owner, bool make,
		      struct trusted_dir_flaw *flaw)
{
	int err = open_folder(pins, name, make ? owner : NULL, flaw);

	if (!err && pins->owner[0] && !is_of(pins, owner))
		return -ENOENT;
	if (!err)
		err = lock(pins);
	return !err && pins->owner[0] && !is_of(pins, owner) ? -ENOENT : err;
}

/* "net-INODE-HASH", which is nobody else's. */
static int open_apart(struct pin_dir *pins, const char *name, const char *owner, bool make,
		      struct trusted_dir_flaw *flaw)
{
	int err = open_folder(pins, name, make ? owner : NULL, flaw);

	if (!err)
		err = lock(pins);
	if (!err && !pins->owner[0])
		err = pin_dir_own(pins, owner);
	return !err && !is_of(pins, owner) ? -EEXIST : err;
}

/* Opens the directory of the instance, whichever it is. */
static int open_own(struct pin_dir *pins, const char *owner, enum pin_dir_which which,
		    uint64_t namespace, struct trusted_dir_flaw *flaw)
{
	char first[PIN_DIR_NAME], apart[PIN_DIR_NAME];
	struct said hash = {0};
	int err;

	said_text(&hash, owner);
	snprintf(first, sizeof(first), "net-%llu", (unsigned long long)namespace);
	snprintf(apart, sizeof(apart), "net-%llu-%08x", (unsigned long long)namespace,
		 (uint32_t)(hash.key ^ hash.key >> 32));
	err = open_apart(pins, apart, owner, false, flaw);
	if (err == -ENOENT)
		err = open_first(pins, first, owner, which == PIN_DIR_MADE, flaw);
	if (!err && which == PIN_DIR_OWN_MADE && !pins->owner[0])
		err = -ENOENT;
	if (err == -ENOENT && which != PIN_DIR_FOUND)
		err = open_apart(pins, apart, owner, true, flaw);
	if (err)
		return err;
	/* Left by somebody who was killed between the two steps of pin_dir_put(). */
	err = pin_dir_drop(pins, PIN_DIR_NEW);
	return which == PIN_DIR_FOUND ? 0 : err;
}

/* An object without a directory, in that which is `parent`. */
static int open_parent(const char *parent, bool make, struct trusted_dir_flaw *flaw,
		       struct pin_dir **ret_pins)
{
	struct pin_dir *pins = calloc(1, sizeof(*pins));
	size_t length = strlen(parent);

	if (!pins)
		return -ENOMEM;
	pins->fd = -1;
	while (length > 1 && parent[length - 1] == '/')
		length--;
	if (length + 1 + sizeof(pins->name) >= sizeof(pins->path)) {
		free(pins);
		return -ENAMETOOLONG;
	}
	memcpy(pins->path, parent, length);
	memcpy(pins->path + length, "/", sizeof("/"));
	pins->parent = trusted_dir_open(parent, make, flaw);
	if (pins->parent < 0) {
		int err = pins->parent;

		free(pins);
		return err;
	}
	*ret_pins = pins;
	return 0;
}

int pin_dir_open(const char *parent, const char *owner, enum pin_dir_which which,
		 struct pin_dir **ret_pins, struct trusted_dir_flaw *ret_flaw)
{
	struct trusted_dir_flaw unused, *flaw = ret_flaw ? ret_flaw : &unused;
	struct pin_dir *pins;
	uint64_t namespace;
	int err = pin_dir_own_namespace(&namespace);

	if (!err)
		err = open_parent(parent, which != PIN_DIR_FOUND, flaw, &pins);
	if (err)
		return err;
	err = open_own(pins, owner, which, namespace, flaw);
	if (err)
		pin_dir_close(pins);
	else
		*ret_pins = pins;
	return err;
}

int pin_dir_open_named(const char *parent, const char *name, struct pin_dir **ret_pins)
{
	struct trusted_dir_flaw flaw;
	struct pin_dir *pins;
	int err = open_parent(parent, false, &flaw, &pins);

	if (err)
		return err;
	err = open_folder(pins, name, NULL, &flaw);
	if (!err)
		err = lock(pins);
	if (err)
		pin_dir_close(pins);
	else
		*ret_pins = pins;
	return err;
}

void pin_dir_close(struct pin_dir *pins)
{
	if (!pins)
		return;
	let_go(pins);
	close(pins->parent);
	free(pins);
}

const char *pin_dir_path(const struct pin_dir *pins)
{
	return pins->path;
}

const char *pin_dir_owner(const struct pin_dir *pins)
{
	return pins->owner;
}

int pin_dir_own(struct pin_dir *pins, const char *owner)
{
	if (symlinkat(owner, pins->fd, PIN_DIR_OWNER) < 0)
		return -errno;
	read_owner(pins);
	return 0;
}

uint64_t pin_dir_namespace(const char *name)
{
	unsigned long long inode;
	int end = 0;

	if (sscanf(name, "net-%20llu%n", &inode, &end) != 1 || !isdigit((unsigned char)name[4]))
		return 0;
	return name[end] == '\0' || name[end] == '-' ? inode : 0;
}

int pin_dir_own_namespace(uint64_t *ret_inode)
{
	struct stat namespace;

	/* What a pin is is asked there, too. */
	if (stat("/proc/thread-self/ns/net", &namespace) < 0)
		return -ESRCH;
	*ret_inode = namespace.st_ino;
	return 0;
}

/* --- what is in it */

/* For bpf(2), which takes no directory before Linux 6.5: the path leads through the descriptor. */
static void join(const struct pin_dir *pins, const char *name, char *path)
{
	snprintf(path, PATH_MAX, "/proc/self/fd/%d/%s", pins->fd, name);
}

/* Whether the next start would find it: another file system may be mounted over it meanwhile. */
static bool is_at_its_path(const struct pin_dir *pins)
{
	struct stat opened, named;

	return fstat(pins->fd, &opened) == 0 && stat(pins->path, &named) == 0 &&
	       named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

int pin_dir_put(const struct pin_dir *pins, const char *name, int fd)
{
	char path[PATH_MAX];
	int err;

	if (!is_at_its_path(pins))
		return -ESTALE;
	join(pins, PIN_DIR_NEW, path);
	if (bpf_obj_pin(fd, path) < 0)
		return -errno;
	err = pin_dir_rename(pins, PIN_DIR_NEW, name);
	if (err)
		(void)pin_dir_drop(pins, PIN_DIR_NEW);
	return err;
}

/* bpf(2) answers for whatever a descriptor is; only its name ("bpf-map", "bpf-link") tells what. */
bool pin_dir_is_kind(int fd, enum pin_dir_kind kind)
{
	static const char *const names[] = {
		[PIN_DIR_MAP] = "bpf-map", [PIN_DIR_PROGRAM] = "bpf-prog", [PIN_DIR_LINK] = "link"};
	char link[64], target[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strstr(target, names[kind]);
}

int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd)
{
	char path[PATH_MAX];
	int fd;

	join(pins, name, path);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -errno;
	if (!pin_dir_is_kind(fd, kind)) {
		close(fd);
		return -EMEDIUMTYPE;
	}
	*ret_fd = fd;
	return 0;
}

bool pin_dir_has(const struct pin_dir *pins, const char *name)
{
	return faccessat(pins->fd, name, F_OK, 0) == 0;
}

int pin_dir_drop(const struct pin_dir *pins, const char *name)
{
	return unlinkat(pins->fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int pin_dir_rename(const struct pin_dir *pins, const char *from, const char *to)
{
	return renameat(pins->fd, from, pins->fd, to) < 0 ? -errno : 0;
}

/* Calls `each` for what is in a directory: its directories, or all that has not the name `but`. */
static int list(int directory, bool folders, const char *but,
		void (*each)(void *context, const char *name), void *context)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, but) != 0 &&
		    (!folders || entry->d_type == DT_DIR))
			each(context, entry->d_name);
	}
	closedir(stream);
	return 0;
}

int pin_dir_list(const struct pin_dir *pins, void (*each)(void *context, const char *name),
		 void *context)
{
	return list(pins->fd, false, PIN_DIR_OWNER, each, context);
}

int pin_dir_folders(const char *path, void (*each)(void *context, const char *name), void *context)
{
	struct trusted_dir_flaw flaw;
	int fd = trusted_dir_open(path, false, &flaw);
	int err = fd < 0 ? fd : list(fd, true, "", each, context);

	if (fd >= 0)
		close(fd);
	return err;
}

/* pin_dir_list() callback. */
static void note(void *found, const char *name)
{
	(void)name;
	*(bool *)found = true;
}

void pin_dir_remove(const struct pin_dir *pins)
{
	char path[PATH_MAX];
	bool found = false;
	int at = pins->parent;

	if (pin_dir_list(pins, note, &found) != 0 || found)
		return;
	(void)pin_dir_drop(pins, PIN_DIR_OWNER);
	if (unlinkat(pins->parent, pins->name, AT_REMOVEDIR) < 0)
		return;
	/* PinDirectory, and the folder of a program in it, unless others have pins there. */
	snprintf(path, sizeof(path), "%s", pins->path);
	for (int level = 0; level < 2 && at >= 0; level++) {
		int above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (at != pins->parent)
			close(at);
		at = above;
		*strrchr(path, '/') = '\0';
		if (at < 0 || !trusted_dir_is_bpffs(at) || !strchr(path, '/') ||
		    unlinkat(at, strrchr(path, '/') + 1, AT_REMOVEDIR) < 0)
			break;
	}
	if (at >= 0 && at != pins->parent)
		close(at);
}
