// SPDX-License-Identifier: GPL-2.0-only
/* One row per source, in the order in which they are asked and reported. */
#include "plugin/source/sources.h"

#include <errno.h>
#include <stdlib.h>

#include "plugin/source/fate.h"
#include "plugin/source/observe.h"
#include "plugin/source/peaks.h"
#include "plugin/source/signals.h"
#include "plugin/source/sockets.h"

static const struct {
	enum record_breakdown bit;
	int (*open)(const struct source_settings *settings, struct source **ret_source);
} rows[] = {
	{RECORD_BY_VERDICT, observe_open}, {RECORD_BY_PEAK, peaks_open},
	{RECORD_BY_SIGNAL, signals_open},  {RECORD_BY_FATE, fate_open},
	{RECORD_BY_FATE, sockets_open},
};

#define SOURCES_ROWS (sizeof(rows) / sizeof(rows[0]))

int sources_open(const struct sources_settings *settings, struct source_set *ret_set)
{
	struct source **list = calloc(SOURCES_ROWS, sizeof(struct source *));
	struct source_set set = {.list = list};
	int err = list ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < SOURCES_ROWS; i++) {
		if (!(settings->breakdowns & rows[i].bit))
			continue;
		err = rows[i].open(&settings->each, &list[set.count]);
		if (!err)
			set.count++;
	}
	if (err) {
		sources_close(&set);
		return err;
	}
	*ret_set = set;
	return 0;
}

void sources_close(struct source_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		set->list[i]->operations->close(set->list[i]);
	free((void *)set->list);
	*set = (struct source_set){0};
}
