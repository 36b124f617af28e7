/* SPDX-License-Identifier: GPL-2.0-only */
/* The <Map> block: which values of a BPF map become which values of collectd. */
#ifndef COLLECTD_XDP_CONFIG_MAP_BLOCK_H
#define COLLECTD_XDP_CONFIG_MAP_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/config/key_form.h"

struct oconfig_item_s;

/* With the longest text of a key, a type instance is still below collectd's 128 characters. */
#define MAP_BLOCK_PREFIX_MAX 24

/* MaxKeys, where it is not given, and at most. */
#define MAP_BLOCK_KEYS 256
#define MAP_BLOCK_KEYS_MAX 65536

/* The form of the keys of a map of maps. */
enum map_block_outer {
	MAP_BLOCK_OUTER_AUTO, /* decimal where the key has the size of a number, else hex */
	MAP_BLOCK_OUTER_FORM  /* and above: enum key_form from its first one on */
};

struct map_block {
	char *name;   /* of the map */
	char *type;   /* of types.db */
	char *prefix; /* before what is made of the key; "": none */
	enum key_form form;
	enum map_block_outer outer; /* the form of the keys of a map of maps */
	struct key_form_label *labels;
	size_t label_count;
	char *member; /* "a" or "a.b"; "": the value itself */
	unsigned int max_keys;
	bool may_nest; /* the map may be a map of maps */
};

/*
 * Reads one <Map NAME> block; what is wrong is logged.
 * Returns 0 and settings that map_block_clear() takes; -EINVAL, -ENOMEM.
 */
int map_block_read(const struct oconfig_item_s *block, struct map_block *ret_map);

/*
 * Reads one <Map NAME> block behind `count` others of its owner, as map_block_read(), and sees that
 * no values of it get the names of theirs. `may_nest`: the map may be a map of maps. Returns 0;
 * -EINVAL, -ENOMEM, and what is in the array is the caller's all the same.
 */
int map_block_append(const struct oconfig_item_s *block, bool may_nest, struct map_block **maps,
		     size_t *count);

/* Frees what is in it. Takes half-built ones. */
void map_block_clear(struct map_block *map);

/*
 * Whether values of two maps with the same plugin instance may get one name. A name is made of
 * type, prefix and key, see custom_names_value().
 */
bool map_block_may_meet(const struct map_block *one, const struct map_block *other);

#endif
