/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the keys and values of a map, whoever loaded it: of a bounded number of keys over the
 * life of the walk, so that keys that come and go do not make series without end.
 */
#ifndef COLLECTD_XDP_CUSTOM_WALK_H
#define COLLECTD_XDP_CUSTOM_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/custom/btf.h"

/* One integer of the value of a key. */
struct custom_walk_member {
	uint64_t value; /* summed over the CPUs */
	bool started;	/* for the reader of the entry, and kept while the key is there; at first
			   false */
};

/* A key that was there at one reading at least. */
struct custom_walk_entry {
	bool present;  /* is there at this reading; else nothing but the key is valid */
	bool is_new;   /* was never looked up before this reading */
	bool is_other; /* is in an inner map that the reading before did not read */
	uint64_t time; /* clock_now(), right before it was looked up */
	bool found;    /* of the walk alone, while it reads */
	uint8_t *key;
	struct custom_walk_member members[];
};

struct custom_walk_reading {
	uint64_t time; /* clock_now() at its beginning: a key that it misses was not there then */
	size_t count;  /* entries */
	bool complete; /* there are no other keys in the map */
	bool more;     /* there were more keys than there may be entries */
};

struct custom_walk;

/*
 * `fd`: of the map, which the caller keeps open as long as the object; `layouts`: of `members`
 * integers in its values, copied. `max_keys`: that many different keys are read in all.
 * Returns 0 and an object the caller closes; -ENOMEM, or -errno where the number of CPUs cannot
 * be read.
 */
int custom_walk_open(int fd, const struct custom_btf_layout *layouts, size_t members,
		     unsigned int max_keys, struct custom_walk **ret_walk);

/* Takes NULL. */
void custom_walk_close(struct custom_walk *walk);

/*
 * Goes on with another map, whose keys are as long and whose values have as many members; keys
 * that were read before are among those that may be. Returns 0; -EINVAL where the keys have
 * another length, or as custom_walk_open(), and then the walk is as it was.
 */
int custom_walk_continue(struct custom_walk *walk, int fd, const struct custom_btf_layout *layouts);

/*
 * Reads the map: at most three system calls per key, and five more per inner map. Its entries are
 * valid until the next one. Returns 0; or -errno of bpf(2), and then the entries are not to be
 * looked at; the next reading is as if this one had not been.
 */
int custom_walk_read(struct custom_walk *walk, struct custom_walk_reading *ret_reading);

/* Entry of the last reading, 0 to count - 1, in the order in which their keys were first met. */
struct custom_walk_entry *custom_walk_entry(const struct custom_walk *walk, size_t i);

/*
 * Sums the integer of the layout over the values of `cpus` CPUs as bpf(2) returns
 * them; 1 for a map that is not per CPU.
 */
uint64_t custom_walk_sum(const struct custom_btf_layout *layout, const void *values,
			 unsigned int cpus);

#endif
