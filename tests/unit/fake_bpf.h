/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps without a kernel: stands in for the functions of libbpf that are one bpf(2) each. A test
 * program of one source includes it; what it defines comes before libbpf's. Keys have 4 bytes.
 */
#ifndef COLLECTD_XDP_TESTS_UNIT_FAKE_BPF_H
#define COLLECTD_XDP_TESTS_UNIT_FAKE_BPF_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#define FAKE_MAPS 16

/* An array has all its entries from the start, a hash those that were put into it. */
struct fake_map {
	int fd; /* of memory that can be shared, of `shared` bytes */
	bool hash;
	uint32_t value_size; /* bytes that a lookup copies: of all CPUs */
	uint32_t entries;
	uint32_t *keys; /* of a hash */
	bool *present;	/* the same */
	char *values;
};

static struct {
	struct fake_map maps[FAKE_MAPS];
	size_t count;
	unsigned int calls; /* since the last reset or change of `fail_at` */
	unsigned int lookups, batches, updates, deletes;
	unsigned int fail_at; /* the call that fails; 0: none */
	bool fail_on;	      /* and so do those after it */
	bool fail_batch;      /* every batch */
	uint32_t batch_short; /* so many fewer than were asked for are read by a batch */
	int error;
} fake_bpf;

/* The map of a descriptor. */
static struct fake_map *fake_map(int fd)
{
	for (size_t i = 0; i < fake_bpf.count; i++) {
		if (fake_bpf.maps[i].fd == fd)
			return &fake_bpf.maps[i];
	}
	return NULL;
}

/* A new map; returns its descriptor, which fake_bpf_reset() closes. */
static int fake_map_new(bool hash, uint32_t value_size, uint32_t entries, size_t shared)
{
	struct fake_map *map = &fake_bpf.maps[fake_bpf.count++];

	*map = (struct fake_map){
		.fd = memfd_create("fake_map", MFD_CLOEXEC),
		.hash = hash,
		.value_size = value_size,
		.entries = entries,
		.keys = calloc(entries, sizeof(uint32_t)),
		.present = calloc(entries, sizeof(bool)),
		.values = calloc(entries, value_size),
	};
	assert_true(fake_bpf.count <= FAKE_MAPS && map->fd >= 0 && map->keys && map->present &&
		    map->values);
	assert_int_equal(ftruncate(map->fd, (off_t)shared), 0);
	return map->fd;
}

/* No maps, and nothing fails. */
static void fake_bpf_reset(void)
{
	for (size_t i = 0; i < fake_bpf.count; i++) {
		close(fake_bpf.maps[i].fd);
		free(fake_bpf.maps[i].keys);
		free(fake_bpf.maps[i].present);
		free(fake_bpf.maps[i].values);
	}
	memset(&fake_bpf, 0, sizeof(fake_bpf));
}

/* From now on the n-th call fails with a negative errno; 0: none does. */
static inline void fake_bpf_fail(unsigned int n, int error)
{
	fake_bpf.calls = 0;
	fake_bpf.fail_at = n;
	fake_bpf.error = error;
}

/* As a system call fails. Returns 0 or -errno. */
static int fake_call(void)
{
	fake_bpf.calls++;
	if (!fake_bpf.fail_at || fake_bpf.calls < fake_bpf.fail_at ||
	    (fake_bpf.calls > fake_bpf.fail_at && !fake_bpf.fail_on))
		return 0;
	errno = -fake_bpf.error;
	return fake_bpf.error;
}

static int fake_error(int err)
{
	errno = -err;
	return err;
}

/* Where the value of a key is; NULL: it has none. With `make` a hash gives it one. */
static char *fake_value(const struct fake_map *map, uint32_t key, bool make)
{
	if (!map->hash)
		return key < map->entries ? map->values + (size_t)key * map->value_size : NULL;
	for (uint32_t i = 0; i < map->entries; i++) {
		if (map->present[i] && map->keys[i] == key)
			return map->values + (size_t)i * map->value_size;
	}
	for (uint32_t i = 0; make && i < map->entries; i++) {
		if (map->present[i])
			continue;
		map->present[i] = true;
		map->keys[i] = key;
		return map->values + (size_t)i * map->value_size;
	}
	return NULL;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	const struct fake_map *map = fake_map(fd);
	const char *found;
	int err = fake_call();

	fake_bpf.lookups++;
	if (err)
		return err;
	if (!map)
		return fake_error(-EBADF);
	found = fake_value(map, *(const uint32_t *)key, false);
	if (!found)
		return fake_error(-ENOENT);
	memcpy(value, found, map->value_size);
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	const struct fake_map *map = fake_map(fd);
	char *place;
	int err = fake_call();

	(void)flags;
	fake_bpf.updates++;
	if (err)
		return err;
	if (!map)
		return fake_error(-EBADF);
	place = fake_value(map, *(const uint32_t *)key, true);
	if (!place)
		return fake_error(-E2BIG);
	memcpy(place, value, map->value_size);
	return 0;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	const struct fake_map *map = fake_map(fd);
	const char *place;
	int err = fake_call();

	fake_bpf.deletes++;
	if (err)
		return err;
	if (!map)
		return fake_error(-EBADF);
	place = fake_value(map, *(const uint32_t *)key, false);
	if (!map->hash || !place)
		return fake_error(map->hash ? -ENOENT : -EINVAL);
	map->present[(size_t)(place - map->values) / map->value_size] = false;
	return 0;
}

/* Of arrays: a batch goes on behind the key `in`; its answer says how many there were. */
int bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *values, __u32 *count,
			 const struct bpf_map_batch_opts *options)
{
	const struct fake_map *map = fake_map(fd);
	uint32_t first = in ? *(uint32_t *)in + 1 : 0, wanted = *count;
	int err = fake_call();

	(void)options;
	fake_bpf.batches++;
	if (!err && fake_bpf.fail_batch)
		err = fake_error(fake_bpf.error);
	if (err)
		return err;
	assert_non_null(map);
	*count = 0;
	for (uint32_t i = first; i < map->entries && *count < wanted - fake_bpf.batch_short; i++) {
		((uint32_t *)keys)[*count] = i;
		memcpy((char *)values + (size_t)*count * map->value_size,
		       map->values + (size_t)i * map->value_size, map->value_size);
		*(uint32_t *)out = i;
		++*count;
	}
	return *count < wanted && first + *count == map->entries ? fake_error(-ENOENT) : 0;
}

#endif
