// SPDX-License-Identifier: GPL-2.0-only
/* "counter-NAME" is the folder of the counter NAME. */
#include "plugin/custom/folder.h"

#include <stdio.h>
#include <string.h>

#include "plugin/config/counter_block.h"
#include "plugin/custom/program.h"
#include "plugin/hook/clean_up.h"
#include "plugin/kernel/pin_dir.h"

#define FOLDER_PREFIX "counter-"

void custom_folder_path(const char *pin_directory, const char *name, char *text, size_t size)
{
	snprintf(text, size, "%s/" FOLDER_PREFIX "%s", pin_directory, name);
}

struct add {
	const char *pin_directory;
	struct counter_block *const *counters;
	size_t count;
	struct clean_up *clean_up;
	int error;
};

/* pin_dir_folders() callback. */
static void add_folder(void *context, const char *folder)
{
	struct add *add = context;
	const char *name = folder + strlen(FOLDER_PREFIX);
	char path[CUSTOM_FOLDER_PATH];
	struct clean_up_place place = {.operations = &custom_program_operations,
				       .directory = path,
				       .name = name,
				       .forget = true};
	int err;

	if (strncmp(folder, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) != 0)
		return;
	for (size_t i = 0; i < add->count; i++)
		place.forget &= strcmp(add->counters[i]->name, name) != 0;
	custom_folder_path(add->pin_directory, name, path, sizeof(path));
	err = clean_up_add(add->clean_up, &place);
	add->error = add->error ? add->error : err;
}

int custom_folder_add(const char *pin_directory, struct counter_block *const *counters,
		      size_t count, struct clean_up *clean_up)
{
	struct add add = {pin_directory, counters, count, clean_up, 0};

	/* A directory that cannot be read, or trusted, holds nothing of ours. */
	(void)pin_dir_folders(pin_directory, add_folder, &add);
	return add.error;
}
