// SPDX-License-Identifier: GPL-2.0-only
/* Reads and checks the <Plugin xdp> block. One row of a table per option. */
#include "plugin/config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>

#include "bpf/record.h"
#include "plugin/config/counter_block.h"
#include "plugin/config/maps_block.h"
#include "plugin/config/options.h"

#define CONFIG_INTERFACES_DEFAULT 64
#define CONFIG_PIN_DIRECTORY "/sys/fs/bpf/collectd-xdp"
/* Leaves room for the network namespace and a pin below it. */
#define CONFIG_PIN_DIRECTORY_MAX 3584
#define CONFIG_NEXT_MAX 4095
_Static_assert(CONFIG_PIN_DIRECTORY_MAX + 512 == PATH_MAX && CONFIG_NEXT_MAX + 1 == PATH_MAX,
	       "their numbers stand in messages, too");

static int read_on_busy(const oconfig_item_t *item, void *target)
{
	struct config *config = target;
	const char *text = options_string(item);

	if (!text || (strcasecmp(text, "observe") != 0 && strcasecmp(text, "wait") != 0))
		return options_refuse(item, "expected \"observe\" or \"wait\"");
	if (strcasecmp(text, "observe") == 0)
		config->breakdowns |= RECORD_BY_VERDICT;
	else
		config->breakdowns &= ~(uint32_t)RECORD_BY_VERDICT;
	return 0;
}

static int read_next(const oconfig_item_t *item, void *target)
{
	const char *path = options_string(item);

	if (path && !path[0])
		return 0;
	return options_read_path(
		item, CONFIG_NEXT_MAX,
		"expected an absolute path of a pinned XDP program, like "
		"\"/sys/fs/bpf/firewall\", without \".\", \"..\", doubled or trailing "
		"slashes, and of at most 4095 characters",
		&((struct config *)target)->next);
}

/* Appends one <Counter> block. */
static int read_counter(const oconfig_item_t *item, void *target)
{
	struct config *config = target;
	struct counter_block **grown;
	struct counter_block *settings;
	int err = counter_block_read(item, &settings);

	if (err)
		return err;
	grown = reallocarray(config->counters, config->counter_count + 1,
			     sizeof(*config->counters));
	if (!grown) {
		counter_block_free(settings);
		return -ENOMEM;
	}
	config->counters = grown;
	config->counters[config->counter_count++] = settings;
	return 0;
}

/* Appends one <Maps> block. */
static int read_maps(const oconfig_item_t *item, void *target)
{
	struct config *config = target;
	struct maps_block **grown;
	struct maps_block *settings;
	int err = maps_block_read(item, &settings);

	if (err)
		return err;
	grown = reallocarray(config->maps, config->maps_count + 1, sizeof(*config->maps));
	if (!grown) {
		maps_block_free(settings);
		return -ENOMEM;
	}
	config->maps = grown;
	config->maps[config->maps_count++] = settings;
	return 0;
}

#define CONFIG_OPTION(option, member) .name = (option), .offset = offsetof(struct config, member)
#define CONFIG_BREAKDOWN(option, breakdown) CONFIG_OPTION(option, breakdowns), .bit = (breakdown)

