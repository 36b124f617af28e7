// SPDX-License-Identifier: GPL-2.0-only
/* Reads blocks by their tables: the kinds of values, and what every block refuses. */
#include "plugin/config/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>
#include <utils/common/common.h>

#include "plugin/config/selection.h"
#include "plugin/kernel/xdp_link.h"

/* Longest name of an option that is compared with others, in characters. */
#define OPTIONS_NAME 48

#define OPTIONS_INTERFACE_EXPECTED                                                                 \
	"expected an interface name like \"eth0\" or a regular expression like \"/^eth/\", in "    \
	"quotes"

/* On a network card, where no program with per-CPU maps can be, is none of them. */
const char *const options_modes[] = {
	[XDP_LINK_AUTO] = "auto",
	[XDP_LINK_NATIVE] = "native",
	[XDP_LINK_GENERIC] = "generic",
	[XDP_LINK_GENERIC + 1] = NULL,
};

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

/* Writes of a block what stands around it, and it. */
static void write_where(const oconfig_item_t *item, char text[OPTIONS_WHERE])
{
	size_t used;

	if (!item || strcasecmp(item->key, "Plugin") == 0)
		return;
	write_where(item->parent, text);
	used = strlen(text);
	if (options_string(item))
		snprintf(text + used, OPTIONS_WHERE - used,
			 "%c%s %.64s: ", tolower((unsigned char)item->key[0]), item->key + 1,
			 options_string(item));
}

const char *options_where(const oconfig_item_t *item, char text[OPTIONS_WHERE])
{
	text[0] = '\0';
	write_where(item, text);
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

int options_refuse(const oconfig_item_t *item, const char *expected)
{
	char text[256], where[OPTIONS_WHERE];

	ERROR("xdp plugin: %sinvalid value %s for %s; %s.", options_where(item->parent, where),
	      quote(&item->values[0], text, sizeof(text)), item->key, expected);
	return -EINVAL;
}

static int read_interface(const oconfig_item_t *item, struct selection *selection)
{
	const char *text = options_string(item);
	char reason[256] = "", where[OPTIONS_WHERE];
	int err;

	if (!text)
		return options_refuse(item, OPTIONS_INTERFACE_EXPECTED);
	if (text[0] != '/' && strpbrk(text, "*?[](){}|^$\\,"))
		WARNING("xdp plugin: %sInterface \"%s\" is a name, not a pattern, and is taken as "
			"it is; a pattern is a regular expression between slashes, like "
			"\"/^eth/\", and of several interfaces each has an Interface line of its "
			"own.",
			options_where(item->parent, where), text);
	err = selection_add(selection, text, reason, sizeof(reason));
	if (err == -EINVAL)
		ERROR("xdp plugin: %sinvalid value \"%s\" for Interface: %s; %s.",
		      options_where(item->parent, where), text, reason, OPTIONS_INTERFACE_EXPECTED);
	return err;
}

/* Also in quotes, which collectd.conf(5) writes, with the words that collectd takes. */
static int read_truth(const oconfig_item_t *item, bool *ret_truth)
{
	const char *text = options_string(item);

	if (item->values[0].type == OCONFIG_TYPE_BOOLEAN)
		*ret_truth = item->values[0].value.boolean;
	else if (text && IS_TRUE(text))
		*ret_truth = true;
	else if (text && IS_FALSE(text))
		*ret_truth = false;
	else
		return options_refuse(item, "expected true or false");
	return 0;
}

/* Sets the bool or the bit of a row. */
static int set_truth(const oconfig_item_t *item, uint32_t bit, void *member)
{
	bool truth = false;
	int err = read_truth(item, &truth);

	if (err)
		return err;
	if (!bit)
		*(bool *)member = truth;
	else if (truth)
		*(uint32_t *)member |= bit;
	else
		*(uint32_t *)member &= ~bit;
	return 0;
}

static int read_inverted(const oconfig_item_t *item, struct selection *selection)
{
	bool inverted = false;
	int err = read_truth(item, &inverted);

	if (!err)
		selection_invert(selection, inverted);
	return err;
}

double options_number(const oconfig_value_t *value)
{
	const char *text = value->type == OCONFIG_TYPE_STRING ? value->value.string : "";

	if (value->type == OCONFIG_TYPE_NUMBER)
		return value->value.number;
	if (!text[0] || text[strspn(text, "0123456789")])
		return NAN;
	return strtod(text, NULL);
}

static int read_number(const oconfig_item_t *item, unsigned int max, unsigned int *ret_number)
{
	double number = options_number(&item->values[0]);
	char expected[64];

	if (!(number >= 1) || number > max || number != floor(number)) {
		snprintf(expected, sizeof(expected), "expected a whole number from 1 to %u", max);
		return options_refuse(item, expected);
	}
	*ret_number = (unsigned int)number;
	return 0;
}

bool options_is_word(const char *text, const char *others, size_t max)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789";
	size_t length = 0;

	if (!text)
		return false;
	for (; text[length]; length++) {
		if (!strchr(letters, text[length]) && !strchr(others, text[length]))
			return false;
	}
	return length > 0 && length <= max;
}

int options_read_name(const oconfig_item_t *block, const char *others, unsigned int max,
		      char **ret_name)
{
	const char *word = options_string(block);
	char expected[128];

	if (options_is_word(word, others, max))
		return options_keep(word, ret_name);
	snprintf(expected, sizeof(expected),
		 "expected 1 to %u letters, digits or any of \"%s\", in quotes", max, others);
	return options_refuse(block, expected);
}

