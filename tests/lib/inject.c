// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends known frames out of an interface and prints how they have to be
 * counted: "series value" per line, in the names of the plugin's series. That
 * is what the live tests compare the stored values with. SIGTERM ends the
 * sending; what was sent by then is printed.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "tests/lib/frame.h"

/* Frames of one sendmmsg(2); a ring of veth has 256 places. */
#define INJECT_BATCH 32
/* Where the source address is, behind an Ethernet header; the source and the destination port
 * behind an IPv4 header without options. */
#define INJECT_ADDRESS (14 + 12)
#define INJECT_SOURCE_PORT (14 + 20)
#define INJECT_PORT (14 + 20 + 2)
/* Longest time without one frame sent. */
#define INJECT_PATIENCE_NS (5 * 1000000000ULL)

struct inject_options {
	const char *interface;
	uint64_t count;
	const char *frame; /* name of a sample; NULL: all that the device can send */
	size_t size;	   /* resized to; 0: as it is */
	int cpu;	   /* pinned to; -1: not */
	uint64_t rate;	   /* frames per second; 0: as fast as it goes */
	uint16_t port;	   /* destination of UDP over IPv4 without options; 0: as it is */
	bool even;	   /* frames that are late are not made up for at once */
	bool signs;	   /* print them, too */
	size_t sources; /* random source addresses and ports of IPv4 without options; 0: as it is */
};

/* A frame to send, and how it has to be counted. */
struct inject_frame {
	struct iovec bytes;
	struct frame_expectation expected;
};

struct inject_frames {
	struct inject_frame *list;
	size_t count;
};

struct inject_tally {
	struct record_cell classes[RECORD_CLASSES];
	struct record_cell total;
	uint64_t sizes[RECORD_SIZES];
	uint64_t casts[RECORD_CASTS];
	uint64_t tagged;
	uint64_t fragments;
	uint64_t pppoe;
	uint64_t mpls;
	struct record_cell signs[RECORD_SIGNALS];
};

static const char *const class_names[RECORD_CLASSES] = {
	[RECORD_IPV4_TCP] = "ipv4_tcp",
	[RECORD_IPV4_UDP] = "ipv4_udp",
	[RECORD_IPV4_ICMP] = "ipv4_icmp",
	[RECORD_IPV4_OTHER] = "ipv4_other",
	[RECORD_IPV6_TCP] = "ipv6_tcp",
	[RECORD_IPV6_UDP] = "ipv6_udp",
	[RECORD_IPV6_ICMP] = "ipv6_icmp",
	[RECORD_IPV6_OTHER] = "ipv6_other",
	[RECORD_ARP] = "arp",
	[RECORD_OTHER] = "other",
	[RECORD_MALFORMED] = "malformed",
};

static const char *const size_names[RECORD_SIZES] = {
	[RECORD_SIZE_1_TO_64] = "1_to_64",	   [RECORD_SIZE_65_TO_127] = "65_to_127",
	[RECORD_SIZE_128_TO_255] = "128_to_255",   [RECORD_SIZE_256_TO_511] = "256_to_511",
	[RECORD_SIZE_512_TO_1023] = "512_to_1023", [RECORD_SIZE_1024_TO_1518] = "1024_to_1518",
	[RECORD_SIZE_1519_TO_MAX] = "1519_to_max",
};

static const char *const cast_names[RECORD_CASTS] = {
	[RECORD_UNICAST] = "unicast",
	[RECORD_MULTICAST] = "multicast",
	[RECORD_BROADCAST] = "broadcast",
};

static const char *const sign_names[RECORD_SIGNALS] = {
	[RECORD_TCP_SYN] = "tcp-syn",
	[RECORD_TCP_SYN_ACK] = "tcp-syn_ack",
	[RECORD_TCP_FIN] = "tcp-fin",
	[RECORD_TCP_RST] = "tcp-rst",
	[RECORD_TCP_NULL] = "tcp-null",
	[RECORD_TCP_SYN_FIN] = "tcp-syn_fin",
	[RECORD_ICMP_ECHO_REQUEST] = "icmp-echo_request",
	[RECORD_ICMP_ECHO_REPLY] = "icmp-echo_reply",
	[RECORD_ICMP_UNREACHABLE] = "icmp-unreachable",
	[RECORD_ICMP_TIME_EXCEEDED] = "icmp-time_exceeded",
	[RECORD_ICMP_REDIRECT] = "icmp-redirect",
	[RECORD_ICMP_NEIGHBOUR] = "icmp-neighbour",
	[RECORD_FROM_DNS] = "from-dns",
	[RECORD_FROM_NTP] = "from-ntp",
	[RECORD_FROM_SNMP] = "from-snmp",
	[RECORD_FROM_CLDAP] = "from-cldap",
	[RECORD_FROM_SSDP] = "from-ssdp",
	[RECORD_FROM_MDNS] = "from-mdns",
	[RECORD_FROM_MEMCACHED] = "from-memcached",
	[RECORD_FROM_CHARGEN] = "from-chargen",
	[RECORD_TTL_LOW] = "ip-ttl_low",
	[RECORD_SHORT_FRAGMENT] = "ip-short_fragment",
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void usage(void)
{
	fputs("usage: inject INTERFACE COUNT [--frame NAME] [--size BYTES] [--cpu N] [--rate PPS]\n"
	      "       [--even] [--port N] [--sources N] [--signs]\n"
	      "Sends COUNT frames, or until SIGTERM: the sample NAME, or all samples in turn.\n",
	      stderr);
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text || *text == '-')
		usage();
	return value;
}

