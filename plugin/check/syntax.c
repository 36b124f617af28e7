// SPDX-License-Identifier: GPL-2.0-only
/* The grammar of liboconfig: src/liboconfig/scanner.l and parser.y of collectd. */
#include "plugin/check/syntax.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where a text is read, and where it is an error. */
struct conf {
	const char *next;
	unsigned int line;
	int error;
};

static void *fail(struct conf *conf, int error)
{
	if (!conf->error)
		conf->error = error;
	return NULL;
}

/* Spaces, and a line that goes on after a backslash; comments end at the end of their line. */
static void skip_spaces(struct conf *conf)
{
	for (;;) {
		conf->next += strspn(conf->next, " \t\b\r");
		if (*conf->next == '#') {
			conf->next += strcspn(conf->next, "\n");
		} else if (conf->next[0] == '\\' && conf->next[1] == '\n') {
			conf->next += 2;
			conf->line++;
		} else if (strncmp(conf->next, "\\\r\n", 3) == 0) {
			conf->next += 3;
			conf->line++;
		} else {
			return;
		}
	}
}

/* The text between quotes, where a backslash takes the next character as it is. */
static char *read_quoted(struct conf *conf)
{
	char *text = malloc(strlen(conf->next));
	size_t used = 0;

	if (!text)
		return fail(conf, -ENOMEM);
	for (conf->next++; *conf->next && *conf->next != '"'; conf->next++) {
		if (conf->next[0] == '\\' && conf->next[1])
			conf->next++;
		conf->line += *conf->next == '\n';
		text[used++] = *conf->next;
	}
	text[used] = '\0';
	if (*conf->next != '"') {
		free(text);
		return fail(conf, -EINVAL);
	}
	conf->next++;
	return text;
}

static char *read_bare(struct conf *conf)
{
	size_t length = strcspn(conf->next, " \t\b\r\n<>\"#");
	char *text;

	if (!length)
		return fail(conf, -EINVAL);
	text = strndup(conf->next, length);
	if (!text)
		return fail(conf, -ENOMEM);
	conf->next += length;
	return text;
}

static bool is_one_of(const char *text, const char *const words[3])
{
	for (size_t i = 0; i < 3; i++) {
		if (strcasecmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

/* What may stand without quotes, besides numbers: words, and addresses. */
static bool is_bare(const char *text)
{
	const char *word = text;

	while (isalnum((unsigned char)*word) || *word == '_')
		word++;
	return !*word || !text[strspn(text, "0123456789abcdefABCDEF.:[]")];
}

/* What a value without quotes is: a number, a boolean, or a string. Takes `text`. */
static void set_bare(struct conf *conf, oconfig_value_t *value, char *text)
{
	static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no",
									       "off"};
	char *end;

	value->type = OCONFIG_TYPE_NUMBER;
	value->value.number = strtod(text, &end);
	if (end != text && !*end) {
		free(text);
	} else if (is_one_of(text, yes) || is_one_of(text, no)) {
		value->type = OCONFIG_TYPE_BOOLEAN;
		value->value.boolean = is_one_of(text, yes);
		free(text);
	} else {
		value->type = OCONFIG_TYPE_STRING;
		value->value.string = text;
		if (!is_bare(text))
			fail(conf, -EINVAL);
	}
}

/* The values of an option, up to the end of its line, or to the bracket that ends its head. */
static void read_values(struct conf *conf, oconfig_item_t *item)
{
	for (;;) {
		oconfig_value_t *values;
		char *text;
		bool quoted;

		skip_spaces(conf);
		if (!*conf->next || *conf->next == '\n' || *conf->next == '>')
			return;
		values = reallocarray(item->values, (size_t)item->values_num + 1, sizeof(*values));
		if (!values) {
			fail(conf, -ENOMEM);
			return;
		}
		item->values = values;
		quoted = *conf->next == '"';
		text = quoted ? read_quoted(conf) : read_bare(conf);
		if (!text)
			return;
		values += item->values_num++;
		*values = (oconfig_value_t){.type = OCONFIG_TYPE_STRING};
		if (quoted)
			values->value.string = text;
		else
			set_bare(conf, values, text);
		if (conf->error)
			return;
	}
}

oconfig_item_t *check_syntax_append(oconfig_item_t *parent)
{
	oconfig_item_t *children =
		reallocarray(parent->children, (size_t)parent->children_num + 1, sizeof(*children));

	if (!children)
		return NULL;
	parent->children = children;
	children += parent->children_num++;
	*children = (oconfig_item_t){0};
	return children;
}

/* Passes the '>' that ends the head of a block, or the end of a block. */
static bool pass_bracket(struct conf *conf)
{
	skip_spaces(conf);
	if (*conf->next != '>') {
		fail(conf, -EINVAL);
		return false;
	}
	conf->next++;
	return true;
}

/* Passes what ends a block of this key: "</Key>". */
static void pass_end(struct conf *conf, const char *key)
{
	size_t length = strlen(key);

	conf->next += strlen("</");
	skip_spaces(conf);
	if (strncasecmp(conf->next, key, length) != 0) {
		fail(conf, -EINVAL);
		return;
	}
	conf->next += length;
	pass_bracket(conf);
}

/* Passes spaces, comments and ends of lines. */
static void skip_lines(struct conf *conf)
{
	for (skip_spaces(conf); *conf->next == '\n'; skip_spaces(conf)) {
		conf->next++;
		conf->line++;
	}
}

static void read_block(struct conf *conf, oconfig_item_t *parent, int depth);

/* One option, or a block with all that is in it. */
static void read_item(struct conf *conf, oconfig_item_t *parent, int depth)
{
	bool block = *conf->next == '<';
	oconfig_item_t *item = check_syntax_append(parent);

	if (!item) {
		fail(conf, -ENOMEM);
		return;
	}
	if (block)
		conf->next++;
	skip_spaces(conf);
	item->key = read_bare(conf);
	if (!item->key)
		return;
	read_values(conf, item);
	if (!block) {
		if (*conf->next == '>')
			fail(conf, -EINVAL);
		return;
	}
	if (conf->error || !pass_bracket(conf))
		return;
	read_block(conf, item, depth + 1);
	if (!conf->error && !*conf->next)
		fail(conf, -EINVAL);
	if (!conf->error)
		pass_end(conf, item->key);
}

/* Options up to the end of the block, or of the text. */
static void read_block(struct conf *conf, oconfig_item_t *parent, int depth)
{
	/* More than any configuration has. */
	if (depth > 32)
		fail(conf, -EINVAL);
	for (;;) {
		if (conf->error)
			return;
		skip_lines(conf);
		if (!*conf->next || strncmp(conf->next, "</", 2) == 0)
			return;
		read_item(conf, parent, depth);
	}
}

void check_syntax_clear(oconfig_item_t *item)
{
	for (int i = 0; i < item->values_num; i++) {
		if (item->values[i].type == OCONFIG_TYPE_STRING)
			free(item->values[i].value.string);
	}
	for (int i = 0; i < item->children_num; i++)
		check_syntax_clear(&item->children[i]);
	free(item->values);
	free(item->children);
	free(item->key);
	*item = (oconfig_item_t){0};
}

int check_syntax_read(const char *text, oconfig_item_t *root, unsigned int *ret_line)
{
	struct conf conf = {.next = text, .line = 1};

	read_block(&conf, root, 0);
	if (!conf.error && *conf.next)
		fail(&conf, -EINVAL);
	*ret_line = conf.line;
	return conf.error;
}
