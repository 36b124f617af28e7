/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver of an interface says of it; but for its name, asked only after a refusal. */
#ifndef COLLECTD_XDP_KERNEL_ETHTOOL_H
#define COLLECTD_XDP_KERNEL_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

/* As many bytes as a name of a driver takes, with its end. */
#define ETHTOOL_DRIVER 40

struct ethtool {
	char driver[ETHTOOL_DRIVER]; /* "" where it does not say */
	bool lro;		     /* LRO or GRO-HW is on */
	unsigned int channels;	     /* that receive, in use; 0: it does not say */
	unsigned int channels_max;   /* as many as there can be */
};

/* The name of its driver alone, in one question; "" where it does not say. */
void ethtool_driver(const char *name, char ret_driver[ETHTOOL_DRIVER]);

/*
 * Fills what the driver of the interface of this name tells; "", false and 0
 * what it does not. Opens a socket for the time of the call, of the family
 * that the plugin needs anyway.
 */
void ethtool_read(const char *name, struct ethtool *ret_device);

/*
 * Whether a driver of this name has native XDP, as far as it is known (drivers/net of Linux 6.12).
 * For kernels that do not tell: see probe_xdp_features().
 */
bool ethtool_driver_has_native(const char *driver);

/*
 * The bit that a feature of this name ("tx-vlan-hw-insert") has in the features of all devices of
 * this kernel (netdev_features_t, linux/netdev_features.h): the names are listed by their bits.
 * `name`: of any interface. 0: not known.
 */
uint64_t ethtool_feature(const char *name, const char *feature);

#endif
