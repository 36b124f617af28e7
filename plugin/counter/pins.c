// SPDX-License-Identifier: GPL-2.0-only
/* The counter's pins: what outlives the daemon, under which names, and what of it is used further.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "plugin/base/error.h"
#include "plugin/counter/counter_private.h"
#include "plugin/counter/next_slot.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/xdp_link.h"

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

/* A map that outlives the daemon, and the name of its pin. */
struct counter_map {
	struct bpf_map *map;
	const char *pin;
};

#define COUNTER_MAPS 4

static void list_maps(const struct counter *counter, struct counter_map maps[COUNTER_MAPS])
{
	maps[0] = (struct counter_map){counter->skeleton->maps.records, COUNTER_MAP_PIN("records")};
	maps[1] =
		(struct counter_map){counter->skeleton->maps.data_slots, COUNTER_MAP_PIN("slots")};
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
 * descriptors the caller closes; or -errno, with the reason in info.not_adopted_reason unless
 * it is worth another attempt.
 */
static int open_pinned(struct counter *counter, const struct pin_dir *pins,
		       const struct counter_map maps[COUNTER_MAPS], int fds[COUNTER_MAPS])
{
	struct counter_info *info = &counter->info;

	for (int i = 0; i < COUNTER_MAPS; i++) {
		int err = pin_dir_get(pins, maps[i].pin, PIN_DIR_MAP, &fds[i]);

		if (error_is_transient(err))
			return err;
		if (err) {
			snprintf(info->not_adopted_reason, sizeof(info->not_adopted_reason),
				 "pin %s: %s", maps[i].pin,
				 err == -EMEDIUMTYPE ? "it is no map" : strerror(-err));
			return err;
		}
		err = bpf_info_map(fds[i], maps[i].map, maps[i].pin, info->not_adopted_reason,
				   sizeof(info->not_adopted_reason));
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

int counter_pins_reuse(struct counter *counter, const struct pin_dir *pins)
{
	struct counter_map maps[COUNTER_MAPS];
	int fds[COUNTER_MAPS] = {-1, -1, -1, -1};
	bool any = false;
	int err = pin_dir_list(pins, is_ours, &any);

	if (err || !any)
		return err;
	list_maps(counter, maps);
	err = open_pinned(counter, pins, maps, fds);
	for (int i = 0; !err && i < COUNTER_MAPS; i++)
		err = bpf_map__reuse_fd(maps[i].map, fds[i]);
	counter->info.adopted = !err;
	close_all(fds);
	return counter->info.adopted || counter->info.not_adopted_reason[0] ? 0 : err;
}

void counter_pins_adopt(struct counter *counter, const struct pin_dir *pins)
{
	int loaded = counter->program, pinned = -1, settings = -1;

	if (pin_dir_get(pins, COUNTER_PIN_PROGRAM, PIN_DIR_PROGRAM, &pinned) == 0 &&
	    pin_dir_get(pins, COUNTER_PIN_SETTINGS, PIN_DIR_MAP, &settings) == 0 &&
	    bpf_info_same_program(pinned, loaded) && bpf_info_program_uses(pinned, settings) &&
	    bpf_info_program_uses(pinned, bpf_map__fd(counter->skeleton->maps.records)) &&
	    bpf_info_program_uses(pinned, bpf_map__fd(counter->skeleton->maps.data_slots)) &&
	    bpf_info_program_uses(pinned, bpf_map__fd(counter->skeleton->maps.far_slots)) &&
	    (!counter->settings.next.wanted ||
	     bpf_info_program_uses(pinned, bpf_map__fd(counter->skeleton->maps.next_program))) &&
	    bpf_info_same_content(settings, bpf_map__fd(counter->skeleton->maps.rodata))) {
		counter->program = pinned;
		bpf_program__unload(counter_chosen(counter));
		counter->info.same_program = true;
		pinned = -1;
	}
	if (pinned >= 0)
		close(pinned);
	if (settings >= 0)
		close(settings);
}

int counter_pin_program(const struct counter *counter, const struct pin_dir *pins)
{
	if (counter->info.same_program)
		return 0;
	return pin_dir_put(pins, COUNTER_PIN_NEXT, counter->program);
}

/* Pins of other versions: what was in them is not read by anybody any more. */
static void drop_other_version(void *context, const char *name)
{
	const char *suffix = strrchr(name, '_');

	if (counter_is_pin(name) && suffix && strncmp(suffix, "_v", 2) == 0 &&
	    strcmp(suffix, COUNTER_SUFFIX_NOW) != 0)
		pin_dir_drop(context, name);
}

/* What an upgrade that was cut off, or another version, has left. */
static int drop_unused(const struct pin_dir *pins)
{
	int err = pin_dir_drop(pins, COUNTER_PIN_NEXT);

	return err ? err : pin_dir_list(pins, drop_other_version, (void *)pins);
}

int counter_pin(const struct counter *counter, const struct pin_dir *pins)
{
	struct counter_map maps[COUNTER_MAPS];
	int err = 0;

	if (counter->info.same_program)
		return drop_unused(pins);
	list_maps(counter, maps);
	/* The last one marks a whole set: without it none of them is adopted. */
	if (!counter->info.adopted)
		err = pin_dir_drop(pins, maps[COUNTER_MAPS - 1].pin);
	for (int i = 0; !err && !counter->info.adopted && i < COUNTER_MAPS; i++)
		err = pin_dir_put(pins, maps[i].pin, bpf_map__fd(maps[i].map));
	if (!err)
		err = pin_dir_put(pins, COUNTER_PIN_SETTINGS,
				  bpf_map__fd(counter->skeleton->maps.rodata));
	/* It is not there where an earlier call failed after this. */
	if (!err && pin_dir_has(pins, COUNTER_PIN_NEXT))
		err = pin_dir_rename(pins, COUNTER_PIN_NEXT, COUNTER_PIN_PROGRAM);
	return err ? err : drop_unused(pins);
}

static int pinned_program(const struct pin_dir *pins, const char *name, uint32_t *ret_id)
{
	struct bpf_info_program holder;
	int err = bpf_info_program_by_pin(pins, name, &holder);

	*ret_id = counter_is_program(holder.name) ? holder.id : 0;
	return err;
}

int counter_pinned_queues(const struct pin_dir *pins, unsigned int *ret_queues)
{
	uint32_t bytes = 0;
	int fd;
	int err = pin_dir_get(pins, COUNTER_MAP_PIN("records"), PIN_DIR_MAP, &fd);

	*ret_queues = 0;
	if (!err) {
		err = bpf_info_value_size(fd, &bytes);
		close(fd);
	}
	if (err)
		return error_is_transient(err) ? err : 0;
	if (bytes > sizeof(struct record) && bytes <= RECORD_BYTES(COUNTER_QUEUES_MAX))
		*ret_queues = (bytes - sizeof(struct record)) / sizeof(struct record_cell);
	return 0;
}

int counter_pinned(const struct pin_dir *pins, uint32_t ret_ids[COUNTER_PINNED])
{
	int err = pinned_program(pins, COUNTER_PIN_PROGRAM, &ret_ids[0]);
	int next = pinned_program(pins, COUNTER_PIN_NEXT, &ret_ids[1]);

	return err ? err : next;
}

bool counter_is_pin(const char *name)
{
	static const char *const names[] = {COUNTER_PIN_PROGRAM, COUNTER_PIN_NEXT,
					    COUNTER_PIN_SETTINGS, NEXT_SLOT_PIN, NEXT_SLOT_PIN_NEW};
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
		pin_dir_drop(context, name);
}

void counter_unpin(const struct pin_dir *pins)
{
	pin_dir_list(pins, drop_pin, (void *)pins);
}
