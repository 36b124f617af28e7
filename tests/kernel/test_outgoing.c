// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes out, at a true egress: frames are sent by a packet socket through one end of a veth,
 * where the program for what goes out counts them. They are what their model says, or, where the
 * kernel makes several packets of one, what XDP at the other end sees come in.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/if_ether.h>

#include "plugin/kernel/tcx_link.h"
#include "tests/kernel/harness.h"

#define AWAITED_MS 10000

static struct frame frame;
static struct harness outgoing, incoming;
static int sender = -1, tagger = -1, egress = -1, ingress = -1, tag_link = -1, tag_program = -1;

static int open_sender(const char *name)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name),
	};
	const int on = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Gives each packet a tag that is not in its frame, and sends it by the other interface. */
static int load_tagger(unsigned int ifindex)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = htons(ETH_P_8021Q)},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 10},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_vlan_push},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = (__s32)ifindex},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "cxdp_tag", "GPL", program,
			     sizeof(program) / sizeof(program[0]), NULL);
}

static void attach(int program, const char *name, int *ret_link)
{
	int err = tcx_link_open(program, if_nametoindex(name), XDP_LINK_AUTO, ret_link);

	if (err)
		fail_msg("attaching at %s: %s", name, strerror(-err));
}

static int open_all(void **state)
{
	struct counter_settings settings = harness_settings;
	unsigned int out, in;

	(void)state;
	harness_private_network();
	harness_command("[ ! -e /proc/sys/net/ipv6 ] || "
			"echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
	harness_command(
		"ip link add cxdp-out type veth peer name cxdp-in && "
		"ip link add cxdp-tag type veth peer name cxdp-void && "
		"for name in out in tag void; do ip link set cxdp-$name mtu 20000 arp off up || "
		"exit 1; done");
	out = if_nametoindex("cxdp-out");
	in = if_nametoindex("cxdp-in");
	harness_open(&incoming, &settings, in);
	settings.outgoing = true;
	harness_open(&outgoing, &settings, out);
	attach(counter_program_fd(outgoing.counter), "cxdp-out", &egress);
	tag_program = load_tagger(out);
	assert_true(tag_program >= 0);
	attach(tag_program, "cxdp-tag", &tag_link);
	sender = open_sender("cxdp-out");
	tagger = open_sender("cxdp-tag");
	return 0;
}

/* XDP counts what comes in at the other end; the kernel's own counts differ with it. */
static void open_other_end(void)
{
	if (ingress < 0)
		assert_int_equal(xdp_link_open(counter_program_fd(incoming.counter),
					       if_nametoindex("cxdp-in"), XDP_LINK_NATIVE,
					       &ingress),
				 0);
}

static int close_all(void **state)
{
	const int all[] = {sender, tagger, egress, ingress, tag_link, tag_program};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] >= 0)
			close(all[i]);
	}
	harness_close(&incoming);
	harness_close(&outgoing);
	return 0;
}

/* Sends the frame with what is said of it; fails unless all of it was taken. */
static void transmit(int fd, const struct virtio_net_hdr *about)
{
	const struct iovec parts[] = {
		{.iov_base = (void *)(uintptr_t)about, .iov_len = sizeof(*about)},
		{.iov_base = frame.bytes, .iov_len = frame.length},
	};

	if (writev(fd, parts, 2) != (ssize_t)(sizeof(*about) + frame.length))
		fail_msg("%zu bytes: %s", frame.length, strerror(errno));
}

/* What has been counted of each direction, to be compared with what is counted then. */
struct both {
	struct harness_sum out, in;
};

static struct both counted(void)
{
	return (struct both){harness_sum(&outgoing), harness_sum(&incoming)};
}

/* Counters of 64 bits are all that a sum is made of. */
static struct harness_sum between(struct harness_sum later, struct harness_sum earlier)
{
	__u64 *to = (__u64 *)(void *)&later;
	const __u64 *from = (const __u64 *)(const void *)&earlier;

	for (size_t i = 0; i < sizeof(later) / sizeof(*to); i++)
		to[i] -= from[i];
	return later;
}

/* What came in since, once it is what went out, or as long as is waited for that. */
static struct both await_since(const struct both *before)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	struct both now;

	for (int ms = 0; ms < AWAITED_MS; ms++) {
		now = counted();
		now.out = between(now.out, before->out);
		now.in = between(now.in, before->in);
		if (memcmp(&now.in, &now.out, sizeof(now.in)) == 0)
			break;
		nanosleep(&pause, NULL);
	}
	return now;
}

static void assert_same(const struct harness_sum *expected, const struct harness_sum *actual,
			const char *what)
{
	bool same = harness_same(&expected->record, &actual->record);

	if (!harness_same_signals(&expected->signs, &actual->signs) || !same)
		fail_msg("%s: counted wrongly", what);
}

/* Sends the frame, of which `linear` bytes lie in the first buffer where it is longer than a page.
 */
