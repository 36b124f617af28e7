// SPDX-License-Identifier: GPL-2.0-only
/* Reads and checks the <Plugin xdp> block. One row of a table per option. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <liboconfig/oconfig.h>
#include <plugin.h>

#include "counter.h"

#define CONFIG_MAX_INTERFACES 64
#define CONFIG_PIN_DIRECTORY "/sys/fs/bpf/collectd-xdp"
/* Leaves room for the network namespace and a pin below it. */
#define CONFIG_PIN_DIRECTORY_MAX (PATH_MAX - 512)

/*
 * A reader checks the one value of an option and stores it. It logs what is
 * wrong and returns -EINVAL, or -ENOMEM.
 */
typedef int (*config_reader)(const oconfig_item_t *item, struct config *config);

struct config_option {
	const char *name;
	config_reader read;
	bool repeats;	       /* may be given more than once */
	size_t boolean_offset; /* read_boolean: the member of struct config */
};

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

/* Says that the value is not what the option takes; `allowed` completes "it takes ...". */
static int refuse(const oconfig_item_t *item, const char *allowed)
{
	char text[256];

	ERROR("xdp plugin: option %s: %s is not possible; it takes %s.", item->key,
	      quote(&item->values[0], text, sizeof(text)), allowed);
	return -EINVAL;
}

static int read_interface(const oconfig_item_t *item, struct config *config)
{
	const char *allowed = "an interface name like \"eth0\" or a regular expression like "
			      "\"/^eth/\", in quotes";
	char reason[256] = "";
	int err;

	if (item->values[0].type != OCONFIG_TYPE_STRING)
		return refuse(item, allowed);
	err = selection_add(config->selection, item->values[0].value.string, reason,
			    sizeof(reason));
	if (err == -EINVAL)
		ERROR("xdp plugin: option Interface: \"%s\" is not possible: %s; it takes %s.",
		      item->values[0].value.string, reason, allowed);
	return err;
}

static int read_mode(const oconfig_item_t *item, struct config *config)
{
	static const enum attach_mode modes[] = {ATTACH_AUTO, ATTACH_NATIVE, ATTACH_GENERIC,
						 ATTACH_OFFLOAD};

	if (item->values[0].type == OCONFIG_TYPE_STRING) {
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
			if (strcasecmp(item->values[0].value.string, attach_mode_name(modes[i])) ==
			    0) {
				config->mode = modes[i];
				return 0;
			}
		}
	}
	return refuse(item, "\"auto\", \"native\", \"generic\" or \"offload\"");
}

static int read_max_interfaces(const oconfig_item_t *item, struct config *config)
{
	const oconfig_value_t *value = &item->values[0];
	char allowed[64];

	if (value->type != OCONFIG_TYPE_NUMBER || !(value->value.number >= 1) ||
	    value->value.number > COUNTER_SLOTS_MAX ||
	    value->value.number != floor(value->value.number)) {
		snprintf(allowed, sizeof(allowed), "a whole number from 1 to %d",
			 COUNTER_SLOTS_MAX);
		return refuse(item, allowed);
	}
	config->max_interfaces = (unsigned int)value->value.number;
	return 0;
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

/* Takes an absolute path of at most `longest` characters; `what` completes "an absolute path ...".
 */
static int read_path(const oconfig_item_t *item, size_t longest, const char *what, char **member)
{
	const oconfig_value_t *value = &item->values[0];
	char allowed[256];
	char *copy;

	if (value->type != OCONFIG_TYPE_STRING || value->value.string[0] != '/' ||
	    is_crooked(value->value.string) || strlen(value->value.string) > longest) {
		snprintf(allowed, sizeof(allowed),
			 "an absolute path %s, without \".\", \"..\", doubled or trailing "
			 "slashes, and of at most %zu characters",
			 what, longest);
		return refuse(item, allowed);
	}
	copy = strdup(value->value.string);
	if (!copy)
		return -ENOMEM;
	free(*member);
	*member = copy;
	return 0;
}

static int read_pin_directory(const oconfig_item_t *item, struct config *config)
{
	return read_path(item, CONFIG_PIN_DIRECTORY_MAX,
			 "on a bpf file system, like \"" CONFIG_PIN_DIRECTORY "\"",
			 &config->pin_directory);
}

static int read_next(const oconfig_item_t *item, struct config *config)
{
	return read_path(item, PATH_MAX - 1,
			 "of a pinned XDP program, like \"/sys/fs/bpf/firewall\"", &config->next);
}

static bool read_truth(const oconfig_item_t *item, bool *ret_truth)
{
	if (item->values[0].type != OCONFIG_TYPE_BOOLEAN)
		return false;
	*ret_truth = item->values[0].value.boolean;
	return true;
}

static int read_ignore_selected(const oconfig_item_t *item, struct config *config)
{
	bool inverted;

	if (!read_truth(item, &inverted))
		return refuse(item, "true or false");
	selection_invert(config->selection, inverted);
	return 0;
}

static const struct config_option *find_option(const char *name);

static int read_boolean(const oconfig_item_t *item, struct config *config)
{
	bool *member = (bool *)((char *)config + find_option(item->key)->boolean_offset);

	return read_truth(item, member) ? 0 : refuse(item, "true or false");
}

#define CONFIG_BOOLEAN(option, member)                                                             \
	.name = (option), .read = read_boolean, .boolean_offset = offsetof(struct config, member)

static const struct config_option config_options[] = {
	{.name = "Interface", .read = read_interface, .repeats = true},
	{.name = "IgnoreSelected", .read = read_ignore_selected},
	{.name = "AttachMode", .read = read_mode},
	{CONFIG_BOOLEAN("Persist", persist)},
	{.name = "PinDirectory", .read = read_pin_directory},
	{.name = "Next", .read = read_next},
	{.name = "MaxInterfaces", .read = read_max_interfaces},
	{CONFIG_BOOLEAN("ReportProtocols", report_protocols)},
	{CONFIG_BOOLEAN("ReportSizes", report_sizes)},
	{CONFIG_BOOLEAN("ReportCast", report_cast)},
	{CONFIG_BOOLEAN("ReportQueues", report_queues)},
	{CONFIG_BOOLEAN("ReportCPUs", report_cpus)},
	{CONFIG_BOOLEAN("ReportInactive", report_inactive)},
	{CONFIG_BOOLEAN("ReportSelf", report_self)},
};

#define CONFIG_OPTIONS (sizeof(config_options) / sizeof(config_options[0]))

static const struct config_option *find_option(const char *name)
{
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		if (strcasecmp(name, config_options[i].name) == 0)
			return &config_options[i];
	}
	return NULL;
}

