// SPDX-License-Identifier: GPL-2.0-only
/* The pins of a counter of the user's own: all its maps and its program. */
#include "custom_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "kernel.h"
#include "pins.h"
#include "verify.h"

#define CUSTOM_PIN_PROGRAM "program"
#define CUSTOM_PIN_NEXT "program_next"
#define CUSTOM_PIN_MAP "map_"

#define CUSTOM_PIN_SIZE 160

/*
 * Global variables are in maps of libbpf's making, whose names have dots, which pins
 * cannot have; they start anew.
 */
static bool has_pin(const struct bpf_map *map)
{
	return !bpf_map__is_internal(map) && !strpbrk(bpf_map__name(map), "./") &&
	       strlen(bpf_map__name(map)) < CUSTOM_PIN_SIZE - sizeof(CUSTOM_PIN_MAP);
}

static const char *pin_name(const struct bpf_map *map, char name[CUSTOM_PIN_SIZE])
{
	snprintf(name, CUSTOM_PIN_SIZE, CUSTOM_PIN_MAP "%s", bpf_map__name(map));
	return name;
}

static void note_map(void *found, const char *name)
{
	if (strncmp(name, CUSTOM_PIN_MAP, strlen(CUSTOM_PIN_MAP)) == 0)
		*(bool *)found = true;
}

/* Opens one pinned map if it is what would be made anew. */
static int open_map(struct custom *custom, const struct bpf_map *map, const struct pins *pins,
		    int *ret_fd)
{
	char name[CUSTOM_PIN_SIZE];
	int err = pins_get(pins, pin_name(map, name), PINS_MAP, ret_fd);

	if (err) {
		snprintf(custom->fresh, sizeof(custom->fresh), "pin %s: %s", name,
			 err == -EMEDIUMTYPE ? "it is no map" : strerror(-err));
		return err;
	}
	err = verify_map(*ret_fd, map, bpf_map__name(map), custom->fresh, sizeof(custom->fresh));
	if (err) {
		close(*ret_fd);
		if (!custom->fresh[0])
			snprintf(custom->fresh, sizeof(custom->fresh), "pin %s: %s", name,
				 strerror(-err));
	}
	return err;
}

/* Looks at all pinned maps; with `use`, has the object use them. Returns 0 or -errno. */
static int walk_maps(struct custom *custom, struct bpf_object *object, const struct pins *pins,
		     bool use)
{
	struct bpf_map *map;
	int err = 0, fd;

	bpf_object__for_each_map (map, object) {
		if (err || !has_pin(map))
			continue;
		err = open_map(custom, map, pins, &fd);
		if (err)
			continue;
		if (use)
			err = bpf_map__reuse_fd(map, fd);
		close(fd);
	}
	return err;
}

int custom_pins_reuse(struct custom *custom, struct bpf_object *object, const struct pins *pins)
{
	bool any = false;
	int err;

	custom->program.adopted = false;
	custom->fresh[0] = '\0';
	err = pins_list(pins, note_map, &any);
	if (!err && !any)
		return 0;
	/* All are looked at before the first is taken. */
	if (!err)
		err = walk_maps(custom, object, pins, false);
	if (err && !kernel_is_passing(err))
		return 0;
	if (!err)
		err = walk_maps(custom, object, pins, true);
	if (err)
		snprintf(custom->cause, sizeof(custom->cause), "%s",
			 custom->fresh[0] ? custom->fresh : strerror(-err));
	custom->program.adopted = !err;
	return err;
}

int custom_pin_program(const struct program *program, const struct pins *pins)
{
	return pins_put(pins, CUSTOM_PIN_NEXT, program->fd);
}

/* What goes through the pins of maps. */
struct map_walk {
	const struct custom *custom;
	const struct pins *pins;
};

/* pins_list() callback: a map that the object no longer has. */
static void drop_unused(void *context, const char *name)
{
	const struct map_walk *walk = context;
	const char *map_name = name + strlen(CUSTOM_PIN_MAP);
	const struct bpf_map *map;

	if (strncmp(name, CUSTOM_PIN_MAP, strlen(CUSTOM_PIN_MAP)) != 0)
		return;
	map = bpf_object__find_map_by_name(walk->custom->object, map_name);
	if (!map || !has_pin(map))
		pins_drop(walk->pins, name);
}

int custom_pin(const struct program *program, const struct pins *pins)
{
	const struct custom *custom = (const struct custom *)program;
	struct map_walk walk = {custom, pins};
	char name[CUSTOM_PIN_SIZE];
	const struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map (map, custom->object) {
		if (!err && has_pin(map) && !program->adopted)
			err = pins_put(pins, pin_name(map, name), bpf_map__fd(map));
	}
	/* It is not there where an earlier call failed after this. */
	if (!err && pins_has(pins, CUSTOM_PIN_NEXT))
		err = pins_rename(pins, CUSTOM_PIN_NEXT, CUSTOM_PIN_PROGRAM);
	return err ? err : pins_list(pins, drop_unused, &walk);
}

int custom_pinned(const struct program *program, const struct pins *pins,
		  uint32_t ret_ids[PROGRAM_PINNED])
{
	struct attach_holder now, next;
	int err = attach_describe_pin(pins, CUSTOM_PIN_PROGRAM, &now);
	int next_err = attach_describe_pin(pins, CUSTOM_PIN_NEXT, &next);

	(void)program;
	ret_ids[0] = now.program_id;
	ret_ids[1] = next.program_id;
	return err ? err : next_err;
}

bool custom_is_pin(const struct program *program, const char *name)
{
	(void)program;
	return strcmp(name, CUSTOM_PIN_PROGRAM) == 0 || strcmp(name, CUSTOM_PIN_NEXT) == 0 ||
	       strncmp(name, CUSTOM_PIN_MAP, strlen(CUSTOM_PIN_MAP)) == 0;
}

static void drop_pin(void *context, const char *name)
{
	if (custom_is_pin(NULL, name))
		pins_drop(context, name);
}

void custom_unpin(const struct program *program, const struct pins *pins)
{
	(void)program;
	pins_list(pins, drop_pin, (void *)pins);
}
