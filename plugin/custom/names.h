/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a value of a custom counter gets its type instance: no two values of a counter get the
 * same name, see map_block_may_meet(). Pure.
 */
#ifndef COLLECTD_XDP_CUSTOM_NAMES_H
#define COLLECTD_XDP_CUSTOM_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/config/map_block.h"
#include "plugin/custom/key.h"

/* Longest type instance, with its end: prefix, dash, key. */
#define CUSTOM_NAMES_VALUE (MAP_BLOCK_PREFIX_MAX + 1 + CUSTOM_KEY_TEXT)

/*
 * The type instance of the value of a key that fits the form of the block: PREFIX-KEY, or KEY. If
 * its first `outer_size` bytes are the key of a map of maps, KEY is OUTER-INNER.
 */
void custom_names_value(const struct map_block *block, const void *key, size_t outer_size,
			size_t key_size, char text[CUSTOM_NAMES_VALUE]);

/*
 * Whether the keys of a map of maps fit the block, and all texts of both into a type instance; the
 * inner ones fit their form. Else what does, static.
 */
bool custom_names_outer_fits(const struct map_block *block, size_t outer_size, size_t inner_size,
			     const char **ret_wanted);

#endif
