// SPDX-License-Identifier: GPL-2.0-only
/* Goes from key to key, with two sets of entries that take turns. */
#include "plugin/custom/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/custom/key.h"

#define CUSTOM_WALK_ALIGN(size) (((size) + 7) & ~(size_t)7)

struct custom_walk {
	int fd;
	struct custom_btf_layout layout;
	size_t max;    /* entries of a set */
	size_t stride; /* bytes of an entry */
	uint8_t *known, *next;
	size_t known_count, next_count;
	unsigned int cpus; /* values of one lookup */
	void *values;
	uint8_t *key; /* to which the walk has come */
};

int custom_walk_open(int fd, const struct custom_btf_layout *layout, unsigned int max_keys,
		     struct custom_walk **ret_walk)
{
	/* Not a guess where they cannot be told: bpf(2) writes a value for each. */
	int cpus = layout->per_cpu ? libbpf_num_possible_cpus() : 1;
	struct custom_walk *walk;

	if (cpus < 0)
		return cpus;
	walk = calloc(1, sizeof(*walk));
	if (!walk)
		return -ENOMEM;
	walk->fd = fd;
	walk->layout = *layout;
	walk->max = layout->entries < max_keys ? layout->entries : max_keys;
	walk->stride = CUSTOM_WALK_ALIGN(sizeof(struct custom_walk_entry) + layout->key_size);
	walk->cpus = (unsigned int)cpus;
	walk->known = calloc(walk->max, walk->stride);
	walk->next = calloc(walk->max, walk->stride);
	walk->values = calloc(walk->cpus, CUSTOM_WALK_ALIGN(layout->value_size));
	walk->key = calloc(1, layout->key_size);
	if (!walk->known || !walk->next || !walk->values || !walk->key) {
		custom_walk_close(walk);
		return -ENOMEM;
	}
	*ret_walk = walk;
	return 0;
}

void custom_walk_close(struct custom_walk *walk)
{
	if (!walk)
		return;
	free(walk->key);
	free(walk->known);
	free(walk->next);
	free(walk->values);
	free(walk);
}

uint64_t custom_walk_sum(const struct custom_btf_layout *layout, const void *values,
			 unsigned int cpus)
{
	const size_t stride = CUSTOM_WALK_ALIGN(layout->value_size);
	uint64_t sum = 0;

	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		sum += custom_key_number((const uint8_t *)values + cpu * stride + layout->offset,
					 layout->size, layout->is_signed);
	return sum;
}

static struct custom_walk_entry *entry_at(const struct custom_walk *walk, uint8_t *set, size_t i)
{
	return (struct custom_walk_entry *)(void *)(set + i * walk->stride);
}

struct custom_walk_entry *custom_walk_entry(const struct custom_walk *walk, size_t i)
{
	return entry_at(walk, walk->known, i);
}

/* Looks a key up and adds its entry. Returns 0, also where the key is gone, or -errno. */
static int add(struct custom_walk *walk, const void *key, bool is_new, bool started)
{
	struct custom_walk_entry *entry = entry_at(walk, walk->next, walk->next_count);

	if (bpf_map_lookup_elem(walk->fd, key, walk->values) < 0)
		return errno == ENOENT ? 0 : -errno;
	entry->value = custom_walk_sum(&walk->layout, walk->values, walk->cpus);
	entry->is_new = is_new;
	entry->started = started;
	memcpy(entry->key, key, walk->layout.key_size);
	walk->next_count++;
	return 0;
}

static int compare(const void *one, const void *other, void *size)
{
	return memcmp(((const struct custom_walk_entry *)one)->key,
		      ((const struct custom_walk_entry *)other)->key, *(const size_t *)size);
}

/* Whether the key was there at the last reading; its entries are in order. */
static bool is_known(const struct custom_walk *walk, const void *key)
{
	size_t low = 0, high = walk->known_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(entry_at(walk, walk->known, middle)->key, key,
				   walk->layout.key_size);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static int add_known(struct custom_walk *walk)
{
	int err = 0;

	for (size_t i = 0; !err && i < walk->known_count; i++) {
		const struct custom_walk_entry *entry = entry_at(walk, walk->known, i);

		err = add(walk, entry->key, false, entry->started);
	}
	return err;
}

/*
 * Adds keys that were not there before. A walk starts over where its key is deleted
 * meanwhile, so it has an end of its own.
 */
static int add_new(struct custom_walk *walk, struct custom_walk_reading *reading)
{
	size_t steps = 2 * walk->max + 64;
	const void *from = NULL;

	while (steps--) {
		int err;

		/* bpf(2) has read the one key when it writes the next one. */
		if (bpf_map_get_next_key(walk->fd, from, walk->key) < 0) {
			reading->complete = errno == ENOENT;
			return errno == ENOENT ? 0 : -errno;
		}
		from = walk->key;
		if (is_known(walk, walk->key))
			continue;
		if (walk->next_count == walk->max) {
			reading->more = true;
			return 0;
		}
		err = add(walk, walk->key, true, false);
		if (err)
			return err;
	}
	return 0;
}

/* In order, and each key once, also where a walk met it twice. */
static void settle(struct custom_walk *walk)
{
	size_t size = walk->layout.key_size, kept = 0;

	qsort_r(walk->next, walk->next_count, walk->stride, compare, &size);
	for (size_t i = 0; i < walk->next_count; i++) {
		const struct custom_walk_entry *entry = entry_at(walk, walk->next, i);

		if (kept && compare(entry_at(walk, walk->next, kept - 1), entry, &size) == 0)
			continue;
		if (kept != i)
			memcpy(entry_at(walk, walk->next, kept), entry, walk->stride);
		kept++;
	}
	walk->next_count = kept;
}

int custom_walk_read(struct custom_walk *walk, struct custom_walk_reading *ret_reading)
{
	uint8_t *set = walk->known;
	int err;

	*ret_reading = (struct custom_walk_reading){0};
	walk->next_count = 0;
	err = add_known(walk);
	if (!err)
		err = add_new(walk, ret_reading);
	if (err)
		return err;
	settle(walk);
	walk->known = walk->next;
	walk->known_count = walk->next_count;
	walk->next = set;
	ret_reading->count = walk->known_count;
	return 0;
}
