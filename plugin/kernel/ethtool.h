/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver of an interface says of it; asked for only after a refusal. */
#ifndef COLLECTD_XDP_KERNEL_ETHTOOL_H
#define COLLECTD_XDP_KERNEL_ETHTOOL_H

#include <stdbool.h>

struct ethtool {
	char driver[40];	   /* "" where it does not say */
	bool lro;		   /* LRO or GRO-HW is on */
	unsigned int channels;	   /* that receive, in use; 0: it does not say */
	unsigned int channels_max; /* as many as there can be */
};

/*
 * Fills what the driver of the interface of this name tells; "", false and 0
 * what it does not. Opens a socket for the time of the call, of the family
 * that the plugin needs anyway.
 */
void ethtool_read(const char *name, struct ethtool *ret_device);

#endif
