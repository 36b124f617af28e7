/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens an object in a process of its own first: libbpf and libelf crash on many files that
 * are damaged (libbpf issues 484, 634, 764, 823), and the daemon is not to go with them.
 */
#ifndef COLLECTD_XDP_CUSTOM_TRIAL_H
#define COLLECTD_XDP_CUSTOM_TRIAL_H

#include <stddef.h>

/*
 * Whether a copy of this process survives the opening of the object, and ends it in time.
 * Returns 0, also where libbpf refuses it; else -errno and "cause; what to do" in `text`.
 */
int custom_trial(const void *bytes, size_t length, char *text, size_t size);

#endif
