// SPDX-License-Identifier: GPL-2.0-only
/* Loads the counter with libbpf, manages its slots. */
#include "counter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "counter_private.h"
#include "kernel.h"
#include "load.h"

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
	bool buff_len = kernel_has_buff_len();
	int err;

	counter->info.frags =
		buff_len && (settings->next.wanted ? settings->next.frags : kernel_has_frags());
	counter->info.atomic = kernel_is_realtime();
	skeleton->rodata->setting_breakdowns = (settings->protocols ? RECORD_BY_PROTOCOL : 0) |
					       (settings->sizes ? RECORD_BY_SIZE : 0) |
					       (settings->cast ? RECORD_BY_CAST : 0) |
					       (settings->queues ? RECORD_BY_QUEUE : 0);
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

/* Finds out which slots the plugin before us used. */
static int read_owners(struct counter *counter)
{
	int owners = bpf_map__fd(counter->skeleton->maps.owners);

	for (__u32 at = 0; at < counter->settings.slots; at++) {
		struct counter_slot *slot = &counter->slots[at];
		struct record_owner owner;

		if (bpf_map_lookup_elem(owners, &at, &owner) < 0)
			return -errno;
		slot->state = owner.ifindex ? COUNTER_SLOT_LEFT : COUNTER_SLOT_RESTING;
		slot->ifindex = owner.ifindex;
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

/* The steps of building a counter, in order; `step` says which one failed. */
static int build(struct counter *counter, const struct pins *pins, struct load *load,
		 const char **step)
{
	int err;

	*step = "allocating memory";
	err = allocate(counter);
	if (err)
		return err;
	*step = "getting a map, a program and descriptors";
	err = kernel_try();
	if (err)
		return err;
	*step = "opening the counter";
	counter->skeleton = count__open();
	if (!counter->skeleton)
		return -errno;
	*step = "configuring the counter";
	load_watch(load, counter->skeleton->obj);
	err = configure(counter);
	if (!err && pins)
		err = counter_pins_reuse(counter, pins);
	if (!err && !counter->info.adopted)
		err = make_slots(counter);
	if (err)
		return err;
	*step = "loading the counter";
	err = count__load(counter->skeleton);
	if (!err)
		err = share_slots(counter);
	if (err)
		return err;
	/* Not mapped where libbpf believes that the kernel cannot (Linux 5.5). */
	if (!counter->skeleton->data_slots)
		return -EPROTONOSUPPORT;
	counter->program = bpf_program__fd(counter_chosen(counter));
	*step = "asking about the counter";
	if (counter->info.adopted) {
		counter_pins_adopt(counter, pins);
		err = read_owners(counter);
	}
	return err ? err : describe(counter);
}

/* What is built, and from what. */
struct construction {
	const struct counter_settings *settings;
	const struct pins *pins;
	struct counter *counter;
	const char *step;
};

/* load_run() callback. */
static int construct(void *context, struct load *load)
{
	struct construction *construction = context;
	struct counter *counter = calloc(1, sizeof(*counter));
	int err;

	if (!counter)
		return -ENOMEM;
	counter->settings = *construction->settings;
	err = build(counter, construction->pins, load, &construction->step);
	if (err)
		counter_close(counter);
	else
		construction->counter = counter;
	return err;
}

int counter_open(const struct counter_settings *settings, const struct pins *pins,
		 struct counter **ret_counter, struct counter_failure *failure)
{
	struct construction construction = {
		.settings = settings, .pins = pins, .step = "allocating memory"};
	int err = load_run(construct, &construction, &failure->log);

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

unsigned int counter_possible_cpus(void)
{
	int cpus = libbpf_num_possible_cpus();

	return cpus > 0 ? (unsigned int)cpus : 1;
}

uint64_t counter_memory(const struct counter_settings *settings, unsigned int cpus)
{
	/* A hash element takes about 64 bytes with its bucket. */
	return (uint64_t)settings->slots * RECORD_BYTES(settings->queues) * cpus +
	       RECORD_NEAR_INDEXES * sizeof(uint32_t) +
	       (uint64_t)settings->slots * (64 + sizeof(struct record_owner));
}

/* Has packets of the interface counted in `slot`; 0: nowhere. */
static int map_index(struct counter *counter, unsigned int ifindex, unsigned int slot)
{
	int far_slots = bpf_map__fd(counter->skeleton->maps.far_slots);
	int err;

	if (ifindex < RECORD_NEAR_INDEXES) {
		/* Shared with the kernel: the program reads it as it is written. */
		__atomic_store_n(&counter->near_slots[ifindex], slot, __ATOMIC_RELEASE);
		return 0;
	}
	if (slot)
		err = bpf_map_update_elem(far_slots, &ifindex, &slot, BPF_ANY);
	else
		err = bpf_map_delete_elem(far_slots, &ifindex);
	return err < 0 ? -errno : 0;
}

/* Finds a slot that may be given out. */
static int find_slot(const struct counter *counter, uint64_t now, uint64_t rest,
		     unsigned int *ret_at)
{
	bool resting = false;

	for (unsigned int at = 0; at < counter->settings.slots; at++) {
		const struct counter_slot *slot = &counter->slots[at];

		if (slot->state == COUNTER_SLOT_EMPTY ||
		    (slot->state == COUNTER_SLOT_RESTING && now - slot->released >= rest)) {
			*ret_at = at;
			return 0;
		}
		resting |= slot->state == COUNTER_SLOT_RESTING;
	}
	return resting ? -EINPROGRESS : -ENOSPC;
}

static int write_owner(const struct counter *counter, __u32 at, unsigned int ifindex,
		       const char *name)
{
	struct record_owner owner = {.ifindex = ifindex};

	snprintf(owner.name, sizeof(owner.name), "%s", name);
	if (bpf_map_update_elem(bpf_map__fd(counter->skeleton->maps.owners), &at, &owner, BPF_ANY) <
	    0)
		return -errno;
	return 0;
}

int counter_slot_take(struct counter *counter, unsigned int ifindex, const char *name, uint64_t now,
		      uint64_t rest, unsigned int *ret_slot)
{
	struct counter_slot *slot;
	unsigned int at;
	int err = find_slot(counter, now, rest, &at);

	if (err)
		return err;
	slot = &counter->slots[at];
	if (slot->state == COUNTER_SLOT_RESTING) {
		if (bpf_map_update_elem(bpf_map__fd(counter->skeleton->maps.records), &at,
					counter->zeros, BPF_ANY) < 0)
			return -errno;
		slot->state = COUNTER_SLOT_EMPTY;
	}
	err = write_owner(counter, at, ifindex, name);
	if (err)
		return err;
	err = map_index(counter, ifindex, at + 1);
	if (err) {
		(void)write_owner(counter, at, 0, "");
		return err;
	}
	slot->state = COUNTER_SLOT_USED;
	slot->ifindex = ifindex;
	*ret_slot = at + 1;
	return 0;
}

/* The slot that packets of the interface are counted in; 0: none. */
static unsigned int indexed_slot(const struct counter *counter, unsigned int ifindex)
{
	int far_slots = bpf_map__fd(counter->skeleton->maps.far_slots);
	__u32 slot;

	if (ifindex < RECORD_NEAR_INDEXES)
		return counter->near_slots[ifindex];
	return bpf_map_lookup_elem(far_slots, &ifindex, &slot) < 0 ? 0 : slot;
}

int counter_slot_adopt(struct counter *counter, unsigned int ifindex, const char *name,
		       unsigned int *ret_slot)
{
	unsigned int slot = indexed_slot(counter, ifindex);
	struct record_owner owner;
	__u32 at = slot - 1;

	if (!slot || slot > counter->settings.slots ||
	    counter->slots[at].state != COUNTER_SLOT_LEFT || counter->slots[at].ifindex != ifindex)
		return -ENOENT;
	if (bpf_map_lookup_elem(bpf_map__fd(counter->skeleton->maps.owners), &at, &owner) < 0)
		return -errno;
	if (strncmp(owner.name, name, sizeof(owner.name)) != 0)
		return -ENOENT;
	counter->slots[at].state = COUNTER_SLOT_USED;
	*ret_slot = slot;
	return 0;
}

void counter_slots_sweep(struct counter *counter, uint64_t now)
{
	for (unsigned int at = 0; at < counter->settings.slots; at++) {
		if (counter->slots[at].state == COUNTER_SLOT_LEFT)
			counter_slot_release(counter, at + 1, now);
	}
}

/* Whether the interface is counted in another slot by now. */
static bool is_counted_elsewhere(const struct counter *counter, unsigned int ifindex,
				 unsigned int slot)
{
	for (unsigned int at = 0; at < counter->settings.slots; at++) {
		if (at + 1 != slot && counter->slots[at].state == COUNTER_SLOT_USED &&
		    counter->slots[at].ifindex == ifindex)
			return true;
	}
	return false;
}

void counter_slot_release(struct counter *counter, unsigned int slot, uint64_t now)
{
	struct counter_slot *released = &counter->slots[slot - 1];

	/* They only fail where the entry is gone already: a hash entry nobody else deletes. */
	if (!is_counted_elsewhere(counter, released->ifindex, slot))
		(void)map_index(counter, released->ifindex, 0);
	(void)write_owner(counter, slot - 1, 0, "");
	released->state = COUNTER_SLOT_RESTING;
	released->released = now;
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
