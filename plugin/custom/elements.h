/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys and values of a map, or of all maps in a map of maps (BPF_MAP_TYPE_ARRAY_OF_MAPS,
 * BPF_MAP_TYPE_HASH_OF_MAPS) as if they were one: a key is the outer one and the inner one behind
 * it. One inner map is open at a time. Only reads.
 */
#ifndef COLLECTD_XDP_CUSTOM_ELEMENTS_H
#define COLLECTD_XDP_CUSTOM_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/custom/btf.h"
#include "plugin/custom/key.h"

/* Keys of an outer map that one reading goes through at most; the next one goes on behind them. */
#define CUSTOM_ELEMENTS_OUTER_MAX 65536

/* Maps by their ids, ascending once they are sorted. */
struct custom_elements_ids {
	uint32_t *ids;
	size_t count, capacity;
};

/* {0} is of no map; written by the functions below only. */
struct custom_elements {
	int fd;
	struct custom_btf_layout layout;
	/* Of a map of maps alone. */
	bool is_open; /* the inner map of `outer` is, as */
	int inner;
	uint8_t outer[CUSTOM_KEY_MAX];
	bool is_other;			   /* it was not read at the reading before */
	struct custom_elements_ids before; /* that were read at the reading before */
	struct custom_elements_ids now;	   /* and at this one */
	size_t steps;			   /* that this reading may still go in the outer map */
	bool resumes;			   /* it begins behind `last`, not at the beginning */
	bool cut;			   /* it did not come to the end */
	uint8_t last[CUSTOM_KEY_MAX];
};

/* Goes on with this map, which the caller keeps open as long. */
void custom_elements_take(struct custom_elements *elements, int fd,
			  const struct custom_btf_layout *layout);

/* Before each reading, after which custom_elements_end() has to come. */
void custom_elements_begin(struct custom_elements *elements);

/* After a reading. `good`: its maps were read, and are those that the next one compares with. */
void custom_elements_end(struct custom_elements *elements, bool good);

/*
 * The key behind `from`, or the first one behind NULL, into `next`, which may be `from`.
 * Returns 0; -ENOENT at the end; -errno of bpf(2), -ENOMEM.
 */
int custom_elements_next(struct custom_elements *elements, const void *from, uint8_t *next);

/* Whether a reading that has come to the end, and was not ended yet, has gone through all keys. */
bool custom_elements_is_whole(const struct custom_elements *elements);

/* The values of a key. Returns 0; -ENOENT where it is not there; -errno of bpf(2), -ENOMEM. */
int custom_elements_look_up(struct custom_elements *elements, const uint8_t *key, void *values);

/* Whether the key that was looked up last is in a map that the reading before did not read. */
bool custom_elements_is_other(const struct custom_elements *elements);

/* Frees what it has; the map stays open. */
void custom_elements_clear(struct custom_elements *elements);

#endif
