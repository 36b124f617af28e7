// SPDX-License-Identifier: GPL-2.0-only
/* From lines to a tree: the options of a block lie in a row. */
#include "tests/lib/block.h"

#include <stdlib.h>
#include <string.h>

struct block_line {
	char *text;
	size_t depth; /* spaces before it */
};

static void read_value(char *text, oconfig_value_t *value)
{
	size_t length = strlen(text);
	char *end;

	if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
		text[length - 1] = '\0';
		value->type = OCONFIG_TYPE_STRING;
		value->value.string = text + 1;
		return;
	}
	value->type = OCONFIG_TYPE_NUMBER;
	value->value.number = strtod(text, &end);
	if (end != text && !*end)
		return;
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
		value->type = OCONFIG_TYPE_BOOLEAN;
		value->value.boolean = *text == 't';
		return;
	}
	value->type = OCONFIG_TYPE_STRING;
	value->value.string = text;
}

static void read_option(char *line, oconfig_item_t *option, oconfig_value_t *values)
{
	char *rest = strchr(line, ' ');

	*option = (oconfig_item_t){.key = line, .values = values};
	while (rest && option->values_num < BLOCK_VALUES) {
		*rest++ = '\0';
		line = rest;
		rest = strchr(line, ' ');
		if (rest)
			*rest = '\0';
		read_value(line, &values[option->values_num++]);
	}
}

/* Lines from one that begins an option of a block to the next such. */
static size_t extent(const struct block_line *lines, size_t count, size_t depth)
{
	size_t end = 1;

	while (end < count && lines[end].depth > depth)
		end++;
	return end;
}

static void build(struct block *block, const struct block_line *lines, size_t count,
		  oconfig_item_t *parent)
{
	oconfig_item_t *options = &block->items[block->count];
	size_t end;

	if (!count)
		return;
	parent->children = options;
	for (size_t i = 0; i < count; i += extent(&lines[i], count - i, lines[0].depth)) {
		oconfig_item_t *option = &block->items[block->count];

		read_option(lines[i].text, option, block->values[block->count]);
		option->parent = parent;
		block->count++;
		parent->children_num++;
	}
	for (size_t i = 0; i < count; i += end) {
		end = extent(&lines[i], count - i, lines[0].depth);
		build(block, &lines[i + 1], end - 1, options++);
	}
}

const oconfig_item_t *block_read(char *text, struct block *block)
{
	struct block_line lines[BLOCK_LINES];
	size_t count = 0;
	char *line, *rest = NULL;

	*block = (struct block){.root = {.key = (char *)"Plugin"}};
	for (line = strtok_r(text, "\n", &rest); line && count < BLOCK_LINES;
	     line = strtok_r(NULL, "\n", &rest)) {
		size_t depth = strspn(line, " ");

		lines[count++] = (struct block_line){line + depth, depth};
	}
	build(block, lines, count, &block->root);
	return &block->root;
}
