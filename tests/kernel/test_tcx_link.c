// SPDX-License-Identifier: GPL-2.0-only
/* Links to the tcx hook at egress: where in the chain they stand, and what they answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "plugin/kernel/tcx_link.h"
#include "tests/kernel/harness.h"

/* Verdicts (enum tcx_action_base of linux/bpf.h, Linux 6.6). */
#define TCX_NEXT (-1)
#define TCX_PASS 0
#define TCX_DROP 2

/* Of enum bpf_attach_type (Linux 6.6). */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS ((enum bpf_attach_type)47)

static unsigned int device;
static bool has_hooks;

/* A program that counts its packets, and answers the same to each. */
struct answering {
	int map;
	int fd;
};

static struct answering load(int verdict)
{
	struct answering answering = {
		.map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "cxdp_seen", 4, 8, 1, NULL)};
	const struct bpf_insn instructions[] = {
		{.code = BPF_LD | BPF_DW,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_VALUE,
		 .imm = answering.map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 1},
		{.code = BPF_STX | BPF_DW | BPF_ATOMIC,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_REG_2,
		 .imm = BPF_ADD},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict},
		{.code = BPF_JMP | BPF_EXIT},
	};

	answering.fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "cxdp_answers", "GPL", instructions,
				     sizeof(instructions) / sizeof(instructions[0]), NULL);
	assert_true(answering.map >= 0 && answering.fd >= 0);
	return answering;
}

static void unload(const struct answering *answering)
{
	close(answering->fd);
	close(answering->map);
}

/* Packets that it has seen since this was last asked. */
static uint64_t seen(const struct answering *answering)
{
	const uint32_t key = 0;
	const uint64_t none = 0;
	uint64_t count;

	assert_int_equal(bpf_map_lookup_elem(answering->map, &key, &count), 0);
	assert_int_equal(bpf_map_update_elem(answering->map, &key, &none, BPF_ANY), 0);
	return count;
}

static uint32_t id_of(const struct answering *answering)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(answering->fd, &info, &length), 0);
	return info.id;
}

/* Ten frames go out; a packet socket passes the hook. */
static void send_ten(void)
{
	const struct sockaddr_ll to = {.sll_family = AF_PACKET,
				       .sll_ifindex = (int)device,
				       .sll_protocol = htons(ETH_P_LOOPBACK)};
	const unsigned char frame[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x90, 0};
	int socket_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_true(socket_fd >= 0);
	for (int i = 0; i < 10; i++)
		/* -ENOBUFS where it is dropped. */
		(void)sendto(socket_fd, frame, sizeof(frame), 0, (const struct sockaddr *)&to,
			     sizeof(to));
	close(socket_fd);
}

static int open_devices(void **state)
{
	(void)state;
	harness_private_network();
	harness_command("ip link add cxdp-out type veth peer name cxdp-peer && "
			"{ [ ! -e /proc/sys/net/ipv6 ] || "
			"echo 1 >/proc/sys/net/ipv6/conf/cxdp-out/disable_ipv6; } && "
			"ip link set cxdp-peer up && ip link set cxdp-out up");
	device = if_nametoindex("cxdp-out");
	has_hooks = tcx_link_probe() == 0;
	return 0;
}

/* Skips the test that calls where there is none. */
static void needs_hooks(void)
{
	if (has_hooks)
		return;
	printf("# needs tcx (Linux 6.6)\n");
	fflush(stdout);
	skip();
}

static void expect_no_hooks(int program)
{
	uint32_t ids[TCX_LINK_PROGRAMS];
	unsigned int count;
	int link;

	assert_int_equal(tcx_link_probe(), -EOPNOTSUPP);
	assert_int_equal(tcx_link_open(program, device, XDP_LINK_AUTO, &link), -EINVAL);
	assert_int_equal(tcx_link_programs(device, ids, &count), -EINVAL);
}

