// SPDX-License-Identifier: GPL-2.0-only
/* Finds the interface by its name, and asks the kernel for its hook. */
#include "plugin/foreign/hook.h"

#include <errno.h>

#include <linux/if_link.h>

#include "plugin/hook/listing.h"
#include "plugin/kernel/interfaces.h"

struct foreign_hook foreign_hook_look(const struct listing *listing, const char *name)
{
	const struct interface *listed =
		listing->interfaces ? listing_find(listing->interfaces, name) : NULL;
	struct foreign_hook hook = {.error = listing->known ? -ENODEV : -EAGAIN};
	struct interface interface;

	if (!listed)
		return hook;
	hook.error = interfaces_query(listing->interfaces, listed->index, &interface);
	if (hook.error)
		return hook;
	hook.program_id = interface.hook.program_id;
	hook.several = interface.hook.mode == XDP_ATTACHED_MULTI;
	return hook;
}
