/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in the values of a map the count is, by the BTF of the map, whoever loaded it. Never
 * logs; each difference from what the configuration expects is "cause; what to do".
 */
#ifndef COLLECTD_XDP_CUSTOM_BTF_H
#define COLLECTD_XDP_CUSTOM_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/config/map_block.h"

struct btf;

/* What a map is, as its object or the kernel says. */
struct custom_btf_map {
	uint32_t
		type; /* enum bpf_map_type; in a map of maps, that of the inner ones, as all else */
	uint32_t key_size;
	uint32_t outer_size; /* of the keys of a map of maps; else 0 */
	uint32_t value_size;
	uint32_t entries;
	const struct btf *btf;	/* NULL: it has none */
	uint32_t value_type_id; /* 0: unknown */
};

/* How the values of a map are read. */
struct custom_btf_layout {
	uint32_t type; /* enum bpf_map_type; in a map of maps, that of the inner ones */
	uint32_t key_size;
	uint32_t outer_size; /* so much of it is the outer key of a map of maps; else 0 */
	uint32_t value_size;
	uint32_t entries;
	uint32_t offset; /* of the integer in the value; it lies inside */
	uint32_t size;	 /* its bytes: 1, 2, 4 or 8 */
	bool is_signed;
	bool per_cpu;
};

/*
 * Finds the integer in the values of a map that the block names, and checks that type and key
 * of the map are as the block expects. 0, or -EINVAL and `text`, `ret_layout` being untouched.
 */
int custom_btf_layout(const struct custom_btf_map *map, const struct map_block *block,
		      struct custom_btf_layout *ret_layout, char *text, size_t size);

/* Whether a map of that type (enum bpf_map_type) can be read, and has a value for each CPU. */
bool custom_btf_is_readable(uint32_t type, bool *ret_per_cpu);

/*
 * A number that tells types of another layout apart: names, places and sizes of their members,
 * down to their integers; what the types themselves are called makes no difference.
 */
uint32_t custom_btf_shape(const struct btf *btf, uint32_t type_id);

#endif
