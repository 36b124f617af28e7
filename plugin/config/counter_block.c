// SPDX-License-Identifier: GPL-2.0-only
/* Reads and checks a <Counter> block. */
#include "plugin/config/counter_block.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>

#include "plugin/config/options.h"

#define COUNTER_BLOCK_NAME_MAX 32
#define COUNTER_BLOCK_PROGRAM_MAX 128

static int read_object(const oconfig_item_t *item, void *target)
{
	const char *path = options_string(item);

	if (!path || path[0] != '/' || strlen(path) >= PATH_MAX)
		return options_refuse(item,
				      "expected the absolute path of an object file (.bpf.o)");
	return options_keep(path, &((struct counter_block *)target)->object);
}

/* Besides its maps, each custom counter tells of its interfaces: attached-I and native-I. */
static const struct map_block interface_gauges[] = {
	{.type = (char *)"gauge", .prefix = (char *)"attached", .form = KEY_FORM_STRING},
	{.type = (char *)"gauge", .prefix = (char *)"native", .form = KEY_FORM_STRING},
};

/* What a map of a counter cannot be, besides what no map can. */
static int check_map(const oconfig_item_t *block, const struct counter_block *counter)
{
	const struct map_block *last = &counter->maps[counter->map_count - 1];
	char where[OPTIONS_WHERE];

	for (size_t i = 0; i < sizeof(interface_gauges) / sizeof(interface_gauges[0]); i++) {
		if (!map_block_may_meet(last, &interface_gauges[i]))
			continue;
		ERROR("xdp plugin: %sits values may get the names of %s-%s-INTERFACE, which every "
		      "custom counter reports; give it another Prefix.",
		      options_where(block, where), last->type, interface_gauges[i].prefix);
		return -EINVAL;
	}
	if (last->outer == MAP_BLOCK_OUTER_AUTO)
		return 0;
	ERROR("xdp plugin: %sOuterInstance is for maps of maps in a <Maps> block; remove it.",
	      options_where(block, where));
	return -EINVAL;
}

/* Appends a <Map> block; one that is wrong is not kept. */
static int read_map(const oconfig_item_t *item, void *target)
{
	struct counter_block *counter = target;
	int err = map_block_append(item, false, &counter->maps, &counter->map_count);

	return err ? err : check_map(item, counter);
}

#define COUNTER_BLOCK_OPTION(option, member)                                                       \
	.name = (option), .offset = offsetof(struct counter_block, member)

static const struct options_row counter_options[] = {
	{.name = "Object",
	 .read = read_object,
	 .needed = "no Object is given; name the object file, like Object "
		   "\"/usr/local/lib/collectd-xdp/my.bpf.o\""},
	{COUNTER_BLOCK_OPTION("Program", program), .kind = OPTIONS_WORD,
	 .max = COUNTER_BLOCK_PROGRAM_MAX, .others = "_./",
	 .needed = "no Program is given; name its function or section, like Program \"xdp\""},
	{COUNTER_BLOCK_OPTION("Interface", selection), .kind = OPTIONS_INTERFACE, .repeats = true,
	 .needed = "no Interface is given; name at least one, like Interface \"eth0\""},
	{COUNTER_BLOCK_OPTION("IgnoreSelected", selection), .kind = OPTIONS_INVERTED},
	{COUNTER_BLOCK_OPTION("AttachMode", mode), .kind = OPTIONS_CHOICE, .choices = options_modes,
	 .expected = OPTIONS_MODES_EXPECTED},
	{.name = "Map",
	 .read = read_map,
	 .repeats = true,
	 .block = true,
	 .needed = "no Map is given; add a block like <Map \"packets\"> for what is to be "
		   "reported"},
};

#define COUNTER_BLOCK_OPTIONS (sizeof(counter_options) / sizeof(counter_options[0]))
_Static_assert(COUNTER_BLOCK_OPTIONS <= OPTIONS_ROWS_MAX,
	       "options_read_block() keeps an array of them");

int counter_block_read(const oconfig_item_t *block, struct counter_block **ret_counter)
{
	struct counter_block *counter = calloc(1, sizeof(*counter));
	int err;

	if (!counter)
		return -ENOMEM;
	counter->mode = XDP_LINK_AUTO;
	err = selection_new(&counter->selection);
	/* A folder of pins has this name, and such names have no dots. */
	if (!err)
		err = options_read_name(block, "_-", COUNTER_BLOCK_NAME_MAX, &counter->name);
	if (!err)
		err = options_read_block(block, counter_options, COUNTER_BLOCK_OPTIONS, counter);
	if (err) {
		counter_block_free(counter);
		return err;
	}
	*ret_counter = counter;
	return 0;
}

void counter_block_free(struct counter_block *counter)
{
	if (!counter)
		return;
	for (size_t i = 0; i < counter->map_count; i++)
		map_block_clear(&counter->maps[i]);
	free(counter->maps);
	selection_free(counter->selection);
	free(counter->name);
	free(counter->object);
	free(counter->program);
	free(counter);
}
