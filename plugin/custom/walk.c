// SPDX-License-Identifier: GPL-2.0-only
/* Goes from key to key; all that were ever met are in one array, found by a table of hashes. */
#include "plugin/custom/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <linux/bpf.h>

#include "plugin/base/clock.h"
#include "plugin/custom/elements.h"
#include "plugin/custom/key.h"
#include "plugin/kernel/cpus.h"

#define CUSTOM_WALK_ALIGN(size) (((size) + 7) & ~(size_t)7)

struct custom_walk {
	struct custom_elements elements;
	struct custom_btf_layout *layouts; /* of `members` */
	size_t members;
	unsigned int cpus; /* values of one lookup */
	void *values;
	uint8_t *key; /* to which the walk has come */
	/* The keys that were met, in that order. */
	uint8_t *entries; /* of `max` */
	size_t stride;	  /* bytes of an entry and its key */
	size_t count, max;
	bool more;	 /* there was a key besides */
	uint32_t *table; /* number of an entry, from 1 on; 0: none */
	size_t mask;	 /* of a hash, to its place in the table */
	uint64_t seed;	 /* nobody who chooses keys is to know where they come to lie */
};

static size_t key_size(const struct custom_walk *walk)
{
	return walk->layouts[0].key_size;
}

/*
 * Takes what is known of the map, and a buffer for its values. Returns 0, or as
 * custom_walk_open(), and then the walk is as it was.
 */
static int take_map(struct custom_walk *walk, int fd, const struct custom_btf_layout *layouts)
{
	unsigned int cpus = 1;
	int err = layouts[0].per_cpu ? cpus_measure(&cpus) : 0;
	void *values;

	if (err)
		return err;
	values = calloc(cpus, CUSTOM_WALK_ALIGN(layouts[0].value_size));
	if (!values)
		return -ENOMEM;
	free(walk->values);
	walk->values = values;
	walk->cpus = cpus;
	custom_elements_take(&walk->elements, fd, layouts);
	memcpy(walk->layouts, layouts, walk->members * sizeof(*layouts));
	return 0;
}

static int allocate(struct custom_walk *walk, const struct custom_btf_layout *layout)
{
	size_t places = 1;

	while (places < 2 * walk->max)
		places *= 2;
	walk->mask = places - 1;
	walk->stride = CUSTOM_WALK_ALIGN(sizeof(struct custom_walk_entry) +
					 walk->members * sizeof(struct custom_walk_member) +
					 layout->key_size);
	walk->layouts = calloc(walk->members, sizeof(*walk->layouts));
	walk->entries = calloc(walk->max, walk->stride);
	walk->table = calloc(places, sizeof(*walk->table));
	walk->key = calloc(1, layout->key_size);
	return walk->layouts && walk->entries && walk->table && walk->key ? 0 : -ENOMEM;
}

int custom_walk_open(int fd, const struct custom_btf_layout *layouts, size_t members,
		     unsigned int max_keys, struct custom_walk **ret_walk)
{
	struct custom_walk *walk = calloc(1, sizeof(*walk));
	int err;

	if (!walk)
		return -ENOMEM;
	walk->members = members;
	walk->max = max_keys;
	(void)!getrandom(&walk->seed, sizeof(walk->seed), GRND_NONBLOCK);
	err = allocate(walk, layouts);
	if (!err)
		err = take_map(walk, fd, layouts);
	if (err) {
		custom_walk_close(walk);
		return err;
	}
	*ret_walk = walk;
	return 0;
}

