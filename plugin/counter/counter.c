// SPDX-License-Identifier: GPL-2.0-only
/* Puts the parts of a counter together. */
#include "plugin/counter/counter.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/counter/image.h"
#include "plugin/counter/program_name.h"
#include "plugin/diagnose/report.h"
#include "plugin/kernel/cpus.h"
#include "plugin/kernel/privileges.h"

struct counter {
	struct counter_object object;
	struct counter_slots slots;
	struct counter_reader reader;
};

static int allocate(struct counter *counter, const struct counter_settings *settings,
		    unsigned int cpus)
{
	size_t each = RECORD_BYTES(settings->queues);
	size_t bytes =
		cpus *
		(each > sizeof(struct record_signals) ? each : sizeof(struct record_signals));
	int err = counter_slots_open(&counter->slots, settings->slots, bytes);

	return err ? err
		   : counter_read_open(&counter->reader, &counter->slots, cpus, settings->queues);
}

/* Connects the slots to what was loaded. */
static int connect_slots(struct counter *counter, struct counter_failure *failure)
{
	const struct counter_maps maps = counter_load_maps(&counter->object);
	int err;

	failure->step = "loading the counter";
	err = counter_slots_connect(&counter->slots, &maps);
	if (err || !counter->object.info.adopted)
		return err;
	failure->step = "asking about the counter";
	err = counter_slots_read(&counter->slots);
	if (!err && counter->object.info.new_slots)
		err = counter_slots_restore(&counter->slots);
	return err;
}

static int open_parts(struct counter *counter, const struct counter_settings *settings,
		      const struct pin_dir *pins, struct counter_failure *failure)
{
	unsigned int cpus;
	int err;

	*failure = (struct counter_failure){.step = CPUS_STEP};
	err = cpus_measure(&cpus);
	if (err)
		return err;
	failure->step = "allocating memory";
	err = allocate(counter, settings, cpus);
	if (!err)
		err = counter_load(settings, pins, &counter->object, failure);
	if (err)
		return err;
	counter->object.info.cpus = cpus;
	/* The kernel tells it in a file, which may be hidden. */
	if (!counter->object.info.memory)
		counter->object.info.memory = counter_memory(settings, cpus);
	return connect_slots(counter, failure);
}

int counter_open(const struct counter_settings *settings, const struct pin_dir *pins,
		 struct counter **ret_counter, struct counter_failure *failure)
{
	struct counter_settings wanted = *settings;
	struct counter *counter = calloc(1, sizeof(*counter));
	int err;

	*failure = (struct counter_failure){.step = "allocating memory"};
	if (!counter)
		return -ENOMEM;
	/* A packet that goes out was received by no queue. */
	if (wanted.outgoing)
		wanted.breakdowns &= ~(uint32_t)RECORD_BY_QUEUE;
	if (!(wanted.breakdowns & RECORD_BY_QUEUE))
		wanted.queues = 0;
	err = open_parts(counter, &wanted, pins, failure);
	if (err) {
		counter_close(counter);
		return err;
	}
	*ret_counter = counter;
	return 0;
}

void counter_close(struct counter *counter)
{
	if (!counter)
		return;
	counter_read_close(&counter->reader);
	counter_slots_close(&counter->slots);
	counter_unload(&counter->object);
	free(counter);
}

const char *counter_program_name(const struct counter *counter)
{
	const struct counter_settings *settings = &counter->object.settings;

	return counter_program_name_of(settings->outgoing, settings->next.wanted);
}

int counter_program_fd(const struct counter *counter)
{
	return counter->object.program;
}

const struct counter_info *counter_info(const struct counter *counter)
{
	return &counter->object.info;
}

const struct counter_settings *counter_settings(const struct counter *counter)
{
	return &counter->object.settings;
}

const struct counter_object *counter_object(const struct counter *counter)
{
	return &counter->object;
}

struct counter_slots *counter_slots(struct counter *counter)
{
	return &counter->slots;
}

struct counter_reader *counter_reader(struct counter *counter)
{
	return &counter->reader;
}

struct counter_maps counter_maps(const struct counter *counter)
{
	return counter->slots.maps;
}

int counter_lend_maps(const struct counter *counter, struct bpf_map *slots,
		      struct bpf_map *far_slots, struct bpf_map *records)
{
	const struct counter_maps *maps = &counter->slots.maps;
	int err = bpf_map__reuse_fd(slots, maps->slots);

	if (!err)
		err = bpf_map__reuse_fd(far_slots, maps->far_slots);
	if (!err)
		err = bpf_map__reuse_fd(records, maps->records);
	return err;
}

void counter_accompany(struct counter *counter, int map)
{
	counter->slots.companion = map;
}

void counter_describe(const struct counter *counter, struct diagnose_report_start *facts)
{
	const struct counter_info *info = counter_info(counter);

	facts->program = counter_program_name(counter);
	facts->program_id = info->program_id;
	facts->instructions = info->instructions;
	facts->multi_buffer = info->frags;
	facts->atomic = info->atomic;
	facts->length = counter_image_length(info->length);
	facts->interpreted = info->interpreted;
	facts->jit = privileges_read_jit();
	facts->memory = info->memory;
	facts->slot_bytes = RECORD_BYTES(counter_settings(counter)->queues);
	facts->cpus = info->cpus;
}

uint64_t counter_memory(const struct counter_settings *settings, unsigned int cpus)
{
	/* A hash element takes about 64 bytes with its bucket. */
	uint64_t each = RECORD_BYTES(settings->queues);

	if (settings->breakdowns & RECORD_BY_SIGNAL)
		each += sizeof(struct record_signals);
	return settings->slots * each * cpus + RECORD_NEAR_INDEXES * sizeof(uint16_t) +
	       (uint64_t)settings->slots * (64 + sizeof(struct record_owner));
}

int counter_statistics(const struct counter *counter, struct counter_statistics *ret_statistics)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(counter->object.program, &info, &length) < 0)
		return -errno;
	ret_statistics->run_time_ns = info.run_time_ns;
	ret_statistics->run_count = info.run_cnt;
	return 0;
}
