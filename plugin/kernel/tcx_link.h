/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tcx hook at the egress of one interface (Linux 6.6): attach to it, check that we are still
 * there, ask who is. Programs there run one after the other, and ours is put before those that are
 * there already. Attaches by bpf_link only; a link is updated, detached and closed as one of XDP,
 * see kernel/xdp_link.h.
 */
#ifndef COLLECTD_XDP_KERNEL_TCX_LINK_H
#define COLLECTD_XDP_KERNEL_TCX_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/kernel/xdp_link.h"

/* Programs at the hook of an interface at most (bpf_mprog_max(), include/linux/bpf_mprog.h). */
#define TCX_LINK_PROGRAMS 63

/*
 * Whether this kernel has such hooks: attaches nothing.
 * Returns 0; -EOPNOTSUPP where it has none, before Linux 6.6 or built without CONFIG_NET_XGRESS; or
 * -errno of bpf(BPF_PROG_QUERY) where that is not known: -EPERM.
 */
int tcx_link_probe(void);

/*
 * The programs at the hook of the interface in the order in which they run; of those that others
 * have attached, too, but for the filters of tc. Interface indexes are those of the network
 * namespace of the calling thread.
 * Returns 0, with their ids and their number; -errno of bpf(BPF_PROG_QUERY): -ENODEV, -EPERM,
 * -EINVAL where the kernel has no such hook.
 */
int tcx_link_programs(unsigned int ifindex, uint32_t ret_ids[TCX_LINK_PROGRAMS],
		      unsigned int *ret_count);

/* Whether a program is there, or the kernel does not say. */
bool tcx_link_runs(unsigned int ifindex, uint32_t program_id);

/*
 * Attaches the program `program_fd` (BPF_PROG_TYPE_SCHED_CLS) to the hook of the interface, before
 * all that are there. There is one mode only: `mode` says nothing.
 * Returns 0 and a link the caller closes by xdp_link_close(); -errno of bpf(BPF_LINK_CREATE):
 * -ERANGE where there are TCX_LINK_PROGRAMS already, -EEXIST where this program is, -EINVAL where
 * the kernel has no such hook, -ENODEV, -EPERM.
 */
int tcx_link_open(int program_fd, unsigned int ifindex, enum xdp_link_mode mode, int *ret_link);

/* As xdp_link_check(). */
int tcx_link_check(int link, unsigned int ifindex);

/* Returns 0, -EMEDIUMTYPE if it is no such link, or -errno of bpf(2). */
int tcx_link_inspect(int link, struct xdp_link_info *ret_link);

#endif
