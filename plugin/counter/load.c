// SPDX-License-Identifier: GPL-2.0-only
/* The steps from the object file to a program in the kernel. */
#include "plugin/counter/load.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/base/error.h"
#include "plugin/counter/image.h"
#include "plugin/counter/next_target.h"
#include "plugin/counter/pins.h"
#include "plugin/kernel/ethtool.h"
#include "plugin/kernel/probe.h"

/* Chooses the program, and the array through which it calls another one. */
static int configure_next(struct counter_object *object)
{
	const struct counter_image *image = &object->image;
	int err;

	if (!image->next_program)
		return object->settings.next.wanted ? -EOPNOTSUPP : 0;
	if (!object->settings.next.wanted)
		return bpf_map__set_autocreate(image->next_program, false);
	err = bpf_program__set_autoload(image->program, false);
	if (!err)
		err = bpf_program__set_autoload(image->program_next, true);
	if (!err)
		err = bpf_map__reuse_fd(image->next_program, object->settings.next.array);
	return err;
}

/* The maps that have an entry or a value per slot. */
static int configure_maps(struct counter_object *object)
{
	const struct counter_settings *settings = &object->settings;
	const struct counter_image *image = &object->image;
	int err = bpf_map__set_max_entries(image->records, settings->slots);

	if (!err)
		err = bpf_map__set_max_entries(image->owners, settings->slots);
	if (!err)
		err = bpf_map__set_max_entries(image->far_slots, settings->slots);
	/* Else it has one entry, which nothing reads. */
	if (!err && settings->breakdowns & RECORD_BY_SIGNAL)
		err = bpf_map__set_max_entries(image->signals, settings->slots);
	/* A value longer than its BTF type: libbpf then creates the map without BTF. */
	if (!err && settings->queues)
		err = bpf_map__set_value_size(image->records, RECORD_BYTES(settings->queues));
	return err;
}

/* Whether the program takes packets of several buffers. */
static bool takes_frags(const struct counter_object *object)
{
	const struct counter_next *next = &object->settings.next;

	switch (object->info.length) {
	case COUNTER_LENGTH_WIRE_CAST:
	case COUNTER_LENGTH_WIRE:
		return true;
	case COUNTER_LENGTH_POINTERS:
		return false;
	case COUNTER_LENGTH_CAST:
	case COUNTER_LENGTH_HELPER:
		break;
	}
	return next->wanted ? next->frags : probe_has_frags();
}

/* The bit of a feature of devices; any, where that is not known: then all of them seem to have it.
 */
static uint64_t feature(const char *name)
{
	uint64_t bit = ethtool_feature("lo", name);

	return bit ? bit : UINT64_MAX;
}

/* Writes the settings into the object; after this they cannot change. */
static int configure(struct counter_object *object)
{
	const struct counter_settings *settings = &object->settings;
	struct counter_image_settings image = {
		.flags = settings->breakdowns,
		.queues = settings->queues,
		.buff_len = object->info.length != COUNTER_LENGTH_POINTERS,
	};
	int err;

	object->info.frags = takes_frags(object);
	object->info.atomic = probe_is_realtime();
	if (object->info.atomic)
		image.flags |= RECORD_ATOMIC;
	if (object->info.length == COUNTER_LENGTH_WIRE_CAST) {
		image.puts_in_8021q = feature("tx-vlan-hw-insert");
		image.puts_in_8021ad = feature("tx-vlan-stag-hw-insert");
	}
	err = counter_image_set(&object->image, &image);
	if (!err)
		err = configure_next(object);
	/* What goes out needs no flag for packets of several buffers. */
	if (!err && !settings->outgoing)
		err = bpf_program__set_flags(counter_object_program(object),
					     object->info.frags ? BPF_F_XDP_HAS_FRAGS : 0);
	return err ? err : configure_maps(object);
}

/*
 * Makes the array of slots, which is to be written through memory. libbpf would
 * make it so only if a question to the kernel, whose answer it keeps for the
 * life of the process, went well.
 */
static int make_slots(const struct counter_object *object)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	struct bpf_map *map = object->image.slots;
	int fd = bpf_map_create(bpf_map__type(map), bpf_map__name(map), bpf_map__key_size(map),
				bpf_map__value_size(map), bpf_map__max_entries(map), &options);
	int err;

	if (fd < 0)
		return -errno;
	err = bpf_map__reuse_fd(map, fd);
	close(fd);
	return err;
}

/*
 * Whether libbpf believes that the kernel knows no expected attach type (Linux 4.17),
 * without which the user's program is not to be called.
 */
static bool is_misled(const struct counter_object *object, int err)
{
	const struct counter_next *next = &object->settings.next;

	return err == -EINVAL && next->wanted && next_target_try(next->array, next->frags) == 0;
}

