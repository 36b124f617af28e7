/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a value of a custom counter gets its type instance: no two values of a counter get the
 * same name, see map_block_may_meet(). Pure.
 */
#ifndef COLLECTD_XDP_CUSTOM_NAMES_H
#define COLLECTD_XDP_CUSTOM_NAMES_H

#include <stddef.h>

#include "plugin/config/map_block.h"
#include "plugin/custom/key.h"

/* Longest type instance, with its end: prefix, dash, key. */
#define CUSTOM_NAMES_VALUE (MAP_BLOCK_PREFIX_MAX + 1 + CUSTOM_KEY_TEXT)

/* The type instance of the value of a key that fits the form of the block: PREFIX-KEY, or KEY. */
void custom_names_value(const struct map_block *block, const void *key, size_t key_size,
			char text[CUSTOM_NAMES_VALUE]);

#endif
