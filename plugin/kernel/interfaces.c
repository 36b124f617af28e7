// SPDX-License-Identifier: GPL-2.0-only
/* rtnetlink: the list of interfaces, kept up to date by notifications. */
#include "plugin/kernel/interfaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "plugin/base/array.h"
#include "plugin/kernel/link_message.h"

/* What the kernel puts many messages into (netlink(7)); one alone, as with 300 alternative names,
 * may be longer. */
#define INTERFACES_BUFFER 32768
/* The kernel answers at once unless somebody holds the rtnl lock; then for so long. */
#define INTERFACES_TIMEOUT_S 5
/* Attempts at a list that does not change meanwhile. */
#define INTERFACES_DUMPS 4

/* An index that went away at least once since the plugin started. */
struct interfaces_departure {
	unsigned int index;
	uint64_t generation;
};

struct interfaces {
	struct mnl_socket *events;   /* subscribed to RTNLGRP_LINK, never blocks */
	struct mnl_socket *requests; /* blocks up to INTERFACES_TIMEOUT_S; NULL after a failure */
	uint32_t sequence;
	bool stale;
	struct interface *list;
	size_t count;
	/* Only of indexes that are in the list, and of those that left since the last dump. */
	struct interfaces_departure *departures;
	size_t departure_count;
	size_t departure_capacity;
	uint64_t generation;
	bool uncertain;	    /* a departure may have gone unnoticed */
	char *alternatives; /* of the interface that was last asked for */
	char *buffer;	    /* messages are read in place */
	size_t buffer_size;
};

/*
 * Receives what waits at a socket, whatever its length. Returns its bytes in the buffer, or -errno.
 */
static ssize_t receive_whole(struct interfaces *interfaces, const struct mnl_socket *socket)
{
	struct msghdr nothing = {0};
	ssize_t length = recvmsg(mnl_socket_get_fd(socket), &nothing, MSG_PEEK | MSG_TRUNC);

	if (length > 0 && (size_t)length > interfaces->buffer_size) {
		char *bigger = realloc(interfaces->buffer, (size_t)length);

		if (!bigger)
			return -ENOMEM;
		interfaces->buffer = bigger;
		interfaces->buffer_size = (size_t)length;
	}
	if (length >= 0)
		length = mnl_socket_recvfrom(socket, interfaces->buffer, interfaces->buffer_size);
	return length < 0 ? -errno : length;
}

/* Opens a socket with an option (setsockopt(2)) and more flags of socket(2). */
static int open_socket(int flags, int level, int option, const void *value, socklen_t size,
		       struct mnl_socket **ret_socket)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);
	int err;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(socket), level, option, value, size) < 0) {
		err = -errno;
		mnl_socket_close(socket);
		return err;
	}
	*ret_socket = socket;
	return 0;
}

static int open_events(struct mnl_socket **ret_socket)
{
	const int group = RTNLGRP_LINK;

	return open_socket(SOCK_NONBLOCK, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			   sizeof(group), ret_socket);
}

static int open_requests(struct mnl_socket **ret_socket)
{
	const struct timeval timeout = {.tv_sec = INTERFACES_TIMEOUT_S};

	return open_socket(0, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout), ret_socket);
}

static void free_list(struct interface *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((char *)list[i].alternatives);
	free(list);
}

int interfaces_open(struct interfaces **ret_interfaces)
{
	struct interfaces *interfaces = calloc(1, sizeof(*interfaces));
	int err;

	if (!interfaces)
		return -ENOMEM;
	interfaces->stale = true;
	interfaces->buffer = malloc(INTERFACES_BUFFER);
	interfaces->buffer_size = INTERFACES_BUFFER;
	err = interfaces->buffer ? open_events(&interfaces->events) : -ENOMEM;
	if (!err)
		err = open_requests(&interfaces->requests);
	if (err) {
		interfaces_close(interfaces);
		return err;
	}
	*ret_interfaces = interfaces;
	return 0;
}

void interfaces_close(struct interfaces *interfaces)
{
	if (!interfaces)
		return;
	if (interfaces->events)
		mnl_socket_close(interfaces->events);
	if (interfaces->requests)
		mnl_socket_close(interfaces->requests);
	free_list(interfaces->list, interfaces->count);
	free(interfaces->alternatives);
	free(interfaces->buffer);
	free(interfaces->departures);
	free(interfaces);
}

