// SPDX-License-Identifier: GPL-2.0-only
/* Walks a map by its keys, with two sets of entries that take turns. */
#include "plugin/custom/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/custom/program.h"
#include "plugin/custom/key.h"

#define CUSTOM_WALK_ALIGN(size) (((size) + 7) & ~(size_t)7)

struct custom_walk {
	const struct custom_program_map *map;
	size_t max;    /* entries of a set */
	size_t stride; /* bytes of an entry */
	uint8_t *known, *next;
	size_t known_count, next_count;
	unsigned int cpus; /* values of one lookup */
	void *values;
	uint8_t *keys; /* two of them, which change places: */
	uint8_t *key, *following;
};

int custom_walk_open(const struct custom_program_map *map, unsigned int max_keys,
		     struct custom_walk **ret_read)
{
	const struct custom_layout *layout = &map->layout;
	/* Not a guess where they cannot be told: bpf(2) writes a value for each. */
	int cpus = layout->per_cpu ? libbpf_num_possible_cpus() : 1;
	struct custom_walk *read;

	if (cpus < 0)
		return cpus;
	read = calloc(1, sizeof(*read));
	if (!read)
		return -ENOMEM;
	read->map = map;
	read->max = layout->entries < max_keys ? layout->entries : max_keys;
	read->stride = CUSTOM_WALK_ALIGN(sizeof(struct custom_walk_entry) + layout->key_size);
	read->cpus = (unsigned int)cpus;
	read->known = calloc(read->max, read->stride);
	read->next = calloc(read->max, read->stride);
	read->values = calloc(read->cpus, CUSTOM_WALK_ALIGN(layout->value_size));
	read->keys = calloc(2, layout->key_size);
	if (!read->known || !read->next || !read->values || !read->keys) {
		custom_walk_close(read);
		return -ENOMEM;
	}
	read->key = read->keys;
	read->following = read->keys + layout->key_size;
	*ret_read = read;
	return 0;
}

void custom_walk_close(struct custom_walk *read)
{
	if (!read)
		return;
	free(read->keys);
	free(read->known);
	free(read->next);
	free(read->values);
	free(read);
}

uint64_t custom_walk_sum(const struct custom_layout *layout, const void *values, unsigned int cpus)
{
	const size_t stride = CUSTOM_WALK_ALIGN(layout->value_size);
	uint64_t sum = 0;

	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		sum += custom_key_number((const uint8_t *)values + cpu * stride + layout->offset,
					 layout->size, layout->is_signed);
	return sum;
}

static struct custom_walk_entry *entry_at(const struct custom_walk *read, uint8_t *set, size_t i)
{
	return (struct custom_walk_entry *)(void *)(set + i * read->stride);
}

struct custom_walk_entry *custom_walk_entry(const struct custom_walk *read, size_t i)
{
	return entry_at(read, read->known, i);
}

/* Looks a key up and adds its entry. Returns 0, also where the key is gone, or -errno. */
static int add(struct custom_walk *read, const void *key, bool is_new, bool started)
{
	struct custom_walk_entry *entry = entry_at(read, read->next, read->next_count);

	if (bpf_map_lookup_elem(read->map->fd, key, read->values) < 0)
		return errno == ENOENT ? 0 : -errno;
	entry->value = custom_walk_sum(&read->map->layout, read->values, read->cpus);
	entry->is_new = is_new;
	entry->started = started;
	memcpy(entry->key, key, read->map->layout.key_size);
	read->next_count++;
	return 0;
}

static int compare(const void *one, const void *other, void *size)
{
	return memcmp(((const struct custom_walk_entry *)one)->key,
		      ((const struct custom_walk_entry *)other)->key, *(const size_t *)size);
}

/* Whether the key was there at the last reading; its entries are in order. */
static bool is_known(const struct custom_walk *read, const void *key)
{
	size_t low = 0, high = read->known_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(entry_at(read, read->known, middle)->key, key,
				   read->map->layout.key_size);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static int add_known(struct custom_walk *read)
{
	int err = 0;

	for (size_t i = 0; !err && i < read->known_count; i++) {
		const struct custom_walk_entry *entry = entry_at(read, read->known, i);

		err = add(read, entry->key, false, entry->started);
	}
	return err;
}

/*
 * Adds keys that were not there before. A walk starts over where its key is deleted
 * meanwhile, so it has an end of its own.
 */
static int add_new(struct custom_walk *read, struct custom_walk_reading *reading)
{
	size_t steps = 2 * read->max + 64;
	const void *from = NULL;

	while (steps--) {
		uint8_t *now = read->following;
		int err;

		if (bpf_map_get_next_key(read->map->fd, from, now) < 0) {
			reading->complete = errno == ENOENT;
			return errno == ENOENT ? 0 : -errno;
		}
		if (!is_known(read, now) && read->next_count == read->max) {
			reading->more = true;
			return 0;
		}
		err = is_known(read, now) ? 0 : add(read, now, true, false);
		if (err)
			return err;
		read->following = read->key;
		read->key = now;
		from = now;
	}
	return 0;
}

/* In order, and each key once, also where a walk met it twice. */
static void settle(struct custom_walk *read)
{
	size_t size = read->map->layout.key_size, kept = 0;

	qsort_r(read->next, read->next_count, read->stride, compare, &size);
	for (size_t i = 0; i < read->next_count; i++) {
		const struct custom_walk_entry *entry = entry_at(read, read->next, i);

		if (kept && compare(entry_at(read, read->next, kept - 1), entry, &size) == 0)
			continue;
		if (kept != i)
			memcpy(entry_at(read, read->next, kept), entry, read->stride);
		kept++;
	}
	read->next_count = kept;
}

int custom_walk_read(struct custom_walk *read, struct custom_walk_reading *ret_reading)
{
	uint8_t *set = read->known;
	int err;

	*ret_reading = (struct custom_walk_reading){0};
	read->next_count = 0;
	err = add_known(read);
	if (!err)
		err = add_new(read, ret_reading);
	if (err)
		return err;
	settle(read);
	read->known = read->next;
	read->known_count = read->next_count;
	read->next = set;
	ret_reading->count = read->known_count;
	return 0;
}
