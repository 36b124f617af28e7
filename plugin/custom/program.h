/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A custom counter as a program at the hooks of interfaces. Sole owner of its object and maps. Its
 * maps belong to it, not to one interface, so it has no slots.
 */
#ifndef COLLECTD_XDP_CUSTOM_PROGRAM_H
#define COLLECTD_XDP_CUSTOM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/config/counter_block.h"
#include "plugin/custom/map.h"
#include "plugin/hook/program.h"

struct custom_program;

/*
 * Loads nothing yet; `settings` must outlive the object.
 * Returns 0 and an object the caller closes; -ENOMEM.
 */
int custom_program_open(const struct counter_block *settings, struct custom_program **ret_program);

/* Those of all custom counters; also of one that is no longer configured, and has pins only. */
extern const struct program_operations custom_program_operations;

/* Valid until custom_program_close(). */
struct program *custom_program_as_program(struct custom_program *custom);

/* Of the kernel; another one after each load. 0 while it is not loaded. */
uint32_t custom_program_id(const struct custom_program *custom);

/* One per <Map>, in their order; NULL while it is not loaded. Owned by `custom`. */
const struct custom_map *custom_program_maps(const struct custom_program *custom);

/* Whether the maps were found pinned, and so had their counts before. */
bool custom_program_is_adopted(const struct custom_program *custom);

/*
 * What is to be said of the program that was loaded though it goes on, once: a warning
 * "what; what to do" that the caller frees, or NULL.
 */
char *custom_program_take_warning(struct custom_program *custom);

/* Unloads it, too. Takes NULL. */
void custom_program_close(struct custom_program *custom);

#endif
