// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has a loaded counter see a packet of each of eight classes on each interface
 * of this network namespace whose name begins with a prefix, four times a second
 * until it is ended: feed PROGRAM-ID PREFIX.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "tests/bench/measure.h"
#include "tests/lib/frame.h"

static const char *const kinds[] = {
	"IPv4 TCP", "IPv4 UDP", "IPv4 ICMP",   "IPv4 GRE",
	"IPv6 TCP", "IPv6 UDP", "IPv6 ICMPv6", "ARP",
};

static void feed(int program, const char *kind, const struct if_nameindex *interfaces,
		 const char *prefix)
{
	static struct frame frame;

	frame_build(frame_sample(kind)->steps, &frame);
	for (; interfaces->if_index; interfaces++) {
		struct xdp_md context = {
			.data_end = (__u32)frame.length,
			.ingress_ifindex = interfaces->if_index,
		};
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.bytes,
			    .data_size_in = (__u32)frame.length, .ctx_in = &context,
			    .ctx_size_in = sizeof(context));
		int err = 0;

		if (strncmp(interfaces->if_name, prefix, strlen(prefix)) == 0)
			err = bpf_prog_test_run_opts(program, &run);
		if (err)
			measure_fail(interfaces->if_name, err);
	}
}

int main(int argc, char **argv)
{
	struct if_nameindex *interfaces = if_nameindex();
	int program = argc == 3 ? bpf_prog_get_fd_by_id((__u32)atoi(argv[1])) : -EINVAL;

	if (program < 0 || !interfaces)
		measure_fail("feed PROGRAM-ID PREFIX", program < 0 ? program : errno);
	for (;;) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			feed(program, kinds[i], interfaces, argv[2]);
		usleep(250000);
	}
}
