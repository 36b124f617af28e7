// SPDX-License-Identifier: GPL-2.0-only
/* Reads and checks a <Maps> block. */
#include "plugin/config/maps_block.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>

#include "plugin/config/options.h"

#define MAPS_BLOCK_NAME_MAX 32
#define MAPS_BLOCK_PROGRAM_MAX 128
#define MAPS_BLOCK_PATH_MAX 3584
#define MAPS_BLOCK_INTERFACE_MAX 127
_Static_assert(MAPS_BLOCK_PATH_MAX + 512 == PATH_MAX, "the number stands in messages, too");

/* A name, also an alternative one, and no regular expression: the program at one hook is read. */
static int read_interface(const oconfig_item_t *item, void *target)
{
	const char *name = options_string(item);
	bool good = name && name[0] && strlen(name) <= MAPS_BLOCK_INTERFACE_MAX;

	for (size_t i = 0; good && name[i]; i++)
		good = name[i] != '/' && !isspace((unsigned char)name[i]);
	if (!good)
		return options_refuse(item, "expected the name of one interface, like \"eth0\"");
	return options_keep(name, &((struct maps_block *)target)->interface);
}

static int read_map(const oconfig_item_t *item, void *target)
{
	struct maps_block *maps = target;

	return map_block_append(item, true, &maps->maps, &maps->map_count);
}

#define MAPS_BLOCK_OPTION(option, member)                                                          \
	.name = (option), .offset = offsetof(struct maps_block, member)

static const struct options_row maps_options[] = {
	{MAPS_BLOCK_OPTION("Pin", pin), .kind = OPTIONS_PATH, .max = MAPS_BLOCK_PATH_MAX,
	 .expected = "expected the absolute path of a pinned map, or of a folder of pins, like "
		     "\"/sys/fs/bpf/firewall\", without \".\", \"..\", doubled or trailing "
		     "slashes, and of at most 3584 characters"},
	{.name = "Of", .read = read_interface},
	{MAPS_BLOCK_OPTION("Program", program), .kind = OPTIONS_WORD, .max = MAPS_BLOCK_PROGRAM_MAX,
	 .others = "_."},
	{MAPS_BLOCK_OPTION("Object", object), .kind = OPTIONS_PATH, .max = MAPS_BLOCK_PATH_MAX,
	 .expected = "expected the absolute path of an object file (.bpf.o), without \".\", "
		     "\"..\", doubled or trailing slashes, and of at most 3584 characters"},
	{.name = "Map",
	 .read = read_map,
	 .repeats = true,
	 .block = true,
	 .needed = "no Map is given; add a block like <Map \"packets\"> for what is to be "
		   "reported"},
};

#define MAPS_BLOCK_OPTIONS (sizeof(maps_options) / sizeof(maps_options[0]))
_Static_assert(MAPS_BLOCK_OPTIONS <= OPTIONS_ROWS_MAX,
	       "options_read_block() keeps an array of them");

/* What only shows when all options are read. */
static int check_place(const oconfig_item_t *block, const struct maps_block *maps)
{
	char where[OPTIONS_WHERE];

	options_where(block, where);
	if (!maps->pin && !maps->interface) {
		ERROR("xdp plugin: %snothing says where the maps are; give a Pin, like Pin "
		      "\"/sys/fs/bpf/firewall\", or an interface at whose hook their program is, "
		      "like Of \"eth0\".",
		      where);
		return -EINVAL;
	}
	if (maps->pin && maps->interface) {
		ERROR("xdp plugin: %sPin and Of both say where the maps are; leave one of them "
		      "out.",
		      where);
		return -EINVAL;
	}
	if (maps->program && !maps->interface) {
		ERROR("xdp plugin: %sProgram is for maps of a program at an interface, which Of "
		      "names; leave Program out.",
		      where);
		return -EINVAL;
	}
	return 0;
}

int maps_block_read(const oconfig_item_t *block, struct maps_block **ret_maps)
{
	struct maps_block *maps = calloc(1, sizeof(*maps));
	int err;

	if (!maps)
		return -ENOMEM;
	err = options_read_name(block, "_-", MAPS_BLOCK_NAME_MAX, &maps->name);
	if (!err)
		err = options_read_block(block, maps_options, MAPS_BLOCK_OPTIONS, maps);
	if (!err)
		err = check_place(block, maps);
	if (err) {
		maps_block_free(maps);
		return err;
	}
	*ret_maps = maps;
	return 0;
}

void maps_block_free(struct maps_block *maps)
{
	if (!maps)
		return;
	for (size_t i = 0; i < maps->map_count; i++)
		map_block_clear(&maps->maps[i]);
	free(maps->maps);
	free(maps->name);
	free(maps->pin);
	free(maps->interface);
	free(maps->program);
	free(maps->object);
	free(maps);
}
