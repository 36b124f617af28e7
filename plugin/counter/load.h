/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads the counter with libbpf, with the maps that are pinned or with new ones. */
#ifndef COLLECTD_XDP_COUNTER_LOAD_H
#define COLLECTD_XDP_COUNTER_LOAD_H

#include "plugin/counter/object.h"
#include "plugin/kernel/loader.h"

struct pin_dir;

/* What went wrong. */
struct counter_failure {
	const char *step; /* what was being done; static */
	struct loader_log log;
};

/*
 * Loads the counter that `settings` ask for: see counter_open(), whose errors these are.
 * Returns 0, with all of `ret_object` but info.cpus filled, to be closed by counter_unload(); or
 * -errno with `failure` filled.
 */
int counter_load(const struct counter_settings *settings, const struct pin_dir *pins,
		 struct counter_object *ret_object, struct counter_failure *failure);

/* Valid until counter_unload(). */
struct counter_maps counter_load_maps(const struct counter_object *object);

/* Lets go of program and maps. Takes one that is all zero. */
void counter_unload(struct counter_object *object);

#endif
