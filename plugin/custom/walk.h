/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the keys and values of a map, whoever loaded it: a bounded number of them, and those
 * that were read before first, so that series go on where there are more.
 */
#ifndef COLLECTD_XDP_CUSTOM_WALK_H
#define COLLECTD_XDP_CUSTOM_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/custom/btf.h"

/* A key and what is counted for it, summed over the CPUs. */
struct custom_walk_entry {
	uint64_t value;
	bool is_new;  /* was not there at the last reading */
	bool started; /* for the reader of the entry, and kept from reading to reading; at first
			 false */
	uint8_t key[];
};

struct custom_walk_reading {
	size_t count;
	bool complete; /* there are no other keys */
	bool more;     /* there are more keys than are read */
};

struct custom_walk;

/*
 * `fd`: of the map, which the caller keeps open as long as the object; `layout` is copied.
 * `max_keys`: at most that many are read. Returns 0 and an object the caller closes; -ENOMEM,
 * or -errno where the number of CPUs cannot be read.
 */
int custom_walk_open(int fd, const struct custom_btf_layout *layout, unsigned int max_keys,
		     struct custom_walk **ret_walk);

/* Takes NULL. */
void custom_walk_close(struct custom_walk *walk);

/*
 * Reads the map: at most three system calls per key. Its entries are valid until the next one.
 * Returns 0; or -errno of bpf(2), and the entries of the last reading are still there.
 */
int custom_walk_read(struct custom_walk *walk, struct custom_walk_reading *ret_reading);

/* Entry of the last reading, 0 to count - 1, in the order of their keys' bytes. */
struct custom_walk_entry *custom_walk_entry(const struct custom_walk *walk, size_t i);

/*
 * Sums the integer of the layout over the values of `cpus` CPUs as bpf(2) returns
 * them; 1 for a map that is not per CPU.
 */
uint64_t custom_walk_sum(const struct custom_btf_layout *layout, const void *values,
			 unsigned int cpus);

#endif
