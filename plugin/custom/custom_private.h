/* SPDX-License-Identifier: GPL-2.0-only */
/* What custom.c and custom_pins.c share, and nobody else sees. */
#ifndef COLLECTD_XDP_CUSTOM_CUSTOM_PRIVATE_H
#define COLLECTD_XDP_CUSTOM_CUSTOM_PRIVATE_H

#include <bpf/libbpf.h>

#include "plugin/custom/file.h"
#include "plugin/custom/program.h"
#include "plugin/hook/pinset.h"
#include "plugin/kernel/loader.h"

#define CUSTOM_TEXT 640

struct custom_program {
	struct program program;
	const struct counter_block *settings;
	struct bpf_object *object;	      /* NULL: not loaded */
	const struct bpf_program *loaded;     /* the one of it that is */
	struct custom_program_map *maps;      /* of settings->map_count */
	struct pinset_map *pinned;	      /* maps of the object that was last opened */
	size_t pinned_count;
	char *warning;
	char not_adopted_reason[256];
	/* Of the last load() that failed. */
	struct custom_file_mark mark;
	struct loader_log log;
	char cause[CUSTOM_TEXT]; /* "": the kernel's, see log */
	uint64_t memory;	 /* bytes that the maps take */
};

/* Operations of the program; see program.h. */
int custom_pinned_maps_pin_program(const struct program *program, const struct pin_dir *pins);
int custom_pinned_maps_pin(const struct program *program, const struct pin_dir *pins);
int custom_pinned_maps_ids(const struct program *program, const struct pin_dir *pins,
			   uint32_t ret_ids[PROGRAM_PINNED]);
void custom_pinned_maps_unpin(const struct program *program, const struct pin_dir *pins);
bool custom_pinned_maps_is_pin(const struct program *program, const char *name);

/*
 * Names the pins of an object that is open and not loaded, and has it use the
 * pinned maps: all or none.
 * Returns 0, with program.adopted where they are used, and `not_adopted_reason` (of custom)
 * where some are pinned and are not: why; else -errno and `cause`: some are used
 * and others went meanwhile, or it is worth another attempt; the object is not to be loaded.
 */
int custom_pinned_maps_reuse(struct custom_program *custom, const struct bpf_object *object,
			     const struct pin_dir *pins);

#endif
