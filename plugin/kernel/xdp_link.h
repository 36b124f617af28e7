/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP hook of one interface: attach to it, check that we are still there,
 * let go. Sole owner of links. Attaches by bpf_link only, which the kernel
 * never lets displace another program and drops with its last reference.
 */
#ifndef COLLECTD_XDP_KERNEL_XDP_LINK_H
#define COLLECTD_XDP_KERNEL_XDP_LINK_H

#include <stdint.h>

struct interface_hook;

/* How the program is run; XDP_LINK_AUTO is a wish, never the mode of a link. */
enum xdp_link_mode {
	XDP_LINK_AUTO,
	XDP_LINK_NATIVE,  /* in the driver */
	XDP_LINK_GENERIC, /* in the network stack, on any device */
	XDP_LINK_OFFLOAD  /* on the network card */
};

/* As in the configuration: "auto", "native", "generic", "offload"; static. */
const char *xdp_link_mode_name(enum xdp_link_mode mode);

/* The mode of what is at a hook; XDP_LINK_AUTO: more than one, or nothing. */
enum xdp_link_mode xdp_link_hook_mode(const struct interface_hook *hook);

/*
 * Attaches the program `program_fd` to the hook of the interface. `mode` is
 * not XDP_LINK_AUTO. Interface indexes are those of the network namespace of
 * the calling thread.
 * Returns 0 and a link the caller closes by xdp_link_close(); -errno of
 * bpf(BPF_LINK_CREATE): -EBUSY or -EEXIST where somebody else holds the hook,
 * -EOPNOTSUPP where the device cannot do that mode, -ENODEV, -EPERM, and what
 * its driver says.
 */
int xdp_link_open(int program_fd, unsigned int ifindex, enum xdp_link_mode mode, int *ret_link);

/*
 * Whether the link is still at the hook of the interface.
 * Returns 0; -ENOLINK when it was detached or the device is gone, -EXDEV when
 * it is at another index (the device moved to another network namespace), or
 * -errno of bpf(2).
 */
int xdp_link_check(int link, unsigned int ifindex);

/* Lets go of a link to a hook of any kind: detaches, unless it is pinned. Takes -1. */
void xdp_link_close(int link);

/* What a link says of itself. */
struct xdp_link_info {
	unsigned int ifindex; /* 0: detached */
	uint32_t program_id;
};

/* Returns 0, -EMEDIUMTYPE if it is no XDP link, or -errno of bpf(2). */
int xdp_link_inspect(int link, struct xdp_link_info *ret_link);

/*
 * Replaces the program of a link, of any kind, while packets pass; none is missed.
 * Returns 0 or -errno of bpf(BPF_LINK_UPDATE): -ENOLINK, -EINVAL, -EPERM.
 */
int xdp_link_update(int link, int program_fd);

/* Detaches a link of any kind although others may hold the link. Returns 0 or -errno of
 * bpf(BPF_LINK_DETACH). */
int xdp_link_detach(int link);

#endif
