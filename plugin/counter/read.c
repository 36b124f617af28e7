// SPDX-License-Identifier: GPL-2.0-only
/* Reads records, one or several with a system call, and sums them. */
#include "plugin/counter/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "plugin/base/clock.h"
#include "plugin/base/error.h"

/*
 * A system call costs as much as the copy of about 1 KiB, so for short values it
 * is worth while to have several with one. All of them should stay in the cache
 * that they are summed from: on a machine of many CPUs one value alone fills it.
 */
#define COUNTER_READ_BYTES ((size_t)64 << 10)

unsigned int counter_read_max(size_t bytes)
{
	size_t values = COUNTER_READ_BYTES / bytes;

	if (values < 1)
		return 1;
	return values < COUNTER_READ_MAX ? (unsigned int)values : COUNTER_READ_MAX;
}

/* Of one slot, as bpf(2) returns it: of all possible CPUs. */
static size_t value_bytes(const struct counter_reader *reader)
{
	return (size_t)reader->cpus * RECORD_BYTES(reader->queues);
}

int counter_read_open(struct counter_reader *reader, const struct counter_slots *slots,
		      unsigned int cpus, unsigned int queues)
{
	size_t bytes = cpus * RECORD_BYTES(queues);

	*reader = (struct counter_reader){.slots = slots, .cpus = cpus, .queues = queues};
	reader->window.max = counter_read_max(bytes);
	reader->window.values = calloc(reader->window.max, bytes);
	reader->values = calloc(1, bytes);
	reader->cpu_cells = calloc(cpus, sizeof(*reader->cpu_cells));
	reader->queue_cells = calloc(queues + 1, sizeof(*reader->queue_cells));
	return reader->window.values && reader->values && reader->cpu_cells && reader->queue_cells
		       ? 0
		       : -ENOMEM;
}

void counter_read_close(struct counter_reader *reader)
{
	free(reader->window.values);
	free(reader->values);
	free(reader->cpu_cells);
	free(reader->queue_cells);
	*reader = (struct counter_reader){0};
}

/* Slots in use from `at` on, as many as the window takes. */
static unsigned int count_used(const struct counter_reader *reader, unsigned int at)
{
	unsigned int end = at + 1;

	while (end - at < reader->window.max && end < reader->slots->count &&
	       reader->slots->slots[end].state == COUNTER_SLOT_USED)
		end++;
	return end - at;
}

/* Fills the window with the slots in use from `at` on; false if it could not. */
static bool fill_window(struct counter_reader *reader, __u32 at)
{
	struct counter_window *window = &reader->window;
	__u32 keys[COUNTER_READ_MAX], before = at - 1, last;
	__u32 wanted = count_used(reader, at), count = wanted;
	int err;

	if (wanted == 1)
		return false;
	window->time = clock_now();
	err = bpf_map_lookup_batch(reader->slots->maps.records, at ? &before : NULL, &last, keys,
				   window->values, &count, NULL);
	if (err < 0 || count != wanted) {
		/* Before Linux 5.13 there are no batches of per-CPU arrays. */
		if (!error_is_transient(err))
			window->max = 1;
		return false;
	}
	window->first = at;
	window->count = count;
	return true;
}

void counter_read_ahead(struct counter_reader *reader, bool on)
{
	reader->window.ahead = on;
	reader->window.first = 0;
	reader->window.count = 0;
}

/*
 * Finds the values of a slot, in the window or by themselves, and when they were looked up.
 * Returns 0 or -errno of bpf(2).
 */
static int fetch(struct counter_reader *reader, __u32 at, const void **ret_values,
		 uint64_t *ret_time)
{
	struct counter_window *window = &reader->window;
	unsigned int end = window->first + window->count;

	/* It only moves forwards: no slot is read ahead twice, in whatever order they come. */
	if (window->ahead && at >= end && fill_window(reader, at))
		end = window->first + window->count;
	if (at >= window->first && at < end) {
		*ret_values =
			(const char *)window->values + (at - window->first) * value_bytes(reader);
		*ret_time = window->time;
		return 0;
	}
	*ret_values = reader->values;
	*ret_time = clock_now();
	return bpf_map_lookup_elem(reader->slots->maps.records, &at, reader->values) < 0 ? -errno
											 : 0;
}

int counter_read(struct counter_reader *reader, unsigned int slot, struct view_reading *ret_reading)
{
	const void *values;
	int err = fetch(reader, slot - 1, &values, &ret_reading->time);

	if (err)
		return err;
	counter_sum(values, reader->cpus, reader->queues, &ret_reading->sum, reader->cpu_cells,
		    reader->queue_cells);
	ret_reading->cpus = reader->cpu_cells;
	ret_reading->cpu_count = reader->cpus;
	ret_reading->queues = reader->queue_cells;
	ret_reading->queue_count = reader->queues;
	return 0;
}

static void add_cell(struct record_cell *sum, const struct record_cell *cell)
{
	sum->packets += cell->packets;
	sum->bytes += cell->bytes;
}

static void add_record(struct record *sum, const struct record *record)
{
	for (int i = 0; i < RECORD_CLASSES; i++)
		add_cell(&sum->classes[i], &record->classes[i]);
	for (int i = 0; i < RECORD_SIZES; i++)
		sum->sizes[i] += record->sizes[i];
	for (int i = 0; i < RECORD_CASTS; i++)
		sum->casts[i] += record->casts[i];
	sum->vlan_tagged += record->vlan_tagged;
	sum->ip_fragments += record->ip_fragments;
	for (int i = 0; i < RECORD_TUNNELS; i++)
		sum->tunnels[i] += record->tunnels[i];
}

void counter_sum(const void *values, unsigned int cpus, unsigned int queues, struct record *sum,
		 struct record_cell *cpu_cells, struct record_cell *queue_cells)
{
	*sum = (struct record){0};
	memset(queue_cells, 0, queues * sizeof(*queue_cells));
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		const struct record *record =
			(const void *)((const char *)values + cpu * RECORD_BYTES(queues));
		const struct record_cell *cells = (const void *)(record + 1);

		add_record(sum, record);
		cpu_cells[cpu] = counter_total(record);
		for (unsigned int queue = 0; queue < queues; queue++)
			add_cell(&queue_cells[queue], &cells[queue]);
	}
}

struct record_cell counter_total(const struct record *record)
{
	struct record_cell total = {0};

	for (int i = 0; i < RECORD_CLASSES; i++)
		add_cell(&total, &record->classes[i]);
	return total;
}
