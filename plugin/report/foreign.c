// SPDX-License-Identifier: GPL-2.0-only
/* Values of maps that others loaded, which are looked for after each reading. */
#include "plugin/report/foreign.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <plugin.h>

#include "plugin/base/event.h"
#include "plugin/config/maps_block.h"
#include "plugin/foreign/hook.h"
#include "plugin/foreign/maps.h"
#include "plugin/report/maps.h"
#include "plugin/report/names.h"
#include "plugin/report/notify.h"

struct report_foreign_unit {
	const struct maps_block *block;
	struct foreign_maps *maps; /* NULL: the block has a Type that is not possible */
	struct report_maps *report;
	uint64_t *generations; /* of the maps that are reported */
};

static void on_event(void *name, const struct event *event)
{
	report_notify_maps(name, event);
}

static int open_unit(struct report_foreign_unit *unit, const struct report_options *options,
		     struct report_dispatch *dispatch)
{
	const struct maps_block *block = unit->block;
	char plugin_instance[DATA_MAX_NAME_LEN], owner[DATA_MAX_NAME_LEN];
	const struct report_maps_settings settings = {
		.blocks = block->maps,
		.count = block->map_count,
		.plugin_instance = plugin_instance,
		.options = *options,
		.dispatch = dispatch,
		.teller = {block->name, on_event},
		.foreign = true,
	};
	int err;

	snprintf(owner, sizeof(owner), "maps %s", block->name);
	if (!report_maps_check(owner, block->maps, block->map_count))
		return 0;
	report_names_maps(block->name, plugin_instance, sizeof(plugin_instance));
	unit->generations = calloc(block->map_count, sizeof(*unit->generations));
	if (!unit->generations)
		return -ENOMEM;
	err = report_maps_open(&settings, &unit->report);
	return err ? err : foreign_maps_open(block, &settings.teller, &unit->maps);
}

int report_foreign_open(struct report_foreign *maps, struct maps_block *const *blocks, size_t count,
			const struct report_options *options, struct report_dispatch *dispatch)
{
	int err = 0;

	if (!count)
		return 0;
	maps->units = calloc(count, sizeof(*maps->units));
	if (!maps->units)
		return -ENOMEM;
	maps->count = count;
	for (size_t i = 0; !err && i < count; i++) {
		maps->units[i].block = blocks[i];
		err = open_unit(&maps->units[i], options, dispatch);
	}
	return err;
}

void report_foreign_read(struct report_foreign *maps)
{
	for (size_t i = 0; i < maps->count; i++) {
		if (maps->units[i].maps)
			report_maps_step(maps->units[i].report,
					 foreign_maps_list(maps->units[i].maps));
	}
}

/* `late`: the hook is not to be asked for. */
static void step_unit(struct report_foreign_unit *unit, const struct listing *listing, bool late)
{
	const struct maps_block *block = unit->block;
	struct foreign_hook hook = {.error = -EAGAIN};
	cdtime_t before = cdtime();

	if (!unit->maps)
		return;
	if (block->interface && !late)
		hook = foreign_hook_look(listing, block->interface);
	foreign_maps_step(unit->maps, block->interface ? &hook : NULL);
	for (size_t i = 0; i < block->map_count; i++) {
		uint64_t generation = foreign_maps_generation(unit->maps, i);

		if (generation == unit->generations[i])
			continue;
		unit->generations[i] = generation;
		report_maps_begin(unit->report, i, true, before);
	}
}

void report_foreign_step(struct report_foreign *maps, const struct listing *listing)
{
	cdtime_t started = cdtime();

	/* While others hold the rtnl lock each answer is late: then it is not waited for several.
	 */
	for (size_t i = 0; i < maps->count; i++)
		step_unit(&maps->units[i], listing, cdtime() - started > plugin_get_interval() / 4);
}

void report_foreign_close(struct report_foreign *maps)
{
	for (size_t i = 0; i < maps->count; i++) {
		report_maps_close(maps->units[i].report);
		foreign_maps_close(maps->units[i].maps);
		free(maps->units[i].generations);
	}
	free(maps->units);
	*maps = (struct report_foreign){0};
}
