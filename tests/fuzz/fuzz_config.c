// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any configuration, as a tree of options: one line each, a key and values. It
 * is refused with a reason, or what comes out keeps what config.h promises.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <plugin.h>

#include "plugin/config.h"
#include "plugin/counter.h"

#define FUZZ_OPTIONS 32
#define FUZZ_VALUES 4
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

/* A value: a number, true or false, or else a string. */
static void read_value(char *text, oconfig_value_t *value)
{
	char *end;

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

/* "Key value value": in place. */
static void read_option(char *line, oconfig_item_t *option, oconfig_value_t values[FUZZ_VALUES])
{
	char *rest = strchr(line, ' ');

	*option = (oconfig_item_t){.key = line, .values = values};
	while (rest && option->values_num < FUZZ_VALUES) {
		*rest++ = '\0';
		line = rest;
		rest = strchr(line, ' ');
		if (rest)
			*rest = '\0';
		read_value(line, &values[option->values_num++]);
	}
}

static size_t repetitions(const uint8_t *data, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += data[i] && strchr("(*+?{|", data[i]) != NULL;
	return count;
}

static void check(const struct config *config)
{
	if (!config->selection || selection_count(config->selection) == 0 ||
	    config->max_interfaces < 1 || config->max_interfaces > COUNTER_SLOTS_MAX ||
	    !config->pin_directory || config->pin_directory[0] != '/' ||
	    (config->next && (config->next[0] != '/' || !config->persist)) ||
	    selection_names(config->selection) > selection_count(config->selection))
		abort();
	(void)selection_matches(config->selection, "eth0");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	oconfig_value_t values[FUZZ_OPTIONS][FUZZ_VALUES];
	oconfig_item_t options[FUZZ_OPTIONS];
	oconfig_item_t block = {.key = (char *)"Plugin", .children = options};
	struct config *config = NULL;
	char *text, *line;

	/* Regular expressions are the C library's, whose cost doubles with each nested repetition.
	 */
	if (size > 512 || repetitions(data, size) > FUZZ_REPETITIONS)
		return 0;
	text = strndup((const char *)data, size);
	if (!text)
		return 0;
	for (line = strtok(text, "\n"); line && block.children_num < FUZZ_OPTIONS;
	     line = strtok(NULL, "\n")) {
		read_option(line, &options[block.children_num], values[block.children_num]);
		block.children_num++;
	}
	errors = 0;
	if (config_read(&block, &config) == 0) {
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
