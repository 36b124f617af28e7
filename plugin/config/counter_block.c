// SPDX-License-Identifier: GPL-2.0-only
/* Reads and checks <Counter> and the <Map> blocks in it. */
#include "plugin/config/counter_block.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>

#include "plugin/config/options.h"

/* With the longest text of a key, a type instance is still below collectd's 128 characters. */
#define COUNTER_BLOCK_PREFIX_MAX 24
#define COUNTER_BLOCK_LABEL_MAX 64
#define COUNTER_BLOCK_NAME_MAX 32
#define COUNTER_BLOCK_SYMBOL_MAX 128

/* Letters, digits and the characters in `others`, at least one and at most `max`. */
static bool is_word(const char *text, const char *others, size_t max)
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

static int keep_word(const oconfig_item_t *item, const char *others, size_t max, char **text)
{
	const char *word = options_string(item);
	char allowed[128];

	if (is_word(word, others, max))
		return options_keep(word, text);
	snprintf(allowed, sizeof(allowed), "1 to %zu letters, digits or any of \"%s\", in quotes",
		 max, others);
	return options_refuse(item, allowed);
}

static int read_object(const oconfig_item_t *item, void *target)
{
	struct counter_block *settings = target;
	const char *path = options_string(item);

	if (!path || path[0] != '/' || strlen(path) >= PATH_MAX)
		return options_refuse(item, "the absolute path of an object file (.bpf.o)");
	return options_keep(path, &settings->object);
}

static int read_program(const oconfig_item_t *item, void *target)
{
	return keep_word(item, "_./", COUNTER_BLOCK_SYMBOL_MAX,
			 &((struct counter_block *)target)->program);
}

static int read_interface(const oconfig_item_t *item, void *target)
{
	return options_interface(item, ((struct counter_block *)target)->selection);
}

static int read_ignore_selected(const oconfig_item_t *item, void *target)
{
	return options_inverted(item, ((struct counter_block *)target)->selection);
}

static int read_mode(const oconfig_item_t *item, void *target)
{
	return options_mode(item, &((struct counter_block *)target)->mode);
}

static int read_type(const oconfig_item_t *item, void *target)
{
	return keep_word(item, "_", COUNTER_BLOCK_SYMBOL_MAX - 1,
			 &((struct map_block *)target)->type);
}

static int read_prefix(const oconfig_item_t *item, void *target)
{
	return keep_word(item, "_-.:", COUNTER_BLOCK_PREFIX_MAX,
			 &((struct map_block *)target)->prefix);
}

static int read_member(const oconfig_item_t *item, void *target)
{
	return keep_word(item, "_.", COUNTER_BLOCK_SYMBOL_MAX,
			 &((struct map_block *)target)->member);
}

static int read_instance(const oconfig_item_t *item, void *target)
{
	struct map_block *map = target;
	const char *text = options_string(item);
	const char *name;

	for (int form = 0; text && (name = key_form_name(form)); form++) {
		if (strcasecmp(text, name) == 0) {
			map->form = form;
			return 0;
		}
	}
	return options_refuse(item,
			      "\"decimal\", \"hex\", \"ipv4\", \"ipv6\", \"mac\" or \"string\"");
}

