// SPDX-License-Identifier: GPL-2.0-only
/* Two questions over generic netlink: the number of the family, and the features of a device. */
#include "plugin/kernel/xdp_features.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

/* Of linux/netdev.h, which older headers lack. */
#define NETDEV_FAMILY "netdev"
#define NETDEV_DEV_GET 1
#define NETDEV_DEV_IFINDEX 1
#define NETDEV_DEV_XDP_FEATURES 3

#define SECONDS_TO_ANSWER 2

/* One attribute of an answer. */
struct wanted {
	uint16_t type;
	uint16_t size;
	void *value;
	bool found;
};

static int on_attribute(const struct nlattr *attribute, void *context)
{
	struct wanted *wanted = context;

	if (mnl_attr_get_type(attribute) == wanted->type &&
	    mnl_attr_get_payload_len(attribute) == wanted->size) {
		memcpy(wanted->value, mnl_attr_get_payload(attribute), wanted->size);
		wanted->found = true;
	}
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *message, void *context)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), on_attribute, context);
}

static struct nlmsghdr *begin(void *buffer, uint16_t family, uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *header;

	message->nlmsg_type = family;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = 1;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = command;
	header->version = 1;
	return message;
}

/* Sends a question in `buffer` and takes one attribute of its answer. */
static int ask(struct mnl_socket *socket, struct nlmsghdr *message, void *buffer, size_t size,
	       struct wanted *wanted)
{
	int status = MNL_CB_OK;

	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	while (status > MNL_CB_STOP) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, size);

		if (length < 0)
			return -errno;
		status = mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(socket),
				    on_message, wanted);
	}
	if (status < 0)
		return -errno;
	return wanted->found ? 0 : -EPROTO;
}

static int read_features(struct mnl_socket *socket, unsigned int ifindex, uint64_t *ret_features)
{
	_Alignas(struct nlmsghdr) char buffer[8192];
	uint16_t family = 0;
	struct wanted wanted = {CTRL_ATTR_FAMILY_ID, sizeof(family), &family, false};
	struct nlmsghdr *message = begin(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int err;

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
	err = ask(socket, message, buffer, sizeof(buffer), &wanted);
	if (err)
		return err;
	message = begin(buffer, family, NETDEV_DEV_GET);
	mnl_attr_put_u32(message, NETDEV_DEV_IFINDEX, ifindex);
	wanted = (struct wanted){NETDEV_DEV_XDP_FEATURES, sizeof(*ret_features), ret_features,
				 false};
	return ask(socket, message, buffer, sizeof(buffer), &wanted);
}

int xdp_features_read(unsigned int ifindex, uint64_t *ret_features)
{
	const struct timeval patience = {.tv_sec = SECONDS_TO_ANSWER};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int err;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0)
		err = -errno;
	else
		err = read_features(socket, ifindex, ret_features);
	mnl_socket_close(socket);
	return err;
}
