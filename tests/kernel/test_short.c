// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets shorter than an Ethernet header. BPF_PROG_TEST_RUN refuses them, but
 * they do reach the hook: on a device without Ethernet headers, in generic mode.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/if_ether.h>

#include "plugin/kernel/xdp_link.h"
#include "tests/kernel/harness.h"

static struct harness harness;
static int tun = -1, tap = -1, hook = -1;

static void open_tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (tun < 0)
		fail_msg("/dev/net/tun: %s", strerror(errno));
	strcpy(request.ifr_name, name);
	assert_int_equal(ioctl(tun, TUNSETIFF, &request), 0);
}

/* Sees what the hook has let pass, and waits for it 10 seconds at most. */
static void open_tap(unsigned int ifindex)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)ifindex,
	};
	const struct timeval deadline = {.tv_sec = 10};

	tap = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_true(tap >= 0);
	assert_int_equal(setsockopt(tap, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)), 0);
	assert_int_equal(bind(tap, (const struct sockaddr *)&address, sizeof(address)), 0);
}

static int open_device(void **state)
{
	unsigned int ifindex;

	(void)state;
	harness_private_network();
	open_tun("cxdp-tun");
	harness_command("ip link set cxdp-tun up");
	ifindex = if_nametoindex("cxdp-tun");
	harness_open(&harness, &harness_settings, ifindex);
	open_tap(ifindex);
	return xdp_link_open(counter_program_fd(harness.counter), ifindex, XDP_LINK_GENERIC, &hook);
}

static int close_device(void **state)
{
	(void)state;
	xdp_link_close(hook);
	close(tap);
	close(tun);
	harness_close(&harness);
	return 0;
}

static void test_packets_of_1_to_13_bytes(void **state)
{
	/* The device looks at the version of the first byte. */
	const uint8_t packet[HARNESS_SHORTEST] = {0x45, [12] = 0x08};

	(void)state;
	for (size_t length = 1; length < HARNESS_SHORTEST; length++) {
		const struct frame_expectation expected = {
			.class = RECORD_MALFORMED,
			.size = RECORD_SIZE_1_TO_64,
			.cast = FRAME_NO_CAST,
		};
		struct record before = harness_record(&harness), after;
		uint8_t passed[64];

		assert_int_equal(write(tun, packet, length), length);
		assert_int_equal(recv(tap, passed, sizeof(passed), 0), length);
		assert_memory_equal(passed, packet, length);
		after = harness_record(&harness);
		harness_expect(&before, &harness_settings, &expected, length);
		assert_true(harness_same(&before, &after));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"packets of 1 to 13 bytes are malformed, have no cast, and pass",
		 test_packets_of_1_to_13_bytes, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, open_device, close_device);
}
