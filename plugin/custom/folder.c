// SPDX-License-Identifier: GPL-2.0-only
/* "counter-NAME" is the folder of the counter NAME. */
#include "plugin/custom/folder.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define FOLDER_PREFIX "counter-"

void custom_folder_path(const char *pin_directory, const char *name, char *text, size_t size)
{
	snprintf(text, size, "%s/" FOLDER_PREFIX "%s", pin_directory, name);
}

size_t custom_folder_each(const char *pin_directory, void (*each)(void *context, const char *name),
			  void *context)
{
	DIR *directory = opendir(pin_directory);
	struct dirent *entry;
	size_t count = 0;

	if (!directory)
		return 0;
	while ((entry = readdir(directory))) {
		if (strncmp(entry->d_name, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) != 0)
			continue;
		each(context, entry->d_name + strlen(FOLDER_PREFIX));
		count++;
	}
	closedir(directory);
	return count;
}
