/* SPDX-License-Identifier: GPL-2.0-only */
/* A map that somebody has pinned, opened to be read alone. */
#ifndef COLLECTD_XDP_FOREIGN_PINNED_H
#define COLLECTD_XDP_FOREIGN_PINNED_H

#include <stddef.h>

/*
 * Opens the map that is pinned at `pin`, or as `name` in the folder `pin`.
 * Returns 0 and a descriptor the caller closes; -EMEDIUMTYPE if it is a program, a link or a
 * folder, -EXDEV if it is not on a bpf file system, -EILSEQ if no pin there can have the name;
 * -errno of stat(2) or bpf(BPF_OBJ_GET). `path`, of `size` bytes, gets the path that was opened.
 */
int foreign_pinned_open(const char *pin, const char *name, int *ret_fd, char *path, size_t size);

#endif
