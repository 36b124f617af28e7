/* SPDX-License-Identifier: GPL-2.0-only */
/* Which maps of an object of a custom counter are pinned with its program, and under which names.
 */
#ifndef COLLECTD_XDP_CUSTOM_PINNED_MAPS_H
#define COLLECTD_XDP_CUSTOM_PINNED_MAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/hook/pinset.h"

struct bpf_object;
struct pin_dir;

/* All zero: of no object. */
struct custom_pinned_maps {
	struct pinset_map *maps; /* of the object that was last named */
	size_t count;
};

/* The pins of all custom counters. */
extern const struct pinset_kind custom_pinned_maps_kind;

/*
 * Names the pins of an object that is open and not loaded, in place of those of the one before.
 * What was named is valid as long as the object. Returns 0, -ENOMEM.
 */
int custom_pinned_maps_name(struct custom_pinned_maps *pinned, const struct bpf_object *object);

/* The set of pins, valid until the next object is named. */
struct pinset custom_pinned_maps_set(const struct custom_pinned_maps *pinned);

/* Frees the names. */
void custom_pinned_maps_clear(struct custom_pinned_maps *pinned);

#endif
