/* SPDX-License-Identifier: GPL-2.0-only */
/* The <Maps> block: maps of BPF programs that others loaded. No side effect but log lines. */
#ifndef COLLECTD_XDP_CONFIG_MAPS_BLOCK_H
#define COLLECTD_XDP_CONFIG_MAPS_BLOCK_H

#include <stddef.h>

#include "plugin/config/map_block.h"

struct oconfig_item_s;

struct maps_block {
	char *name;
	/* One of the two says where the maps are. */
	char *pin;		/* path of a pinned map, or of a folder of pins; else NULL */
	char *interface;	/* at whose hook the program is; else NULL */
	char *program;		/* whose maps they are, of those at the hook; NULL: any */
	char *object;		/* path of a file with the BTF of the maps; NULL: none */
	struct map_block *maps; /* at least one */
	size_t map_count;
};

/*
 * Reads one <Maps NAME> block; what is wrong is logged.
 * Returns 0 and settings the caller frees; -EINVAL, -ENOMEM.
 */
int maps_block_read(const struct oconfig_item_s *block, struct maps_block **ret_maps);

/* Takes NULL. */
void maps_block_free(struct maps_block *maps);

#endif
