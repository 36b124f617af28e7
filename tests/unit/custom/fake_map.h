/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash of 4-byte keys that the test keeps, in place of bpf(2): libbpf's functions that read a
 * map, which count their calls and fail when they are asked to. For one file of a test.
 */
#ifndef COLLECTD_XDP_TESTS_FAKE_MAP_H
#define COLLECTD_XDP_TESTS_FAKE_MAP_H

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#define FAKE_MAP_FD 42
#define FAKE_MAP_KEYS 64
#define FAKE_MAP_CPUS 3

/* Entries in the order in which the kernel would go through them. */
static struct {
	uint32_t keys[FAKE_MAP_KEYS];
	size_t count;
	size_t value_size;
	unsigned int cpus; /* that it has values of; 0: one value */

	unsigned int calls, lookups; /* of bpf(2) */
	unsigned int fail_at;	     /* the number of the call that fails; 0: none */
	int fail_errno;
	void (*before)(void);	 /* called before each step to a next key, and */
	void (*meanwhile)(void); /* after it */
	bool endless;		 /* each key is gone when the next one is asked for */
} map;

int cpus_measure(unsigned int *ret_cpus)
{
	*ret_cpus = map.cpus;
	return map.cpus ? 0 : -EIO;
}

unsigned int cpus_possible(void)
{
	return FAKE_MAP_CPUS;
}

/* What is counted for a key on a CPU. */
static uint64_t count_of(uint32_t key, unsigned int cpu)
{
	return 1000 * (uint64_t)key + 7 * cpu;
}

static size_t find(uint32_t key)
{
	for (size_t i = 0; i < map.count; i++) {
		if (map.keys[i] == key)
			return i;
	}
	return map.count;
}

static void insert(uint32_t key)
{
	assert_true(map.count < FAKE_MAP_KEYS);
	map.keys[map.count++] = key;
}

static void delete (uint32_t key)
{
	size_t i = find(key);

	assert_true(i < map.count);
	memmove(&map.keys[i], &map.keys[i + 1], (--map.count - i) * sizeof(map.keys[0]));
}

/* Whether this call is to fail. */
static bool fails(int fd)
{
	assert_int_equal(fd, FAKE_MAP_FD);
	errno = map.fail_errno;
	return ++map.calls == map.fail_at;
}

/* As a hash map does: from a key that is not there it goes to the first one. */
int bpf_map_get_next_key(int fd, const void *key, void *next_key)
{
	uint32_t from;
	size_t i = 0;

	if (fails(fd))
		return -map.fail_errno;
	if (map.before)
		map.before();
	if (key && !map.endless) {
		memcpy(&from, key, sizeof(from));
		i = find(from) == map.count ? 0 : find(from) + 1;
	}
	if (i >= map.count) {
		errno = ENOENT;
		return -ENOENT;
	}
	memcpy(next_key, &map.keys[i], sizeof(from));
	if (map.meanwhile)
		map.meanwhile();
	return 0;
}

/* A value of 8 bytes at offset 4 for each CPU, between bytes that are not to be counted. */
int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	const size_t stride = (map.value_size + 7) / 8 * 8;
	uint32_t number;

	map.lookups++;
	if (fails(fd))
		return -map.fail_errno;
	memcpy(&number, key, sizeof(number));
	if (find(number) == map.count) {
		errno = ENOENT;
		return -ENOENT;
	}
	memset(value, 0xff, stride * (map.cpus ? map.cpus : 1));
	for (unsigned int cpu = 0; cpu < (map.cpus ? map.cpus : 1); cpu++) {
		const uint64_t count = count_of(number, cpu);

		memcpy((uint8_t *)value + cpu * stride + 4, &count, sizeof(count));
	}
	return 0;
}

#endif
