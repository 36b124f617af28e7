// SPDX-License-Identifier: GPL-2.0-only
/* The set of pins of a custom counter: which maps of its object are in it, and under which names.
 */
#include "plugin/custom/custom_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/custom/btf.h"
#include "plugin/diagnose/errno_text.h"
#include "plugin/hook/pinset.h"

#define CUSTOM_PINNED_MAPS_PREFIX "map_"

static const char *const map_prefixes[] = {CUSTOM_PINNED_MAPS_PREFIX, NULL};
static const char *const no_others[] = {NULL};
static const struct pinset_kind kind = {.map_prefixes = map_prefixes, .others = no_others};

_Static_assert(PROGRAM_PINNED == PINSET_PROGRAMS, "the set fills an array of programs");

/*
 * Global variables are in maps of libbpf's making, whose names have dots, which pins
 * cannot have; their values start again.
 */
static bool has_pin(const struct bpf_map *map)
{
	static const char longest[] = CUSTOM_PINNED_MAPS_PREFIX "-12345678-12345678";

	return !bpf_map__is_internal(map) && !strpbrk(bpf_map__name(map), "./") &&
	       strlen(bpf_map__name(map)) <= PINSET_NAME - sizeof(longest);
}

/*
 * A pin's name says the layout of its keys and values: the kernel would tell whether their
 * members are the same only with CAP_SYS_ADMIN. libbpf forgets some types when it loads.
 */
static int name_pins(struct custom_program *custom, const struct bpf_object *object)
{
	const struct btf *btf = bpf_object__btf(object);
	struct pinset_map *pinned;
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
		pinned->name = bpf_map__name(map);
		snprintf(pinned->pin, sizeof(pinned->pin), CUSTOM_PINNED_MAPS_PREFIX "%s-%08x-%08x",
			 bpf_map__name(map), custom_btf_shape(btf, bpf_map__btf_key_type_id(map)),
			 custom_btf_shape(btf, bpf_map__btf_value_type_id(map)));
	}
	return 0;
}

static struct pinset set_of(const struct custom_program *custom)
{
	return (struct pinset){
		.kind = &kind, .maps = custom->pinned, .count = custom->pinned_count};
}

int custom_pinned_maps_reuse(struct custom_program *custom, const struct bpf_object *object,
			     const struct pin_dir *pins)
{
	char *reason = custom->not_adopted_reason;
	struct pinset set;
	int err = name_pins(custom, object);

	custom->program.adopted = false;
	reason[0] = '\0';
	if (err)
		return err;
	set = set_of(custom);
	err = pinset_adopt(&set, pins, &custom->program.adopted, reason,
			   sizeof(custom->not_adopted_reason));
	if (err)
		snprintf(custom->cause, sizeof(custom->cause), "%s",
			 reason[0] ? reason : diagnose_errno_text(err).text);
	return err;
}

int custom_pinned_maps_pin_program(const struct program *program, const struct pin_dir *pins)
{
	return pinset_pin_program(pins, program->fd);
}

int custom_pinned_maps_pin(const struct program *program, const struct pin_dir *pins)
{
	const struct pinset set = set_of((const struct custom_program *)program);

	return pinset_pin(&set, pins, program->adopted);
}

int custom_pinned_maps_ids(const struct program *program, const struct pin_dir *pins,
			   uint32_t ret_ids[PROGRAM_PINNED])
{
	(void)program;
	return pinset_programs(&kind, pins, ret_ids);
}

bool custom_pinned_maps_is_pin(const struct program *program, const char *name)
{
	(void)program;
	return pinset_is_pin(&kind, name);
}

void custom_pinned_maps_unpin(const struct program *program, const struct pin_dir *pins)
{
	(void)program;
	pinset_drop(&kind, pins);
}