static void test_a_kernel_with_tcx_hooks_attaches_and_another_says_that_it_has_none(void **state)
{
	struct answering ours = load(TCX_NEXT);
	struct xdp_link_info info;
	int link;

	(void)state;
	if (!has_hooks) {
		expect_no_hooks(ours.fd);
		unload(&ours);
		return;
	}
	assert_int_equal(tcx_link_open(ours.fd, device, XDP_LINK_AUTO, &link), 0);
	assert_int_equal(tcx_link_check(link, device), 0);
	assert_int_equal(tcx_link_check(link, device + 1), -EXDEV);
	assert_int_equal(tcx_link_inspect(link, &info), 0);
	assert_int_equal(info.ifindex, device);
	assert_int_equal(info.program_id, id_of(&ours));
	assert_true(tcx_link_runs(device, info.program_id));
	assert_false(tcx_link_runs(device, info.program_id + 1));
	assert_false(tcx_link_runs(HARNESS_LO, info.program_id));
	assert_false(tcx_link_runs(99999, info.program_id));
	send_ten();
	assert_int_equal(seen(&ours), 10);
	assert_int_equal(xdp_link_detach(link), 0);
	assert_int_equal(tcx_link_check(link, device), -ENOLINK);
	send_ten();
	assert_int_equal(seen(&ours), 0);
	xdp_link_close(link);
	assert_int_equal(tcx_link_open(ours.fd, 99999, XDP_LINK_AUTO, &link), -ENODEV);
	unload(&ours);
}

static void test_ours_sees_what_a_program_that_was_there_first_drops_or_lets_pass(void **state)
{
	struct answering ours = load(TCX_NEXT);
	uint32_t ids[TCX_LINK_PROGRAMS];
	unsigned int count;

	(void)state;
	needs_hooks();
	for (int verdict = TCX_PASS; verdict <= TCX_DROP; verdict += TCX_DROP) {
		struct answering theirs = load(verdict);
		int their_link = bpf_link_create(theirs.fd, (int)device, TCX_EGRESS, NULL);
		int link;

		assert_true(their_link >= 0);
		assert_int_equal(tcx_link_open(ours.fd, device, XDP_LINK_AUTO, &link), 0);
		assert_int_equal(tcx_link_programs(device, ids, &count), 0);
		assert_int_equal(count, 2);
		assert_int_equal(ids[0], id_of(&ours));
		assert_int_equal(ids[1], id_of(&theirs));
		send_ten();
		assert_int_equal(seen(&ours), 10);
		assert_int_equal(seen(&theirs), 10);
		close(link);
		close(their_link);
		unload(&theirs);
	}
	unload(&ours);
}

static void test_a_replaced_program_stands_where_the_one_before_did(void **state)
{
	struct answering first = load(TCX_NEXT), second = load(TCX_NEXT), theirs = load(TCX_PASS);
	int link, their_link;

	(void)state;
	needs_hooks();
	assert_int_equal(tcx_link_open(first.fd, device, XDP_LINK_AUTO, &link), 0);
	their_link = bpf_link_create(theirs.fd, (int)device, TCX_EGRESS, NULL);
	assert_true(their_link >= 0);
	assert_int_equal(xdp_link_update(link, second.fd), 0);
	send_ten();
	assert_int_equal(seen(&first), 0);
	assert_int_equal(seen(&second), 10);
	assert_int_equal(seen(&theirs), 10);
	close(link);
	close(their_link);
	unload(&first);
	unload(&second);
	unload(&theirs);
}

