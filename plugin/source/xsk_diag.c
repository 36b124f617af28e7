// SPDX-License-Identifier: GPL-2.0-only
/* One question to the kernel, and its answer of several messages. */
#include "plugin/source/xsk_diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>

/* More than a message of a dump has, see netlink_dump() in net/netlink/af_netlink.c. */
#define XSK_DIAG_BUFFER 32768
#define SECONDS_TO_ANSWER 2

struct xsk_diag {
	struct mnl_socket *socket;
	unsigned int sequence;
	_Alignas(struct nlmsghdr) char buffer[XSK_DIAG_BUFFER];
};

/* Who is called for each socket. */
struct receiver {
	void (*each)(void *context, const struct xsk_diag_socket *socket);
	void *context;
};

int xsk_diag_open(struct xsk_diag **ret_diag)
{
	const struct timeval patience = {.tv_sec = SECONDS_TO_ANSWER};
	struct xsk_diag *diag = calloc(1, sizeof(*diag));
	int err;

	if (!diag)
		return -ENOMEM;
	diag->socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!diag->socket || mnl_socket_bind(diag->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(diag->socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0) {
		err = -errno;
		xsk_diag_close(diag);
		return err;
	}
	*ret_diag = diag;
	return 0;
}

void xsk_diag_close(struct xsk_diag *diag)
{
	if (!diag)
		return;
	if (diag->socket)
		mnl_socket_close(diag->socket);
	free(diag);
}

static void take_stats(const struct nlattr *attribute, struct xsk_diag_socket *socket)
{
	struct xdp_diag_stats stats;

	memcpy(&stats, mnl_attr_get_payload(attribute), sizeof(stats));
	socket->counts[XSK_DIAG_DROPPED] = stats.n_rx_dropped;
	socket->counts[XSK_DIAG_INVALID] = stats.n_rx_invalid;
	socket->counts[XSK_DIAG_FULL] = stats.n_rx_full;
	socket->counts[XSK_DIAG_FILL_EMPTY] = stats.n_fill_ring_empty;
	socket->counts[XSK_DIAG_TX_INVALID] = stats.n_tx_invalid;
}

bool xsk_diag_parse(const struct nlmsghdr *message, struct xsk_diag_socket *ret_socket)
{
	const struct xdp_diag_msg *head = mnl_nlmsg_get_payload(message);
	struct xsk_diag_socket socket = {0};
	struct xdp_diag_info info = {0};
	const struct nlattr *attribute;
	bool counted = false;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*head) || head->xdiag_family != AF_XDP)
		return false;
	mnl_attr_for_each (attribute, message, sizeof(*head)) {
		if (mnl_attr_get_type(attribute) == XDP_DIAG_INFO &&
		    mnl_attr_get_payload_len(attribute) >= sizeof(info)) {
			memcpy(&info, mnl_attr_get_payload(attribute), sizeof(info));
		} else if (mnl_attr_get_type(attribute) == XDP_DIAG_STATS &&
			   mnl_attr_get_payload_len(attribute) >= sizeof(struct xdp_diag_stats)) {
			take_stats(attribute, &socket);
			counted = true;
		}
	}
	socket.cookie = head->xdiag_cookie[0] | (uint64_t)head->xdiag_cookie[1] << 32;
	socket.ifindex = info.ifindex;
	socket.queue = info.queue_id;
	if (!counted || !info.ifindex)
		return false;
	*ret_socket = socket;
	return true;
}

static int on_message(const struct nlmsghdr *message, void *context)
{
	const struct receiver *receiver = context;
	struct xsk_diag_socket socket;

	if (xsk_diag_parse(message, &socket))
		receiver->each(receiver->context, &socket);
	return MNL_CB_OK;
}

static int ask(struct xsk_diag *diag)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(diag->buffer);
	struct xdp_diag_req *request;

	message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++diag->sequence;
	request = mnl_nlmsg_put_extra_header(message, sizeof(*request));
	request->sdiag_family = AF_XDP;
	request->xdiag_show = XDP_SHOW_INFO | XDP_SHOW_STATS;
	return mnl_socket_sendto(diag->socket, message, message->nlmsg_len) < 0 ? -errno : 0;
}

int xsk_diag_read(struct xsk_diag *diag,
		  void (*each)(void *context, const struct xsk_diag_socket *socket), void *context)
{
	struct receiver receiver = {each, context};
	int status = MNL_CB_OK, err = ask(diag);

	if (err)
		return err;
	while (status > MNL_CB_STOP) {
		ssize_t length =
			mnl_socket_recvfrom(diag->socket, diag->buffer, sizeof(diag->buffer));

		if (length < 0)
			return -errno;
		status = mnl_cb_run(diag->buffer, (size_t)length, diag->sequence,
				    mnl_socket_get_portid(diag->socket), on_message, &receiver);
	}
	return status < 0 ? -errno : 0;
}
