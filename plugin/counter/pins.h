/* SPDX-License-Identifier: GPL-2.0-only */
/* The set of pins of the counter; hook/pinset.h says in which order they come and go. */
#ifndef COLLECTD_XDP_COUNTER_PINS_H
#define COLLECTD_XDP_COUNTER_PINS_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/hook/pinset.h"

struct counter_object;
struct pin_dir;

/*
 * Lets the image, open and not yet loaded, use the pinned maps: all or none.
 * Returns 0, with info.adopted or info.not_adopted_reason set where something is pinned;
 * else -errno as pinset_adopt().
 */
int counter_pins_adopt(struct counter_object *object, const struct pin_dir *pins);

/*
 * After the load: goes on with the pinned program, and lets go of the one that was just
 * loaded, if they are the same, settings included: info.same_program.
 */
void counter_pins_adopt_program(struct counter_object *object, const struct pin_dir *pins);

/* Before a link runs the program, and when all do. Return 0 or as pinset_pin(). */
int counter_pins_put_program(const struct counter_object *object, const struct pin_dir *pins);
int counter_pins_put(const struct counter_object *object, const struct pin_dir *pins);

/* Ids of the programs that are pinned as counters: as pinset_programs(). */
int counter_pins_programs(const struct pin_dir *pins, uint32_t ret_ids[PINSET_PROGRAMS]);

/*
 * RX queues that the pinned records have cells for; 0: none, or no records that can be used again
 * are pinned. Asking for no fewer keeps their layout, and so their counts.
 * Returns 0, or -errno where that is not known now, and may be at another attempt.
 */
int counter_pins_queues(const struct pin_dir *pins, unsigned int *ret_queues);

/* Removes what is pinned by the names of counters, of any version; links stay. As pinset_drop(). */
int counter_pins_drop(const struct pin_dir *pins);

/* Whether a pin of this name is one that counter_pins_drop() removes. */
bool counter_pins_is_pin(const char *name);

#endif
