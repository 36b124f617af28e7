// SPDX-License-Identifier: GPL-2.0-only
/* Loads the counter with libbpf. */
#include "plugin/counter/counter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/counter/next_target.h"
#include "plugin/counter/counter_private.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/loader.h"

/* Chooses the program, and the array through which it calls another one. */
static int configure_next(struct counter *counter)
{
	struct count *skeleton = counter->skeleton;
	int err;

	if (!counter->settings.next.wanted)
		return bpf_map__set_autocreate(skeleton->maps.next_program, false);
	err = bpf_program__set_autoload(skeleton->progs.xdp_count, false);
	if (!err)
		err = bpf_program__set_autoload(skeleton->progs.xdp_count_next, true);
	if (!err)
		err = bpf_map__reuse_fd(skeleton->maps.next_program, counter->settings.next.array);
	return err;
}

/* Writes the settings into the skeleton; after this they cannot change. */
static int configure(struct counter *counter)
{
	const struct counter_settings *settings = &counter->settings;
	struct count *skeleton = counter->skeleton;
	bool buff_len = probe_has_buff_len();
	int err;

	counter->info.frags =
		buff_len && (settings->next.wanted ? settings->next.frags : probe_has_frags());
	counter->info.atomic = probe_is_realtime();
	skeleton->rodata->setting_breakdowns = settings->breakdowns;
	skeleton->rodata->setting_queues = settings->queues;
	skeleton->rodata->setting_buff_len = buff_len;
	skeleton->rodata->setting_atomic = counter->info.atomic;

	err = configure_next(counter);
	if (!err)
		err = bpf_program__set_flags(counter_chosen(counter),
					     counter->info.frags ? BPF_F_XDP_HAS_FRAGS : 0);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.records, settings->slots);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.owners, settings->slots);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.far_slots, settings->slots);
	/* A value longer than its BTF type: libbpf then creates the map without BTF. */
	if (!err && settings->queues)
		err = bpf_map__set_value_size(skeleton->maps.records,
					      RECORD_BYTES(settings->queues));
	return err;
}

static int allocate(struct counter *counter)
{
	size_t stride = RECORD_BYTES(counter->settings.queues);
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	counter->info.cpus = (unsigned int)cpus;
	counter->slots = calloc(counter->settings.slots, sizeof(*counter->slots));
	counter->values = calloc((size_t)cpus, stride);
	counter->window.max = counter_window_max((size_t)cpus * stride);
	counter->window.values = calloc(counter->window.max, (size_t)cpus * stride);
	counter->zeros = calloc((size_t)cpus, stride);
	counter->cpus = calloc((size_t)cpus, sizeof(*counter->cpus));
	counter->queues = calloc(counter->settings.queues + 1, sizeof(*counter->queues));
	if (!counter->slots || !counter->values || !counter->window.values || !counter->zeros ||
	    !counter->cpus || !counter->queues)
		return -ENOMEM;
	return 0;
}

/* Bytes the kernel accounts for a map ("memlock", Documentation/filesystems/proc.rst); 0: unknown.
 */
static uint64_t map_memory(const struct bpf_map *map)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	}
	fclose(file);
	return bytes;
}

static int describe(struct counter *counter)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	struct bpf_map *map;

	if (bpf_obj_get_info_by_fd(counter->program, &info, &length) < 0)
		return -errno;
	counter->info.program_id = info.id;
	counter->info.instructions = info.verified_insns;
	bpf_object__for_each_map (map, counter->skeleton->obj) {
		if (bpf_map__fd(map) >= 0)
			counter->info.memory += map_memory(map);
	}
	return 0;
}

/*
 * Makes the array of slots, which is to be written through memory. libbpf would
 * make it so only if a question to the kernel, whose answer it keeps for the
 * life of the process, went well.
 */
static int make_slots(const struct counter *counter)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	struct bpf_map *map = counter->skeleton->maps.data_slots;
	int fd = bpf_map_create(bpf_map__type(map), bpf_map__name(map), bpf_map__key_size(map),
				bpf_map__value_size(map), bpf_map__max_entries(map), &options);
	int err;

	if (fd < 0)
		return -errno;
	err = bpf_map__reuse_fd(map, fd);
	close(fd);
	return err;
}