static int refuse_unknown(const oconfig_item_t *item)
{
	char known[512] = "";

	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
			 config_options[i].name);
	}
	ERROR("xdp plugin: unknown option \"%s\"; the options are %s.", item->key, known);
	return -EINVAL;
}

/* Two values for one option contradict each other, unless it is a list. */
static int refuse_repeated(const oconfig_item_t *item, const oconfig_item_t *first)
{
	char one[256], other[256];

	ERROR("xdp plugin: option %s is given twice, as %s and as %s; leave one of them.",
	      item->key, quote(&first->values[0], one, sizeof(one)),
	      quote(&item->values[0], other, sizeof(other)));
	return -EINVAL;
}

static int read_option(const oconfig_item_t *item, const oconfig_item_t **seen,
		       struct config *config)
{
	const struct config_option *option = find_option(item->key);
	const oconfig_item_t **first;

	if (!option)
		return refuse_unknown(item);
	if (item->children_num) {
		ERROR("xdp plugin: option %s is not a block; write it on a line of its own, as "
		      "%s VALUE.",
		      item->key, option->name);
		return -EINVAL;
	}
	if (item->values_num != 1) {
		ERROR("xdp plugin: option %s has %d values; it takes one.", item->key,
		      item->values_num);
		return -EINVAL;
	}
	first = &seen[option - config_options];
	if (*first && !option->repeats)
		return refuse_repeated(item, *first);
	*first = item;
	return option->read(item, config);
}

/* What only shows when all options are read. */
static int check_whole(const struct config *config)
{
	size_t names = selection_names(config->selection);

	if (selection_count(config->selection) == 0) {
		ERROR("xdp plugin: no Interface is given; name at least one, like Interface "
		      "\"eth0\" or Interface \"/^eth/\".");
		return -EINVAL;
	}
	if (!selection_is_inverted(config->selection) && names > config->max_interfaces) {
		ERROR("xdp plugin: %zu interfaces are named, but MaxInterfaces is %u; set "
		      "MaxInterfaces to %zu or more, up to %d.",
		      names, config->max_interfaces, names, COUNTER_SLOTS_MAX);
		return -EINVAL;
	}
	if (config->next && !config->persist) {
		ERROR("xdp plugin: Next needs Persist: program \"%s\" would not be called any more "
		      "when collectd ends, and packets pass; set Persist true, or leave Next out.",
		      config->next);
		return -EINVAL;
	}
	return 0;
}

static int read_all(const oconfig_item_t *block, struct config *config)
{
	const oconfig_item_t *seen[CONFIG_OPTIONS] = {NULL};
	int result = 0;

	for (int i = 0; i < block->children_num; i++) {
		int err = read_option(&block->children[i], seen, config);

		if (err == -ENOMEM)
			return err;
		if (err)
			result = err;
	}
	return result ? result : check_whole(config);
}

static int config_new(struct config **ret_config)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return -ENOMEM;
	config->mode = ATTACH_AUTO;
	config->max_interfaces = CONFIG_MAX_INTERFACES;
	config->report_protocols = true;
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
		ERROR("xdp plugin: no memory for the configuration.");
	if (err)
		return err;
	*ret_config = config;
	return 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	selection_free(config->selection);
	free(config->pin_directory);
	free(config->next);
	free(config);
}
