/* SPDX-License-Identifier: GPL-2.0-only */
/* What messages of rtnetlink say about interfaces. Pure; whole as mnl_nlmsg_ok() says, no further.
 */
#ifndef COLLECTD_XDP_KERNEL_LINK_MESSAGE_H
#define COLLECTD_XDP_KERNEL_LINK_MESSAGE_H

#include <stdbool.h>

#include <libmnl/libmnl.h>

#include "plugin/kernel/interface.h"

/* Fills all but `generation` and `alternatives` from a RTM_NEWLINK message; false if it names no
 * interface. */
bool link_message_link(const struct nlmsghdr *message, struct interface *interface);

/*
 * The alternative names of the interface of a RTM_NEWLINK message, as in struct interface.
 * Returns 0 and names that the caller frees, NULL if there are none; -ENOMEM.
 */
int link_message_alternatives(const struct nlmsghdr *message, char **ret_names);

/*
 * Index of the interface that is gone, of any message. 0: the message says no
 * such thing, as RTM_DELLINK of a bridge, that a port left it (AF_BRIDGE).
 */
unsigned int link_message_departed(const struct nlmsghdr *message);

/* errno carried by NLMSG_ERROR or NLMSG_DONE, as a negative number; 0 for success. */
int link_message_error(const struct nlmsghdr *message);

#endif
