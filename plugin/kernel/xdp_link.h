/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP hook of one interface: attach to it, check that we are still there,
 * let go. Sole owner of links. Attaches by bpf_link only, which the kernel
 * never lets displace another program and drops with its last reference.
 */
#ifndef COLLECTD_XDP_KERNEL_XDP_LINK_H
#define COLLECTD_XDP_KERNEL_XDP_LINK_H

#include <stdint.h>

struct pins;

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

/* Lets go: detaches, unless the link is pinned. Takes -1. */
void attach_close(int link);

/* What a link says of itself. */
struct attach_link {
	unsigned int ifindex; /* 0: detached */
	uint32_t program_id;
};

/* Returns 0, -EMEDIUMTYPE if it is no XDP link, or -errno of bpf(2). */
int attach_inspect(int link, struct attach_link *ret_link);

/*
 * Replaces the program of a link while packets pass; none is missed.
 * Returns 0 or -errno of bpf(BPF_LINK_UPDATE): -ENOLINK, -EINVAL, -EPERM.
 */
int attach_update(int link, int program_fd);

/* Detaches although others may hold the link. Returns 0 or -errno of bpf(BPF_LINK_DETACH). */
int attach_detach(int link);

/* Pins, finds and unpins the link of an interface; return 0 or as pins_put(), _get(), _drop(). */
int attach_pin(const struct pins *pins, unsigned int ifindex, int link);
int attach_pinned(const struct pins *pins, unsigned int ifindex, int *ret_link);
int attach_unpin(const struct pins *pins, unsigned int ifindex);

/* The interface whose link has a pin of this name; 0: the name is not that of a link. */
unsigned int attach_pin_ifindex(const char *name);

/*
 * Finds out about a program by its id; needs CAP_SYS_ADMIN (Linux 5.8 on).
 * Always fills `ret_holder` as far as it can.
 */
void attach_describe(uint32_t program_id, struct attach_holder *ret_holder);

/* The same of an open program. Returns 0 or -errno of bpf(2). */
int attach_describe_fd(int program_fd, struct attach_holder *ret_holder);

/*
 * The same of a pinned program; an id of 0 where none has this name. Returns 0, or -errno of
 * bpf(2) where that cannot be told.
 */
int attach_describe_pin(const struct pins *pins, const char *name,
			struct attach_holder *ret_holder);

#endif
