/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was last read of each AF_XDP socket, by its cookie. One that is missing is remembered for a
 * while: where a kernel skips sockets that are unbound, one whose interface has gone ends the
 * kernel's list, and hides those behind it until it is closed (xsk_diag_fill() in
 * net/xdp/xsk_diag.c). Pure.
 */
#ifndef COLLECTD_XDP_SOURCE_KNOWN_SOCKETS_H
#define COLLECTD_XDP_SOURCE_KNOWN_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/source/xsk_diag.h"

/* Sockets that are missing and still remembered, at least. */
#define KNOWN_SOCKETS_MISSING 256

struct known_socket {
	uint64_t cookie;
	uint64_t counts[XSK_DIAG_COUNTS];
	unsigned int round; /* in which it was last read */
};

/* {0} at first; known_sockets_empty() frees it. */
struct known_sockets {
	struct known_socket *list; /* of `size` */
	size_t count, size;
	size_t next;	    /* where the socket probably is that is read next */
	size_t missing;	    /* in the round before */
	unsigned int round; /* begins with 1 */
};

/* A round begins, in which each socket that is there is read. */
void known_sockets_begin(struct known_sockets *known);

/*
 * Takes what was read of a socket, and fills in what it has counted since it was last read: all of
 * it, where it is new. `ret_new`: whether it is. Returns 0 or -ENOMEM.
 */
int known_sockets_take(struct known_sockets *known, const struct xsk_diag_socket *socket,
		       uint64_t ret_more[XSK_DIAG_COUNTS], bool *ret_new);

/* Forgets all. */
void known_sockets_empty(struct known_sockets *known);

#endif
