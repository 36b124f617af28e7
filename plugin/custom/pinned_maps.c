// SPDX-License-Identifier: GPL-2.0-only
/* The pins of a counter of the user's own: all its maps and its program. */
#include "plugin/custom/custom_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/base/error.h"
#include "plugin/custom/btf.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/xdp_link.h"

#define CUSTOM_PINNED_MAPS_PROGRAM "program"
#define CUSTOM_PINNED_MAPS_NEXT "program_next"
#define CUSTOM_PINNED_MAPS_MAP "map_"

/*
 * Global variables are in maps of libbpf's making, whose names have dots, which pins
 * cannot have; they start anew.
 */
static bool has_pin(const struct bpf_map *map)
{
	static const char longest[] = CUSTOM_PINNED_MAPS_MAP "-12345678-12345678";

	return !bpf_map__is_internal(map) && !strpbrk(bpf_map__name(map), "./") &&
	       strlen(bpf_map__name(map)) <= CUSTOM_PINNED_MAPS_SIZE - sizeof(longest);
}

/*
 * A pin's name says the layout of its keys and values: the kernel would tell whether their
 * members are the same only with CAP_SYS_ADMIN. libbpf forgets some types when it loads.
 */
static int name_pins(struct custom_program *custom, const struct bpf_object *object)
{
	const struct btf *btf = bpf_object__btf(object);
	struct custom_pinned_map *pinned;
	struct bpf_map *map;

	custom->pinned_count = 0;
	bpf_object__for_each_map (map, object) {
		if (!has_pin(map))
			continue;
		pinned = reallocarray(custom->pinned, custom->pinned_count + 1, sizeof(*pinned));
		if (!pinned)
			return -ENOMEM;
		custom->pinned = pinned;
		pinned += custom->pinned_count++;
		pinned->map = map;
		snprintf(pinned->name, sizeof(pinned->name), CUSTOM_PINNED_MAPS_MAP "%s-%08x-%08x",
			 bpf_map__name(map), custom_btf_shape(btf, bpf_map__btf_key_type_id(map)),
			 custom_btf_shape(btf, bpf_map__btf_value_type_id(map)));
	}
	return 0;
}

static void note_map(void *found, const char *name)
{
	if (strncmp(name, CUSTOM_PINNED_MAPS_MAP, strlen(CUSTOM_PINNED_MAPS_MAP)) == 0)
		*(bool *)found = true;
}

/* Opens one pinned map if it is what would be made anew. */
static int open_map(struct custom_program *custom, const struct custom_pinned_map *pinned,
		    const struct pin_dir *pins, int *ret_fd)
{
	const char *name = bpf_map__name(pinned->map);
	int err = pin_dir_get(pins, pinned->name, PIN_DIR_MAP, ret_fd);

	if (err == -ENOENT) {
		snprintf(custom->not_adopted_reason, sizeof(custom->not_adopted_reason),
			 "map %s: none with its layout of keys and values is pinned", name);
		return err;
	}
	if (err) {
		snprintf(custom->not_adopted_reason, sizeof(custom->not_adopted_reason),
			 "pin %s: %s", pinned->name,
			 err == -EMEDIUMTYPE ? "it is no map" : strerror(-err));
		return err;
	}
	err = bpf_info_map(*ret_fd, pinned->map, name, custom->not_adopted_reason,
			   sizeof(custom->not_adopted_reason));
	if (err) {
		close(*ret_fd);
		if (!custom->not_adopted_reason[0])
			snprintf(custom->not_adopted_reason, sizeof(custom->not_adopted_reason),
				 "pin %s: %s", pinned->name, strerror(-err));
	}
	return err;
}

/* Looks at all pinned maps; with `use`, has the object use them. Returns 0 or -errno. */
static int walk_maps(struct custom_program *custom, const struct pin_dir *pins, bool use)
{
	int err = 0, fd;

	for (size_t i = 0; !err && i < custom->pinned_count; i++) {
		err = open_map(custom, &custom->pinned[i], pins, &fd);
		if (err)
			break;
		if (use)
			err = bpf_map__reuse_fd(custom->pinned[i].map, fd);
		close(fd);
	}
	return err;
}

