/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of a <Maps> block: those of others, found where the block says, and found again when
 * they are replaced. They are only read.
 */
#ifndef COLLECTD_XDP_FOREIGN_MAPS_H
#define COLLECTD_XDP_FOREIGN_MAPS_H

#include <stdint.h>

#include "plugin/base/event.h"
#include "plugin/config/maps_block.h"
#include "plugin/custom/map.h"
#include "plugin/foreign/hook.h"

struct foreign_maps;

/*
 * Opens nothing yet. `settings` must outlive the object, and what the teller points to. Returns 0
 * and an object the caller closes; -ENOMEM.
 */
int foreign_maps_open(const struct maps_block *settings, const struct event_teller *teller,
		      struct foreign_maps **ret_maps);

/* Takes NULL. */
void foreign_maps_close(struct foreign_maps *maps);

/*
 * Once per interval: opens maps that are there, closes those that are not, and tells each change
 * once. `hook`: of a block with an interface; else NULL.
 */
void foreign_maps_step(struct foreign_maps *maps, const struct foreign_hook *hook);

/* One per <Map>, in their order; owned by `maps`, and valid until the next step. */
const struct custom_map *foreign_maps_list(const struct foreign_maps *maps);

/*
 * Another number each time a block gets another map, or one about the same map loses it; 0: it
 * never had one.
 */
uint64_t foreign_maps_generation(const struct foreign_maps *maps, size_t index);

#endif
