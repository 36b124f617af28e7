// SPDX-License-Identifier: GPL-2.0-only
/* One locked directory on a bpf file system. */
#include "plugin/kernel/pin_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/magic.h>

/* A pin on its way to its name. Names on a bpf file system have no dots (kernel/bpf/inode.c). */
#define PIN_DIR_NEW "new"

struct pin_dir {
	int fd; /* of the directory; holds the lock */
	char path[PATH_MAX];
};

/* mkdir -p */
static int make_directories(const char *path)
{
	char partial[PATH_MAX];

	snprintf(partial, sizeof(partial), "%s", path);
	for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(partial, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	if (mkdir(partial, 0700) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* A bpf file system, below which directories are made; its mount point is not ours to make. */
static bool is_on_bpffs(const char *path)
{
	char ancestor[PATH_MAX];
	struct statfs fs;
	char *slash;

	snprintf(ancestor, sizeof(ancestor), "%s", path);
	while (statfs(ancestor, &fs) < 0) {
		slash = strrchr(ancestor, '/');
		if (errno != ENOENT || !slash || slash == ancestor)
			return false;
		*slash = '\0';
	}
	return fs.f_type == BPF_FS_MAGIC;
}

/* Opens and locks; a directory that was removed meanwhile by who had the lock is none. */
static int lock(struct pin_dir *pins)
{
	struct stat opened, named;

	pins->fd = open(pins->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (pins->fd < 0)
		return -errno;
	if (flock(pins->fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	if (fstat(pins->fd, &opened) < 0)
		return -errno;
	if (stat(pins->path, &named) < 0 || named.st_ino != opened.st_ino ||
	    named.st_dev != opened.st_dev)
		return -ENOENT;
	return 0;
}

static int open_directory(struct pin_dir *pins, const char *parent, bool create)
{
	struct stat namespace;
	int err;

	/* What a pin is is asked there, too. */
	if (stat("/proc/thread-self/ns/net", &namespace) < 0)
		return -ESRCH;
	if ((size_t)snprintf(pins->path, sizeof(pins->path), "%s/net-%llu", parent,
			     (unsigned long long)namespace.st_ino) >= sizeof(pins->path))
		return -ENAMETOOLONG;
	if (!is_on_bpffs(pins->path))
		return -EMEDIUMTYPE;
	if (create) {
		err = make_directories(pins->path);
		if (err)
			return err;
	}
	err = lock(pins);
	if (err)
		return err;
	/* Left by somebody who was killed between the two steps of pin_dir_put(). */
	return pin_dir_drop(pins, PIN_DIR_NEW);
}

int pin_dir_open(const char *parent, bool create, struct pin_dir **ret_pins)
{
	struct pin_dir *pins = calloc(1, sizeof(*pins));
	int err;

	if (!pins)
		return -ENOMEM;
	pins->fd = -1;
	err = open_directory(pins, parent, create);
	if (err) {
		pin_dir_close(pins);
		return err;
	}
	*ret_pins = pins;
	return 0;
}

void pin_dir_close(struct pin_dir *pins)
{
	if (!pins)
		return;
	if (pins->fd >= 0)
		close(pins->fd);
	free(pins);
}

const char *pin_dir_path(const struct pin_dir *pins)
{
	return pins->path;
}

/* The path of a pin. */
static int join(const struct pin_dir *pins, const char *name, char *path)
{
	if ((size_t)snprintf(path, PATH_MAX, "%s/%s", pins->path, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

int pin_dir_put(const struct pin_dir *pins, const char *name, int fd)
{
	char path[PATH_MAX];
	int err = join(pins, PIN_DIR_NEW, path);

	if (err)
		return err;
	if (bpf_obj_pin(fd, path) < 0)
		return -errno;
	err = pin_dir_rename(pins, PIN_DIR_NEW, name);
	if (err)
		unlink(path);
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
	int err = join(pins, name, path);
	int fd;

	if (err)
		return err;
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

int pin_dir_list(const struct pin_dir *pins, void (*each)(void *context, const char *name),
		 void *context)
{
	DIR *directory = opendir(pins->path);
	struct dirent *entry;

	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] != '.')
			each(context, entry->d_name);
	}
	closedir(directory);
	return 0;
}

void pin_dir_remove(const struct pin_dir *pins)
{
	char parent[PATH_MAX];
	char *slash;

	if (rmdir(pins->path) < 0)
		return;
	snprintf(parent, sizeof(parent), "%s", pins->path);
	slash = strrchr(parent, '/');
	*slash = '\0';
	/* Not empty while other network namespaces have their own. */
	(void)rmdir(parent);
}
