/* SPDX-License-Identifier: GPL-2.0-only */
/* The <Counter> block: a custom counter. No side effect but log lines. */
#ifndef COLLECTD_XDP_CONFIG_COUNTER_BLOCK_H
#define COLLECTD_XDP_CONFIG_COUNTER_BLOCK_H

#include <stddef.h>

#include "plugin/config/map_block.h"
#include "plugin/config/selection.h"
#include "plugin/kernel/xdp_link.h"

struct oconfig_item_s;

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
int counter_block_read(const struct oconfig_item_s *block, struct counter_block **ret_counter);

/* Takes NULL. */
void counter_block_free(struct counter_block *counter);

#endif
