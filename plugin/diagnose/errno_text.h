/* SPDX-License-Identifier: GPL-2.0-only */
/* How every message names the error of a system call. */
#ifndef COLLECTD_XDP_DIAGNOSE_ERRNO_TEXT_H
#define COLLECTD_XDP_DIAGNOSE_ERRNO_TEXT_H

#include <stdio.h>
#include <string.h>

struct diagnose_errno {
	char text[80];
};

/*
 * "errno 12, Cannot allocate memory", for a negative errno. The result is used where it is made,
 * as an argument: "... cannot be read (%s)", diagnose_errno_text(err).text
 */
static inline struct diagnose_errno diagnose_errno_text(int error)
{
	struct diagnose_errno result;

	/* The number can be looked up, and the C library has words for it. */
	snprintf(result.text, sizeof(result.text), "errno %d, %s", -error, strerror(-error));
	return result;
}

#endif
