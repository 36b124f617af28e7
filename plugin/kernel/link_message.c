// SPDX-License-Identifier: GPL-2.0-only
/* Messages of rtnetlink about interfaces, read in place. */
#include "plugin/kernel/link_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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

static void read_kind(const struct nlattr *nest, struct interface *interface)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			attribute_string(attr, interface->kind, sizeof(interface->kind));
	}
}

bool link_message_link(const struct nlmsghdr *message, struct interface *interface)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
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
		case IFLA_NUM_RX_QUEUES:
			interface->rx_queues = attribute_u32(attr, 1);
			break;
		case IFLA_LINKINFO:
			read_kind(attr, interface);
			break;
		case IFLA_XDP:
			read_hook(attr, &interface->hook);
			break;
		}
	}
	return interface->name[0] != '\0';
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
