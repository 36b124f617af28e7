/* SPDX-License-Identifier: GPL-2.0-only */
/* The pins of links: one per interface, named after its index. */
#ifndef COLLECTD_XDP_HOOK_LINK_PIN_H
#define COLLECTD_XDP_HOOK_LINK_PIN_H

#include "plugin/hook/kind.h"
#include "plugin/kernel/pin_dir.h"

/* Pins the link of an interface. Returns 0 or as pin_dir_put(). */
int link_pin_put(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		 int link);

/* Opens it. Returns 0 and a link that the kind closes; else as pin_dir_get(). */
int link_pin_get(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		 int *ret_link);

/* Removes the pin. Returns 0 or as pin_dir_drop(). */
int link_pin_drop(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex);

/* The interface whose link has a pin of this name; 0: the name is not that of a link. */
unsigned int link_pin_ifindex(const struct hook_kind *kind, const char *name);

#endif
