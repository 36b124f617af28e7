/* SPDX-License-Identifier: GPL-2.0-only */
/* How every message names the error of a system call. */
#ifndef COLLECTD_XDP_DIAGNOSE_ERRNO_TEXT_H
#define COLLECTD_XDP_DIAGNOSE_ERRNO_TEXT_H

#include <stdio.h>
#include <string.h>

/* From here on the numbers are libbpf's own (enum libbpf_errno), and no errno of the kernel. */
#define DIAGNOSE_ERRNO_LIBBPF 4000

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
	if (-error >= DIAGNOSE_ERRNO_LIBBPF)
		snprintf(result.text, sizeof(result.text), "errno %d of libbpf", -error);
	else
		snprintf(result.text, sizeof(result.text), "errno %d, %s", -error,
			 strerror(-error));
	return result;
}

#endif
