/* SPDX-License-Identifier: GPL-2.0-only */
/* What a process is and holds, as proc(5) shows it. Never logs. */
#ifndef COLLECTD_XDP_KERNEL_PROCESS_H
#define COLLECTD_XDP_KERNEL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct trusted_dir_flaw;

/*
 * Whether a process is in the network namespace of the calling thread.
 * Returns 0, or -errno of stat(2): -EACCES where the caller may not know.
 */
int process_shares_network(pid_t pid, bool *ret_shares);

/*
 * The number of the network namespace of the calling thread (its inode on nsfs, namespaces(7)):
 * from /proc, or where that is hidden from a socket. Returns 0, or -errno of socket(2) or
 * ioctl(2): -EPERM without CAP_NET_ADMIN.
 */
int process_network(uint32_t *ret_inode);

/*
 * Descriptors that are left to the rest of the daemon, of a limit (RLIMIT_NOFILE): an eighth, at
 * least 64, but no more than a half, and no more than 1024.
 */
static inline uint64_t process_files_reserve(uint64_t limit)
{
	uint64_t reserve = limit / 8 < 64 ? 64 : limit / 8;

	if (reserve > limit / 2)
		reserve = limit / 2;
	return reserve < 1024 ? reserve : 1024;
}

/*
 * The soft limit that has a place for `more` descriptors besides those that `limit` has, and leaves
 * the reserve, in whole hundreds.
 */
static inline uint64_t process_files_wanted(uint64_t limit, uint64_t more)
{
	uint64_t used = limit - process_files_reserve(limit) + more;
	uint64_t wanted = used;

	while (wanted - process_files_reserve(wanted) < used)
		wanted += used - (wanted - process_files_reserve(wanted));
	return (wanted + 99) / 100 * 100;
}

/*
 * Whether this process can open one more descriptor and leave the reserve. Asks fcntl(2) of the
 * highest numbers first, which are free where there are many, so no file of /proc.
 */
bool process_may_take_file(void);

/*
 * Brings the calling thread into the network namespace of a process, for good.
 * Returns 0, or -errno of open(2) or setns(2): -EPERM without CAP_SYS_ADMIN.
 */
int process_enter_network(pid_t pid);

/* Whether a process has an open descriptor of the BPF program, or of a link to it. */
bool process_holds_program(pid_t pid, uint32_t program_id);

/*
 * Whether a directory, which need not exist, can be one of pins for a process:
 * looks at it, or at what is above it, in the mount namespace of the process.
 * `user`: effective user; `override`: it has CAP_DAC_OVERRIDE.
 * Returns 0, -EMEDIUMTYPE if it is on no bpf file system, -EROFS, -EACCES if
 * the process may not write there, -EUCLEAN with the flaw or -ELOOP as trusted_dir_open(),
 * -ENAMETOOLONG, or -errno of statvfs(3).
 */
int process_may_pin(pid_t pid, const char *directory, uint32_t user, bool override,
		    struct trusted_dir_flaw *ret_flaw);

enum process_network {
	PROCESS_NETWORK_SEEN,	 /* a process is in it, or a mount keeps it */
	PROCESS_NETWORK_GONE,	 /* neither, as far as processes can be seen, and all can */
	PROCESS_NETWORK_UNKNOWN, /* neither, but not all can: PID namespace, hidepid, privileges */
};

/* What is seen of the network namespace of this inode. */
enum process_network process_network_seen(uint64_t inode);

/*
 * Writes the absolute path of a file that need not exist, with the symbolic links to its folder
 * resolved as far as that is there, so that one file has one path; cut off at `size`.
 */
void process_real_path(const char *path, char *text, size_t size);

#endif
