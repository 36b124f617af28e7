/* SPDX-License-Identifier: GPL-2.0-only */
/* The <Counter> blocks of the configuration: counters of the user's own. No side effect but log
 * lines. */
#ifndef COLLECTD_XDP_CONFIG_COUNTER_BLOCK_H
#define COLLECTD_XDP_CONFIG_COUNTER_BLOCK_H

#include <stddef.h>

#include "plugin/kernel/xdp_link.h"
#include "plugin/custom/key.h"
#include "plugin/config/selection.h"

struct oconfig_item_s;

#define CUSTOM_MAX_KEYS 256
#define CUSTOM_MAX_KEYS_LIMIT 65536

/* A <Map> block: which values of a map become which values of collectd. */
struct custom_map_settings {
	char *map; /* its name in the object */
	char *type;
	char *prefix; /* before what is made of the key; "": none */
	enum custom_key_form form;
	struct custom_label *labels;
	size_t label_count;
	char *member; /* "": the value itself */
	unsigned int max_keys;
};

struct custom_settings {
	char *name;
	char *object;  /* absolute path */
	char *program; /* name of its function or its section */
	struct selection *selection;
	enum xdp_link_mode mode;
	struct custom_map_settings *maps; /* at least one */
	size_t map_count;
};

/*
 * Reads one <Counter NAME> block; what is wrong is logged.
 * Returns 0 and settings the caller frees; -EINVAL, -ENOMEM.
 */
int custom_config_read(const struct oconfig_item_s *block, struct custom_settings **ret_settings);

/* Takes NULL. */
void custom_config_free(struct custom_settings *settings);

#endif
