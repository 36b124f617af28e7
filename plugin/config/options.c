// SPDX-License-Identifier: GPL-2.0-only
/* Reads blocks by their tables, and the kinds of values that more than one block has. */
#include "plugin/config/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>

#include "plugin/config/selection.h"

const char *options_string(const oconfig_item_t *item)
{
	if (item->values_num < 1 || item->values[0].type != OCONFIG_TYPE_STRING)
		return NULL;
	return item->values[0].value.string;
}

int options_keep(const char *string, char **text)
{
	char *copy = strdup(string);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

const char *options_where(const oconfig_item_t *item, char *text, size_t size)
{
	const oconfig_item_t *counter = NULL, *map = NULL;
	size_t used = 0;

	for (; item; item = item->parent) {
		if (strcasecmp(item->key, "Counter") == 0 && options_string(item))
			counter = item;
		if (strcasecmp(item->key, "Map") == 0 && options_string(item))
			map = item;
	}
	text[0] = '\0';
	if (counter)
		snprintf(text, size, "counter %.64s: ", options_string(counter));
	used = strlen(text);
	if (counter && map)
		snprintf(text + used, size - used, "map %.64s: ", options_string(map));
	return text;
}

/* The value as the operator wrote it, for a message. */
static const char *quote(const oconfig_value_t *value, char *text, size_t size)
{
	if (value->type == OCONFIG_TYPE_STRING)
		snprintf(text, size, "\"%s\"", value->value.string);
	else if (value->type == OCONFIG_TYPE_NUMBER)
		snprintf(text, size, "%.15g", value->value.number);
	else
		snprintf(text, size, "%s", value->value.boolean ? "true" : "false");
	return text;
}

int options_refuse(const oconfig_item_t *item, const char *allowed)
{
	char text[256], where[192];

	ERROR("xdp plugin: %soption %s: %s is not possible; it takes %s.",
	      options_where(item->parent, where, sizeof(where)), item->key,
	      quote(&item->values[0], text, sizeof(text)), allowed);
	return -EINVAL;
}

int options_interface(const oconfig_item_t *item, struct selection *selection)
{
	const char *allowed = "an interface name like \"eth0\" or a regular expression like "
			      "\"/^eth/\", in quotes";
	const char *text = options_string(item);
	char reason[256] = "", where[192];
	int err;

	if (!text)
		return options_refuse(item, allowed);
	err = selection_add(selection, text, reason, sizeof(reason));
	if (err == -EINVAL)
		ERROR("xdp plugin: %soption Interface: \"%s\" is not possible: %s; it takes %s.",
		      options_where(item->parent, where, sizeof(where)), text, reason, allowed);
	return err;
}

static int read_truth(const oconfig_item_t *item, bool *ret_truth)
{
	if (item->values[0].type != OCONFIG_TYPE_BOOLEAN)
		return options_refuse(item, "true or false");
	*ret_truth = item->values[0].value.boolean;
	return 0;
}

int options_inverted(const oconfig_item_t *item, struct selection *selection)
{
	bool inverted = false;
	int err = read_truth(item, &inverted);

	if (!err)
		selection_invert(selection, inverted);
	return err;
}

int options_mode(const oconfig_item_t *item, enum xdp_link_mode *ret_mode)
{
	static const enum xdp_link_mode modes[] = {XDP_LINK_AUTO, XDP_LINK_NATIVE, XDP_LINK_GENERIC,
						   XDP_LINK_OFFLOAD};
	const char *text = options_string(item);

	for (size_t i = 0; text && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcasecmp(text, xdp_link_mode_name(modes[i])) == 0) {
			*ret_mode = modes[i];
			return 0;
		}
	}
	return options_refuse(item, "\"auto\", \"native\", \"generic\" or \"offload\"");
}

int options_number(const oconfig_item_t *item, unsigned int max, unsigned int *ret_number)
{
	const oconfig_value_t *value = &item->values[0];
	char allowed[64];

	if (value->type != OCONFIG_TYPE_NUMBER || !(value->value.number >= 1) ||
	    value->value.number > max || value->value.number != floor(value->value.number)) {
		snprintf(allowed, sizeof(allowed), "a whole number from 1 to %u", max);
		return options_refuse(item, allowed);
	}
	*ret_number = (unsigned int)value->value.number;
	return 0;
}

static int refuse_unknown(const oconfig_item_t *item, const struct options_row *rows, size_t count)
{
	char known[512] = "", where[192];

	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", rows[i].name);
	}
	ERROR("xdp plugin: %sunknown option \"%s\"; the options are %s.",
	      options_where(item->parent, where, sizeof(where)), item->key, known);
	return -EINVAL;
}

/* Two values for one option contradict each other, unless it is a list. */
static int refuse_repeated(const oconfig_item_t *item, const oconfig_item_t *first)
{
	char one[256], other[256], where[192];

	ERROR("xdp plugin: %soption %s is given twice, as %s and as %s; leave one of them.",
	      options_where(item->parent, where, sizeof(where)), item->key,
	      quote(&first->values[0], one, sizeof(one)),
	      quote(&item->values[0], other, sizeof(other)));
	return -EINVAL;
}

/* An option is a line or a block, and has its number of values. */
static int check_form(const oconfig_item_t *item, const struct options_row *row)
{
	int values = row->values ? row->values : 1;
	char where[192];

	options_where(item->parent, where, sizeof(where));
	if (item->children_num && !row->block) {
		ERROR("xdp plugin: %soption %s is not a block; write it on a line of its own, as "
		      "%s VALUE.",
		      where, item->key, row->name);
		return -EINVAL;
	}
	if (item->values_num != values) {
		ERROR("xdp plugin: %soption %s has %d values; it takes %s.", where, item->key,
		      item->values_num, values == 1 ? "one" : "two");
		return -EINVAL;
	}
	return 0;
}

/* Sets the bool or the bit of a row without a reader of its own. */
static int set_truth(const oconfig_item_t *item, const struct options_row *row, void *target)
{
	void *member = (char *)target + row->offset;
	bool truth = false;
	int err = read_truth(item, &truth);

	if (err)
		return err;
	if (!row->bit)
		*(bool *)member = truth;
	else if (truth)
		*(uint32_t *)member |= row->bit;
	else
		*(uint32_t *)member &= ~row->bit;
	return 0;
}

static const struct options_row *find_row(const char *name, const struct options_row *rows,
					  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(name, rows[i].name) == 0)
			return &rows[i];
	}
	return NULL;
}

int options_read_block(const oconfig_item_t *block, const struct options_row *rows, size_t count,
		       void *target)
{
	const oconfig_item_t *seen[OPTIONS_ROWS_MAX] = {NULL};
	int result = 0;

	for (int i = 0; i < block->children_num; i++) {
		const oconfig_item_t *item = &block->children[i];
		const struct options_row *row = find_row(item->key, rows, count);
		int err = row ? check_form(item, row) : refuse_unknown(item, rows, count);

		if (!err && seen[row - rows] && !row->repeats)
			err = refuse_repeated(item, seen[row - rows]);
		if (!err) {
			seen[row - rows] = item;
			err = row->read ? row->read(item, target) : set_truth(item, row, target);
		}
		if (err == -ENOMEM)
			return err;
		if (err)
			result = err;
	}
	return result;
}
