/* SPDX-License-Identifier: GPL-2.0-only */
/* The object file of a custom counter: read whole, if nobody but root can have written it. */
#ifndef COLLECTD_XDP_CUSTOM_FILE_H
#define COLLECTD_XDP_CUSTOM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Larger ones are refused. */
#define CUSTOM_FILE_MAX (16 << 20)

/* Tells a file from what had its name before. */
struct custom_file_mark {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	int64_t seconds; /* of its last change */
	int64_t nanoseconds;
};

/*
 * Reads the file after its owner and mode have been checked, of the very file
 * that is read. Returns 0 and bytes the caller frees; else -errno and "cause;
 * what to do" in `text`.
 */
int custom_file_read(const char *path, void **ret_bytes, size_t *ret_size, char *text, size_t size);

/* Whether the bytes are a BPF object of this machine's byte order; else -EINVAL and `text`. */
int custom_file_check(const void *bytes, size_t length, char *text, size_t size);

/* The mark of what has the name now; all zero where there is nothing. */
struct custom_file_mark custom_file_mark(const char *path);
bool custom_file_same(const struct custom_file_mark *one, const struct custom_file_mark *other);

#endif
