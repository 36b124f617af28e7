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

#include <linux/sockios.h>

#include "plugin/base/trusted_dir.h"

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
	if (!trusted_dir_said_bpffs(&type))
		return -EMEDIUMTYPE;
	if (mount.f_flag & ST_RDONLY)
		return -EROFS;
	return may_write(&status, user, override) ? 0 : -EACCES;
}

/* The deepest folder that is there. */
static int look_up(char *path, size_t root, uint32_t user, bool override)
{
	for (;;) {
		int err = look_at(path, user, override);

		if (err != -ENOENT || strlen(path) <= root)
			return err;
		*strrchr(path, '/') = '\0';
	}
}

int process_may_pin(pid_t pid, const char *directory, uint32_t user, bool override,
		    struct trusted_dir_flaw *ret_flaw)
{
	char path[PATH_MAX];
	size_t length = (size_t)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	int root, err;

	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	err = trusted_dir_inspect(root, directory, user, ret_flaw);
	close(root);
	if (err)
		return err;
	if ((size_t)snprintf(path + length, sizeof(path) - length, "%s", directory) >=
	    sizeof(path) - length)
		return -ENAMETOOLONG;
	return look_up(path, length, user, override);
}

/* --- network namespaces */

/* What keeps "net:[INODE]" mounted has that as its root (proc_pid_mountinfo(5)). */
static int is_mounted(int process, uint64_t inode)
{
	int fd = openat(process, "mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL, wanted[64];
	bool found = false;
	size_t size = 0;

	if (!file) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	snprintf(wanted, sizeof(wanted), " net:[%llu] ", (unsigned long long)inode);
	while (!found && getline(&line, &size, file) > 0)
		found = strstr(line, wanted);
	free(line);
	fclose(file);
	return found;
}

/* 1: it is in the namespace, or sees it mounted; 0: not; -errno: that cannot be seen. */
static int shows_network(int process, uint64_t inode, uint64_t *mounts)
{
	struct stat network, mount;

	if (fstatat(process, "ns/net", &network, 0) < 0 ||
	    fstatat(process, "ns/mnt", &mount, 0) < 0)
		return -errno;
	if (network.st_ino == inode)
		return 1;
	/* Most are in the mount namespace of the one before. */
	if (mount.st_ino == *mounts)
		return 0;
	*mounts = mount.st_ino;
	return is_mounted(process, inode);
}

/* Of one that has ended. */
static bool has_ended(int err)
{
	return err == -ENOENT || err == -ESRCH;
}

static enum process_network ask_processes(DIR *proc, uint64_t inode)
{
	enum process_network seen = PROCESS_NETWORK_GONE;
	const struct dirent *entry;
	uint64_t mounts = 0;

	while (seen != PROCESS_NETWORK_SEEN && (entry = readdir(proc))) {
		int fd, err;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		fd = openat(dirfd(proc), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		err = fd < 0 ? -errno : shows_network(fd, inode, &mounts);
		if (err > 0)
			seen = PROCESS_NETWORK_SEEN;
		else if (err && !has_ended(err))
			seen = PROCESS_NETWORK_UNKNOWN;
		if (fd >= 0)
			close(fd);
	}
	return seen;
}

/*
 * Whether /proc shows all processes: it is that of the first PID namespace (PROC_PID_INIT_INO of
 * include/linux/proc_ns.h), and hides not even the process 1 (hidepid).
 */
static bool sees_all(void)
{
	struct stat pids, first;

	return stat("/proc/self/ns/pid", &pids) == 0 && pids.st_ino == 0xEFFFFFFC &&
	       stat("/proc/1/ns/net", &first) == 0;
}

enum process_network process_network_seen(uint64_t inode)
{
	DIR *proc = opendir("/proc");
	enum process_network seen;

	if (!proc)
		return PROCESS_NETWORK_UNKNOWN;
	seen = ask_processes(proc, inode);
	closedir(proc);
	return seen == PROCESS_NETWORK_GONE && !sees_all() ? PROCESS_NETWORK_UNKNOWN : seen;
}

/* --- paths */

void process_real_path(const char *path, char *text, size_t size)
{
	char whole[PATH_MAX], folder[PATH_MAX], real[PATH_MAX] = "";
	size_t length;

	snprintf(whole, sizeof(whole), "%s%s", path[0] == '/' ? "" : "./", path);
	/* Of the folder alone: the file may come and go. */
	for (length = strlen(whole); length; length--) {
		snprintf(folder, sizeof(folder), "%.*s", (int)length, whole);
		if (whole[length] == '/' && realpath(folder, real))
			break;
	}
	if (!length || strcmp(real, "/") == 0)
		real[0] = '\0';
	snprintf(text, size, "%s%s", real, whole + length);
}
