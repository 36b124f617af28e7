// SPDX-License-Identifier: GPL-2.0-only
/* Messages of rtnetlink about interfaces, read in place. */
#include "plugin/kernel/link_message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

static uint32_t attribute_u32(const struct nlattr *attr, uint32_t fallback)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) < 0 ? fallback : mnl_attr_get_u32(attr);
}

/* Copies a string attribute; one that does not fit or is no string becomes "". */
static void attribute_string(const struct nlattr *attr, char *text, size_t size)
{
	text[0] = '\0';
	if (mnl_attr_validate(attr, MNL_TYPE_STRING) < 0)
		return;
	if (strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)) < size)
		snprintf(text, size, "%.*s", (int)mnl_attr_get_payload_len(attr),
			 mnl_attr_get_str(attr));
}

static void read_hook(const struct nlattr *nest, struct interface_hook *hook)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		if (mnl_attr_get_type(attr) == IFLA_XDP_ATTACHED &&
		    mnl_attr_validate(attr, MNL_TYPE_U8) >= 0)
			hook->mode = mnl_attr_get_u8(attr);
		else if (mnl_attr_get_type(attr) == IFLA_XDP_PROG_ID)
			hook->program_id = attribute_u32(attr, 0);
	}
}

/* What a message says of the device below, before it is known what that means. */
struct below {
	uint32_t link;	/* IFLA_LINK; 0: not told */
	bool elsewhere; /* it is in another network namespace */
	uint32_t vxlan; /* IFLA_VXLAN_LINK; 0: not told */
};

static void read_below(const struct nlattr *attr, struct below *below)
{
	if (mnl_attr_get_type(attr) == IFLA_LINK)
		below->link = attribute_u32(attr, 0);
	else if (mnl_attr_get_type(attr) == IFLA_LINK_NETNSID)
		below->elsewhere = true;
}

static void read_vxlan(const struct nlattr *attr, struct interface *interface, struct below *below)
{
	(void)interface;
	if (mnl_attr_get_type(attr) == IFLA_VXLAN_LINK)
		below->vxlan = attribute_u32(attr, 0);
}

static void read_tun(const struct nlattr *attr, struct interface *interface, struct below *below)
{
	(void)below;
	if (mnl_attr_get_type(attr) == IFLA_TUN_VNET_HDR &&
	    mnl_attr_validate(attr, MNL_TYPE_U8) >= 0)
		interface->merged = mnl_attr_get_u8(attr);
}

static void read_ipvlan(const struct nlattr *attr, struct interface *interface, struct below *below)
{
	(void)below;
	if (mnl_attr_get_type(attr) == IFLA_IPVLAN_MODE &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		interface->behind = mnl_attr_get_u16(attr) == IPVLAN_MODE_L3S;
}

/* What a device tells of itself; what the attributes mean is known by its kind alone. */
static void read_data(const struct nlattr *nest, struct interface *interface, struct below *below)
{
	static const struct {
		const char *kind;
		void (*read)(const struct nlattr *attr, struct interface *interface,
			     struct below *below);
	} kinds[] = {{"vxlan", read_vxlan}, {"tun", read_tun}, {"ipvlan", read_ipvlan}};
	const struct nlattr *attr;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(interface->kind, kinds[i].kind) != 0)
			continue;
		mnl_attr_for_each_nested (attr, nest)
			kinds[i].read(attr, interface, below);
	}
}

/* The kernel puts the kind before its data. */
static void read_kind(const struct nlattr *nest, struct interface *interface, struct below *below)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			attribute_string(attr, interface->kind, sizeof(interface->kind));
		else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			read_data(attr, interface, below);
	}
}

/*
 * The device that this one stands on. IFLA_LINK names others as well: the peer of a veth, what a
 * tunnel is bound to. These kinds alone are linked to it as "upper" devices
 * (netdev_upper_dev_link() in their drivers); a master is named by IFLA_MASTER of its ports.
 */
static uint32_t find_lower(const struct interface *interface, const struct below *below)
{
	static const char *const kinds[] = {"vlan",   "macvlan", "macvtap", "ipvlan",
					    "ipvtap", "macsec",	 "dsa",	    "virt_wifi"};

	if (below->elsewhere)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(interface->kind, kinds[i]) == 0)
			return below->link;
	}
	return below->vxlan;
}

static void read_counts(const struct nlattr *attr, struct interface *interface)
{
	/* The first of struct rtnl_link_stats64. */
	struct {
		uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
	} counts;

	if (mnl_attr_get_payload_len(attr) < sizeof(counts))
		return;
	/* Attributes are aligned to four bytes only. */
	memcpy(&counts, mnl_attr_get_payload(attr), sizeof(counts));
	interface->received = counts.rx_packets;
	interface->sent = counts.tx_packets;
	interface->sent_bytes = counts.tx_bytes;
}

bool link_message_link(const struct nlmsghdr *message, struct interface *interface)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct below below = {0};
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*link) || link->ifi_index <= 0)
		return false;
	*interface = (struct interface){
		.index = link->ifi_index,
		.type = link->ifi_type,
		.flags = link->ifi_flags,
		.rx_queues = 1,
	};
	mnl_attr_for_each (attr, message, sizeof(*link)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			attribute_string(attr, interface->name, sizeof(interface->name));
			break;
		case IFLA_MTU:
			interface->mtu = attribute_u32(attr, 0);
			break;
		case IFLA_MASTER:
			interface->master = attribute_u32(attr, 0);
			break;
		case IFLA_STATS64:
			read_counts(attr, interface);
			break;
		case IFLA_NUM_RX_QUEUES:
			interface->rx_queues = attribute_u32(attr, 1);
			break;
		case IFLA_LINKINFO:
			read_kind(attr, interface, &below);
			break;
		case IFLA_XDP:
			read_hook(attr, &interface->hook);
			break;
		default:
			read_below(attr, &below);
		}
	}
	interface->lower = find_lower(interface, &below);
	return interface->name[0] != '\0';
}

/* The text of an attribute that is a whole string, not empty; NULL: it is none. */
static const char *attribute_text(const struct nlattr *attr)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t length = mnl_attr_get_payload_len(attr);

	return length > 1 && strnlen(text, length) == length - 1 ? text : NULL;
}

int link_message_alternatives(const struct nlmsghdr *message, char **ret_names)
{
	const struct nlattr *nest, *attr;
	char *names = NULL, *end;

	mnl_attr_for_each (nest, message, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(nest) != IFLA_PROP_LIST || names)
			continue;
		/* No more than the names with their ends, and an empty one. */
		names = malloc(mnl_attr_get_payload_len(nest) + 1);
		if (!names)
			return -ENOMEM;
		end = names;
		mnl_attr_for_each_nested (attr, nest) {
			if (mnl_attr_get_type(attr) == IFLA_ALT_IFNAME && attribute_text(attr))
				end = stpcpy(end, attribute_text(attr)) + 1;
		}
		*end = '\0';
	}
	*ret_names = names;
	return 0;
}

bool interface_has_ethernet(const struct interface *interface)
{
	return interface->type == ARPHRD_ETHER || interface->type == ARPHRD_LOOPBACK;
}

unsigned int link_message_departed(const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type != RTM_DELLINK ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*link) || link->ifi_index <= 0 ||
	    link->ifi_family != AF_UNSPEC)
		return 0;
	return link->ifi_index;
}

int link_message_error(const struct nlmsghdr *message)
{
	const int *error = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error))
		return message->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
	return *error > 0 ? -EPROTO : *error;
}
