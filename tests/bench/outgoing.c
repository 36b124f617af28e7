// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet of UDP costs from the socket to the other end of a veth, where it is dropped: with
 * what goes out counted (ReportOutgoing), beside none, and beside a program there that does
 * nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/tcx_link.h"
#include "tests/bench/measure.h"

#define ROUNDS 31
#define PACKETS 20000
#define PAYLOAD 100

enum subject { NONE, EMPTY, COUNTING, SUBJECTS };

/* Answers TCX_NEXT. */
static int load_empty(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "cxdp_empty", "GPL", program, 2, NULL);

	if (fd < 0)
		measure_fail("bpf_prog_load", errno);
	return fd;
}

static int connect_socket(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, "192.0.2.2", &address.sin_addr);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		measure_fail("connect", errno);
	return fd;
}

/* The receiver runs in softirqs of this thread, so the time is that of both ends. */
static double send_packets(int fd)
{
	static const char payload[PAYLOAD];
	uint64_t before = measure_cpu_time();

	for (int i = 0; i < PACKETS; i++) {
		if (send(fd, payload, sizeof(payload), 0) != sizeof(payload))
			measure_fail("send", errno);
	}
	return (double)(measure_cpu_time() - before) / PACKETS;
}

static void measure_all(int fd, unsigned int ifindex, const int programs[SUBJECTS],
			struct measure measures[SUBJECTS])
{
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < SUBJECTS; i++) {
			int link = -1, err = 0;

			if (programs[i] >= 0)
				err = tcx_link_open(programs[i], ifindex, XDP_LINK_AUTO, &link);
			if (err)
				measure_fail("attaching", err);
			measure_add(&measures[i], send_packets(fd));
			xdp_link_close(link);
		}
	}
}

static void assert_counted(struct counter *counter, unsigned int slot)
{
	struct view_reading reading;
	int err = counter_read(counter_reader(counter), slot, &reading);

	if (err || reading.sum.classes[RECORD_IPV4_UDP].packets != (uint64_t)ROUNDS * PACKETS)
		measure_fail("counting what goes out", err);
}

int main(void)
{
	const struct counter_settings settings = {
		.breakdowns = RECORD_BY_PROTOCOL, .slots = 64, .outgoing = true};
	static struct measure measures[SUBJECTS];
	int programs[SUBJECTS] = {-1};
	struct counter *counter;
	unsigned int ifindex, slot;
	int err = tcx_link_probe();

	if (err) {
		fprintf(stderr, "outgoing: needs tcx (Linux 6.6)\n");
		return 0;
	}
	measure_pin(0);
	measure_command("ip link add cxdp-out type veth peer name cxdp-end && "
			"ip addr add 192.0.2.1/24 dev cxdp-out && ip link set cxdp-out up && "
			"ip link set cxdp-end arp off up && "
			"ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:99 dev cxdp-out");
	ifindex = if_nametoindex("cxdp-out");
	counter = measure_counter(&settings);
	err = counter_slot_take(counter_slots(counter), ifindex, "cxdp-out", 0, 0, &slot);
	if (err)
		measure_fail("counter_slot_take", err);
	programs[EMPTY] = load_empty();
	programs[COUNTING] = counter_program_fd(counter);
	measure_all(connect_socket(), ifindex, programs, measures);
	assert_counted(counter, slot);
	measure_row_ratio("UDP over veth, ns: ReportOutgoing / without", "<= 1.05",
			  &measures[COUNTING], &measures[NONE]);
	measure_row_ratio("UDP over veth, ns: ReportOutgoing / an empty program at its hook",
			  "<= 1.03", &measures[COUNTING], &measures[EMPTY]);
	return 0;
}