static void test_two_instances_are_at_one_interface_and_the_same_program_only_once(void **state)
{
	struct answering one = load(TCX_NEXT), other = load(TCX_NEXT);
	int link, other_link, again;

	(void)state;
	needs_hooks();
	assert_int_equal(tcx_link_open(one.fd, device, XDP_LINK_AUTO, &link), 0);
	assert_int_equal(tcx_link_open(other.fd, device, XDP_LINK_AUTO, &other_link), 0);
	assert_int_equal(tcx_link_open(one.fd, device, XDP_LINK_AUTO, &again), -EEXIST);
	send_ten();
	assert_int_equal(seen(&one), 10);
	assert_int_equal(seen(&other), 10);
	close(other_link);
	send_ten();
	assert_int_equal(seen(&one), 10);
	assert_int_equal(seen(&other), 0);
	close(link);
	unload(&one);
	unload(&other);
}

static void test_a_hook_takes_no_more_programs_than_are_counted_on(void **state)
{
	struct answering all[TCX_LINK_PROGRAMS + 1];
	int links[TCX_LINK_PROGRAMS], link;
	uint32_t ids[TCX_LINK_PROGRAMS];
	unsigned int count;

	(void)state;
	needs_hooks();
	for (int i = 0; i <= TCX_LINK_PROGRAMS; i++) {
		all[i] = load(TCX_NEXT);
		if (i < TCX_LINK_PROGRAMS)
			assert_int_equal(tcx_link_open(all[i].fd, device, XDP_LINK_AUTO, &links[i]),
					 0);
		else
			assert_int_equal(tcx_link_open(all[i].fd, device, XDP_LINK_AUTO, &link),
					 -ERANGE);
	}
	assert_int_equal(tcx_link_programs(device, ids, &count), 0);
	assert_int_equal(count, TCX_LINK_PROGRAMS);
	for (int i = 0; i <= TCX_LINK_PROGRAMS; i++) {
		if (i < TCX_LINK_PROGRAMS)
			close(links[i]);
		unload(&all[i]);
	}
}

static void test_a_link_of_another_kind_is_none(void **state)
{
	struct answering ours = load(TCX_NEXT);
	struct xdp_link_info info;
	int link;

	(void)state;
	needs_hooks();
	link = bpf_link_create(ours.fd, (int)device, TCX_INGRESS, NULL);
	assert_true(link >= 0);
	assert_int_equal(tcx_link_inspect(link, &info), -EMEDIUMTYPE);
	assert_int_equal(xdp_link_inspect(link, &info), -EMEDIUMTYPE);
	close(link);
	assert_int_equal(tcx_link_open(ours.fd, device, XDP_LINK_AUTO, &link), 0);
	assert_int_equal(xdp_link_inspect(link, &info), -EMEDIUMTYPE);
	close(link);
	unload(&ours);
}

/* The last test: the device is gone after it. */
static void test_the_link_of_an_interface_that_went_says_so(void **state)
{
	struct answering ours = load(TCX_NEXT);
	struct xdp_link_info info;
	int link;

	(void)state;
	needs_hooks();
	assert_int_equal(tcx_link_open(ours.fd, device, XDP_LINK_AUTO, &link), 0);
	harness_command("ip link del cxdp-out");
	assert_int_equal(tcx_link_check(link, device), -ENOLINK);
	assert_int_equal(tcx_link_inspect(link, &info), 0);
	assert_int_equal(info.ifindex, 0);
	assert_int_equal(xdp_link_update(link, ours.fd), -ENOLINK);
	close(link);
	unload(&ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_kernel_with_tcx_hooks_attaches_and_another_says_that_it_has_none),
		cmocka_unit_test(
			test_ours_sees_what_a_program_that_was_there_first_drops_or_lets_pass),
		cmocka_unit_test(test_a_replaced_program_stands_where_the_one_before_did),
		cmocka_unit_test(
			test_two_instances_are_at_one_interface_and_the_same_program_only_once),
		cmocka_unit_test(test_a_hook_takes_no_more_programs_than_are_counted_on),
		cmocka_unit_test(test_a_link_of_another_kind_is_none),
		cmocka_unit_test(test_the_link_of_an_interface_that_went_says_so),
	};

	return cmocka_run_group_tests(tests, open_devices, NULL);
}