int custom_pinned_maps_reuse(struct custom_program *custom, const struct bpf_object *object,
			     const struct pin_dir *pins)
{
	bool any = false;
	int err = name_pins(custom, object);

	custom->program.adopted = false;
	custom->not_adopted_reason[0] = '\0';
	if (err)
		return err;
	err = pin_dir_list(pins, note_map, &any);
	if (!err && !any)
		return 0;
	/* All are looked at before the first is taken. */
	if (!err)
		err = walk_maps(custom, pins, false);
	if (err && !error_is_transient(err))
		return 0;
	if (!err)
		err = walk_maps(custom, pins, true);
	if (err)
		snprintf(custom->cause, sizeof(custom->cause), "%s",
			 custom->not_adopted_reason[0] ? custom->not_adopted_reason
						       : strerror(-err));
	custom->program.adopted = !err;
	return err;
}

int custom_pinned_maps_pin_program(const struct program *program, const struct pin_dir *pins)
{
	return pin_dir_put(pins, CUSTOM_PINNED_MAPS_NEXT, program->fd);
}

/* What goes through the pins of maps. */
struct map_walk {
	const struct custom_program *custom;
	const struct pin_dir *pins;
};

/* pin_dir_list() callback: a map that the object no longer has. */
static void drop_unused(void *context, const char *name)
{
	const struct map_walk *walk = context;

	if (strncmp(name, CUSTOM_PINNED_MAPS_MAP, strlen(CUSTOM_PINNED_MAPS_MAP)) != 0)
		return;
	for (size_t i = 0; i < walk->custom->pinned_count; i++) {
		if (strcmp(name, walk->custom->pinned[i].name) == 0)
			return;
	}
	pin_dir_drop(walk->pins, name);
}

int custom_pinned_maps_pin(const struct program *program, const struct pin_dir *pins)
{
	const struct custom_program *custom = (const struct custom_program *)program;
	struct map_walk walk = {custom, pins};
	int err = 0;

	for (size_t i = 0; !err && !program->adopted && i < custom->pinned_count; i++)
		err = pin_dir_put(pins, custom->pinned[i].name, bpf_map__fd(custom->pinned[i].map));
	/* It is not there where an earlier call failed after this. */
	if (!err && pin_dir_has(pins, CUSTOM_PINNED_MAPS_NEXT))
		err = pin_dir_rename(pins, CUSTOM_PINNED_MAPS_NEXT, CUSTOM_PINNED_MAPS_PROGRAM);
	return err ? err : pin_dir_list(pins, drop_unused, &walk);
}

int custom_pinned_maps_ids(const struct program *program, const struct pin_dir *pins,
			   uint32_t ret_ids[PROGRAM_PINNED])
{
	struct bpf_info_program now, next;
	int err = bpf_info_program_by_pin(pins, CUSTOM_PINNED_MAPS_PROGRAM, &now);
	int next_err = bpf_info_program_by_pin(pins, CUSTOM_PINNED_MAPS_NEXT, &next);

	(void)program;
	ret_ids[0] = now.id;
	ret_ids[1] = next.id;
	return err ? err : next_err;
}

bool custom_pinned_maps_is_pin(const struct program *program, const char *name)
{
	(void)program;
	return strcmp(name, CUSTOM_PINNED_MAPS_PROGRAM) == 0 ||
	       strcmp(name, CUSTOM_PINNED_MAPS_NEXT) == 0 ||
	       strncmp(name, CUSTOM_PINNED_MAPS_MAP, strlen(CUSTOM_PINNED_MAPS_MAP)) == 0;
}

static void drop_pin(void *context, const char *name)
{
	if (custom_pinned_maps_is_pin(NULL, name))
		pin_dir_drop(context, name);
}

void custom_pinned_maps_unpin(const struct program *program, const struct pin_dir *pins)
{
	(void)program;
	pin_dir_list(pins, drop_pin, (void *)pins);
}
