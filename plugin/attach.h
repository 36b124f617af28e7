/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP hook of one interface: attach to it, check that we are still there,
 * let go. Sole owner of links. Attaches by bpf_link only, which the kernel
 * never lets displace another program and drops with its last reference.
 */
#ifndef COLLECTD_XDP_ATTACH_H
#define COLLECTD_XDP_ATTACH_H

#include <stdint.h>

/* How the program is run; ATTACH_AUTO is a wish, never the mode of a link. */
enum attach_mode {
	ATTACH_AUTO,
	ATTACH_NATIVE,	/* in the driver */
	ATTACH_GENERIC, /* in the network stack, on any device */
	ATTACH_OFFLOAD	/* on the network card */
};

/* As in the configuration: "auto", "native", "generic", "offload"; static. */
const char *attach_mode_name(enum attach_mode mode);

/* What is known of a program at a hook. Where the caller may not ask, name and tag are "". */
struct attach_holder {
	uint32_t program_id;
	char name[16];
	char tag[17]; /* hexadecimal */
};

/*
 * Attaches the program `program_fd` to the hook of the interface. `mode` is
 * not ATTACH_AUTO. Interface indexes are those of the network namespace of
 * the calling thread.
 * Returns 0 and a link the caller closes by attach_close(); -errno of
 * bpf(BPF_LINK_CREATE): -EBUSY or -EEXIST where somebody else holds the hook,
 * -EOPNOTSUPP where the device cannot do that mode, -ENODEV, -EPERM, and what
 * its driver says.
 */
int attach_open(int program_fd, unsigned int ifindex, enum attach_mode mode, int *ret_link);

/*
 * Whether the link is still at the hook of the interface.
 * Returns 0; -ENOLINK when it was detached or the device is gone, -EXDEV when
 * it is at another index (the device moved to another network namespace), or
 * -errno of bpf(2).
 */
int attach_check(int link, unsigned int ifindex);

/* Detaches. Takes -1. */
void attach_close(int link);

/*
 * Finds out about a program by its id; needs CAP_SYS_ADMIN (Linux 5.8 on).
 * Always fills `ret_holder` as far as it can.
 */
void attach_describe(uint32_t program_id, struct attach_holder *ret_holder);

#endif