static struct inject_options read_options(int argc, char **argv)
{
	static const struct option known[] = {{"frame", required_argument, NULL, 'f'},
					      {"size", required_argument, NULL, 's'},
					      {"cpu", required_argument, NULL, 'c'},
					      {"rate", required_argument, NULL, 'r'},
					      {"port", required_argument, NULL, 'p'},
					      {"sources", required_argument, NULL, 'S'},
					      {"signs", no_argument, NULL, 'g'},
					      {"even", no_argument, NULL, 'e'},
					      {0}};
	struct inject_options options = {.cpu = -1};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'f')
			options.frame = optarg;
		else if (option == 's')
			options.size = number(optarg);
		else if (option == 'c')
			options.cpu = (int)number(optarg);
		else if (option == 'r')
			options.rate = number(optarg);
		else if (option == 'p')
			options.port = (uint16_t)number(optarg);
		else if (option == 'e')
			options.even = true;
		else if (option == 'g')
			options.signs = true;
		else if (option == 'S')
			options.sources = number(optarg);
		else
			usage();
	}
	if (argc - optind != 2)
		usage();
	options.interface = argv[optind];
	options.count = number(argv[optind + 1]);
	if (options.sources && !options.frame)
		usage();
	return options;
}

static void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		fail("sched_setaffinity");
}

/* A raw packet socket of the interface that receives nothing. */
static int open_socket(const char *interface, unsigned int *ret_mtu)
{
	struct ifreq request = {0};
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		fail("socket");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(fd, SIOCGIFMTU, &request) < 0)
		fail(interface);
	*ret_mtu = (unsigned int)request.ifr_mtu;
	address.sll_ifindex = (int)if_nametoindex(interface);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("bind");
	return fd;
}

/* The same addresses at each run, for nobody seeds random(3). */
static void set_random_source(struct frame *frame)
{
	for (size_t i = 0; i < 4; i++)
		frame->bytes[INJECT_ADDRESS + i] = (uint8_t)(random() >> 8);
	for (size_t i = 0; i < 2; i++)
		frame->bytes[INJECT_SOURCE_PORT + i] = (uint8_t)(random() >> 8);
}

/* Adds a sample, unless a device of this MTU cannot send it; that is said. */
static void add_frame(struct inject_frames *frames, const struct frame_sample *sample,
		      const struct inject_options *options, unsigned int mtu)
{
	size_t size = options->size;
	static struct frame frame;
	struct inject_frame *added = &frames->list[frames->count];

	frame_build(sample->steps, &frame);
	if (size)
		frame_resize(&frame, size);
	if (frame.length < ETH_HLEN || frame.length > ETH_HLEN + mtu) {
		fprintf(stderr, "left out: %s\n", sample->name);
		return;
	}
	if (options->port) {
		frame.bytes[INJECT_PORT] = options->port >> 8;
		frame.bytes[INJECT_PORT + 1] = options->port & 0xff;
	}
	if (options->sources)
		set_random_source(&frame);
	added->expected = size ? frame_model(frame.bytes, frame.length) : sample->expected;
	added->bytes.iov_len = frame.length;
	added->bytes.iov_base = malloc(frame.length);
	if (!added->bytes.iov_base)
		fail("malloc");
	memcpy(added->bytes.iov_base, frame.bytes, frame.length);
	frames->count++;
}

static struct inject_frames choose_frames(const struct inject_options *options, unsigned int mtu)
{
	const size_t copies = options->sources ? options->sources : 1;
	struct inject_frames frames = {0};

	frames.list = calloc(frame_sample_count * copies, sizeof(*frames.list));
	if (!frames.list)
		fail("calloc");
	for (size_t i = 0; i < frame_sample_count; i++) {
		if (options->frame && strcmp(frame_samples[i].name, options->frame) != 0)
			continue;
		for (size_t copy = 0; copy < copies; copy++)
			add_frame(&frames, &frame_samples[i], options, mtu);
	}
	if (!frames.count) {
		fputs("inject: there is no such frame to send\n", stderr);
		exit(1);
	}
	return frames;
}

static void free_frames(struct inject_frames *frames)
{
	for (size_t i = 0; i < frames->count; i++)
		free(frames->list[i].bytes.iov_base);
	free(frames->list);
}

