/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which network interfaces exist in this network namespace, of what kind, and
 * what holds their XDP hook. Asks rtnetlink (rtnetlink(7)) through libmnl,
 * never /sys: `ip netns exec` shows another one.
 */
#ifndef COLLECTD_XDP_KERNEL_INTERFACES_H
#define COLLECTD_XDP_KERNEL_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/kernel/interface.h"

enum interfaces_news {
	INTERFACES_SAME,      /* nothing was reported */
	INTERFACES_CHANGED,   /* the list was read again */
	INTERFACES_UNCERTAIN, /* the same, and reports were lost: generations may be too old */
};

struct interfaces;

/*
 * Opens the two rtnetlink sockets, one for notifications and one for requests,
 * in the network namespace of the calling thread. The list is empty until the
 * first interfaces_refresh().
 * Returns 0 and an object the caller closes; -errno of socket(2) or bind(2), -ENOMEM.
 */
int interfaces_open(struct interfaces **ret_interfaces);

/* Takes NULL. */
void interfaces_close(struct interfaces *interfaces);

/*
 * Brings the list up to date. Costs one receive call that finds nothing as
 * long as the kernel reports no change, else one dump. Pointers got before
 * are invalid afterwards if something changed.
 * Returns 0; or -errno of the socket calls, -EPROTO for an answer that makes
 * no sense, -ETIMEDOUT when the kernel does not answer; then the list is as
 * it was, and the next call reads it again.
 */
int interfaces_refresh(struct interfaces *interfaces, enum interfaces_news *ret_news);

/*
 * Takes in what the kernel has reported so far, and asks it nothing: it never waits, not for the
 * rtnl lock either. Names in the list follow; all else is of the last refresh. Returns 0 or -errno
 * of the socket.
 */
int interfaces_listen(struct interfaces *interfaces);

/*
 * Whether it was reported that this interface of the list went away, or got another name, since it
 * was listed.
 */
bool interfaces_is_gone(const struct interfaces *interfaces, const struct interface *interface);

/* All interfaces, ascending by index; owned by `interfaces`. */
const struct interface *interfaces_list(const struct interfaces *interfaces, size_t *ret_count);

/* NULL where there is none; owned by `interfaces`. */
const struct interface *interfaces_by_index(const struct interfaces *interfaces,
					    unsigned int index);

/*
 * Asks the kernel for one interface as it is now, past the list, with what it has received.
 * Returns 0, -ENODEV, or as interfaces_refresh().
 */
int interfaces_query(struct interfaces *interfaces, unsigned int index,
		     struct interface *ret_interface);

#endif
