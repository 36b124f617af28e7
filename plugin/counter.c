// SPDX-License-Identifier: GPL-2.0-only
/* Loads the counter with libbpf, manages its slots, reads its records. */
#include "counter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "bpf/count.skel.h"

enum counter_slot_state {
	COUNTER_SLOT_EMPTY, /* all its cells are zero */
	COUNTER_SLOT_USED,
	COUNTER_SLOT_RESTING /* no longer written to, once `rest` is over; not empty */
};

struct counter_slot {
	enum counter_slot_state state;
	unsigned int ifindex;
	uint64_t released; /* ns */
};

struct counter {
	struct count *skeleton;
	struct counter_settings settings;
	struct counter_info info;
	struct counter_slot *slots; /* of settings.slots; slot number - 1 */
	void *values;		    /* what one lookup returns */
	void *zeros;		    /* as long as values */
	struct record_cell *cpus;   /* of info.cpus */
	struct record_cell *queues; /* of settings.queues */
};

/*
 * While this thread loads, what libbpf prints goes here instead of to the
 * daemon's standard error. Other threads keep the callback they had.
 */
static _Thread_local struct counter_failure *print_target;
static libbpf_print_fn_t print_before;

/* Appends to the log; when it is full its first half goes, for the end says what failed. */
static void log_append(struct counter_failure *failure, const char *text)
{
	size_t size = sizeof(failure->log), used = strlen(failure->log), length = strlen(text);

	if (length >= size / 2) {
		text += length - size / 2 + 1;
		length = size / 2 - 1;
	}
	if (used + length >= size) {
		memmove(failure->log, failure->log + size / 2, used - size / 2 + 1);
		used -= size / 2;
	}
	memcpy(failure->log + used, text, length + 1);
}

static int print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *text;

	if (!print_target)
		return print_before ? print_before(level, format, arguments) : 0;
	if (level == LIBBPF_DEBUG || vasprintf(&text, format, arguments) < 0)
		return 0;
	log_append(print_target, text);
	free(text);
	return 0;
}

/*
 * libbpf raises RLIMIT_MEMLOCK for the whole process on kernels that charge
 * map memory to it (before Linux 5.11), unless told not to; the limit is the
 * operator's. libbpf 1.1 declares the function that tells it so and does not
 * export it: there, the limit is put back.
 */
#pragma weak libbpf_set_memlock_rlim

/* What is borrowed of the process while libbpf works. */
struct loan {
	struct rlimit memlock;
	bool has_memlock;
};

static void libbpf_borrow(struct loan *loan, struct counter_failure *failure)
{
	print_target = failure;
	print_before = libbpf_set_print(print);
	loan->has_memlock = getrlimit(RLIMIT_MEMLOCK, &loan->memlock) == 0;
	if (libbpf_set_memlock_rlim)
		libbpf_set_memlock_rlim(0);
}

static void libbpf_return(const struct loan *loan)
{
	struct rlimit memlock;

	/* Back to its default; refused, and of no effect, where libbpf has used it already. */
	if (libbpf_set_memlock_rlim)
		libbpf_set_memlock_rlim((size_t)-1);
	if (loan->has_memlock && getrlimit(RLIMIT_MEMLOCK, &memlock) == 0 &&
	    (memlock.rlim_cur != loan->memlock.rlim_cur ||
	     memlock.rlim_max != loan->memlock.rlim_max))
		setrlimit(RLIMIT_MEMLOCK, &loan->memlock);
	libbpf_set_print(print_before);
	print_target = NULL;
}

static bool kernel_has_buff_len(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) == 1;
}

/* Whether programs may declare that they take packets of several buffers. */
static bool kernel_has_frags(void)
{
	const struct bpf_insn pass[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_XDP_HAS_FRAGS);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "GPL", pass, sizeof(pass) / sizeof(pass[0]),
			       &options);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* See add() in bpf/count.bpf.c. The kernel names the configuration in its version (uname(2)). */
static bool kernel_is_realtime(void)
{
	struct utsname name;

	return uname(&name) == 0 && strstr(name.version, "PREEMPT_RT");
}

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
		err = bpf_map__set_max_entries(skeleton->maps.far_slots, settings->slots);
	/* A value longer than its BTF type: libbpf then creates the map without BTF. */
	if (!err && settings->queues)
		err =
		    bpf_map__set_value_size(skeleton->maps.records, RECORD_BYTES(settings->queues));
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

	if (bpf_obj_get_info_by_fd(counter_program_fd(counter), &info, &length) < 0)
		return -errno;
	counter->info.program_id = info.id;
	counter->info.instructions = info.verified_insns;
	bpf_object__for_each_map (map, counter->skeleton->obj)
		counter->info.memory += map_memory(map);
	return 0;
}

/* The steps of counter_open(), in order; `step` says which one failed. */
static int build(struct counter *counter, const char **step)
{
	int err;

	*step = "allocating memory";
	err = allocate(counter);
	if (err)
		return err;
	*step = "opening the counter";
	counter->skeleton = count__open();
	if (!counter->skeleton)
		return -errno;
	*step = "configuring the counter";
	err = configure(counter);
	if (err)
		return err;
	*step = "loading the counter";
	err = count__load(counter->skeleton);
	if (err)
		return err;
	*step = "asking about the counter";
	return describe(counter);
}

int counter_open(const struct counter_settings *settings, struct counter **ret_counter,
		 struct counter_failure *failure)
{
	struct counter *counter = calloc(1, sizeof(*counter));
	struct loan loan;
	int err;

	*failure = (struct counter_failure){.step = "allocating memory"};
	if (!counter)
		return -ENOMEM;
	counter->settings = *settings;
	libbpf_borrow(&loan, failure);
	err = build(counter, &failure->step);
	if (err)
		counter_close(counter);
	libbpf_return(&loan);
	if (err)
		return err;
	*ret_counter = counter;
	return 0;
}

void counter_close(struct counter *counter)
{
	if (!counter)
		return;
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
	return bpf_program__fd(counter->skeleton->progs.xdp_count);
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
	       (uint64_t)RECORD_NEAR_INDEXES * 8 + (uint64_t)settings->slots * 64;
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
	return resting ? -EAGAIN : -ENOSPC;
}

int counter_slot_take(struct counter *counter, unsigned int ifindex, uint64_t now, uint64_t rest,
		      unsigned int *ret_slot)
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
	err = map_index(counter, ifindex, at + 1);
	if (err)
		return err;
	slot->state = COUNTER_SLOT_USED;
	slot->ifindex = ifindex;
	*ret_slot = at + 1;
	return 0;
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

	/* It only fails where the entry is gone already: a hash entry nobody else deletes. */
	if (!is_counted_elsewhere(counter, released->ifindex, slot))
		(void)map_index(counter, released->ifindex, 0);
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

	if (bpf_obj_get_info_by_fd(counter_program_fd(counter), &info, &length) < 0)
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
