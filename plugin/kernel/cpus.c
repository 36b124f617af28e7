// SPDX-License-Identifier: GPL-2.0-only
/* Possible CPUs, not online ones, by what the kernel writes for each of them. */
#include "plugin/kernel/cpus.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

/* Twice as many as any architecture can be built for (NR_CPUS). */
#define CPUS_MAX 16384

/* What no value of a new map is; the kernel writes zeros over it. */
#define CPUS_UNTOUCHED UINT64_MAX

/* Not by libbpf, which would raise RLIMIT_MEMLOCK before: see kernel/loader.h. */
static int create_map(void)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = BPF_MAP_TYPE_PERCPU_ARRAY;
	attributes.key_size = sizeof(uint32_t);
	attributes.value_size = sizeof(uint64_t);
	attributes.max_entries = 1;
	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

/* How many values one lookup writes. Returns 0 or -errno of bpf(2). */
static int count_values(int map, uint64_t *values, unsigned int *ret_count)
{
	const uint32_t first = 0;
	unsigned int count = 0;

	for (size_t i = 0; i < CPUS_MAX; i++)
		values[i] = CPUS_UNTOUCHED;
	if (bpf_map_lookup_elem(map, &first, values) < 0)
		return -errno;
	while (count < CPUS_MAX && values[count] != CPUS_UNTOUCHED)
		count++;
	if (count == 0 || count == CPUS_MAX)
		return -EOVERFLOW;
	*ret_count = count;
	return 0;
}

int cpus_measure(unsigned int *ret_cpus)
{
	static unsigned int measured;
	uint64_t *values;
	int map, err;

	if (measured) {
		*ret_cpus = measured;
		return 0;
	}
	values = calloc(CPUS_MAX, sizeof(*values));
	if (!values)
		return -ENOMEM;
	map = create_map();
	err = map < 0 ? -errno : count_values(map, values, &measured);
	if (map >= 0)
		close(map);
	free(values);
	if (!err)
		*ret_cpus = measured;
	return err;
}

unsigned int cpus_possible(void)
{
	unsigned int measured;
	int listed;

	if (cpus_measure(&measured) == 0)
		return measured;
	listed = libbpf_num_possible_cpus();
	return listed > 0 ? (unsigned int)listed : 1;
}
