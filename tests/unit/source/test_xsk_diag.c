// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is read out of the kernel's answers about AF_XDP sockets. The messages are put together
 * here, by the layout of linux/xdp_diag.h, and come from a socket of the test's.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>

#include "plugin/source/xsk_diag.h"
#include "tests/unit/fail_alloc.h"

#define MESSAGE 512

static struct {
	int open_error, send_error;
	unsigned int opened;
	struct xdp_diag_req request;
	struct nlmsghdr asked;
	_Alignas(struct nlmsghdr) char answers[4][MESSAGE];
	size_t lengths[4];
	unsigned int count, next;
} kernel;

/* --- libmnl/libmnl.h */

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	assert_int_equal(bus, NETLINK_SOCK_DIAG);
	assert_int_equal(flags, SOCK_CLOEXEC);
	errno = kernel.open_error;
	kernel.opened += !kernel.open_error;
	return kernel.open_error ? NULL : (struct mnl_socket *)&kernel;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
	(void)socket;
	assert_int_equal(groups, 0);
	assert_int_equal(pid, MNL_SOCKET_AUTOPID);
	return 0;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	(void)socket;
	kernel.opened--;
	return 0;
}

/* Any socket, whose options can be set. */
int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	static int pair[2] = {-1, -1};

	(void)socket;
	if (pair[0] < 0)
		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	return pair[0];
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return 7;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *request, size_t size)
{
	(void)socket;
	memcpy(&kernel.asked, request, sizeof(kernel.asked));
	assert_int_equal(size, sizeof(kernel.asked) + sizeof(kernel.request));
	memcpy(&kernel.request, (const char *)request + sizeof(kernel.asked),
	       sizeof(kernel.request));
	errno = kernel.send_error;
	return kernel.send_error ? -1 : (ssize_t)size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size)
{
	struct nlmsghdr *message = buffer;
	unsigned int at = kernel.next++;

	(void)socket;
	if (at >= kernel.count) {
		errno = EAGAIN; /* SO_RCVTIMEO */
		return -1;
	}
	assert_true(kernel.lengths[at] <= size);
	memcpy(buffer, kernel.answers[at], kernel.lengths[at]);
	message->nlmsg_seq = kernel.asked.nlmsg_seq;
	message->nlmsg_pid = 7;
	return (ssize_t)kernel.lengths[at];
}

/* --- the kernel's answers */

static struct nlmsghdr *answer(uint16_t type)
{
	unsigned int at = kernel.count++;
	struct nlmsghdr *message = mnl_nlmsg_put_header(kernel.answers[at]);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_MULTI;
	return message;
}

static void close_answer(const struct nlmsghdr *message)
{
	kernel.lengths[kernel.count - 1] = message->nlmsg_len;
}

static void put_socket(const struct xdp_diag_info *info, const struct xdp_diag_stats *stats)
{
	struct nlmsghdr *message = answer(SOCK_DIAG_BY_FAMILY);
	struct xdp_diag_msg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	head->xdiag_family = AF_XDP;
	head->xdiag_cookie[0] = 0x11223344;
	head->xdiag_cookie[1] = 0x55667788;
	if (info) {
		mnl_attr_put(message, XDP_DIAG_INFO, sizeof(*info), info);
		mnl_attr_put_u32(message, XDP_DIAG_UID, 1000);
	}
	if (stats)
		mnl_attr_put(message, XDP_DIAG_STATS, sizeof(*stats), stats);
	close_answer(message);
}

static void put_end(uint16_t type, int error)
{
	struct nlmsghdr *message = answer(type);
	struct nlmsgerr *body = mnl_nlmsg_put_extra_header(message, sizeof(*body));

	body->error = error;
	close_answer(message);
}

static const struct xdp_diag_info bound = {.ifindex = 4, .queue_id = 9};
static const struct xdp_diag_stats stats = {1, 2, 3, 4, 5, 6};

/* --- the tests */

static struct xsk_diag_socket seen[4];
static unsigned int seen_count;

static void on_socket(void *context, const struct xsk_diag_socket *socket)
{
	assert_ptr_equal(context, &kernel);
	seen[seen_count++] = *socket;
}