static struct interfaces_departure *find_departure(const struct interfaces *interfaces,
						   unsigned int index)
{
	for (size_t i = 0; i < interfaces->departure_count; i++) {
		if (interfaces->departures[i].index == index)
			return &interfaces->departures[i];
	}
	return NULL;
}

static void note_departure(struct interfaces *interfaces, unsigned int index)
{
	struct interfaces_departure *departure = find_departure(interfaces, index);

	if (!departure) {
		if (array_grow((void **)&interfaces->departures, &interfaces->departure_capacity,
			       interfaces->departure_count, sizeof(*departure)) < 0) {
			interfaces->uncertain = true;
			return;
		}
		departure = &interfaces->departures[interfaces->departure_count++];
		departure->index = index;
	}
	departure->generation = ++interfaces->generation;
}

static uint64_t generation_of(const struct interfaces *interfaces, unsigned int index)
{
	const struct interfaces_departure *departure = find_departure(interfaces, index);

	return departure ? departure->generation : 0;
}

static int by_index(const void *a, const void *b)
{
	const struct interface *left = a, *right = b;

	return (left->index > right->index) - (left->index < right->index);
}

static struct interface *find_listed(const struct interfaces *interfaces, unsigned int index)
{
	const struct interface key = {.index = index};

	if (!interfaces->count)
		return NULL;
	return bsearch(&key, interfaces->list, interfaces->count, sizeof(key), by_index);
}

static void read_event(struct interfaces *interfaces, const struct nlmsghdr *message)
{
	unsigned int departed = link_message_departed(message);
	struct interface reported, *listed = NULL;

	interfaces->stale = true;
	if (departed)
		note_departure(interfaces, departed);
	else if (message->nlmsg_type == RTM_NEWLINK && link_message_link(message, &reported))
		listed = find_listed(interfaces, reported.index);
	if (listed)
		memcpy(listed->name, reported.name, sizeof(listed->name));
}

/*
 * Takes in all notifications that wait. A full socket buffer (ENOBUFS,
 * netlink(7)) means that some were dropped.
 */
int interfaces_listen(struct interfaces *interfaces)
{
	for (;;) {
		ssize_t received = receive_whole(interfaces, interfaces->events);
		struct nlmsghdr *message = (void *)interfaces->buffer;
		int length = (int)received;

		if (received == -EAGAIN)
			return 0;
		if (received == -EINTR)
			continue;
		if (received == -ENOBUFS) {
			interfaces->stale = true;
			interfaces->uncertain = true;
			continue;
		}
		if (received < 0)
			return (int)received;
		for (; mnl_nlmsg_ok(message, length); message = mnl_nlmsg_next(message, &length))
			read_event(interfaces, message);
	}
}

/*
 * Receives the next piece of the answer to request `sequence`. Returns its
 * bytes in the buffer, or -errno.
 */
static ssize_t receive(struct interfaces *interfaces)
{
	ssize_t received;

	do
		received = receive_whole(interfaces, interfaces->requests);
	while (received == -EINTR);
	return received == -EAGAIN ? -ETIMEDOUT : received;
}

/* After a failure the rest of an answer may still come, or block the next request. */
static void abandon_requests(struct interfaces *interfaces)
{
	if (interfaces->requests)
		mnl_socket_close(interfaces->requests);
	interfaces->requests = NULL;
}

