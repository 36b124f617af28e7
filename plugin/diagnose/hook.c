// SPDX-License-Identifier: GPL-2.0-only
/* Sentences about interfaces and hooks. */
#include "plugin/diagnose/hook.h"

#include <stdio.h>

void diagnose_obstacle(enum diagnose_obstacle obstacle, unsigned int type, const char *mode,
		       char *text, size_t size)
{
	switch (obstacle) {
	case DIAGNOSE_OBSTACLE_NO_ETHERNET:
		snprintf(text, size,
			 "not counted: its frames have no Ethernet header (link type %u); leave it "
			 "out of the selection",
			 type);
		break;
	case DIAGNOSE_OBSTACLE_BOND:
		snprintf(text, size,
			 "not counted: a bond has its ports run %s XDP; select the ports, or set "
			 "AttachMode to \"auto\" or \"generic\"",
			 mode);
		break;
	case DIAGNOSE_OBSTACLE_NONE:
		snprintf(text, size, "%s", "");
		break;
	}
}