static int read_once(void)
{
	struct xsk_diag *diag;
	int err = xsk_diag_open(&diag);

	if (err)
		return err;
	err = xsk_diag_read(diag, on_socket, &kernel);
	xsk_diag_close(diag);
	return err;
}

static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	seen_count = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(kernel.opened, 0);
	return 0;
}

static void test_sockets(void **state)
{
	(void)state;
	put_socket(&bound, &stats);
	put_socket(&(struct xdp_diag_info){.ifindex = 5, .queue_id = 0}, &stats);
	put_end(NLMSG_DONE, 0);
	assert_int_equal(read_once(), 0);
	assert_int_equal(kernel.request.sdiag_family, AF_XDP);
	assert_int_equal(kernel.request.xdiag_show, XDP_SHOW_INFO | XDP_SHOW_STATS);
	assert_int_equal(kernel.asked.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(seen_count, 2);
	assert_true(seen[0].cookie == 0x5566778811223344ULL);
	assert_int_equal(seen[0].ifindex, 4);
	assert_int_equal(seen[0].queue, 9);
	assert_int_equal(seen[0].counts[XSK_DIAG_DROPPED], 1);
	assert_int_equal(seen[0].counts[XSK_DIAG_INVALID], 2);
	assert_int_equal(seen[0].counts[XSK_DIAG_FULL], 3);
	assert_int_equal(seen[0].counts[XSK_DIAG_FILL_EMPTY], 4);
	assert_int_equal(seen[0].counts[XSK_DIAG_TX_INVALID], 5);
	assert_int_equal(seen[1].ifindex, 5);
}

static void test_left_out(void **state)
{
	(void)state;
	put_socket(&(struct xdp_diag_info){0}, &stats); /* bound to nothing */
	put_socket(NULL, &stats);
	put_socket(&bound, NULL);
	put_end(NLMSG_DONE, 0);
	assert_int_equal(read_once(), 0);
	assert_int_equal(seen_count, 0);
}

static void test_short(void **state)
{
	struct nlmsghdr *message;

	(void)state;
	message = answer(SOCK_DIAG_BY_FAMILY);
	mnl_nlmsg_put_extra_header(message, sizeof(struct xdp_diag_msg) - 4);
	close_answer(message);
	message = answer(SOCK_DIAG_BY_FAMILY);
	((struct xdp_diag_msg *)mnl_nlmsg_put_extra_header(message, sizeof(struct xdp_diag_msg)))
		->xdiag_family = AF_XDP;
	mnl_attr_put(message, XDP_DIAG_INFO, sizeof(bound) - 4, &bound);
	mnl_attr_put(message, XDP_DIAG_STATS, sizeof(stats) - 8, &stats);
	close_answer(message);
	put_end(NLMSG_DONE, 0);
	assert_int_equal(read_once(), 0);
	assert_int_equal(seen_count, 0);
}

static void test_errors(void **state)
{
	(void)state;
	put_end(NLMSG_ERROR, -ENOENT);
	assert_int_equal(read_once(), -ENOENT);
	set_up(state);
	put_socket(&bound, &stats);
	assert_int_equal(read_once(), -EAGAIN);
	kernel.send_error = EPERM;
	assert_int_equal(read_once(), -EPERM);
	kernel.open_error = EPROTONOSUPPORT;
	assert_int_equal(read_once(), -EPROTONOSUPPORT);
	kernel.open_error = 0;
	fail_alloc(1);
	assert_int_equal(read_once(), -ENOMEM);
	assert_true(fail_alloc_happened());
}

#define DIAG_TEST(sentence, function)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIAG_TEST("each socket has its queue and its counts", test_sockets),
		DIAG_TEST("a socket that is not bound, or of which no count comes, is left out",
			  test_left_out),
		DIAG_TEST("messages and attributes that are too short are left out", test_short),
		DIAG_TEST("what fails is passed on, and nothing stays open", test_errors),
	};

	return cmocka_run_group_tests_name("source/xsk_diag", tests, NULL, NULL);
}
