// SPDX-License-Identifier: GPL-2.0-only
/* "map_NAME-KEY-VALUE" is the pin of a map; KEY and VALUE tell layouts apart. */
#include "plugin/custom/pinned_maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "plugin/custom/btf.h"

#define CUSTOM_PINNED_MAPS_PREFIX "map_"

static const char *const map_prefixes[] = {CUSTOM_PINNED_MAPS_PREFIX, NULL};
static const char *const no_others[] = {NULL};

const struct pinset_kind custom_pinned_maps_kind = {
	.map_prefixes = map_prefixes,
	.others = no_others,
};

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
int custom_pinned_maps_name(struct custom_pinned_maps *pinned, const struct bpf_object *object)
{
	const struct btf *btf = bpf_object__btf(object);
	struct pinset_map *grown;
	struct bpf_map *map;

	pinned->count = 0;
	bpf_object__for_each_map (map, object) {
		if (!has_pin(map))
			continue;
		grown = reallocarray(pinned->maps, pinned->count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		pinned->maps = grown;
		grown += pinned->count++;
		*grown = (struct pinset_map){.map = map, .name = bpf_map__name(map)};
		snprintf(grown->pin, sizeof(grown->pin), CUSTOM_PINNED_MAPS_PREFIX "%s-%08x-%08x",
			 bpf_map__name(map), custom_btf_shape(btf, bpf_map__btf_key_type_id(map)),
			 custom_btf_shape(btf, bpf_map__btf_value_type_id(map)));
	}
	return 0;
}

struct pinset custom_pinned_maps_set(const struct custom_pinned_maps *pinned)
{
	return (struct pinset){
		.kind = &custom_pinned_maps_kind,
		.maps = pinned->maps,
		.count = pinned->count,
	};
}

void custom_pinned_maps_clear(struct custom_pinned_maps *pinned)
{
	free(pinned->maps);
	*pinned = (struct custom_pinned_maps){0};
}
