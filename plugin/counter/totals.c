// SPDX-License-Identifier: GPL-2.0-only
/* Reads records of slots in a row, and sums what they have in common: packets and bytes. */
#include "plugin/counter/totals.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "plugin/base/error.h"
#include "plugin/counter/counter.h"
#include "plugin/counter/read.h"

/* Of one slot, as bpf(2) returns it: of all possible CPUs. */
static size_t value_bytes(const struct counter_totals *totals)
{
	return (size_t)totals->cpus * RECORD_BYTES(totals->queues);
}

int counter_totals_open(struct counter_totals *totals, const struct counter *counter)
{
	*totals = (struct counter_totals){
		.records = counter_maps(counter).records,
		.cpus = counter_info(counter)->cpus,
		.queues = counter_settings(counter)->queues,
	};
	totals->max = counter_read_max(value_bytes(totals));
	totals->values = calloc(totals->max, value_bytes(totals));
	return totals->values ? 0 : -ENOMEM;
}

void counter_totals_close(struct counter_totals *totals)
{
	free(totals->values);
	*totals = (struct counter_totals){0};
}

/* Several with one system call. Returns whether that could be done. */
static bool look_up_batch(struct counter_totals *totals, __u32 at, __u32 count)
{
	__u32 keys[COUNTER_READ_MAX], before = at - 1, last, got = count;
	int err = bpf_map_lookup_batch(totals->records, at ? &before : NULL, &last, keys,
				       totals->values, &got, NULL);

	if (err == 0 && got == count)
		return true;
	/* Before Linux 5.13 there are no batches of per-CPU arrays. */
	if (!error_is_transient(err))
		totals->max = 1;
	return false;
}

static struct record_cell sum(const struct counter_totals *totals, const char *values)
{
	struct record_cell total = {0};

	for (unsigned int cpu = 0; cpu < totals->cpus; cpu++) {
		const struct record_cell cell =
			counter_total((const void *)(values + cpu * RECORD_BYTES(totals->queues)));

		total.packets += cell.packets;
		total.bytes += cell.bytes;
	}
	return total;
}

int counter_totals_read(struct counter_totals *totals, unsigned int first, unsigned int count,
			struct record_cell *ret_totals)
{
	__u32 at = first - 1;

	if (count > totals->max)
		count = totals->max;
	if (count == 1 || !look_up_batch(totals, at, count)) {
		count = 1;
		if (bpf_map_lookup_elem(totals->records, &at, totals->values) < 0)
			return -errno;
	}
	for (unsigned int i = 0; i < count; i++)
		ret_totals[i] = sum(totals, (const char *)totals->values + i * value_bytes(totals));
	return (int)count;
}
