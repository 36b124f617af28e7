// SPDX-License-Identifier: GPL-2.0-only
/* Walks to a directory one name after the other, and looks at each on the way. */
#include "plugin/base/trusted_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* As many as the kernel follows (path_resolution(7)). */
#define TRUSTED_DIR_LINKS 40

#define TRUSTED_DIR_PATH (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct walk {
	int root; /* "/" of whom the directory is for */
	int at;
	unsigned int user;
	bool make; /* what is not there, on a bpf file system */
	unsigned int links;
	struct trusted_dir_flaw *flaw;
	char rest[PATH_MAX]; /* of the way */
};

bool trusted_dir_is_bpffs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && trusted_dir_said_bpffs(&fs);
}

/*
 * Whether nobody but root and the user can exchange what is in a directory. With `sticky`, others
 * may put something beside it (a sticky directory, sticky(7)).
 */
int trusted_dir_judge(int fd, unsigned int user, bool sticky, struct trusted_dir_flaw *flaw)
{
	struct stat status;
	char link[64];
	ssize_t length;
	bool foreign;

	if (fstat(fd, &status) < 0)
		return -errno;
	foreign = status.st_uid != 0 && status.st_uid != user;
	if (!foreign &&
	    (!(status.st_mode & (S_IWGRP | S_IWOTH)) || (sticky && status.st_mode & S_ISVTX)))
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, flaw->path, sizeof(flaw->path) - 1);
	flaw->path[length < 0 ? 0 : length] = '\0';
	flaw->owner = status.st_uid;
	flaw->mode = status.st_mode & 07777;
	flaw->foreign = foreign;
	return -EUCLEAN;
}

/* The walk stands in the directory `fd` from now on. */
static int enter(struct walk *walk, int fd)
{
	if (fd < 0)
		return -errno;
	if (walk->at >= 0)
		close(walk->at);
	walk->at = fd;
	return trusted_dir_judge(fd, walk->user, true, walk->flaw);
}

/* A symbolic link of root's, above the bpf file system, like /var/run. */
static int follow(struct walk *walk, int link, const struct stat *status)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	if (trusted_dir_is_bpffs(walk->at) ||
	    (status->st_uid != 0 && status->st_uid != walk->user) ||
	    ++walk->links > TRUSTED_DIR_LINKS)
		return -ELOOP;
	if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest) >= sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest, sizeof(rest));
	return target[0] == '/' ? enter(walk, openat(walk->root, ".", TRUSTED_DIR_PATH)) : 0;
}

/* Enters the next folder of the path. -ENOENT: it does not exist, and may be made. */
static int go(struct walk *walk, const char *name)
{
	struct stat status;
	int fd, err;

	fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !trusted_dir_is_bpffs(walk->at))
		return -EMEDIUMTYPE;
	if (fd < 0 && errno == ENOENT && walk->make) {
		if (mkdirat(walk->at, name, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = openat(walk->at, name, TRUSTED_DIR_PATH);
	}
	if (fd < 0)
		return -errno;
	err = fstat(fd, &status) < 0 ? -errno : 0;
	if (!err && S_ISDIR(status.st_mode))
		return enter(walk, fd);
	if (!err)
		err = S_ISLNK(status.st_mode) ? follow(walk, fd, &status) : -ENOTDIR;
	close(fd);
	return err;
}

/* Walks to the end of `path`, which walk->at is then, or as far as it goes. */
static int walk_to(struct walk *walk, const char *path)
{
	char name[NAME_MAX + 1];
	int err = enter(walk, openat(walk->root, ".", TRUSTED_DIR_PATH));

	if ((size_t)snprintf(walk->rest, sizeof(walk->rest), "%s", path) >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	while (!err) {
		size_t start = strspn(walk->rest, "/");
		size_t length = strcspn(walk->rest + start, "/");

		if (!length)
			break;
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, walk->rest + start, length);
		name[length] = '\0';
		memmove(walk->rest, walk->rest + start + length,
			strlen(walk->rest + start + length) + 1);
		err = go(walk, name);
	}
	return err;
}

int trusted_dir_inspect(int root, const char *path, unsigned int user,
			struct trusted_dir_flaw *ret_flaw)
{
	struct walk walk = {.root = root, .at = -1, .user = user, .flaw = ret_flaw};
	int err = walk_to(&walk, path);

	if (walk.at >= 0)
		close(walk.at);
	return err == -ENOENT ? 0 : err;
}

/* The directory at `path`, from the root of this process. Returns a descriptor or -errno. */
int trusted_dir_open(const char *path, bool make, struct trusted_dir_flaw *flaw)
{
	struct walk walk = {.at = -1, .user = geteuid(), .make = make, .flaw = flaw};
	int err;

	walk.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk.root < 0)
		return -errno;
	err = walk_to(&walk, path);
	close(walk.root);
	if (!err && !trusted_dir_is_bpffs(walk.at))
		err = -EMEDIUMTYPE;
	if (err && walk.at >= 0)
		close(walk.at);
	return err ? err : walk.at;
}
