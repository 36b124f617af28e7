// SPDX-License-Identifier: GPL-2.0-only
/* The counter's set of pins: which maps outlive the daemon, and under which names. */
#include "plugin/counter/pins.h"

#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "plugin/base/error.h"
#include "plugin/counter/next_slot.h"
#include "plugin/counter/object.h"
#include "plugin/counter/program_name.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"

/*
 * Those of maps carry the version of what is in them, so that a plugin of another version
 * neither reads nor overwrites them.
 */
#define COUNTER_PINS_TEXT(number) #number
#define COUNTER_PINS_SUFFIX(version) "_v" COUNTER_PINS_TEXT(version)
#define COUNTER_PINS_MAP(name) name COUNTER_PINS_SUFFIX(RECORD_VERSION)
#define COUNTER_PINS_SETTINGS "settings"

static const char *const map_prefixes[] = {"records_v",	  "owners_v",  "slots_v",
					   "far_slots_v", "signals_v", NULL};
static const char *const others[] = {COUNTER_PINS_SETTINGS, NEXT_SLOT_PIN, NEXT_SLOT_PIN_NEW, NULL};
static const struct pinset_kind kind = {
	.map_prefixes = map_prefixes, .others = others, .is_program = counter_program_name_is};

#define COUNTER_PINS_MAPS 5

struct counter_set {
	struct pinset_map maps[COUNTER_PINS_MAPS];
	struct pinset pinset;
};

static void list_maps(const struct counter_object *object, struct counter_set *ret_set)
{
	const struct counter_image *image = &object->image;
	/*
	 * Of those that are made from the owners the one whose layout may change is pinned last.
	 * Where no map of signs is pinned, signs start at zero.
	 */
	const struct pinset_map maps[COUNTER_PINS_MAPS] = {
		{image->records, COUNTER_PINS_MAP("records"), COUNTER_PINS_MAP("records"), false},
		{image->far_slots, COUNTER_PINS_MAP("far_slots"), COUNTER_PINS_MAP("far_slots"),
		 true},
		{image->slots, COUNTER_PINS_MAP("slots"), COUNTER_PINS_MAP("slots"), true},
		{image->owners, COUNTER_PINS_MAP("owners"), COUNTER_PINS_MAP("owners"), false},
		{image->signals, COUNTER_PINS_MAP("signals"), COUNTER_PINS_MAP("signals"), true},
	};

	memcpy(ret_set->maps, maps, sizeof(maps));
	ret_set->pinset = (struct pinset){
		.kind = &kind,
		.maps = ret_set->maps,
		/* The last one is no part of it where it is off; its pin goes then. */
		.count = object->settings.breakdowns & RECORD_BY_SIGNAL ? COUNTER_PINS_MAPS
									: COUNTER_PINS_MAPS - 1,
		.settings = {image->settings, COUNTER_PINS_SETTINGS, COUNTER_PINS_SETTINGS, false},
	};
}

int counter_pins_adopt(struct counter_object *object, const struct pin_dir *pins)
{
	struct counter_info *info = &object->info;
	struct counter_set set;
	int err;

	list_maps(object, &set);
	err = pinset_adopt(&set.pinset, pins, &info->adopted, info->not_adopted_reason,
			   sizeof(info->not_adopted_reason));
	info->new_slots = info->adopted && bpf_map__fd(object->image.slots) < 0;
	return err;
}

/* Whether a pinned program uses the maps that the counter uses. */
static bool uses_maps(const struct counter_object *object, int pinned, int settings)
{
	const struct counter_image *image = &object->image;

	return bpf_info_program_uses(pinned, settings) &&
	       bpf_info_program_uses(pinned, bpf_map__fd(image->records)) &&
	       bpf_info_program_uses(pinned, bpf_map__fd(image->slots)) &&
	       bpf_info_program_uses(pinned, bpf_map__fd(image->far_slots)) &&
	       (!(object->settings.breakdowns & RECORD_BY_SIGNAL) ||
		bpf_info_program_uses(pinned, bpf_map__fd(image->signals))) &&
	       (!object->settings.next.wanted ||
		bpf_info_program_uses(pinned, bpf_map__fd(image->next_program)));
}

void counter_pins_adopt_program(struct counter_object *object, const struct pin_dir *pins)
{
	int loaded = object->program, pinned = -1, settings = -1;

	if (pin_dir_get(pins, PINSET_PROGRAM, PIN_DIR_PROGRAM, &pinned) == 0 &&
	    pin_dir_get(pins, COUNTER_PINS_SETTINGS, PIN_DIR_MAP, &settings) == 0 &&
	    bpf_info_same_program(pinned, loaded) && uses_maps(object, pinned, settings) &&
	    bpf_info_same_content(settings, bpf_map__fd(object->image.settings))) {
		object->program = pinned;
		bpf_program__unload(counter_object_program(object));
		object->info.same_program = true;
		pinned = -1;
	}
	if (pinned >= 0)
		close(pinned);
	if (settings >= 0)
		close(settings);
}

int counter_pins_put_program(const struct counter_object *object, const struct pin_dir *pins)
{
	return object->info.same_program ? 0 : pinset_pin_program(pins, object->program);
}

int counter_pins_put(const struct counter_object *object, const struct pin_dir *pins)
{
	struct counter_set set;

	list_maps(object, &set);
	if (object->info.same_program)
		return pinset_keep(&set.pinset, pins);
	return pinset_pin(&set.pinset, pins, object->info.adopted);
}

int counter_pins_queues(const struct pin_dir *pins, unsigned int *ret_queues)
{
	uint32_t bytes = 0;
	int fd;
	int err = pin_dir_get(pins, COUNTER_PINS_MAP("records"), PIN_DIR_MAP, &fd);

	*ret_queues = 0;
	if (!err) {
		err = bpf_info_value_size(fd, &bytes);
		close(fd);
	}
	if (err)
		return error_is_transient(err) ? err : 0;
	if (bytes > sizeof(struct record) && bytes <= RECORD_BYTES(COUNTER_QUEUES_MAX))
		*ret_queues = RECORD_QUEUES(bytes);
	return 0;
}

int counter_pins_programs(const struct pin_dir *pins, uint32_t ret_ids[PINSET_PROGRAMS])
{
	return pinset_programs(&kind, pins, ret_ids);
}

bool counter_pins_is_pin(const char *name)
{
	return pinset_is_pin(&kind, name);
}

int counter_pins_drop(const struct pin_dir *pins)
{
	return pinset_drop(&kind, pins);
}
