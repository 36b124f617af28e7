// SPDX-License-Identifier: GPL-2.0-only
/* Reads and checks a <Map> block. */
#include "plugin/config/map_block.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>

#include "plugin/config/options.h"

#define MAP_BLOCK_LABEL_MAX 64
#define MAP_BLOCK_SYMBOL_MAX 128
#define MAP_BLOCK_TYPE_MAX 127

/* Up to here each whole number is a double. */
#define MAP_BLOCK_LABEL_KEY_MAX 9007199254740992.0

/* By enum map_block_outer. */
static const char *const outer_names[] = {"auto", "decimal", "hex",    "ipv4",
					  "ipv6", "mac",     "string", NULL};
_Static_assert(sizeof(outer_names) / sizeof(outer_names[0]) ==
		       MAP_BLOCK_OUTER_FORM + KEY_FORM_STRING + 2,
	       "the names of all forms");

static bool is_outer_string(const struct map_block *map)
{
	return map->outer == (enum map_block_outer)(MAP_BLOCK_OUTER_FORM + KEY_FORM_STRING);
}

static bool is_key(double number)
{
	return number >= 0 && number <= MAP_BLOCK_LABEL_KEY_MAX && number == floor(number);
}

/* A text that another key has already, as a label or as its digits. */
static bool is_taken(const struct map_block *map, uint64_t key, const char *text)
{
	char *end;
	uint64_t digits = strtoull(text, &end, 10);

	if (!*end && digits != key)
		return true;
	for (size_t i = 0; i < map->label_count; i++) {
		if (map->labels[i].key == key || strcmp(map->labels[i].text, text) == 0)
			return true;
	}
	return false;
}

