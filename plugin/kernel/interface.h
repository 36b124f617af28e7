/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of one network interface. */
#ifndef COLLECTD_XDP_KERNEL_INTERFACE_H
#define COLLECTD_XDP_KERNEL_INTERFACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* What holds the XDP hook of an interface (IFLA_XDP, linux/if_link.h). */
struct interface_hook {
	uint8_t mode;	     /* XDP_ATTACHED_NONE, _DRV, _SKB, _HW or _MULTI */
	uint32_t program_id; /* of the program at the hook; 0: none, or several */
};

struct interface {
	unsigned int index;
	char name[IF_NAMESIZE];
	char kind[16];	     /* IFLA_INFO_KIND ("veth", "bond"); "" for hardware and lo */
	unsigned short type; /* ARPHRD_*, linux/if_arp.h */
	unsigned int flags;  /* IFF_* */
	unsigned int mtu;    /* bytes */
	unsigned int master; /* index of the bond or bridge above; 0: none */
	unsigned int lower; /* of the device that it stands on (VLAN, macvlan, ...), in this network
			       namespace; 0: none */
	unsigned int rx_queues;
	bool merged; /* a tap whose owner may send merged packets (IFF_VNET_HDR) */
	bool behind; /* an ipvlan in mode l3s: packets come to it behind the XDP hook */
	struct interface_hook hook;
	uint64_t
		received; /* packets, by the kernel's count; 0 in the list, which is read without */
	/* Differs from before if the kernel reported that an interface of this index went away. */
	uint64_t generation;
};

/*
 * Whether `upper` stands directly on `lower`: while it has an XDP program, the kernel refuses one
 * to `lower` (EEXIST, dev_xdp_attach() in net/core/dev.c), and not the other way round.
 */
static inline bool interface_is_above(const struct interface *upper, const struct interface *lower)
{
	return upper->index == lower->master || upper->lower == lower->index;
}

#endif
