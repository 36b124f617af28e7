/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The members of the kernel's network devices that programs read which trace, or count what goes
 * out (linux/netdevice.h, net/net_namespace.h). libbpf puts in where this kernel has the members;
 * one that it has not makes the verifier refuse the program.
 */
#ifndef COLLECTD_XDP_DEVICE_BPF_H
#define COLLECTD_XDP_DEVICE_BPF_H

#include <linux/types.h>

struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct net {
	struct ns_common ns;
} __attribute__((preserve_access_index));

typedef struct {
	struct net *net;
} __attribute__((preserve_access_index)) possible_net_t;

struct net_device {
	__u64 features;
	int ifindex;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));

#endif