/* The steps of building a counter, in order; `step` says which one failed. */
static int build(struct counter_object *object, const struct pin_dir *pins, struct loader *load,
		 const char **step)
{
	int err;

	*step = "opening the counter";
	err = counter_image_open(object->info.length, &object->image);
	if (err)
		return err;
	*step = "configuring the counter";
	loader_watch(load, object->image.object);
	err = configure(object);
	if (!err && pins)
		err = counter_pins_adopt(object, pins);
	if (!err && (!object->info.adopted || object->info.new_slots))
		err = make_slots(object);
	if (err)
		return err;
	*step = "loading the counter";
	err = bpf_object__load(object->image.object);
	if (is_misled(object, err))
		return -EPROTONOSUPPORT;
	if (err)
		return err;
	object->program = bpf_program__fd(counter_object_program(object));
	if (object->info.adopted)
		counter_pins_adopt_program(object, pins);
	return 0;
}

/* What is built, and from what. */
struct construction {
	const struct counter_settings *settings;
	const struct pin_dir *pins;
	struct counter_object *object;
	const char *step;
};

static int construct_with(struct construction *construction, struct loader *load,
			  enum counter_length length)
{
	struct counter_object object = {
		.settings = *construction->settings,
		.info.length = length,
	};
	int err = build(&object, construction->pins, load, &construction->step);

	if (err)
		counter_unload(&object);
	else
		*construction->object = object;
	return err;
}

/*
 * loader_run() callback: each attempt makes another object. Where the fastest way to the length
 * does not load, the next one decides; unless that is for want of something that may be there at
 * the next attempt.
 */
static int construct(void *context, struct loader *load)
{
	struct construction *construction = context;
	enum counter_length length = construction->settings->length;
	bool outgoing = construction->settings->outgoing;
	int err;

	/* Before libbpf is asked for what the kernel has: see probe_try(). */
	construction->step = "getting a map, a program and descriptors";
	err = probe_try();
	if (err)
		return err;
	if (!outgoing && (length == COUNTER_LENGTH_POINTERS || !probe_has_buff_len()))
		return construct_with(construction, load, COUNTER_LENGTH_POINTERS);
	if ((length == COUNTER_LENGTH_CAST || length == COUNTER_LENGTH_WIRE_CAST) &&
	    counter_image_may_cast()) {
		err = construct_with(construction, load,
				     outgoing ? COUNTER_LENGTH_WIRE_CAST : COUNTER_LENGTH_CAST);
		if (!err || error_is_transient(err))
			return err;
	}
	return construct_with(construction, load,
			      outgoing ? COUNTER_LENGTH_WIRE : COUNTER_LENGTH_HELPER);
}

/*
 * Bytes the kernel accounts for a map ("memlock", Documentation/filesystems/proc.rst); 0: unknown,
 * as without /proc.
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

static int describe(struct counter_object *object)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	struct bpf_map *map;

	if (bpf_obj_get_info_by_fd(object->program, &info, &length) < 0)
		return -errno;
	object->info.program_id = info.id;
	object->info.instructions = info.verified_insns;
	object->info.interpreted = info.jited_prog_len == 0;
	bpf_object__for_each_map (map, object->image.object) {
		if (bpf_map__fd(map) >= 0)
			object->info.memory += map_memory(map);
	}
	return 0;
}

int counter_load(const struct counter_settings *settings, const struct pin_dir *pins,
		 struct counter_object *ret_object, struct counter_failure *failure)
{
	struct counter_object object = {0};
	struct construction construction = {
		.settings = settings, .pins = pins, .object = &object, .step = "allocating memory"};
	int err = loader_run(construct, &construction, &failure->log);

	failure->step = construction.step;
	if (err)
		return err;
	failure->step = "asking about the counter";
	err = describe(&object);
	if (err) {
		counter_unload(&object);
		return err;
	}
	*ret_object = object;
	return 0;
}

struct counter_maps counter_load_maps(const struct counter_object *object)
{
	const struct counter_image *image = &object->image;

	return (struct counter_maps){
		.records = bpf_map__fd(image->records),
		.slots = bpf_map__fd(image->slots),
		.far_slots = bpf_map__fd(image->far_slots),
		.owners = bpf_map__fd(image->owners),
		.signals = object->settings.breakdowns & RECORD_BY_SIGNAL
				   ? bpf_map__fd(image->signals)
				   : -1,
	};
}

void counter_unload(struct counter_object *object)
{
	if (object->info.same_program)
		close(object->program);
	counter_image_close(&object->image);
	*object = (struct counter_object){0};
}
