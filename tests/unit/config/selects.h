/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a selection selects an interface of that name, which has no other one. */
#ifndef COLLECTD_XDP_TESTS_SELECTS_H
#define COLLECTD_XDP_TESTS_SELECTS_H

#include <stdio.h>

#include "plugin/config/selection.h"
#include "plugin/kernel/interface.h"

static inline bool selects(const struct selection *selection, const char *name)
{
	struct interface interface = {.index = 1};

	snprintf(interface.name, sizeof(interface.name), "%s", name);
	return selection_selects(selection, &interface);
}

#endif