/* Sends RTM_GETLINK: for one interface, or with index 0 for all. */
static int request(struct interfaces *interfaces, unsigned int index)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(interfaces->buffer);
	struct ifinfomsg *link;
	int err = interfaces->requests ? 0 : open_requests(&interfaces->requests);

	if (err)
		return err;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST | (index ? 0 : NLM_F_DUMP);
	message->nlmsg_seq = ++interfaces->sequence;
	link = mnl_nlmsg_put_extra_header(message, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)index;
	/* What the kernel counted is a large part of a message, and wanted of single ones only. */
	if (!index)
		mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (mnl_socket_sendto(interfaces->requests, message, message->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* What one dump collects before it replaces the list. */
struct collection {
	struct interface *list;
	size_t count;
	size_t capacity;
	bool interrupted; /* NLM_F_DUMP_INTR: the list changed under the dump */
};

static int collect(struct collection *collection, const struct nlmsghdr *message)
{
	struct interface *link;
	int err;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	err = array_grow((void **)&collection->list, &collection->capacity, collection->count,
			 sizeof(*collection->list));
	if (err)
		return err;
	link = &collection->list[collection->count];
	if (!link_message_link(message, link))
		return 0;
	err = link_message_alternatives(message, (char **)&link->alternatives);
	collection->count += !err;
	return err;
}

/* Reads one dump to its end. */
static int collect_dump(struct interfaces *interfaces, struct collection *collection)
{
	for (;;) {
		ssize_t received = receive(interfaces);
		struct nlmsghdr *message = (void *)interfaces->buffer;
		int length = (int)received;
		int err;

		if (received < 0)
			return (int)received;
		for (; mnl_nlmsg_ok(message, length); message = mnl_nlmsg_next(message, &length)) {
			/* An answer to an earlier request that timed out. */
			if (message->nlmsg_seq != interfaces->sequence)
				continue;
			if (message->nlmsg_flags & NLM_F_DUMP_INTR)
				collection->interrupted = true;
			if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
				return link_message_error(message);
			err = collect(collection, message);
			if (err)
				return err;
		}
	}
}

/* Drops indexes that are not there: one that comes starts again from nothing. */
static void forget_departures(struct interfaces *interfaces)
{
	size_t kept = 0;

	for (size_t i = 0; i < interfaces->departure_count; i++) {
		if (interfaces_by_index(interfaces, interfaces->departures[i].index))
			interfaces->departures[kept++] = interfaces->departures[i];
	}
	interfaces->departure_count = kept;
}

/* Replaces the list by a new dump. */
static int dump(struct interfaces *interfaces)
{
	struct collection collection = {0};
	int err = request(interfaces, 0);

	if (!err)
		err = collect_dump(interfaces, &collection);
	if (err) {
		free_list(collection.list, collection.count);
		abandon_requests(interfaces);
		return err;
	}
	if (collection.count)
		qsort(collection.list, collection.count, sizeof(*collection.list), by_index);
	for (size_t i = 0; i < collection.count; i++)
		collection.list[i].generation = generation_of(interfaces, collection.list[i].index);
	free_list(interfaces->list, interfaces->count);
	interfaces->list = collection.list;
	interfaces->count = collection.count;
	interfaces->stale = collection.interrupted;
	forget_departures(interfaces);
	return 0;
}

int interfaces_refresh(struct interfaces *interfaces, enum interfaces_news *ret_news)
{
	int err = interfaces_listen(interfaces);

	if (err)
		return err;
	if (!interfaces->stale) {
		*ret_news = INTERFACES_SAME;
		return 0;
	}
	/* A list that changed under the dump may lack what was there all the time. */
	for (int i = 0; !err && interfaces->stale && i < INTERFACES_DUMPS; i++)
		err = dump(interfaces);
	if (err)
		return err;
	*ret_news = interfaces->uncertain ? INTERFACES_UNCERTAIN : INTERFACES_CHANGED;
	interfaces->uncertain = false;
	return 0;
}

int interfaces_query(struct interfaces *interfaces, unsigned int index,
		     struct interface *ret_interface)
{
	int err = request(interfaces, index);

	if (err)
		return err;
	for (;;) {
		ssize_t received = receive(interfaces);
		struct nlmsghdr *message = (void *)interfaces->buffer;
		int length = (int)received;

		if (received < 0)
			return (int)received;
		for (; mnl_nlmsg_ok(message, length); message = mnl_nlmsg_next(message, &length)) {
			struct interface found;

			if (message->nlmsg_seq != interfaces->sequence)
				continue;
			if (message->nlmsg_type == NLMSG_ERROR) {
				err = link_message_error(message);
				return err ? err : -EPROTO;
			}
			if (message->nlmsg_type != RTM_NEWLINK ||
			    !link_message_link(message, &found))
				return -EPROTO;
			free(interfaces->alternatives);
			interfaces->alternatives = NULL;
			err = link_message_alternatives(message, &interfaces->alternatives);
			if (err)
				return err;
			found.alternatives = interfaces->alternatives;
			found.generation = generation_of(interfaces, index);
			*ret_interface = found;
			return 0;
		}
	}
}

const struct interface *interfaces_list(const struct interfaces *interfaces, size_t *ret_count)
{
	*ret_count = interfaces->count;
	return interfaces->list;
}

const struct interface *interfaces_by_index(const struct interfaces *interfaces, unsigned int index)
{
	return find_listed(interfaces, index);
}

bool interfaces_is_gone(const struct interfaces *interfaces, const struct interface *interface)
{
	const struct interface *listed = find_listed(interfaces, interface->index);

	if (generation_of(interfaces, interface->index) != interface->generation)
		return true;
	return listed && strcmp(listed->name, interface->name) != 0;
}
