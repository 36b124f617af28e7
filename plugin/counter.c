// SPDX-License-Identifier: GPL-2.0-only
/* Loads the counter with libbpf, manages its slots, reads its records. */
#include "counter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "bpf/count.skel.h"
#include "kernel.h"
#include "load.h"
#include "pins.h"
#include "verify.h"

/*
 * Names of pins. Those of maps carry the version of what is in them, so that a
 * plugin of another version neither reads nor overwrites them.
 */
#define COUNTER_TEXT(number) #number
#define COUNTER_SUFFIX(version) "_v" COUNTER_TEXT(version)
#define COUNTER_SUFFIX_NOW COUNTER_SUFFIX(RECORD_VERSION)
#define COUNTER_MAP_PIN(name) name COUNTER_SUFFIX_NOW
#define COUNTER_PIN_PROGRAM "program"
#define COUNTER_PIN_NEXT "program_next"
#define COUNTER_PIN_SETTINGS "settings"

enum counter_slot_state {
	COUNTER_SLOT_EMPTY, /* all its cells are zero */
	COUNTER_SLOT_USED,
	COUNTER_SLOT_LEFT,   /* used by a plugin before us */
	COUNTER_SLOT_RESTING /* no longer written to, once `rest` is over; not empty */
};

struct counter_slot {
	enum counter_slot_state state;
	unsigned int ifindex;
	uint64_t released; /* ns */
};

struct counter {
	struct count *skeleton;
	int program; /* the skeleton's, or the one that was found pinned */
	struct counter_settings settings;
	struct counter_info info;
	struct counter_slot *slots; /* of settings.slots; slot number - 1 */
	void *values;		    /* what one lookup returns */
	void *zeros;		    /* as long as values */
	struct record_cell *cpus;   /* of info.cpus */
	struct record_cell *queues; /* of settings.queues */
};

