/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of one network interface. */
#ifndef COLLECTD_XDP_KERNEL_INTERFACE_H
#define COLLECTD_XDP_KERNEL_INTERFACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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
	/* By the kernel's count; 0 in the list, which is read without: packets that came, and that
	 * went out, with their bytes. */
	uint64_t received;
	uint64_t sent;
	uint64_t sent_bytes;
	/*
	 * Alternative names (`ip link property`), one after the other, an empty one at the end;
	 * NULL: none. Owned by the list of interfaces, and as long-lived: a copy has none.
	 */
	const char *alternatives;
	/* Differs from before if the kernel reported that an interface of this index went away. */
	uint64_t generation;
};

/* Whether its frames start with an Ethernet header (ARPHRD_ETHER, ARPHRD_LOOPBACK). */
bool interface_has_ethernet(const struct interface *interface);

/* Longest name that an interface may have beside its own, with its end (ALTIFNAMSIZ). */
#define INTERFACE_ALTERNATIVE_SIZE 128

/* The next of the alternative names after `name`; the first one after NULL; NULL: no more. */
static inline const char *interface_next_alternative(const struct interface *interface,
						     const char *name)
{
	const char *next = name ? name + strlen(name) + 1 : interface->alternatives;

	return next && next[0] ? next : NULL;
}

/* Whether the kernel finds the interface by this name: its own, or an alternative one. */
static inline bool interface_has_name(const struct interface *interface, const char *name)
{
	const char *other = NULL;

	if (strcmp(interface->name, name) == 0)
		return true;
	while ((other = interface_next_alternative(interface, other))) {
		if (strcmp(other, name) == 0)
			return true;
	}
	return false;
}

/*
 * Whether `upper` stands directly on `lower`: while it has an XDP program, the kernel refuses one
 * to `lower` (EEXIST, dev_xdp_attach() in net/core/dev.c), and not the other way round.
 */
static inline bool interface_is_above(const struct interface *upper, const struct interface *lower)
{
	return upper->index == lower->master || upper->lower == lower->index;
}

#endif
