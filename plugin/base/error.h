/* SPDX-License-Identifier: GPL-2.0-only */
/* What the error of a system call says about another attempt. */
#ifndef COLLECTD_XDP_BASE_ERROR_H
#define COLLECTD_XDP_BASE_ERROR_H

#include <stdbool.h>

/*
 * Whether a negative errno is for want of something that may be there at the next attempt:
 * memory, descriptors, time.
 */
bool error_is_transient(int err);

#endif
