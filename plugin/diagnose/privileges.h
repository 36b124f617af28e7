/* SPDX-License-Identifier: GPL-2.0-only */
/* What collectd lacks, permission or file descriptors, and what to do. Pure: facts in, text out. */
#ifndef COLLECTD_XDP_DIAGNOSE_PRIVILEGES_H
#define COLLECTD_XDP_DIAGNOSE_PRIVILEGES_H

#include <stddef.h>
#include <stdint.h>

struct privileges;

/*
 * Why the kernel says EPERM to a process that wants these capabilities
 * (PRIVILEGES_LOAD, _ATTACH): writes "cause; what to do" into `text`, cut off at `size`.
 */
void diagnose_permission(const struct privileges *privileges, uint64_t wanted, char *text,
			 size_t size);

/* No file descriptor was left, `error` is -EMFILE or -ENFILE; into `text` as above. */
void diagnose_files(int error, const struct privileges *privileges, char *text, size_t size);

/*
 * So many interfaces wait for a descriptor. `limit`: the soft one of RLIMIT_NOFILE; `enough`: one
 * with which they would not.
 */
void diagnose_files_short(size_t waiting, uint64_t limit, uint64_t enough, char *text, size_t size);

#endif
