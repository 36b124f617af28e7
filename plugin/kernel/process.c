// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces, descriptors and mounts of another process, through its folder of /proc. */
#include "plugin/kernel/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/sockios.h>

int process_shares_network(pid_t pid, bool *ret_shares)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat("/proc/thread-self/ns/net", &own) < 0 || stat(path, &other) < 0)
		return -errno;
	*ret_shares = own.st_ino == other.st_ino && own.st_dev == other.st_dev;
	return 0;
}

int process_network(uint32_t *ret_inode)
{
	struct stat status;
	int socket_fd, namespace, err = 0;

	if (stat("/proc/thread-self/ns/net", &status) == 0) {
		*ret_inode = (uint32_t)status.st_ino;
		return 0;
	}
	socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0)
		return -errno;
	namespace = ioctl(socket_fd, SIOCGSKNS);
	if (namespace < 0 || fstat(namespace, &status) < 0)
		err = -errno;
	if (namespace >= 0)
		close(namespace);
	close(socket_fd);
	if (!err)
		*ret_inode = (uint32_t)status.st_ino;
	return err;
}

uint64_t process_files_reserve(uint64_t limit)
{
	uint64_t reserve = limit / 8 < 64 ? 64 : limit / 8;

	if (reserve > limit / 2)
		reserve = limit / 2;
	return reserve < 1024 ? reserve : 1024;
}

uint64_t process_files_wanted(uint64_t limit, uint64_t more)
{
	uint64_t used = limit - process_files_reserve(limit) + more;
	uint64_t wanted = used;

	while (wanted - process_files_reserve(wanted) < used)
		wanted += used - (wanted - process_files_reserve(wanted));
	return (wanted + 99) / 100 * 100;
}

bool process_may_take_file(void)
{
	struct rlimit limit;
	uint64_t wanted, left = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT_MAX)
		return true;
	wanted = process_files_reserve(limit.rlim_cur) + 1;
	for (int fd = (int)limit.rlim_cur - 1; fd >= 0 && left < wanted; fd--)
		left += fcntl(fd, F_GETFD) < 0;
	return left >= wanted;
}

int process_enter_network(pid_t pid)
{
	char path[64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* The file has the line "prog_id: ID" (Documentation/filesystems/proc.rst, kernel/bpf/syscall.c).
 */
static bool names_program(const char *path, uint32_t program_id)
{
	FILE *file = fopen(path, "re");
	bool found = false;
	char line[128];
	unsigned int id;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "prog_id: %u", &id) == 1 && id == program_id;
	fclose(file);
	return found;
}

bool process_holds_program(pid_t pid, uint32_t program_id)
{
	const struct dirent *entry;
	bool found = false;
	char path[PATH_MAX];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	folder = opendir(path);
	if (!folder)
		return false;
	while (!found && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)pid, entry->d_name);
		found = names_program(path, program_id);
	}
	closedir(folder);
	return found;
}

/* Root, the owner by the owner's bits, and everybody by the others' bits: groups are not looked at.
 */
static bool may_write(const struct stat *status, uint32_t user, bool override)
{
	mode_t bits = S_IWOTH | S_IXOTH;

	if (override)
		return true;
	if (status->st_uid == user)
		bits = S_IWUSR | S_IXUSR;
	return (status->st_mode & bits) == bits;
}

/* As process_may_pin(), for the folder at `path`, which exists or is -ENOENT. */
static int look_at(const char *path, uint32_t user, bool override)
{
	struct statfs type;
	struct statvfs mount;
	struct stat status;

	if (stat(path, &status) < 0 || statfs(path, &type) < 0 || statvfs(path, &mount) < 0)
		return -errno;
	if (type.f_type != BPF_FS_MAGIC)
		return -EMEDIUMTYPE;
	if (mount.f_flag & ST_RDONLY)
		return -EROFS;
	return may_write(&status, user, override) ? 0 : -EACCES;
}

int process_may_pin(pid_t pid, const char *directory, uint32_t user, bool override)
{
	char path[PATH_MAX];
	size_t root = (size_t)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	int err;

	if ((size_t)snprintf(path + root, sizeof(path) - root, "%s", directory) >=
	    sizeof(path) - root)
		return -ENAMETOOLONG;
	for (;;) {
		err = look_at(path, user, override);
		if (err != -ENOENT || strlen(path) <= root)
			return err;
		*strrchr(path, '/') = '\0';
	}
}
