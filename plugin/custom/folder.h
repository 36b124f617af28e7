/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folders below PinDirectory in which custom counters have their pins, one each, beside those
 * of the built-in counter, which begin with "net-".
 */
#ifndef COLLECTD_XDP_CUSTOM_FOLDER_H
#define COLLECTD_XDP_CUSTOM_FOLDER_H

#include <limits.h>
#include <stddef.h>

struct clean_up;
struct counter_block;

/* A path that may be too long, so that it is refused when it is used. */
#define CUSTOM_FOLDER_PATH (PATH_MAX + 300)

/* Writes the path of the folder of the counter of this name. */
void custom_folder_path(const char *pin_directory, const char *name, char *text, size_t size);

/*
 * Adds every folder that is there to what is to be cleaned up: those of counters that are not
 * configured are to be forgotten. Returns 0 or -ENOMEM.
 */
int custom_folder_add(const char *pin_directory, struct counter_block *const *counters,
		      size_t count, struct clean_up *clean_up);

#endif
