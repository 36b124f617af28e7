/* SPDX-License-Identifier: GPL-2.0-only */
/* The <Counter> blocks of the configuration: counters of the user's own. No side effect but log
 * lines. */
#ifndef COLLECTD_XDP_CONFIG_COUNTER_BLOCK_H
#define COLLECTD_XDP_CONFIG_COUNTER_BLOCK_H

#include <stddef.h>

#include "plugin/config/key_form.h"
#include "plugin/config/selection.h"
#include "plugin/kernel/xdp_link.h"

struct oconfig_item_s;

#define MAP_BLOCK_KEYS 256
#define MAP_BLOCK_KEYS_MAX 65536

/* A <Map> block: which values of a map become which values of collectd. */
struct map_block {
	char *map; /* its name in the object */
	char *type;
	char *prefix; /* before what is made of the key; "": none */
	enum key_form form;
	struct key_form_label *labels;
	size_t label_count;
	char *member; /* "": the value itself */
	unsigned int max_keys;
};

struct counter_block {
	char *name;
	char *object;  /* absolute path */
	char *program; /* name of its function or its section */
	struct selection *selection;
	enum xdp_link_mode mode;
	struct map_block *maps; /* at least one */
	size_t map_count;
};

/*
 * Reads one <Counter NAME> block; what is wrong is logged.
 * Returns 0 and settings the caller frees; -EINVAL, -ENOMEM.
 */
int counter_block_read(const struct oconfig_item_s *block, struct counter_block **ret_settings);

/* Takes NULL. */
void counter_block_free(struct counter_block *settings);

#endif
