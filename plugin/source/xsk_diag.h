/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel counts of the AF_XDP sockets of this network namespace, whoever opened them
 * (NETLINK_SOCK_DIAG, linux/xdp_diag.h; with CONFIG_XDP_SOCKETS_DIAG, counts from Linux 5.9 on).
 * Never logs. One thread at a time.
 */
#ifndef COLLECTD_XDP_SOURCE_XSK_DIAG_H
#define COLLECTD_XDP_SOURCE_XSK_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* Counts of one socket, see struct xdp_diag_stats; none for a transmit ring that is empty, as it
 * is whenever there is nothing to send. */
enum xsk_diag_count {
	XSK_DIAG_DROPPED,
	XSK_DIAG_INVALID,
	XSK_DIAG_FULL,
	XSK_DIAG_FILL_EMPTY, /* of the fill ring, which all sockets of one queue have in common */
	XSK_DIAG_TX_INVALID,
	XSK_DIAG_COUNTS
};

struct xsk_diag_socket {
	uint64_t cookie; /* no other socket ever has it */
	unsigned int ifindex, queue;
	uint64_t counts[XSK_DIAG_COUNTS];
};

struct xsk_diag;

/*
 * Opens the socket for questions in the network namespace of the calling thread. Returns 0 and an
 * object the caller closes; -ENOMEM, or -errno of socket(2): -EPROTONOSUPPORT where the kernel
 * tells of no sockets at all.
 */
int xsk_diag_open(struct xsk_diag **ret_diag);

/* Takes NULL. */
void xsk_diag_close(struct xsk_diag *diag);

/*
 * Asks for all sockets, and calls `each` with every one that is bound to a queue. May wait for the
 * kernel to load its module, where there is none yet. Returns 0, -ENOENT where the kernel cannot
 * tell of AF_XDP sockets, -EPROTO for an answer that makes no sense, or -errno of the socket; then
 * some may have been passed to `each`, and it has to be closed.
 */
int xsk_diag_read(struct xsk_diag *diag,
		  void (*each)(void *context, const struct xsk_diag_socket *socket), void *context);

/* Whether a message tells of a socket that is bound, with its counts. */
bool xsk_diag_parse(const struct nlmsghdr *message, struct xsk_diag_socket *ret_socket);

#endif
