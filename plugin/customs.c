// SPDX-License-Identifier: GPL-2.0-only
/* One list of counters, and the folders of their pins. */
#include "plugin/customs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <plugin.h>

#include "plugin/custom/program.h"
#include "plugin/report/custom.h"
#include "plugin/report/notify.h"
#include "plugin/hook/reconcile.h"

/* Folders of pins are beside those of the built-in counter, which begin with "net-". */
#define CUSTOMS_FOLDER "counter-"

struct customs_counter {
	const struct counter_block *settings;
	struct custom_program *custom;
	struct report_custom *report;
	struct reconcile *reconcile; /* NULL: it has a type that is not in types.db */
	char pin_directory[PATH_MAX];
	bool dispatching; /* of the step that runs */
	cdtime_t now;	  /* the same */
};

struct customs {
	struct customs_counter *counters;
	size_t count;
	const char *emptied; /* directory of pins that may be empty after the first step; or NULL */
};

static void on_event(void *context, const struct event *event)
{
	const struct customs_counter *counter = context;

	report_notify_custom(counter->settings->name, event);
}

static void on_view(void *context, const struct view *view)
{
	const struct customs_counter *counter = context;

	if (counter->dispatching)
		report_custom_view(counter->report, view, counter->now);
}

/* Opens one; what is half-built when it fails is closed with the list. */
static int open_counter(struct customs_counter *counter, const struct config *config,
			struct report_dispatch *dispatch, uint64_t interval)
{
	const struct reconcile_observer observer = {counter, on_event, on_view};
	struct reconcile_settings settings = {
		.selection = counter->settings->selection,
		.mode = counter->settings->mode,
		.interfaces = config->max_interfaces,
		.interval_ns = interval,
		.persist = config->persist,
		.pin_directory = counter->pin_directory,
	};
	int err;

	snprintf(counter->pin_directory, sizeof(counter->pin_directory), "%s/" CUSTOMS_FOLDER "%s",
		 config->pin_directory, counter->settings->name);
	err = custom_program_open(counter->settings, &counter->custom);
	if (!err)
		err = report_custom_open(counter->settings, &config->report, counter->custom,
					 dispatch, &counter->report);
	if (err || !report_custom_check(counter->settings))
		return err;
	settings.program = custom_program_as_program(counter->custom);
	return reconcile_open(&settings, &observer, &counter->reconcile);
}

static bool is_configured(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->counter_count; i++) {
		if (strcmp(config->counters[i]->name, name) == 0)
			return true;
	}
	return false;
}

static void on_left_event(void *context, const struct event *event)
{
	report_notify_custom(context, event);
}

static void forget(const struct config *config, char *name)
{
	const struct reconcile_observer observer = {.context = name, .event = on_left_event};
	char path[PATH_MAX + sizeof(CUSTOMS_FOLDER) + NAME_MAX];
	struct custom_program *left;

	if (custom_program_open_left(&left) < 0)
		return;
	snprintf(path, sizeof(path), "%s/" CUSTOMS_FOLDER "%s", config->pin_directory, name);
	reconcile_forget(custom_program_as_program(left), path, &observer);
	custom_program_close(left);
}

/* Removes what earlier starts pinned of counters that are no longer configured. */
static void forget_left(struct customs *customs, const struct config *config)
{
	DIR *directory = opendir(config->pin_directory);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		char *name = entry->d_name + strlen(CUSTOMS_FOLDER);

		if (strncmp(entry->d_name, CUSTOMS_FOLDER, strlen(CUSTOMS_FOLDER)) != 0)
			continue;
		customs->emptied = config->pin_directory;
		if (!is_configured(config, name))
			forget(config, name);
	}
	closedir(directory);
}

int customs_open(const struct config *config, struct report_dispatch *dispatch, uint64_t interval,
		 struct customs **ret_customs)
{
	struct customs *customs = calloc(1, sizeof(*customs));
	int err = 0;

	if (!customs)
		return -ENOMEM;
	customs->counters = calloc(config->counter_count + 1, sizeof(*customs->counters));
	if (!customs->counters)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < config->counter_count; i++) {
		customs->counters[i].settings = config->counters[i];
		customs->count++;
		err = open_counter(&customs->counters[i], config, dispatch, interval);
	}
	if (err) {
		customs_close(customs);
		return err;
	}
	forget_left(customs, config);
	*ret_customs = customs;
	return 0;
}

static void tell_warning(const struct customs_counter *counter)
{
	char *warning = custom_program_take_warning(counter->custom);
	const struct event event = {EVENT_WARNING, "", warning};

	if (warning)
		report_notify_custom(counter->settings->name, &event);
	free(warning);
}

void customs_step(struct customs *customs, uint64_t monotonic, uint64_t now, bool dispatching)
{
	for (size_t i = 0; i < customs->count; i++) {
		struct customs_counter *counter = &customs->counters[i];

		if (!counter->reconcile)
			continue;
		counter->now = now;
		counter->dispatching = dispatching;
		reconcile_step(counter->reconcile, monotonic);
		tell_warning(counter);
		report_custom_step(counter->report, now);
	}
	/* Fails where something is left in it. */
	if (customs->emptied)
		(void)rmdir(customs->emptied);
	customs->emptied = NULL;
}

void customs_close(struct customs *customs)
{
	if (!customs)
		return;
	for (size_t i = 0; i < customs->count; i++) {
		reconcile_close(customs->counters[i].reconcile);
		report_custom_close(customs->counters[i].report);
		custom_program_close(customs->counters[i].custom);
	}
	free(customs->counters);
	free(customs);
}