static int share_slots(struct counter *counter)
{
	int fd = bpf_map__fd(counter->skeleton->maps.data_slots);
	void *near_slots =
		mmap(NULL, COUNTER_NEAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (near_slots == MAP_FAILED)
		return -errno;
	counter->near_slots = near_slots;
	return 0;
}

/*
 * Whether libbpf believes that the kernel knows no expected attach type (Linux 4.17),
 * without which the user's program is not to be called.
 */
static bool is_misled(const struct counter *counter, int err)
{
	const struct counter_next *next = &counter->settings.next;

	return err == -EINVAL && next->wanted && next_target_try(next->array, next->frags) == 0;
}

/* The steps of building a counter, in order; `step` says which one failed. */
static int build(struct counter *counter, const struct pin_dir *pins, struct loader *load,
		 const char **step)
{
	int err;

	*step = "allocating memory";
	err = allocate(counter);
	if (err)
		return err;
	*step = "getting a map, a program and descriptors";
	err = probe_try();
	if (err)
		return err;
	*step = "opening the counter";
	counter->skeleton = count__open();
	if (!counter->skeleton)
		return -errno;
	*step = "configuring the counter";
	loader_watch(load, counter->skeleton->obj);
	err = configure(counter);
	if (!err && pins)
		err = counter_pins_reuse(counter, pins);
	if (!err && !counter->info.adopted)
		err = make_slots(counter);
	if (err)
		return err;
	*step = "loading the counter";
	err = count__load(counter->skeleton);
	if (is_misled(counter, err))
		return -EPROTONOSUPPORT;
	if (!err)
		err = share_slots(counter);
	if (err)
		return err;
	counter->program = bpf_program__fd(counter_chosen(counter));
	*step = "asking about the counter";
	if (counter->info.adopted) {
		counter_pins_adopt(counter, pins);
		err = counter_slots_read(counter);
	}
	return err ? err : describe(counter);
}

/* What is built, and from what. */
struct construction {
	const struct counter_settings *settings;
	const struct pin_dir *pins;
	struct counter *counter;
	const char *step;
};

/* loader_run() callback. */
static int construct(void *context, struct loader *load)
{
	struct construction *construction = context;
	struct counter *counter = calloc(1, sizeof(*counter));
	int err;

	if (!counter)
		return -ENOMEM;
	counter->settings = *construction->settings;
	if (!(counter->settings.breakdowns & RECORD_BY_QUEUE))
		counter->settings.queues = 0;
	counter->companion = -1;
	err = build(counter, construction->pins, load, &construction->step);
	if (err)
		counter_close(counter);
	else
		construction->counter = counter;
	return err;
}

int counter_open(const struct counter_settings *settings, const struct pin_dir *pins,
		 struct counter **ret_counter, struct counter_failure *failure)
{
	struct construction construction = {
		.settings = settings, .pins = pins, .step = "allocating memory"};
	int err = loader_run(construct, &construction, &failure->log);

	failure->step = construction.step;
	if (err)
		return err;
	*ret_counter = construction.counter;
	return 0;
}

void counter_close(struct counter *counter)
{
	if (!counter)
		return;
	if (counter->info.same_program)
		close(counter->program);
	if (counter->near_slots)
		munmap(counter->near_slots, COUNTER_NEAR_BYTES);
	count__destroy(counter->skeleton);
	free(counter->slots);
	free(counter->values);
	free(counter->window.values);
	free(counter->zeros);
	free(counter->cpus);
	free(counter->queues);
	free(counter);
}

bool counter_is_program(const char *name)
{
	return strcmp(name, COUNTER_PROGRAM) == 0 || strcmp(name, COUNTER_PROGRAM_NEXT) == 0;
}

const char *counter_program_name(const struct counter *counter)
{
	return counter->settings.next.wanted ? COUNTER_PROGRAM_NEXT : COUNTER_PROGRAM;
}

int counter_program_fd(const struct counter *counter)
{
	return counter->program;
}

const struct counter_info *counter_info(const struct counter *counter)
{
	return &counter->info;
}

const struct counter_settings *counter_settings(const struct counter *counter)
{
	return &counter->settings;
}

struct counter_maps counter_maps(const struct counter *counter)
{
	return (struct counter_maps){
		.slots = bpf_map__fd(counter->skeleton->maps.data_slots),
		.far_slots = bpf_map__fd(counter->skeleton->maps.far_slots),
		.records = bpf_map__fd(counter->skeleton->maps.records),
	};
}

void counter_accompany(struct counter *counter, int map)
{
	counter->companion = map;
}

uint64_t counter_memory(const struct counter_settings *settings, unsigned int cpus)
{
	/* A hash element takes about 64 bytes with its bucket. */
	return (uint64_t)settings->slots * RECORD_BYTES(settings->queues) * cpus +
	       RECORD_NEAR_INDEXES * sizeof(uint32_t) +
	       (uint64_t)settings->slots * (64 + sizeof(struct record_owner));
}

int counter_statistics(const struct counter *counter, struct counter_statistics *ret_statistics)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(counter->program, &info, &length) < 0)
		return -errno;
	ret_statistics->run_time_ns = info.run_time_ns;
	ret_statistics->run_count = info.run_cnt;
	return 0;
}
