/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in the values of a map of other people the count is: by the BTF that the kernel has of the
 * map, else by an object file, which is read for its BTF and never loaded. Never logs; what is
 * wrong is "cause; what to do".
 */
#ifndef COLLECTD_XDP_FOREIGN_LAYOUT_H
#define COLLECTD_XDP_FOREIGN_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/config/map_block.h"
#include "plugin/custom/btf.h"
#include "plugin/custom/file.h"

struct bpf_object;

/* The object file, read again when it is another one. {0}, with its path, at first. */
struct foreign_layout_file {
	const char *path;	   /* NULL: there is none */
	struct bpf_object *object; /* NULL: not read, or it cannot be */
	struct custom_file_mark mark;
	int err;	 /* why it cannot; */
	char cause[640]; /* in words */
};

/*
 * Finds the layout of an open map as the block wants it. Returns 0; -EINVAL and `text`; -ENODATA
 * and `text` if it is a map of maps without one; -errno of bpf(2), or of what the file needs, with
 * `text`, or "" where the errno says it all.
 */
int foreign_layout_find(struct foreign_layout_file *file, int fd, const struct map_block *block,
			struct custom_btf_layout *ret_layout, char *text, size_t size);

/* Forgets the file. */
void foreign_layout_clear(struct foreign_layout_file *file);

#endif
