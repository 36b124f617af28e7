// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any configuration, as a tree of options: see tests/lib/block.h. It
 * is refused with a reason, or what comes out keeps what config.h promises.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <plugin.h>

#include "plugin/config/config.h"
#include "plugin/counter/counter.h"
#include "plugin/config/counter_block.h"
#include "plugin/config/maps_block.h"
#include "plugin/kernel/interface.h"
#include "tests/lib/block.h"

#define FUZZ_REPETITIONS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the daemon provides. */
char *hostname_g = (char *)"fuzz";
static unsigned int errors;

void plugin_log(int level, const char *format, ...)
{
	char text[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	errors += level <= LOG_ERR;
}

static size_t repetitions(const uint8_t *data, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += data[i] && strchr("(*+?{|", data[i]) != NULL;
	return count;
}

static void check_blocks(const struct map_block *maps, size_t count)
{
	if (count == 0)
		abort();
	for (size_t i = 0; i < count; i++) {
		if (!maps[i].name[0] || !maps[i].type[0] || !maps[i].prefix || !maps[i].member ||
		    maps[i].max_keys < 1 || maps[i].max_keys > MAP_BLOCK_KEYS_MAX)
			abort();
	}
}

static void check_counter(const struct counter_block *settings)
{
	if (!settings->name[0] || settings->object[0] != '/' || !settings->program[0] ||
	    selection_count(settings->selection) == 0)
		abort();
	check_blocks(settings->maps, settings->map_count);
}

static void check_maps(const struct maps_block *settings)
{
	if (!settings->name[0] || !settings->pin == !settings->interface ||
	    (settings->pin && settings->pin[0] != '/') ||
	    (settings->object && settings->object[0] != '/'))
		abort();
	check_blocks(settings->maps, settings->map_count);
}

static void check(const struct config *config)
{
	const struct interface interface = {.name = "eth0", .alternatives = "uplink\0"};

	if (!config->selection ||
	    config_has_builtin(config) + config->counter_count + config->maps_count == 0 ||
	    config->max_interfaces < 1 || config->max_interfaces > COUNTER_SLOTS_MAX ||
	    !config->pin_directory || config->pin_directory[0] != '/' ||
	    (config->next && (config->next[0] != '/' || !config->persist)) ||
	    selection_names(config->selection) > selection_count(config->selection))
		abort();
	(void)selection_selects(config->selection, &interface);
	for (size_t i = 0; i < config->counter_count; i++)
		check_counter(config->counters[i]);
	for (size_t i = 0; i < config->maps_count; i++)
		check_maps(config->maps[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct block block;
	struct config *config = NULL;
	char *text;

	/* Regular expressions are the C library's, whose cost doubles with each nested repetition.
	 */
	if (size > 512 || repetitions(data, size) > FUZZ_REPETITIONS)
		return 0;
	text = strndup((const char *)data, size);
	if (!text)
		return 0;
	errors = 0;
	if (config_read(block_read(text, &block), &config) == 0) {
		if (errors)
			abort();
		check(config);
		config_free(config);
	} else if (!errors) {
		abort();
	}
	free(text);
	return 0;
}