static void check_frame(size_t linear, const char *what)
{
	const struct frame_expectation expected = frame_model(frame.bytes, frame.length);
	const struct virtio_net_hdr about = {.hdr_len = (uint16_t)linear};
	struct harness_sum before = harness_sum(&outgoing), after, sum = {0};

	transmit(sender, &about);
	after = between(harness_sum(&outgoing), before);
	harness_expect(&sum.record, &harness_settings, &expected, frame.length);
	harness_expect_signals(&sum.signs, &harness_settings, &expected, frame.length);
	assert_same(&sum, &after, what);
}

static struct record_cell sent_by_the_kernel(void)
{
	struct record_cell sent = {0};
	FILE *file = fopen("/proc/thread-self/net/dev", "re");
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "cxdp-out:"))
			assert_int_equal(sscanf(strchr(line, ':'),
						": %*u %*u %*u %*u %*u %*u %*u %*u %llu %llu",
						&sent.bytes, &sent.packets),
					 2);
	}
	fclose(file);
	return sent;
}

static void send_samples(void)
{
	for (size_t i = 0; i < frame_sample_count; i++) {
		frame_build(frame_samples[i].steps, &frame);
		if (frame.length >= HARNESS_SHORTEST)
			check_frame(0, frame_samples[i].name);
	}
}

/* With XDP at the other end it counts what comes in there, without Ethernet headers. */
static void test_kernel(void **state)
{
	struct record_cell before = sent_by_the_kernel(), since;
	struct harness_sum sum = harness_sum(&outgoing);

	(void)state;
	assert_true(ingress < 0);
	send_samples();
	sum = between(harness_sum(&outgoing), sum);
	since = sent_by_the_kernel();
	assert_int_equal(counter_total(&sum.record).packets, since.packets - before.packets);
	assert_int_equal(counter_total(&sum.record).bytes, since.bytes - before.bytes);
}

static void test_samples(void **state)
{
	struct both before, since;

	(void)state;
	open_other_end();
	before = counted();
	send_samples();
	since = await_since(&before);
	assert_same(&since.in, &since.out, "all samples");
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < frame_sample_count; i++) {
		size_t length;

		frame_build(frame_samples[i].steps, &frame);
		length = frame.length < 200 ? frame.length : 200;
		for (; length >= HARNESS_SHORTEST; length -= 3) {
			frame.length = length;
			check_frame(0, frame_samples[i].name);
		}
	}
}

/* The kernel puts what is behind the first buffer into pages, from one page on. */
static void test_buffers(void **state)
{
	(void)state;
	for (size_t i = 0; i < frame_sample_count; i++) {
		frame_build(frame_samples[i].steps, &frame);
		if (frame.length < HARNESS_SHORTEST)
			continue;
		frame_resize(&frame, 9014);
		for (size_t linear = HARNESS_SHORTEST; linear < 110; linear += 5)
			check_frame(linear, frame_samples[i].name);
	}
}

/* Sent by a guest, or changed by a program, it does not say of how many packets it is. */
struct several {
	const char *name;
	struct frame_step steps[FRAME_STEPS];
	uint8_t type;	   /* VIRTIO_NET_HDR_GSO_... */
	uint16_t checksum; /* where it stands in the header of layer 4 */
	uint16_t headers;  /* bytes of all of them */
	uint16_t layer4;
};

#define GSO_UDP_L4 5 /* VIRTIO_NET_HDR_GSO_UDP_L4 of Linux 6.2 */

#define STEPS(cast, proto, ip, ip_a, ip_b, upper, upper_a)                                         \
	{                                                                                          \
		{FRAME_ETHERNET, cast, proto, 0}, {ip, ip_a, ip_b, 0},                             \
		{                                                                                  \
			upper, upper_a, 0, 0                                                       \
		}                                                                                  \
	}
// clang-format off
static const struct several kinds[] = {
	{"IPv4 TCP", STEPS(0, ETH_P_IP, FRAME_IPV4, 0, 6, FRAME_TCP, 0x18),
	 VIRTIO_NET_HDR_GSO_TCPV4, 16, 54, 34},
	{"IPv4 TCP, FIN", STEPS(0, ETH_P_IP, FRAME_IPV4, 0, 6, FRAME_TCP, 0x19),
	 VIRTIO_NET_HDR_GSO_TCPV4, 16, 54, 34},
	{"IPv4 with options, TCP, RST", STEPS(1, ETH_P_IP, FRAME_IPV4, 8, 6, FRAME_TCP, 0x14),
	 VIRTIO_NET_HDR_GSO_TCPV4, 16, 62, 42},
	{"IPv6 TCP", STEPS(0, ETH_P_IPV6, FRAME_IPV6, 6, 0, FRAME_TCP, 0x18),
	 VIRTIO_NET_HDR_GSO_TCPV6, 16, 74, 54},
	{"IPv4 UDP of DNS", STEPS(0, ETH_P_IP, FRAME_IPV4, 0, 17, FRAME_UDP, 53),
	 GSO_UDP_L4, 6, 42, 34},
	{"IPv6 UDP", STEPS(0, ETH_P_IPV6, FRAME_IPV6, 17, 0, FRAME_UDP, 443),
	 GSO_UDP_L4, 6, 62, 54},
};
// clang-format on

