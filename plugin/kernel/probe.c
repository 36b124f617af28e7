// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel by trying, not by its version: vendors' kernels have features of later ones. */
#include "plugin/kernel/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/genetlink.h>

bool probe_has_buff_len(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) == 1;
}

/* Loads a program that does nothing. Returns its descriptor or -errno of bpf(2). */
static int load_program(__u32 flags)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = flags);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "GPL", pass, sizeof(pass) / sizeof(pass[0]),
			       &options);

	return fd < 0 ? -errno : fd;
}

/* Returns 0 or -errno of bpf(2). */
static int try_program(__u32 flags)
{
	int fd = load_program(flags);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int probe_compiles(void)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	int fd = load_program(0), compiles;

	if (fd < 0)
		return fd;
	compiles =
		bpf_obj_get_info_by_fd(fd, &info, &length) < 0 ? -errno : info.jited_prog_len > 0;
	close(fd);
	return compiles;
}

bool probe_has_frags(void)
{
	return try_program(BPF_F_XDP_HAS_FRAGS) == 0;
}

/* Descriptors that libbpf holds at once while it loads the counter, and some to spare. */
#define PROBE_DESCRIPTORS 16

/* Whether there are as many descriptors left. Returns 0 or -errno of fcntl(2). */
static int try_descriptors(int fd)
{
	int copies[PROBE_DESCRIPTORS];
	int count = 0, err = 0;

	while (count < PROBE_DESCRIPTORS && !err) {
		copies[count] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (copies[count] < 0)
			err = -errno;
		else
			count++;
	}
	while (count)
		close(copies[--count]);
	return err;
}

int probe_try(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(__u32), sizeof(__u32), 1, NULL);
	int err;

	if (fd < 0)
		return -errno;
	err = try_descriptors(fd);
	close(fd);
	return err ? err : try_program(0);
}

/* The kernel names the configuration in its version (uname(2)). */
bool probe_is_realtime(void)
{
	struct utsname name;

	return uname(&name) == 0 && strstr(name.version, "PREEMPT_RT");
}

int probe_tracing(void)
{
	/* r0 = 0; exit; */
	const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY);
	/* Each kernel with bpf(BPF_PROG_TEST_RUN) has it to be traced in tests
	 * (net/bpf/test_run.c). */
	int function = libbpf_find_vmlinux_btf_id("bpf_fentry_test1", BPF_TRACE_FENTRY);
	int fd;

	if (function < 0)
		return -ESRCH;
	options.attach_btf_id = (__u32)function;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "xdp_probe", "GPL", instructions,
			   sizeof(instructions) / sizeof(instructions[0]), &options);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* --- what a driver says: the number of the netlink family is asked first, then the features */

/* Of linux/netdev.h, which older headers lack. */
#define NETDEV_FAMILY "netdev"
#define NETDEV_DEV_GET 1
#define NETDEV_DEV_IFINDEX 1
#define NETDEV_DEV_XDP_FEATURES 3

#define PROBE_PATIENCE 2

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

int probe_xdp_features(unsigned int ifindex, uint64_t *ret_features)
{
	const struct timeval patience = {.tv_sec = PROBE_PATIENCE};
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
