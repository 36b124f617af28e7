// SPDX-License-Identifier: GPL-2.0-only
/* Asks for no more than to read (BPF_F_RDONLY), which is all that a pin's mode has to allow. */
#include "plugin/foreign/pinned.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/base/trusted_dir.h"
#include "plugin/kernel/pin_dir.h"

/* Whether there is something that may be a pin; else -errno. */
static int check_path(const char *path)
{
	struct statfs system;
	struct stat status;

	/* The bpf file system has no names with a dot in them, and answers so (bpf_lookup()). */
	if (stat(path, &status) < 0)
		return errno == EPERM && strchr(path, '.') ? -EILSEQ : -errno;
	if (statfs(path, &system) < 0)
		return -errno;
	if (!trusted_dir_said_bpffs(&system))
		return -EXDEV;
	return S_ISDIR(status.st_mode) ? -EMEDIUMTYPE : 0;
}

int foreign_pinned_open(const char *pin, const char *name, int *ret_fd, char *path, size_t size)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);
	struct stat status;
	bool folder = stat(pin, &status) == 0 && S_ISDIR(status.st_mode);
	int err, fd;

	snprintf(path, size, "%s%s%s", pin, folder ? "/" : "", folder ? name : "");
	err = check_path(path);
	if (err)
		return err;
	fd = bpf_obj_get_opts(path, &options);
	/* The kernel opens programs and links for no less than to write (bpf_obj_get_user()). */
	if (fd < 0)
		return errno == EINVAL ? -EMEDIUMTYPE : -errno;
	if (!pin_dir_is_kind(fd, PIN_DIR_MAP)) {
		close(fd);
		return -EMEDIUMTYPE;
	}
	*ret_fd = fd;
	return 0;
}