/* Lengths of the pieces, and of what is sent in them: of one, of some, of some and a short one. */
static const uint16_t pieces[] = {8, 36, 100, 536, 1200, 1448, 8000};
static const size_t payloads[] = {1,   9,    71,   99,	 100,  101,   200,  535,
				  537, 1448, 2401, 2897, 9000, 15000, 40000};

static bool send_several(int fd, const struct several *kind, uint16_t piece, size_t payload)
{
	struct virtio_net_hdr about = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = kind->type,
		.hdr_len = kind->headers,
		.gso_size = piece,
		.csum_start = kind->layer4,
		.csum_offset = kind->checksum,
	};

	/* The kernel makes no more than 128 packets of one of UDP. */
	if (payload <= piece || payload / piece > 100)
		return false;
	frame_build(kind->steps, &frame);
	frame_resize(&frame, kind->headers + payload);
	transmit(fd, &about);
	return true;
}

static void check_several(int fd, const struct several *kind, uint16_t piece, size_t payload)
{
	struct both before = counted(), since;
	char what[128];

	if (!send_several(fd, kind, piece, payload))
		return;
	since = await_since(&before);
	snprintf(what, sizeof(what), "%s, %zu bytes in pieces of %u", kind->name, payload, piece);
	/* That it was several at all. */
	assert_int_equal(counter_total(&since.in.record).packets, (payload + piece - 1) / piece);
	assert_same(&since.in, &since.out, what);
}

static void test_several(void **state)
{
	(void)state;
	open_other_end();
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			for (size_t j = 0; j < sizeof(payloads) / sizeof(payloads[0]); j++)
				check_several(sender, &kinds[kind], pieces[i], payloads[j]);
		}
	}
}

static void test_tag_beside_the_frame(void **state)
{
	const struct virtio_net_hdr about = {0};
	struct harness_sum before, since, sum = {0};

	(void)state;
	before = harness_sum(&outgoing);
	for (size_t i = 0; i < frame_sample_count; i++) {
		struct frame_expectation expected;

		frame_build(frame_samples[i].steps, &frame);
		if (frame.length < HARNESS_SHORTEST)
			continue;
		expected = frame_model(frame.bytes, frame.length);
		expected.tagged = true;
		transmit(tagger, &about);
		harness_expect(&sum.record, &harness_settings, &expected, frame.length);
		harness_expect_signals(&sum.signs, &harness_settings, &expected, frame.length);
	}
	since = between(harness_sum(&outgoing), before);
	assert_same(&sum, &since, "all samples with a tag");
}

/* Whether the device puts in tags itself; else the kernel does. */
static void set_puts_in_tags(bool on)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GFLAGS};
	struct ifreq request = {.ifr_name = "cxdp-out", .ifr_data = (void *)&value};

	assert_int_equal(ioctl(sender, SIOCETHTOOL, &request), 0);
	value.cmd = ETHTOOL_SFLAGS;
	value.data = on ? value.data | ETH_FLAG_TXVLAN : value.data & ~(__u32)ETH_FLAG_TXVLAN;
	assert_int_equal(ioctl(sender, SIOCETHTOOL, &request), 0);
}

/* As what comes in, where XDP sees the tag in the frame. */
static void test_tag_that_the_kernel_puts_in(void **state)
{
	const struct virtio_net_hdr about = {0};
	struct both before, since;

	(void)state;
	harness_needs_cast();
	assert_int_equal(counter_info(outgoing.counter)->length, COUNTER_LENGTH_WIRE_CAST);
	open_other_end();
	set_puts_in_tags(false);
	before = counted();
	frame_build(frame_sample("IPv4 TCP")->steps, &frame);
	transmit(tagger, &about);
	frame_build(frame_sample("ARP")->steps, &frame);
	transmit(tagger, &about);
	since = await_since(&before);
	assert_same(&since.in, &since.out, "two samples with a tag");
	assert_int_equal(since.in.record.vlan_tagged, 2);
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
		check_several(tagger, &kinds[kind], 1448, 9000);
	set_puts_in_tags(true);
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function)}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("as many packets and bytes go out as the kernel counts", test_kernel),
		TEST("every sample that goes out is counted as it is where it comes in", test_samples),
		TEST("every sample that goes out, cut off, is counted as its model says", test_cut),
		TEST("headers that do not lie in the first buffer are found when they go out", test_buffers),
		TEST("what is made several packets of is counted as they come in, in size and sign", test_several),
		TEST("a tag that is not in the frame is counted once", test_tag_beside_the_frame),
		TEST("a tag that the kernel puts into the frame is in its bytes", test_tag_that_the_kernel_puts_in),
	};
	// clang-format on

	if (tcx_link_probe() != 0) {
		printf("# needs tcx (Linux 6.6)\n");
		return HARNESS_CANNOT;
	}
	return cmocka_run_group_tests(tests, open_all, close_all);
}
