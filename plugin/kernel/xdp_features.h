/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a driver says of its XDP (generic netlink family "netdev", Linux 6.3 on:
 * Documentation/netlink/specs/netdev.yaml). Never logs.
 */
#ifndef COLLECTD_XDP_KERNEL_XDP_FEATURES_H
#define COLLECTD_XDP_KERNEL_XDP_FEATURES_H

#include <stdint.h>

/* Bits of enum netdev_xdp_act (linux/netdev.h, which older headers lack). */
#define XDP_FEATURES_BASIC (1ULL << 0)	 /* native mode */
#define XDP_FEATURES_BUFFERS (1ULL << 5) /* packets of several buffers in native mode */

/*
 * Asks for the features of an interface of the network namespace of the calling thread.
 * Returns 0; -ENOENT before Linux 6.3; -errno of the socket calls, -EPROTO for
 * an answer that makes no sense.
 */
int xdp_features_read(unsigned int ifindex, uint64_t *ret_features);

#endif
