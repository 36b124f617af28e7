// SPDX-License-Identifier: GPL-2.0-only
/* The files of a configuration, put together into one tree. */
#include "plugin/check/conf.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "plugin/check/syntax.h"

/* As collectd has it (CF_MAX_DEPTH of src/daemon/configfile.c). */
#define CONF_DEPTH 8
#define CONF_FILE_MAX (1 << 20)

void check_conf_free(oconfig_item_t *root)
{
	if (!root)
		return;
	check_syntax_clear(root);
	free(root);
}

/* Children know their parents when all have their place. */
static void set_parents(oconfig_item_t *item)
{
	for (int i = 0; i < item->children_num; i++) {
		item->children[i].parent = item;
		set_parents(&item->children[i]);
	}
}

int check_conf_parse(const char *text, oconfig_item_t **ret_root)
{
	oconfig_item_t *root = calloc(1, sizeof(*root));
	unsigned int line;
	int err;

	if (!root)
		return -ENOMEM;
	err = check_syntax_read(text, root, &line);
	if (err) {
		check_conf_free(root);
		return err;
	}
	set_parents(root);
	*ret_root = root;
	return 0;
}

/* The whole file; NULL with errno set. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(CONF_FILE_MAX);
	size_t length;

	if (!file || !text) {
		int err = text ? errno : ENOMEM;

		if (file)
			fclose(file);
		free(text);
		errno = err;
		return NULL;
	}
	length = fread(text, 1, CONF_FILE_MAX - 1, file);
	text[length] = '\0';
	if (ferror(file) || length == CONF_FILE_MAX - 1) {
		errno = ferror(file) ? EIO : EFBIG;
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

/* Files that are read, and where it failed. */
struct reading {
	char *where;
	size_t size;
};

static int read_path(struct reading *reading, const char *path, const char *filter, int depth,
		     oconfig_item_t *root);

/* Follows the Include that is the last child, in whose place comes what it includes. */
static int include(struct reading *reading, oconfig_item_t *item, int depth, oconfig_item_t *root)
{
	const char *pattern = item->values_num ? item->values[0].value.string : "";
	const char *filter = NULL;
	glob_t found;
	int err = 0;

	if (item->values_num != 1 || item->values[0].type != OCONFIG_TYPE_STRING)
		return -EINVAL;
	for (int i = 0; i < item->children_num; i++) {
		const oconfig_item_t *option = &item->children[i];

		if (strcasecmp(option->key, "Filter") == 0 && option->values_num == 1 &&
		    option->values[0].type == OCONFIG_TYPE_STRING)
			filter = option->values[0].value.string;
	}
	switch (glob(pattern, 0, NULL, &found)) {
	case 0:
		break;
	case GLOB_NOSPACE:
		return -ENOMEM;
	default:
		return 0;
	}
	for (size_t i = 0; !err && i < found.gl_pathc; i++)
		err = read_path(reading, found.gl_pathv[i], filter, depth + 1, root);
	globfree(&found);
	return err;
}

/* Moves what a file has into the tree, with what it includes. Leaves `from` without children. */
static int take_over(struct reading *reading, oconfig_item_t *from, int depth, oconfig_item_t *root)
{
	int err = 0;

	for (int i = 0; !err && i < from->children_num; i++) {
		oconfig_item_t *item = &from->children[i], *taken;

		if (strcasecmp(item->key, "Include") == 0) {
			err = include(reading, item, depth, root);
			continue;
		}
		taken = check_syntax_append(root);
		if (!taken)
			return -ENOMEM;
		*taken = *item;
		*item = (oconfig_item_t){0};
	}
	return err;
}

static int read_one_file(struct reading *reading, const char *path, int depth, oconfig_item_t *root)
{
	oconfig_item_t own = {0};
	unsigned int line = 0;
	char *text = read_file(path);
	int err = text ? check_syntax_read(text, &own, &line) : -errno;

	free(text);
	if (line && err)
		snprintf(reading->where, reading->size, "%s, line %u", path, line);
	else if (err)
		snprintf(reading->where, reading->size, "%s", path);
	if (!err)
		err = take_over(reading, &own, depth, root);
	check_syntax_clear(&own);
	return err;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int read_folder(struct reading *reading, const char *path, const char *filter, int depth,
		       oconfig_item_t *root)
{
	struct dirent **names;
	int count = scandir(path, &names, visible, alphasort), err = 0;

	if (count < 0) {
		snprintf(reading->where, reading->size, "%s", path);
		return -errno;
	}
	for (int i = 0; i < count; i++) {
		char *name = NULL;

		if (!err && asprintf(&name, "%s/%s", path, names[i]->d_name) < 0)
			err = -ENOMEM;
		else if (!err)
			err = read_path(reading, name, filter, depth + 1, root);
		free(name);
		free(names[i]);
	}
	free(names);
	return err;
}

static int read_path(struct reading *reading, const char *path, const char *filter, int depth,
		     oconfig_item_t *root)
{
	const char *name = strrchr(path, '/');
	struct stat status;

	if (depth > CONF_DEPTH || stat(path, &status) < 0) {
		snprintf(reading->where, reading->size, "%s", path);
		return depth > CONF_DEPTH ? -ELOOP : -errno;
	}
	if (S_ISDIR(status.st_mode))
		return read_folder(reading, path, filter, depth, root);
	if (filter && fnmatch(filter, name ? name + 1 : path, FNM_PERIOD) != 0)
		return 0;
	return read_one_file(reading, path, depth, root);
}

int check_conf_read(const char *path, oconfig_item_t **ret_root, char *where, size_t size)
{
	struct reading reading = {where, size};
	oconfig_item_t *root = calloc(1, sizeof(*root));
	int err;

	snprintf(where, size, "%s", path);
	if (!root)
		return -ENOMEM;
	err = read_path(&reading, path, NULL, 0, root);
	if (err) {
		check_conf_free(root);
		return err;
	}
	set_parents(root);
	*ret_root = root;
	return 0;
}

size_t check_conf_find(const oconfig_item_t *root, const oconfig_item_t **ret_block)
{
	size_t count = 0;

	for (int i = 0; i < root->children_num; i++) {
		const oconfig_item_t *item = &root->children[i];

		if (strcasecmp(item->key, "Plugin") != 0 || item->values_num != 1 ||
		    item->values[0].type != OCONFIG_TYPE_STRING ||
		    strcasecmp(item->values[0].value.string, "xdp") != 0)
			continue;
		if (!count++)
			*ret_block = item;
	}
	return count;
}
