/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A directory on a bpf file system that nobody but root and a user can exchange: it and each one
 * above it belong to them, and others may not write there, or the directory is sticky and keeps
 * others from what is not theirs (sticky(7)). Whoever may do more could put pins of his own in the
 * place of ours, or take ours away.
 */
#ifndef COLLECTD_XDP_BASE_TRUSTED_DIR_H
#define COLLECTD_XDP_BASE_TRUSTED_DIR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/vfs.h>

#include <linux/magic.h>

/* Why a directory cannot be trusted: -EUCLEAN. */
struct trusted_dir_flaw {
	char path[PATH_MAX]; /* of the directory, or of one above it */
	unsigned int owner;  /* its user */
	unsigned int mode;   /* its permission bits */
	bool foreign;	     /* the owner is neither root nor the user; else others may write */
};

/* Whether what statfs(2) says is said of a bpf file system; the sign of its number depends on the
 * processor. */
static inline bool trusted_dir_said_bpffs(const struct statfs *fs)
{
	return (uint32_t)fs->f_type == BPF_FS_MAGIC;
}

/* Whether an open directory is on a bpf file system. */
bool trusted_dir_is_bpffs(int fd);

/*
 * Looks at one open directory; `sticky`: others may put something beside ours. Returns 0, -EUCLEAN
 * with the flaw, or -errno of fstat(2).
 */
int trusted_dir_judge(int fd, unsigned int user, bool sticky, struct trusted_dir_flaw *ret_flaw);

/*
 * Opens the directory at `path` (O_PATH) for the user of this process. Symbolic links above the bpf
 * file system are followed if they are root's or the user's. With `make`, what is missing on the
 * bpf file system is made (mode 0700).
 * Returns a descriptor the caller closes; -EUCLEAN with the flaw; -ENOENT if it is not there,
 * -EMEDIUMTYPE if it is, or would be, on no bpf file system; -ELOOP for any other symbolic link;
 * -ENAMETOOLONG, or -errno of open(2) or mkdir(2).
 */
int trusted_dir_open(const char *path, bool make, struct trusted_dir_flaw *ret_flaw);

/*
 * The same for a process of `user` whose root directory is open at `root`; nothing is made, and
 * what is not there is no error. Returns 0 or as above.
 */
int trusted_dir_inspect(int root, const char *path, unsigned int user,
			struct trusted_dir_flaw *ret_flaw);

#endif