static void tally_add(struct inject_tally *tally, const struct inject_frame *frame)
{
	const struct frame_expectation *expected = &frame->expected;
	struct record_cell *class = &tally->classes[expected->class];

	class->packets++;
	class->bytes += frame->bytes.iov_len;
	tally->total.packets++;
	tally->total.bytes += frame->bytes.iov_len;
	tally->sizes[expected->size]++;
	if (expected->cast != FRAME_NO_CAST)
		tally->casts[expected->cast]++;
	tally->tagged += expected->tagged;
	tally->fragments += expected->fragment;
	tally->pppoe += expected->pppoe;
	tally->mpls += expected->mpls;
	for (int i = 0; i < RECORD_SIGNALS; i++) {
		tally->signs[i].packets += expected->signs >> i & 1;
		tally->signs[i].bytes += (expected->signs >> i & 1) * frame->bytes.iov_len;
	}
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* Returns by how much it was later already. */
static uint64_t sleep_until(uint64_t ns)
{
	const struct timespec time = {.tv_sec = (time_t)(ns / 1000000000ULL),
				      .tv_nsec = (long)(ns % 1000000000ULL)};
	uint64_t now = monotonic_ns();

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	return now > ns ? now - ns : 0;
}

/* Sends up to `wanted` frames, from the `at`th on in turn; returns how many were accepted. */
static size_t send_batch(int fd, const struct inject_frames *frames, uint64_t at, size_t wanted)
{
	struct mmsghdr messages[INJECT_BATCH] = {0};
	int sent;

	for (size_t i = 0; i < wanted; i++) {
		messages[i].msg_hdr.msg_iov = &frames->list[(at + i) % frames->count].bytes;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(fd, messages, (unsigned int)wanted, 0);
	if (sent >= 0)
		return (size_t)sent;
	/* No place in the ring of the device, for the moment. */
	if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
		fail("sendmmsg");
	return 0;
}

static void send_all(int fd, const struct inject_frames *frames,
		     const struct inject_options *options, struct inject_tally *tally)
{
	uint64_t start = monotonic_ns(), last = start, late = 0;

	for (uint64_t at = 0; at < options->count && !stopped;) {
		uint64_t left = options->count - at;
		size_t accepted =
			send_batch(fd, frames, at, left < INJECT_BATCH ? left : INJECT_BATCH);

		for (size_t i = 0; i < accepted; i++)
			tally_add(tally, &frames->list[(at + i) % frames->count]);
		at += accepted;
		if (accepted)
			last = monotonic_ns();
		else if (monotonic_ns() - last > INJECT_PATIENCE_NS)
			fail("sendmmsg");
		if (options->rate)
			late = sleep_until(start + at * 1000000000ULL / options->rate);
		if (options->even)
			start += late;
	}
}

static void print_value(const char *series, const char *instance, uint64_t value)
{
	printf("%s%s %" PRIu64 "\n", series, instance, value);
}

/* Those of ports have octets, too. */
static void tally_print_signs(const struct inject_tally *tally)
{
	for (int i = 0; i < RECORD_SIGNALS; i++) {
		uint64_t packets = tally->signs[i].packets;

		if (!sign_names[i])
			continue;
		if (i == RECORD_ICMP_REDIRECT || i == RECORD_ICMP_NEIGHBOUR)
			packets += tally->signs[RECORD_ICMP_NEIGHBOUR_REDIRECT].packets;
		print_value("if_rx_packets-", sign_names[i], packets);
		if (strncmp(sign_names[i], "from-", 5) == 0)
			print_value("if_rx_octets-", sign_names[i], tally->signs[i].bytes);
	}
}

static void tally_print(const struct inject_tally *tally, bool signs)
{
	print_value("if_rx_packets", "", tally->total.packets);
	print_value("if_rx_octets", "", tally->total.bytes);
	for (int i = 0; i < RECORD_CLASSES; i++) {
		if (!class_names[i])
			continue;
		print_value("if_rx_packets-proto-", class_names[i], tally->classes[i].packets);
		print_value("if_rx_octets-proto-", class_names[i], tally->classes[i].bytes);
	}
	for (int i = 0; i < RECORD_SIZES; i++)
		print_value("if_rx_packets-size-", size_names[i], tally->sizes[i]);
	for (int i = 0; i < RECORD_CASTS; i++)
		print_value("if_rx_packets-cast-", cast_names[i], tally->casts[i]);
	print_value("if_rx_packets-", "vlan-tagged", tally->tagged);
	print_value("if_rx_packets-", "fragment-ip", tally->fragments);
	print_value("if_rx_packets-", "tunnel-pppoe", tally->pppoe);
	print_value("if_rx_packets-", "tunnel-mpls", tally->mpls);
	if (signs)
		tally_print_signs(tally);
}

int main(int argc, char **argv)
{
	const struct inject_options options = read_options(argc, argv);
	struct inject_tally tally = {0};
	struct inject_frames frames;
	unsigned int mtu;
	int fd;

	signal(SIGTERM, stop);
	if (options.cpu >= 0)
		pin_to_cpu(options.cpu);
	fd = open_socket(options.interface, &mtu);
	frames = choose_frames(&options, mtu);
	send_all(fd, &frames, &options, &tally);
	free_frames(&frames);
	close(fd);
	tally_print(&tally, options.signs);
	return 0;
}