static const struct options_row config_options[] = {
	{CONFIG_OPTION("Interface", selection), .kind = OPTIONS_INTERFACE, .repeats = true},
	{CONFIG_OPTION("IgnoreSelected", selection), .kind = OPTIONS_INVERTED},
	{CONFIG_OPTION("AttachMode", mode), .kind = OPTIONS_CHOICE, .choices = options_modes,
	 .expected = OPTIONS_MODES_EXPECTED},
	{.name = "OnBusy", .read = read_on_busy},
	{CONFIG_OPTION("Persist", persist)},
	{CONFIG_OPTION("PinDirectory", pin_directory), .kind = OPTIONS_PATH,
	 .max = CONFIG_PIN_DIRECTORY_MAX,
	 .expected = "expected an absolute path on a bpf file system, like "
		     "\"/sys/fs/bpf/collectd-xdp\", without \".\", \"..\", doubled or trailing "
		     "slashes, and of at most 3584 characters"},
	{.name = "Next", .read = read_next},
	{CONFIG_OPTION("MaxInterfaces", max_interfaces), .kind = OPTIONS_NUMBER,
	 .max = CONFIG_INTERFACES_MAX},
	{CONFIG_BREAKDOWN("ReportProtocols", RECORD_BY_PROTOCOL)},
	{CONFIG_BREAKDOWN("ReportSizes", RECORD_BY_SIZE)},
	{CONFIG_BREAKDOWN("ReportCast", RECORD_BY_CAST)},
	{CONFIG_BREAKDOWN("ReportQueues", RECORD_BY_QUEUE)},
	{CONFIG_BREAKDOWN("ReportCPUs", RECORD_BY_CPU)},
	{CONFIG_BREAKDOWN("ReportPeaks", RECORD_BY_PEAK)},
	{CONFIG_BREAKDOWN("ReportSignals", RECORD_BY_SIGNAL)},
	{CONFIG_BREAKDOWN("ReportFate", RECORD_BY_FATE)},
	{CONFIG_BREAKDOWN("ReportOutgoing", RECORD_BY_DIRECTION)},
	{CONFIG_OPTION("ReportInactive", report.inactive)},
	{CONFIG_OPTION("ReportSelf", report.self)},
	{.name = "Counter", .read = read_counter, .repeats = true, .block = true},
	{.name = "Maps", .read = read_maps, .repeats = true, .block = true},
};

#define CONFIG_OPTIONS (sizeof(config_options) / sizeof(config_options[0]))
_Static_assert(CONFIG_OPTIONS <= OPTIONS_ROWS_MAX, "options_read_block() keeps an array of them");

/* Names that a selection has, against what there is room for. `where`: "" or "counter NAME: ". */
static int check_room(const struct config *config, const struct selection *selection,
		      const char *where)
{
	size_t names = selection_names(selection);

	if (selection_is_inverted(selection) || names <= config->max_interfaces)
		return 0;
	ERROR("xdp plugin: %s%zu interfaces are named, but MaxInterfaces is %u; set "
	      "MaxInterfaces to %zu or more, up to %d.",
	      where, names, config->max_interfaces, names, CONFIG_INTERFACES_MAX);
	return -EINVAL;
}

/* A hook takes one program: no interface may be named for two. */
static int check_apart(const struct selection *one, const char *one_name,
		       const struct selection *other, const char *other_name)
{
	const char *name;

	if (selection_is_inverted(one) || selection_is_inverted(other))
		return 0;
	for (size_t i = 0; (name = selection_name(one, i)); i++) {
		if (!selection_has_name(other, name))
			continue;
		ERROR("xdp plugin: interface \"%s\" is named for %s and for counter %s, but its "
		      "XDP hook takes one program; name it for one of them.",
		      name, one_name, other_name);
		return -EINVAL;
	}
	return 0;
}

/* A <Counter> against the built-in one and those before it. */
static int check_counter(const struct config *config, size_t index)
{
	const struct counter_block *settings = config->counters[index];
	char text[128];
	int err;

	snprintf(text, sizeof(text), "counter %s: ", settings->name);
	err = check_room(config, settings->selection, text);
	if (!err && config_has_builtin(config))
		err = check_apart(config->selection, "the built-in counter", settings->selection,
				  settings->name);
	for (size_t i = 0; !err && i < index; i++) {
		if (strcmp(config->counters[i]->name, settings->name) == 0) {
			ERROR("xdp plugin: there are two <Counter \"%s\"> blocks; give each its "
			      "own name.",
			      settings->name);
			return -EINVAL;
		}
		snprintf(text, sizeof(text), "counter %s", config->counters[i]->name);
		err = check_apart(config->counters[i]->selection, text, settings->selection,
				  settings->name);
	}
	return err;
}

/* A <Maps> against those before it. */
static int check_maps(const struct config *config, size_t index)
{
	const char *name = config->maps[index]->name;

	for (size_t i = 0; i < index; i++) {
		if (strcmp(config->maps[i]->name, name) != 0)
			continue;
		ERROR("xdp plugin: there are two <Maps \"%s\"> blocks; give each its own name.",
		      name);
		return -EINVAL;
	}
	return 0;
}

/* Next is called by the built-in counter, and hangs on it. */
static int check_next(const struct config *config)
{
	if (config->next && !config->persist) {
		ERROR("xdp plugin: Next needs Persist: program \"%s\" would not be called any more "
		      "when collectd ends, and packets pass; set Persist true, or leave Next out.",
		      config->next);
		return -EINVAL;
	}
	if (config->next && !config_has_builtin(config)) {
		ERROR("xdp plugin: Next is for the built-in counter, which has no Interface; name "
		      "one, or leave Next out.");
		return -EINVAL;
	}
	return 0;
}