static int read_max_keys(const oconfig_item_t *item, void *target)
{
	return options_number(item, MAP_BLOCK_KEYS_MAX, &((struct map_block *)target)->max_keys);
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
	const oconfig_value_t *key = &item->values[0], *text = &item->values[1];
	struct key_form_label *grown;

	/* Up to 2^53 each whole number is one. */
	if (key->type != OCONFIG_TYPE_NUMBER || !(key->value.number >= 0) ||
	    key->value.number > 9007199254740992.0 ||
	    key->value.number != floor(key->value.number) || text->type != OCONFIG_TYPE_STRING ||
	    !is_word(text->value.string, "_-.:", COUNTER_BLOCK_LABEL_MAX))
		return options_refuse(item,
				      "a key, which is a whole number from 0 on, and its text "
				      "of 1 to 64 letters, digits or any of \"_-.:\"");
	if (is_taken(map, (uint64_t)key->value.number, text->value.string))
		return options_refuse(item, "each key and each text once, and no text that is the "
					    "number of another key");
	grown = reallocarray(map->labels, map->label_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	map->labels = grown;
	grown[map->label_count] = (struct key_form_label){.key = (uint64_t)key->value.number};
	return options_keep(text->value.string, &grown[map->label_count++].text);
}

static const struct options_row map_options[] = {
	{.name = "Type", .read = read_type},
	{.name = "Instance", .read = read_instance},
	{.name = "Label", .read = read_label, .repeats = true, .values = 2},
	{.name = "Prefix", .read = read_prefix},
	{.name = "Member", .read = read_member},
	{.name = "MaxKeys", .read = read_max_keys},
};

/* What only shows when all options of a <Map> are read. */
static int check_map(const oconfig_item_t *block, const struct map_block *map)
{
	char where[192];

	options_where(block, where, sizeof(where));
	if (!map->type[0]) {
		ERROR("xdp plugin: %sno Type is given; name one of types.db, like Type "
		      "\"if_rx_packets\".",
		      where);
		return -EINVAL;
	}
	if (map->label_count && map->form != KEY_FORM_DECIMAL) {
		ERROR("xdp plugin: %sLabel is for numbers; leave out Instance \"%s\" or the "
		      "labels.",
		      where, key_form_name(map->form));
		return -EINVAL;
	}
	return 0;
}

/* Besides the maps, each counter tells of its interfaces; see custom_report_interface(). */
static const struct map_block own_gauges[] = {
	{.type = (char *)"gauge", .prefix = (char *)"attached", .form = KEY_FORM_STRING},
	{.type = (char *)"gauge", .prefix = (char *)"native", .form = KEY_FORM_STRING},
};

/* What follows "WORD-" in a text; NULL if it does not begin so. */
static const char *rest_after(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && text[length] == '-' ? text + length + 1 : NULL;
}

/* Whether keys of a map may begin with "WORD-"; numbers and addresses have no dash. */
static bool may_begin(const struct map_block *map, const char *word)
{
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

/* Whether values of two maps may get one name. */
static bool may_meet(const struct map_block *one, const struct map_block *other)
{
	if (strcmp(one->type, other->type) != 0)
		return false;
	return strcmp(one->prefix, other->prefix) == 0 || may_imitate(one, other) ||
	       may_imitate(other, one);
}

/* A series has one source: the last map against those before it. */
static int check_names(const oconfig_item_t *block, const struct counter_block *settings)
{
	const struct map_block *last = &settings->maps[settings->map_count - 1];
	char where[192];

	for (size_t i = 0; i < sizeof(own_gauges) / sizeof(own_gauges[0]); i++) {
		if (!may_meet(last, &own_gauges[i]))
			continue;
		ERROR("xdp plugin: %sits values may get the names of %s-%s-INTERFACE, which the "
		      "counter has of its own; give it another Prefix.",
		      options_where(block, where, sizeof(where)), last->type, own_gauges[i].prefix);
		return -EINVAL;
	}
	for (const struct map_block *map = settings->maps; map < last; map++) {
		if (!may_meet(last, map))
			continue;
		ERROR("xdp plugin: %sType \"%s\" is that of another Map of this counter (%s), and "
		      "values of both may get one name; give one of them another Prefix.",
		      options_where(block, where, sizeof(where)), last->type, map->map);
		return -EINVAL;
	}
	return 0;
}

static void free_map(struct map_block *map)
{
	for (size_t i = 0; i < map->label_count; i++)
		free(map->labels[i].text);
	free(map->labels);
	free(map->map);
	free(map->type);
	free(map->prefix);
	free(map->member);
}

static int fill_map(const oconfig_item_t *item, struct map_block *map)
{
	int err = keep_word(item, "_.", COUNTER_BLOCK_SYMBOL_MAX, &map->map);

	if (!err && (options_keep("", &map->type) || options_keep("", &map->prefix) ||
		     options_keep("", &map->member)))
		err = -ENOMEM;
	if (!err)
		err = options_read_block(item, map_options,
					 sizeof(map_options) / sizeof(map_options[0]), map);
	return err ? err : check_map(item, map);
}

/* Appends a <Map> block; one that is wrong is not kept. */
static int read_map(const oconfig_item_t *item, void *target)
{
	struct counter_block *settings = target;
	struct map_block *map = reallocarray(settings->maps, settings->map_count + 1, sizeof(*map));
	int err;

	if (!map)
		return -ENOMEM;
	settings->maps = map;
	map += settings->map_count;
	*map = (struct map_block){.max_keys = MAP_BLOCK_KEYS};
	err = fill_map(item, map);
	if (!err) {
		settings->map_count++;
		return check_names(item, settings);
	}
	free_map(map);
	return err;
}

static const struct options_row counter_options[] = {
	{.name = "Object", .read = read_object},
	{.name = "Program", .read = read_program},
	{.name = "Interface", .read = read_interface, .repeats = true},
	{.name = "IgnoreSelected", .read = read_ignore_selected},
	{.name = "AttachMode", .read = read_mode},
	{.name = "Map", .read = read_map, .repeats = true, .block = true},
};

/* What only shows when all options are read. */
static int check_whole(const struct counter_block *settings)
{
	const char *missing = NULL;

	if (!settings->object)
		missing = "Object is given; name the object file, like Object "
			  "\"/usr/local/lib/collectd-xdp/my.bpf.o\"";
	else if (!settings->program)
		missing = "Program is given; name its function or section, like Program \"xdp\"";
	else if (selection_count(settings->selection) == 0)
		missing = "Interface is given; name at least one, like Interface \"eth0\"";
	else if (settings->map_count == 0)
		missing = "Map is given; add a block like <Map \"packets\"> for what is to be "
			  "reported";
	if (!missing)
		return 0;
	ERROR("xdp plugin: counter %s: no %s.", settings->name, missing);
	return -EINVAL;
}

int counter_block_read(const oconfig_item_t *block, struct counter_block **ret_settings)
{
	struct counter_block *settings = calloc(1, sizeof(*settings));
	int err;

	if (!settings)
		return -ENOMEM;
	settings->mode = XDP_LINK_AUTO;
	err = selection_new(&settings->selection);
	/* A folder of pins has this name, and such names have no dots. */
	if (!err)
		err = keep_word(block, "_-", COUNTER_BLOCK_NAME_MAX, &settings->name);
	if (!err)
		err = options_read_block(block, counter_options,
					 sizeof(counter_options) / sizeof(counter_options[0]),
					 settings);
	if (!err)
		err = check_whole(settings);
	if (err) {
		counter_block_free(settings);
		return err;
	}
	*ret_settings = settings;
	return 0;
}

void counter_block_free(struct counter_block *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->map_count; i++)
		free_map(&settings->maps[i]);
	free(settings->maps);
	selection_free(settings->selection);
	free(settings->name);
	free(settings->object);
	free(settings->program);
	free(settings);
}