/* Writes the settings into the skeleton; after this they cannot change. */
static int configure(struct counter *counter)
{
	const struct counter_settings *settings = &counter->settings;
	struct count *skeleton = counter->skeleton;
	bool buff_len = kernel_has_buff_len();
	int err;

	counter->info.frags = buff_len && kernel_has_frags();
	counter->info.atomic = kernel_is_realtime();
	skeleton->rodata->setting_protocols = settings->protocols;
	skeleton->rodata->setting_sizes = settings->sizes;
	skeleton->rodata->setting_cast = settings->cast;
	skeleton->rodata->setting_queues = settings->queues;
	skeleton->rodata->setting_buff_len = buff_len;
	skeleton->rodata->setting_atomic = counter->info.atomic;

	err = bpf_program__set_flags(skeleton->progs.xdp_count,
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
	counter->zeros = calloc((size_t)cpus, stride);
	counter->cpus = calloc((size_t)cpus, sizeof(*counter->cpus));
	counter->queues = calloc(counter->settings.queues + 1, sizeof(*counter->queues));
	if (!counter->slots || !counter->values || !counter->zeros || !counter->cpus ||
	    !counter->queues)
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
	bpf_object__for_each_map (map, counter->skeleton->obj)
		counter->info.memory += map_memory(map);
	return 0;
}

/* A map that outlives the daemon, and the name of its pin. */
struct counter_map {
	struct bpf_map *map;
	const char *pin;
};

#define COUNTER_MAPS 4

static void list_maps(const struct counter *counter, struct counter_map maps[COUNTER_MAPS])
{
	maps[0] = (struct counter_map){counter->skeleton->maps.records, COUNTER_MAP_PIN("records")};
	maps[1] = (struct counter_map){counter->skeleton->maps.slots, COUNTER_MAP_PIN("slots")};
	maps[2] = (struct counter_map){counter->skeleton->maps.far_slots,
				       COUNTER_MAP_PIN("far_slots")};
	maps[3] = (struct counter_map){counter->skeleton->maps.owners, COUNTER_MAP_PIN("owners")};
}

static void close_all(int fds[COUNTER_MAPS])
{
	for (int i = 0; i < COUNTER_MAPS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/*
 * Opens the pinned maps and compares them with what is wanted. Returns 0 with
 * descriptors the caller closes, or -errno with the reason in info.fresh.
 */
static int open_pinned(struct counter *counter, const struct pins *pins,
		       const struct counter_map maps[COUNTER_MAPS], int fds[COUNTER_MAPS])
{
	struct counter_info *info = &counter->info;

	for (int i = 0; i < COUNTER_MAPS; i++) {
		int err = pins_get(pins, maps[i].pin, PINS_MAP, &fds[i]);

		if (err) {
			snprintf(info->fresh, sizeof(info->fresh), "pin %s: %s", maps[i].pin,
				 err == -EMEDIUMTYPE ? "it is no map" : strerror(-err));
			return err;
		}
		err = verify_map(fds[i], maps[i].map, maps[i].pin, info->fresh,
				 sizeof(info->fresh));
		if (err)
			return err;
	}
	return 0;
}

static void is_ours(void *found, const char *name)
{
	if (counter_is_pin(name))
		*(bool *)found = true;
}

/* Has the skeleton use the pinned maps, all or none. */
static int reuse_maps(struct counter *counter, const struct pins *pins)
{
	struct counter_map maps[COUNTER_MAPS];
	int fds[COUNTER_MAPS] = {-1, -1, -1, -1};
	bool any = false;
	int err;

	pins_list(pins, is_ours, &any);
	if (!any)
		return 0;
	list_maps(counter, maps);
	err = open_pinned(counter, pins, maps, fds);
	for (int i = 0; !err && i < COUNTER_MAPS; i++)
		err = bpf_map__reuse_fd(maps[i].map, fds[i]);
	counter->info.adopted = !err;
	close_all(fds);
	return counter->info.adopted || counter->info.fresh[0] ? 0 : err;
}

/* Goes on with the pinned program if it is the one that was just loaded, settings included. */
static void keep_program(struct counter *counter, const struct pins *pins)
{
	int loaded = counter->program, pinned = -1, settings = -1;

	if (pins_get(pins, COUNTER_PIN_PROGRAM, PINS_PROGRAM, &pinned) == 0 &&
	    pins_get(pins, COUNTER_PIN_SETTINGS, PINS_MAP, &settings) == 0 &&
	    verify_same_program(pinned, loaded) && verify_program_uses(pinned, settings) &&
	    verify_program_uses(pinned, bpf_map__fd(counter->skeleton->maps.records)) &&
	    verify_program_uses(pinned, bpf_map__fd(counter->skeleton->maps.slots)) &&
	    verify_program_uses(pinned, bpf_map__fd(counter->skeleton->maps.far_slots)) &&
	    verify_same_content(settings, bpf_map__fd(counter->skeleton->maps.rodata))) {
		counter->program = pinned;
		bpf_program__unload(counter->skeleton->progs.xdp_count);
		counter->info.same_program = true;
		pinned = -1;
	}
	if (pinned >= 0)
		close(pinned);
	if (settings >= 0)
		close(settings);
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
		err = reuse_maps(counter, pins);
	if (err)
		return err;
	*step = "loading the counter";
	err = count__load(counter->skeleton);
	if (err)
		return err;
	counter->program = bpf_program__fd(counter->skeleton->progs.xdp_count);
	*step = "asking about the counter";
	if (counter->info.adopted) {
		keep_program(counter, pins);
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
	count__destroy(counter->skeleton);
	free(counter->slots);
	free(counter->values);
	free(counter->zeros);
	free(counter->cpus);
	free(counter->queues);
	free(counter);
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
	/* An array element takes 8 bytes at least; a hash element about 64 with its bucket. */
	return (uint64_t)settings->slots * RECORD_BYTES(settings->queues) * cpus +
	       (uint64_t)RECORD_NEAR_INDEXES * 8 +
	       (uint64_t)settings->slots * (64 + sizeof(struct record_owner));
}

int counter_pin_program(const struct counter *counter, const struct pins *pins)
{
	if (counter->info.same_program)
		return 0;
	return pins_put(pins, COUNTER_PIN_NEXT, counter->program);
}

/* Pins of other versions: what was in them is not read by anybody any more. */
static void drop_other_version(void *context, const char *name)
{
	const char *suffix = strrchr(name, '_');

	if (counter_is_pin(name) && suffix && strncmp(suffix, "_v", 2) == 0 &&
	    strcmp(suffix, COUNTER_SUFFIX_NOW) != 0)
		pins_drop(context, name);
}

/* What an upgrade that was cut off, or another version, has left. */
static int drop_unused(const struct pins *pins)
{
	int err = pins_drop(pins, COUNTER_PIN_NEXT);

	return err ? err : pins_list(pins, drop_other_version, (void *)pins);
}

int counter_pin(const struct counter *counter, const struct pins *pins)
{
	struct counter_map maps[COUNTER_MAPS];
	int err = 0;

	if (counter->info.same_program)
		return drop_unused(pins);
	list_maps(counter, maps);
	/* The last one marks a whole set: without it none of them is adopted. */
	if (!counter->info.adopted)
		err = pins_drop(pins, maps[COUNTER_MAPS - 1].pin);
	for (int i = 0; !err && !counter->info.adopted && i < COUNTER_MAPS; i++)
		err = pins_put(pins, maps[i].pin, bpf_map__fd(maps[i].map));
	if (!err)
		err = pins_put(pins, COUNTER_PIN_SETTINGS,
			       bpf_map__fd(counter->skeleton->maps.rodata));
	if (!err)
		err = pins_rename(pins, COUNTER_PIN_NEXT, COUNTER_PIN_PROGRAM);
	return err ? err : drop_unused(pins);
}

static uint32_t pinned_program(const struct pins *pins, const char *name)
{
	uint32_t id;
	int fd;

	if (pins_get(pins, name, PINS_PROGRAM, &fd) != 0)
		return 0;
	id = verify_program_id(fd, COUNTER_PROGRAM);
	close(fd);
	return id;
}

unsigned int counter_pinned_queues(const struct pins *pins)
{
	uint32_t bytes = 0;
	int fd;

	if (pins_get(pins, COUNTER_MAP_PIN("records"), PINS_MAP, &fd) != 0)
		return 0;
	bytes = verify_value_size(fd);
	close(fd);
	if (bytes <= sizeof(struct record) || bytes > RECORD_BYTES(COUNTER_QUEUES_MAX))
		return 0;
	return (bytes - sizeof(struct record)) / sizeof(struct record_cell);
}

void counter_pinned(const struct pins *pins, uint32_t ret_ids[COUNTER_PINNED])
{
	ret_ids[0] = pinned_program(pins, COUNTER_PIN_PROGRAM);
	ret_ids[1] = pinned_program(pins, COUNTER_PIN_NEXT);
}

bool counter_is_pin(const char *name)
{
	static const char *const names[] = {COUNTER_PIN_PROGRAM, COUNTER_PIN_NEXT,
					    COUNTER_PIN_SETTINGS};
	static const char *const versioned[] = {"records_v", "owners_v", "slots_v", "far_slots_v"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(versioned) / sizeof(versioned[0]); i++) {
		if (strncmp(name, versioned[i], strlen(versioned[i])) == 0)
			return true;
	}
	return false;
}

static void drop_pin(void *context, const char *name)
{
	if (counter_is_pin(name))
		pins_drop(context, name);
}

void counter_unpin(const struct pins *pins)
{
	pins_list(pins, drop_pin, (void *)pins);
}

/* Has packets of the interface counted in `slot`; 0: nowhere. */
static int map_index(struct counter *counter, unsigned int ifindex, unsigned int slot)
{
	int slots = bpf_map__fd(counter->skeleton->maps.slots);
	int far_slots = bpf_map__fd(counter->skeleton->maps.far_slots);
	int err;

	if (ifindex < RECORD_NEAR_INDEXES)
		err = bpf_map_update_elem(slots, &ifindex, &slot, BPF_ANY);
	else if (slot)
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
	const struct bpf_map *map = ifindex < RECORD_NEAR_INDEXES
					    ? counter->skeleton->maps.slots
					    : counter->skeleton->maps.far_slots;
	__u32 slot = 0;

	return bpf_map_lookup_elem(bpf_map__fd(map), &ifindex, &slot) < 0 ? 0 : slot;
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

int counter_read(struct counter *counter, unsigned int slot, struct counter_reading *ret_reading)
{
	__u32 at = slot - 1;

	if (bpf_map_lookup_elem(bpf_map__fd(counter->skeleton->maps.records), &at,
				counter->values) < 0)
		return -errno;
	counter_sum(counter->values, counter->info.cpus, counter->settings.queues,
		    &ret_reading->sum, counter->cpus, counter->queues);
	ret_reading->cpus = counter->cpus;
	ret_reading->cpu_count = counter->info.cpus;
	ret_reading->queues = counter->queues;
	ret_reading->queue_count = counter->settings.queues;
	return 0;
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