void custom_walk_close(struct custom_walk *walk)
{
	if (!walk)
		return;
	custom_elements_clear(&walk->elements);
	free(walk->layouts);
	free(walk->values);
	free(walk->key);
	free(walk->entries);
	free(walk->table);
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

struct custom_walk_entry *custom_walk_entry(const struct custom_walk *walk, size_t i)
{
	return (struct custom_walk_entry *)(void *)(walk->entries + i * walk->stride);
}

/* The key is no longer there, or not yet. */
static void clear(const struct custom_walk *walk, struct custom_walk_entry *entry)
{
	entry->present = false;
	for (size_t i = 0; i < walk->members; i++)
		entry->members[i].started = false;
}

int custom_walk_continue(struct custom_walk *walk, int fd, const struct custom_btf_layout *layouts)
{
	int err = layouts->key_size == key_size(walk) &&
				  layouts->outer_size == walk->layouts[0].outer_size
			  ? 0
			  : -EINVAL;

	if (!err)
		err = take_map(walk, fd, layouts);
	for (size_t i = 0; !err && i < walk->count; i++)
		clear(walk, custom_walk_entry(walk, i));
	return err;
}

/* The place of a key in the table: where it is, or where it has to go. */
static uint32_t *place_of(const struct custom_walk *walk, const uint8_t *key)
{
	uint64_t hash = walk->seed;
	size_t at;

	for (size_t i = 0; i < key_size(walk); i++) {
		hash = (hash ^ key[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	at = hash & walk->mask;
	while (walk->table[at] &&
	       memcmp(custom_walk_entry(walk, walk->table[at] - 1)->key, key, key_size(walk)) != 0)
		at = (at + 1) & walk->mask;
	return &walk->table[at];
}

/* Looks a key up, and notes whether it is there. Returns 0 or -errno. */
static int look_up(struct custom_walk *walk, const uint8_t *key, struct custom_walk_entry *entry)
{
	int err;

	entry->found = false;
	entry->time = clock_now();
	err = custom_elements_look_up(&walk->elements, key, walk->values);
	if (err)
		return err == -ENOENT ? 0 : err;
	entry->is_other = custom_elements_is_other(&walk->elements);
	for (size_t i = 0; i < walk->members; i++)
		entry->members[i].value =
			custom_walk_sum(&walk->layouts[i], walk->values, walk->cpus);
	entry->found = true;
	return 0;
}

static int look_up_known(struct custom_walk *walk)
{
	int err = 0;

	for (size_t i = 0; !err && i < walk->count; i++) {
		struct custom_walk_entry *entry = custom_walk_entry(walk, i);

		err = look_up(walk, entry->key, entry);
	}
	return err;
}

/* A key that was never met takes the next entry, if it is still there. */
static int add(struct custom_walk *walk, uint32_t *place)
{
	struct custom_walk_entry *entry = custom_walk_entry(walk, walk->count);
	int err = look_up(walk, walk->key, entry);

	if (err || !entry->found)
		return err;
	entry->key = (uint8_t *)&entry->members[walk->members];
	memcpy(entry->key, walk->key, key_size(walk));
	*place = (uint32_t)++walk->count;
	return 0;
}

/*
 * Adds keys that were not met before. A walk starts over where its key is deleted
 * meanwhile, so it has an end of its own.
 */
static int add_new(struct custom_walk *walk, struct custom_walk_reading *reading)
{
	size_t steps = 2 * walk->max + 64;
	const void *from = NULL;

	while (steps--) {
		uint32_t *place;
		int err;

		/* bpf(2) has read the one key when it writes the next one. */
		err = custom_elements_next(&walk->elements, from, walk->key);
		if (err) {
			reading->complete =
				err == -ENOENT && custom_elements_is_whole(&walk->elements);
			return err == -ENOENT ? 0 : err;
		}
		from = walk->key;
		place = place_of(walk, walk->key);
		if (*place)
			continue;
		if (walk->count == walk->max) {
			walk->more = true;
			return 0;
		}
		err = add(walk, place);
		if (err)
			return err;
	}
	return 0;
}

/* The keys of an array are there from its beginning to its end, so none is looked for then. */
static bool has_all_of_array(const struct custom_walk *walk)
{
	const struct custom_btf_layout *layout = &walk->layouts[0];
	size_t found = 0;

	if (layout->outer_size)
		return false;
	if (layout->type != BPF_MAP_TYPE_ARRAY && layout->type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return false;
	for (size_t i = 0; i < walk->count; i++)
		found += custom_walk_entry(walk, i)->found;
	return found == layout->entries;
}

/* Takes the last entries out again; those that came before them lie where they would have lain. */
static void forget_from(struct custom_walk *walk, size_t count)
{
	while (walk->count > count)
		*place_of(walk, custom_walk_entry(walk, --walk->count)->key) = 0;
}

/* What was found is what is shown. */
static void settle(struct custom_walk *walk, size_t known)
{
	for (size_t i = 0; i < walk->count; i++) {
		struct custom_walk_entry *entry = custom_walk_entry(walk, i);

		if (!entry->found)
			clear(walk, entry);
		entry->present = entry->found;
		entry->is_new = i >= known;
	}
}

int custom_walk_read(struct custom_walk *walk, struct custom_walk_reading *ret_reading)
{
	const size_t known = walk->count;
	int err;

	*ret_reading = (struct custom_walk_reading){.time = clock_now()};
	custom_elements_begin(&walk->elements);
	err = look_up_known(walk);
	if (!err && has_all_of_array(walk))
		ret_reading->complete = true;
	/* Nobody is let in where all places are taken. */
	else if (!err && !walk->more)
		err = add_new(walk, ret_reading);
	custom_elements_end(&walk->elements, !err);
	if (err) {
		forget_from(walk, known);
		return err;
	}
	settle(walk, known);
	ret_reading->count = walk->count;
	ret_reading->more = walk->more;
	return 0;
}
