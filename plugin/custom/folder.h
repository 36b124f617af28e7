/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folders below PinDirectory in which custom counters have their pins, one each, beside those
 * of the built-in counter, which begin with "net-".
 */
#ifndef COLLECTD_XDP_CUSTOM_FOLDER_H
#define COLLECTD_XDP_CUSTOM_FOLDER_H

#include <limits.h>
#include <stddef.h>

/* A path that may be too long, so that it is refused when it is used. */
#define CUSTOM_FOLDER_PATH (PATH_MAX + 300)

/* Writes the path of the folder of the counter of this name. */
void custom_folder_path(const char *pin_directory, const char *name, char *text, size_t size);

/*
 * Calls `each` for every folder that is there, with the name of its counter. Returns how many
 * there are; 0 where the directory cannot be read.
 */
size_t custom_folder_each(const char *pin_directory, void (*each)(void *context, const char *name),
			  void *context);

#endif