/* Whether a component of the path is "." or "..", or empty. */
static bool is_crooked(const char *path)
{
	while (*path == '/') {
		size_t length = strcspn(++path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		path += length;
	}
	return false;
}

int options_read_path(const oconfig_item_t *item, size_t max, const char *expected, char **ret_path)
{
	const char *path = options_string(item);

	if (!path || path[0] != '/' || is_crooked(path) || strlen(path) > max)
		return options_refuse(item, expected);
	return options_keep(path, ret_path);
}

static int read_choice(const oconfig_item_t *item, const struct options_row *row,
		       unsigned int *ret_choice)
{
	const char *text = options_string(item);

	for (unsigned int i = 0; text && row->choices[i]; i++) {
		if (strcasecmp(text, row->choices[i]) == 0) {
			*ret_choice = i;
			return 0;
		}
	}
	return options_refuse(item, row->expected);
}

static int read_value(const oconfig_item_t *item, const struct options_row *row, void *target)
{
	void *member = (char *)target + row->offset;

	if (row->read)
		return row->read(item, target);
	switch (row->kind) {
	case OPTIONS_NUMBER:
		return read_number(item, row->max, member);
	case OPTIONS_WORD:
		return options_read_name(item, row->others, row->max, member);
	case OPTIONS_PATH:
		return options_read_path(item, row->max, row->expected, member);
	case OPTIONS_CHOICE:
		return read_choice(item, row, member);
	case OPTIONS_INTERFACE:
		return read_interface(item, *(struct selection **)member);
	case OPTIONS_INVERTED:
		return read_inverted(item, *(struct selection **)member);
	default:
		return set_truth(item, row->bit, member);
	}
}

/* Letters to insert, remove or exchange until one word is the other, in any case of letters. */
static size_t distance(const char *one, const char *other)
{
	size_t row[OPTIONS_NAME + 1], length = strlen(other);

	if (strlen(one) > OPTIONS_NAME || length > OPTIONS_NAME)
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; one[i]; i++) {
		size_t before = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t exchanged = before + (tolower((unsigned char)one[i]) !=
						     tolower((unsigned char)other[j]));
			size_t moved = 1 + (row[j] < row[j + 1] ? row[j] : row[j + 1]);

			before = row[j + 1];
			row[j + 1] = exchanged < moved ? exchanged : moved;
		}
	}
	return row[length];
}

/* The option that was meant, if a third of its letters at most is wrong; else NULL. */
static const char *nearest(const char *name, const struct options_row *rows, size_t count)
{
	const char *found = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		size_t letters = distance(name, rows[i].name);

		if (letters < least && letters <= strlen(rows[i].name) / 3) {
			least = letters;
			found = rows[i].name;
		}
	}
	return found;
}

/* What collectd itself reads, but not in a <Plugin> block. */
static bool is_of_load_plugin(const char *name)
{
	return strcasecmp(name, "Interval") == 0 || strcasecmp(name, "FlushInterval") == 0 ||
	       strcasecmp(name, "FlushTimeout") == 0 || strcasecmp(name, "Globals") == 0;
}

static int refuse_unknown(const oconfig_item_t *item, const struct options_row *rows, size_t count)
{
	char known[512] = "", where[OPTIONS_WHERE], meant[OPTIONS_NAME + 32] = "";
	const char *near = nearest(item->key, rows, count);

	if (is_of_load_plugin(item->key)) {
		ERROR("xdp plugin: %s%s is no option of this block; write it into the block "
		      "<LoadPlugin xdp>.",
		      options_where(item->parent, where), item->key);
		return -EINVAL;
	}
	if (near)
		snprintf(meant, sizeof(meant), "did you mean %s? ", near);
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", rows[i].name);
	}
	ERROR("xdp plugin: %sunknown option \"%s\"; %sthe options are %s.",
	      options_where(item->parent, where), item->key, meant, known);
	return -EINVAL;
}

/* Two values for one option contradict each other, unless it is a list. */
static int refuse_repeated(const oconfig_item_t *item, const oconfig_item_t *first)
{
	char one[256], other[256], where[OPTIONS_WHERE];

	ERROR("xdp plugin: %soption %s is given twice, as %s and as %s; keep only one of them.",
	      options_where(item->parent, where), item->key,
	      quote(&first->values[0], one, sizeof(one)),
	      quote(&item->values[0], other, sizeof(other)));
	return -EINVAL;
}

/* An option is a line or a block, and has its number of values. */
static int check_form(const oconfig_item_t *item, const struct options_row *row)
{
	int values = row->values ? row->values : 1;
	char where[OPTIONS_WHERE];

	options_where(item->parent, where);
	if (item->children_num && !row->block) {
		ERROR("xdp plugin: %soption %s is not a block; write it on a line of its own, as "
		      "%s VALUE.",
		      where, item->key, row->name);
		return -EINVAL;
	}
	if (item->values_num != values) {
		ERROR("xdp plugin: %soption %s has %d values; expected %d.", where, item->key,
		      item->values_num, values);
		return -EINVAL;
	}
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

/* Tells the options that are needed and not there. */
static int check_needed(const oconfig_item_t *block, const struct options_row *rows, size_t count,
			const oconfig_item_t *const *seen)
{
	char where[OPTIONS_WHERE];
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		if (seen[i] || !rows[i].needed)
			continue;
		ERROR("xdp plugin: %s%s.", options_where(block, where), rows[i].needed);
		result = -EINVAL;
	}
	return result;
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
			err = read_value(item, row, target);
		}
		if (err == -ENOMEM)
			return err;
		if (err)
			result = err;
	}
	/* What is missing may be what is misspelt, which was said already. */
	return result ? result : check_needed(block, rows, count, seen);
}
