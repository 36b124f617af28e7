/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the keys and values of a map: a bounded number of them, and those that
 * were read before first, so that series go on where there are more.
 */
#ifndef COLLECTD_XDP_CUSTOM_WALK_H
#define COLLECTD_XDP_CUSTOM_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct custom_program_map;

/* A key and what is counted for it, summed over the CPUs. */
struct custom_walk_entry {
	uint64_t value;
	bool is_new;  /* was not there at the last reading */
	bool started; /* the reader's of the entry to keep; false in a new one */
	uint8_t key[];
};

struct custom_walk_reading {
	size_t count;
	bool complete; /* there are no other keys */
	bool more;     /* there are more keys than are read */
};

struct custom_walk;

/*
 * `max_keys`: at most that many are read. Returns 0 and an object the caller closes; -ENOMEM,
 * or -errno where the number of CPUs cannot be read.
 */
int custom_walk_open(const struct custom_program_map *map, unsigned int max_keys,
		     struct custom_walk **ret_read);

/* Takes NULL. */
void custom_walk_close(struct custom_walk *read);

/*
 * Reads the map: at most three system calls per key. Its entries are valid until the next one.
 * Returns 0 or -errno of bpf(2).
 */
int custom_walk_read(struct custom_walk *read, struct custom_walk_reading *ret_reading);

/* Entry of the last reading, 0 to count - 1, in the order of their keys' bytes. */
struct custom_walk_entry *custom_walk_entry(const struct custom_walk *read, size_t i);

/*
 * Sums the integer of the layout over the values of `cpus` CPUs as bpf(2) returns
 * them; 1 for a map that is not per CPU.
 */
struct custom_layout;
uint64_t custom_walk_sum(const struct custom_layout *layout, const void *values, unsigned int cpus);

#endif
