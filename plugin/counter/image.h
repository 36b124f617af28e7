/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object file of the counter, of which the build makes two from one source: they differ in
 * how the program finds the length of a packet (bpf/length.bpf.h), and in nothing else.
 */
#ifndef COLLECTD_XDP_COUNTER_IMAGE_H
#define COLLECTD_XDP_COUNTER_IMAGE_H

#include <stdbool.h>

#include "plugin/counter/settings.h"

struct count;

/*
 * Whether the kernel may load the build for COUNTER_LENGTH_CAST: it has BTF. What else that
 * takes (Linux 6.2, a JIT, a member of a name) only loading tells.
 */
bool counter_image_may_cast(void);

/*
 * Opens the build for `length`. Both fit the skeleton of the one. Returns an object the caller
 * ends with count__destroy(); NULL with errno.
 */
struct count *counter_image_open(enum counter_length length);

/* What the program finds the length by, as the kernel calls it. */
const char *counter_image_length(enum counter_length length);

#endif
