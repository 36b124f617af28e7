// SPDX-License-Identifier: GPL-2.0-only
/* The kernel lists sockets in the same order each time, so each is found behind the last one. */
#include "plugin/source/known_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void known_sockets_begin(struct known_sockets *known)
{
	size_t missing = 0;

	for (size_t i = 0; i < known->count; i++)
		missing += known->list[i].round != known->round;
	known->missing = missing;
	known->next = 0;
	known->round++;
}

static struct known_socket *find(struct known_sockets *known, uint64_t cookie)
{
	for (size_t i = 0; i < known->count; i++) {
		size_t at = (known->next + i) % known->count;

		if (known->list[at].cookie == cookie) {
			known->next = at + 1;
			return &known->list[at];
		}
	}
	return NULL;
}

/* The place of the one that is missing for the longest time; NULL: few are. */
static struct known_socket *find_missing(struct known_sockets *known)
{
	struct known_socket *oldest = NULL;

	if (known->missing <= KNOWN_SOCKETS_MISSING)
		return NULL;
	for (size_t i = 0; i < known->count; i++) {
		struct known_socket *socket = &known->list[i];

		if (socket->round + 1 < known->round && (!oldest || socket->round < oldest->round))
			oldest = socket;
	}
	if (oldest)
		known->missing--;
	return oldest;
}

static struct known_socket *add(struct known_sockets *known)
{
	struct known_socket *socket = find_missing(known);

	if (!socket && known->count == known->size) {
		size_t size = known->size ? 2 * known->size : 16;
		struct known_socket *list = reallocarray(known->list, size, sizeof(*list));

		if (!list)
			return NULL;
		known->list = list;
		known->size = size;
	}
	if (!socket)
		socket = &known->list[known->count++];
	*socket = (struct known_socket){0};
	return socket;
}

int known_sockets_take(struct known_sockets *known, const struct xsk_diag_socket *read,
		       uint64_t ret_more[XSK_DIAG_COUNTS], bool *ret_new)
{
	struct known_socket *socket = find(known, read->cookie);

	*ret_new = !socket;
	if (!socket)
		socket = add(known);
	if (!socket)
		return -ENOMEM;
	for (int i = 0; i < XSK_DIAG_COUNTS; i++)
		ret_more[i] = read->counts[i] > socket->counts[i]
				      ? read->counts[i] - socket->counts[i]
				      : 0;
	socket->cookie = read->cookie;
	memcpy(socket->counts, read->counts, sizeof(socket->counts));
	socket->round = known->round;
	return 0;
}

void known_sockets_empty(struct known_sockets *known)
{
	free(known->list);
	*known = (struct known_sockets){0};
}
