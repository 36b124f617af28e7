/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of names inside a line of the log. */
#ifndef COLLECTD_XDP_BASE_TEXT_H
#define COLLECTD_XDP_BASE_TEXT_H

#include <stddef.h>

/*
 * Adds a name to a list, which is "" at first, behind ", ". From the first that does not
 * fit into `size` bytes on, "..." stands for the rest.
 */
void text_append_name(char *names, size_t size, const char *name);

#endif