/* Without an Interface there is no built-in counter, also not one of all that is left. */
static int check_interfaces(const struct config *config)
{
	if (config_has_builtin(config))
		return 0;
	if (config->counter_count == 0 && config->maps_count == 0) {
		ERROR("xdp plugin: no Interface is given; name at least one, like Interface "
		      "\"eth0\" or Interface \"/^eth/\".");
		return -EINVAL;
	}
	if (selection_is_inverted(config->selection)) {
		ERROR("xdp plugin: IgnoreSelected is for the built-in counter, which has no "
		      "Interface; name what it leaves out, or leave IgnoreSelected out.");
		return -EINVAL;
	}
	return 0;
}

/* Whether an option asks for something of the built-in counter, which custom counters have not. */
static bool is_for_builtin(const oconfig_item_t *item, const struct config *config)
{
	if (strcasecmp(item->key, "AttachMode") == 0 || strcasecmp(item->key, "OnBusy") == 0)
		return true;
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		if (config_options[i].bit && strcasecmp(item->key, config_options[i].name) == 0)
			return (config->breakdowns & config_options[i].bit) != 0;
	}
	return false;
}

/* Without the built-in counter nothing would come of its options. */
static int check_idle(const oconfig_item_t *block, const struct config *config)
{
	int result = 0;

	if (config_has_builtin(config))
		return 0;
	for (int i = 0; i < block->children_num; i++) {
		const oconfig_item_t *item = &block->children[i];

		if (!is_for_builtin(item, config))
			continue;
		if (strcasecmp(item->key, "AttachMode") == 0)
			ERROR("xdp plugin: AttachMode is for the built-in counter, which has no "
			      "Interface; write it into the <Counter> block that it is meant for.");
		else
			ERROR("xdp plugin: %s is for the built-in counter, which has no Interface; "
			      "name one outside of the <Counter> blocks, or leave %s out.",
			      item->key, item->key);
		result = -EINVAL;
	}
	return result;
}

/* What only shows when all options are read. */
static int check_whole(const struct config *config)
{
	int err = check_interfaces(config);

	if (!err)
		err = check_room(config, config->selection, "");
	if (!err)
		err = check_next(config);
	for (size_t i = 0; !err && i < config->counter_count; i++)
		err = check_counter(config, i);
	for (size_t i = 0; !err && i < config->maps_count; i++)
		err = check_maps(config, i);
	return err;
}

static int read_all(const oconfig_item_t *block, struct config *config)
{
	int err = options_read_block(block, config_options, CONFIG_OPTIONS, config);

	if (!err)
		err = check_whole(config);
	return err ? err : check_idle(block, config);
}

static int config_new(struct config **ret_config)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return -ENOMEM;
	config->mode = XDP_LINK_AUTO;
	config->max_interfaces = CONFIG_INTERFACES_DEFAULT;
	config->breakdowns = RECORD_BY_PROTOCOL | RECORD_BY_VERDICT;
	config->pin_directory = strdup(CONFIG_PIN_DIRECTORY);
	if (!config->pin_directory || selection_new(&config->selection) < 0) {
		config_free(config);
		return -ENOMEM;
	}
	*ret_config = config;
	return 0;
}

int config_read(const oconfig_item_t *block, struct config **ret_config)
{
	struct config *config;
	int err = config_new(&config);

	if (!err) {
		err = read_all(block, config);
		if (err)
			config_free(config);
	}
	if (err == -ENOMEM)
		ERROR("xdp plugin: no memory for the configuration; give collectd more memory.");
	if (err)
		return err;
	*ret_config = config;
	return 0;
}

bool config_has_builtin(const struct config *config)
{
	return selection_count(config->selection) > 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	selection_free(config->selection);
	for (size_t i = 0; i < config->counter_count; i++)
		counter_block_free(config->counters[i]);
	free(config->counters);
	for (size_t i = 0; i < config->maps_count; i++)
		maps_block_free(config->maps[i]);
	free(config->maps);
	free(config->pin_directory);
	free(config->next);
	free(config);
}