static int read_label(const oconfig_item_t *item, void *target)
{
	struct map_block *map = target;
	const double key = options_number(&item->values[0]);
	const oconfig_value_t *text = &item->values[1];
	struct key_form_label *grown;

	if (!is_key(key) || text->type != OCONFIG_TYPE_STRING ||
	    !options_is_word(text->value.string, "_-.:", MAP_BLOCK_LABEL_MAX))
		return options_refuse(item, "expected a key, which is a whole number from 0 on, "
					    "and its text of 1 to 64 letters, digits or any of "
					    "\"_-.:\"");
	if (is_taken(map, (uint64_t)key, text->value.string))
		return options_refuse(item, "expected each key and each text once, and no text "
					    "that is the number of another key");
	grown = reallocarray(map->labels, map->label_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	map->labels = grown;
	grown[map->label_count] = (struct key_form_label){.key = (uint64_t)key};
	return options_keep(text->value.string, &grown[map->label_count++].text);
}

#define MAP_BLOCK_OPTION(option, member)                                                           \
	.name = (option), .offset = offsetof(struct map_block, member)

static const struct options_row map_options[] = {
	{MAP_BLOCK_OPTION("Type", type), .kind = OPTIONS_WORD, .max = MAP_BLOCK_TYPE_MAX,
	 .others = "_",
	 .needed = "no Type is given; name one of types.db, like Type \"if_rx_packets\""},
	{MAP_BLOCK_OPTION("Instance", form), .kind = OPTIONS_CHOICE, .choices = key_form_names,
	 .expected = "expected \"decimal\", \"hex\", \"ipv4\", \"ipv6\", \"mac\" or \"string\""},
	{MAP_BLOCK_OPTION("OuterInstance", outer), .kind = OPTIONS_CHOICE, .choices = outer_names,
	 .expected = "expected \"auto\", \"decimal\", \"hex\", \"ipv4\", \"ipv6\", \"mac\" or "
		     "\"string\""},
	{.name = "Label", .read = read_label, .repeats = true, .values = 2},
	{MAP_BLOCK_OPTION("Prefix", prefix), .kind = OPTIONS_WORD, .max = MAP_BLOCK_PREFIX_MAX,
	 .others = "_-.:"},
	{MAP_BLOCK_OPTION("Member", member), .kind = OPTIONS_WORD, .max = MAP_BLOCK_SYMBOL_MAX,
	 .others = "_."},
	{MAP_BLOCK_OPTION("MaxKeys", max_keys), .kind = OPTIONS_NUMBER, .max = MAP_BLOCK_KEYS_MAX},
};

#define MAP_BLOCK_OPTIONS (sizeof(map_options) / sizeof(map_options[0]))
_Static_assert(MAP_BLOCK_OPTIONS <= OPTIONS_ROWS_MAX,
	       "options_read_block() keeps an array of them");

/* What only shows when all options are read. */
static int check_labels(const oconfig_item_t *block, const struct map_block *map)
{
	char where[OPTIONS_WHERE];

	if (!map->label_count || map->form == KEY_FORM_DECIMAL)
		return 0;
	ERROR("xdp plugin: %sLabel is for numbers; remove Instance \"%s\" or the labels.",
	      options_where(block, where), key_form_names[map->form]);
	return -EINVAL;
}

/* OUTER-INNER is parted by the first dash, or, if the outer key may have some, by the last one. */
static int check_outer(const oconfig_item_t *block, const struct map_block *map)
{
	bool has_dash = map->form == KEY_FORM_STRING;
	char where[OPTIONS_WHERE];

	for (size_t i = 0; i < map->label_count; i++)
		has_dash |= strchr(map->labels[i].text, '-') != NULL;
	if (!is_outer_string(map) || !has_dash)
		return 0;
	ERROR("xdp plugin: %sOuterInstance \"string\" needs inner keys without a dash; choose "
	      "another OuterInstance or Instance, or labels without one.",
	      options_where(block, where));
	return -EINVAL;
}

int map_block_read(const oconfig_item_t *block, struct map_block *ret_map)
{
	struct map_block map = {.max_keys = MAP_BLOCK_KEYS};
	int err = options_read_name(block, "_.-", MAP_BLOCK_SYMBOL_MAX, &map.name);

	if (!err && (options_keep("", &map.type) || options_keep("", &map.prefix) ||
		     options_keep("", &map.member)))
		err = -ENOMEM;
	if (!err)
		err = options_read_block(block, map_options, MAP_BLOCK_OPTIONS, &map);
	if (!err)
		err = check_labels(block, &map);
	if (!err)
		err = check_outer(block, &map);
	if (err) {
		map_block_clear(&map);
		return err;
	}
	*ret_map = map;
	return 0;
}

void map_block_clear(struct map_block *map)
{
	for (size_t i = 0; i < map->label_count; i++)
		free(map->labels[i].text);
	free(map->labels);
	free(map->name);
	free(map->type);
	free(map->prefix);
	free(map->member);
}

/* What follows "WORD-" in a text; NULL if it does not begin so. */
static const char *rest_after(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && text[length] == '-' ? text + length + 1 : NULL;
}

/* Whether an outer key may look like the word, up to its first dash. */
static bool may_be_outer(const struct map_block *map, const char *word)
{
	return map->may_nest &&
	       (is_outer_string(map) || strspn(word, "0123456789abcdef.:") == strcspn(word, "-"));
}

/* Whether keys of a map may begin with "WORD-"; numbers and addresses have no dash. */
static bool may_begin(const struct map_block *map, const char *word)
{
	if (may_be_outer(map, word))
		return true;
	for (size_t i = 0; i < map->label_count; i++) {
		if (rest_after(map->labels[i].text, word))
			return true;
	}
	return map->form == KEY_FORM_STRING;
}

/* Whether keys of one map may look like the longer prefix of the other one, and a key. */
static bool may_imitate(const struct map_block *map, const struct map_block *other)
{
	const char *rest = map->prefix[0] ? rest_after(other->prefix, map->prefix) : other->prefix;

	return rest && may_begin(map, rest);
}

bool map_block_may_meet(const struct map_block *one, const struct map_block *other)
{
	if (strcmp(one->type, other->type) != 0)
		return false;
	return strcmp(one->prefix, other->prefix) == 0 || may_imitate(one, other) ||
	       may_imitate(other, one);
}

int map_block_append(const oconfig_item_t *block, bool may_nest, struct map_block **maps,
		     size_t *count)
{
	struct map_block *grown = reallocarray(*maps, *count + 1, sizeof(*grown));
	char where[OPTIONS_WHERE];
	struct map_block *last;
	int err;

	if (!grown)
		return -ENOMEM;
	*maps = grown;
	last = &grown[*count];
	err = map_block_read(block, last);
	if (err)
		return err;
	last->may_nest = may_nest;
	++*count;
	for (const struct map_block *map = grown; map < last; map++) {
		if (!map_block_may_meet(last, map))
			continue;
		ERROR("xdp plugin: %smap %s has the same Type \"%s\", and values of both may get "
		      "the same name; give one of them another Prefix.",
		      options_where(block, where), map->name, last->type);
		return -EINVAL;
	}
	return 0;
}
