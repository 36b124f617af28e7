// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulk TCP over a veth pair: with the counter at the receiver's hook in the
 * mode that "auto" takes there (generic), beside none; and with what goes out
 * counted at both ends (ReportOutgoing), beside none. One connection, in
 * which the counters come and go.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/kernel/tcx_link.h"
#include "plugin/kernel/xdp_link.h"
#include "tests/bench/measure.h"

#define ROUNDS 31
#define SLICE_NS 100000000ULL
#define BUFFER (256 * 1024)
#define PORT 5001

static char buffer[BUFFER];

static struct sockaddr_in address(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
	return address;
}

/* In a network namespace of its own; ends when the receiver closes the connection. */
static void send_all(int told, int tell)
{
	const struct sockaddr_in receiver = address();
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		measure_fail("unshare", errno);
	/* To and from the receiver: here is the namespace; the link is there. */
	if (write(tell, "", 1) != 1 || read(told, buffer, 1) != 1)
		measure_fail("pipe", errno);
	measure_command("ip addr add 192.0.2.2/24 dev cxdp-c && ip link set cxdp-c up");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (const struct sockaddr *)&receiver, sizeof(receiver)) < 0)
		measure_fail("connect", errno);
	while (send(fd, buffer, sizeof(buffer), MSG_NOSIGNAL) > 0)
		;
	_exit(0);
}

static int accept_sender(pid_t sender, int told, int tell)
{
	const struct sockaddr_in own = address();
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	char command[160];

	if (read(told, buffer, 1) != 1)
		measure_fail("pipe", errno);
	snprintf(command, sizeof(command),
		 "ip link add cxdp-s type veth peer name cxdp-c netns %d && "
		 "ip addr add 192.0.2.1/24 dev cxdp-s && ip link set cxdp-s up",
		 (int)sender);
	measure_command(command);
	if (bind(listener, (const struct sockaddr *)&own, sizeof(own)) < 0 ||
	    listen(listener, 1) < 0 || write(tell, "", 1) != 1)
		measure_fail("listen", errno);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		measure_fail("accept", errno);
	close(listener);
	return fd;
}

/* Gbit/s over one slice of time. */
static double receive(int fd)
{
	uint64_t begin = measure_now(), now = begin;
	double bits = 0;

	while (now - begin < SLICE_NS) {
		ssize_t length = recv(fd, buffer, sizeof(buffer), 0);

		if (length <= 0)
			measure_fail("recv", errno);
		bits += 8 * (double)length;
		now = measure_now();
	}
	return bits / (double)(now - begin);
}

static void measure_incoming(int fd, struct counter *counter, struct measure *with,
			     struct measure *without)
{
	for (int round = 0; round < ROUNDS; round++) {
		int link, err = xdp_link_open(counter_program_fd(counter), if_nametoindex("cxdp-s"),
					      XDP_LINK_GENERIC, &link);

		if (err)
			measure_fail("attaching", err);
		measure_add(with, 1 / receive(fd));
		xdp_link_close(link);
		measure_add(without, 1 / receive(fd));
	}
}

/* Interfaces of the two ends: each has an index of its own network namespace. */
struct ends {
	int receiver_space, sender_space;
	unsigned int receiver, sender;
};

static void enter(int space)
{
	if (setns(space, CLONE_NEWNET) < 0)
		measure_fail("setns", errno);
}

static int attach_outgoing(const struct counter *counter, unsigned int ifindex)
{
	int link, err = tcx_link_open(counter_program_fd(counter), ifindex, XDP_LINK_AUTO, &link);

	if (err)
		measure_fail("attaching", err);
	return link;
}

static void measure_outgoing(int fd, struct counter *counter, const struct ends *ends,
			     struct measure *with, struct measure *without)
{
	for (int round = 0; round < ROUNDS; round++) {
		int receiver = attach_outgoing(counter, ends->receiver), sender;

		enter(ends->sender_space);
		sender = attach_outgoing(counter, ends->sender);
		enter(ends->receiver_space);
		measure_add(with, 1 / receive(fd));
		xdp_link_close(receiver);
		xdp_link_close(sender);
		measure_add(without, 1 / receive(fd));
	}
}

static struct ends find_ends(pid_t sender)
{
	char path[64];
	struct ends ends;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)sender);
	ends.receiver_space = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ends.sender_space = open(path, O_RDONLY | O_CLOEXEC);
	if (ends.receiver_space < 0 || ends.sender_space < 0)
		measure_fail("opening a network namespace", errno);
	ends.receiver = if_nametoindex("cxdp-s");
	enter(ends.sender_space);
	ends.sender = if_nametoindex("cxdp-c");
	enter(ends.receiver_space);
	return ends;
}

/* A counter with slots for all of the interfaces. */
static struct counter *load(bool outgoing, const struct ends *ends)
{
	const struct counter_settings settings = {
		.breakdowns = RECORD_BY_PROTOCOL, .slots = 64, .outgoing = outgoing};
	struct counter *counter = measure_counter(&settings);
	unsigned int slot;
	int err = counter_slot_take(counter_slots(counter), ends->receiver, "cxdp-s", 0, 0, &slot);

	if (!err && ends->sender != ends->receiver)
		err = counter_slot_take(counter_slots(counter), ends->sender, "cxdp-c", 0, 0,
					&slot);
	if (err)
		measure_fail("counter_slot_take", err);
	return counter;
}

/* Times are kept, so that the minimum is the best: turned back into rates here. */
static void print_row(const char *what, const char *target, const struct measure *with,
		      const struct measure *without)
{
	char remark[64];

	snprintf(remark, sizeof(remark), "%.1f / %.1f Gbit/s", 1 / measure_median(with),
		 1 / measure_median(without));
	measure_row(what, target, "%.2f", measure_median(without) / measure_median(with),
		    measure_minimum(without) / measure_minimum(with), remark);
}

/* That the segments of the sender went through the program. */
static void assert_counted(struct counter *counter)
{
	struct view_reading reading;
	int err = counter_read(counter_reader(counter), 1, &reading);

	if (err || !counter_total(&reading.sum).packets)
		measure_fail("counting what goes out", err ? err : ENODATA);
}

int main(void)
{
	struct measure with = {0}, without = {0}, out = {0}, without_out = {0};
	struct counter *incoming, *outgoing;
	struct ends ends;
	int there[2], back[2], fd;
	pid_t sender;

	if (pipe(there) < 0 || pipe(back) < 0)
		measure_fail("pipe", errno);
	sender = fork();
	if (sender < 0)
		measure_fail("fork", errno);
	if (sender == 0)
		send_all(there[0], back[1]);
	fd = accept_sender(sender, back[0], there[1]);
	ends = find_ends(sender);
	incoming = load(false, &ends);
	measure_incoming(fd, incoming, &with, &without);
	if (tcx_link_probe() == 0) {
		outgoing = load(true, &ends);
		measure_outgoing(fd, outgoing, &ends, &out, &without_out);
		assert_counted(outgoing);
	}
	close(fd);
	waitpid(sender, NULL, 0);
	print_row("bulk TCP over veth: default mode (generic) / no XDP", ">= 0.9", &with, &without);
	if (out.rounds)
		print_row("bulk TCP over veth: ReportOutgoing at both ends / without", ">= 0.97",
			  &out, &without_out);
	return 0;
}
