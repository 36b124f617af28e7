/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel and its drivers have for the counter, and whether it gives anything at all just
 * now. Never logs.
 */
#ifndef COLLECTD_XDP_KERNEL_PROBE_H
#define COLLECTD_XDP_KERNEL_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* bpf_xdp_get_buff_len() (Linux 5.18). */
bool probe_has_buff_len(void);

/* Programs may declare that they take packets of several buffers (Linux 5.18). */
bool probe_has_frags(void);

/*
 * Whether the kernel compiles what is loaded now, and does not interpret it. Returns 1 or 0, or
 * -errno of bpf(2).
 */
int probe_compiles(void);

/* PREEMPT_RT, where softirqs may interleave on one CPU: see tally_add() in bpf/tally.bpf.h. */
bool probe_is_realtime(void);

/*
 * Whether programs can be traced: loads one for the purpose, which is attached to nothing, and
 * lets go of it. Has libbpf ask for features: only for a process that exits soon.
 * Returns 0; -ESRCH where the kernel has no BTF of its own, or -errno of bpf(2).
 */
int probe_tracing(void);

/*
 * Whether maps, programs and descriptors can be had at all just now. libbpf
 * asks the same way for features when it loads its first object, takes any
 * refusal, be it for want of memory or descriptors, for a feature that is not
 * there, and remembers that for the life of the process. So it is not let near
 * before this succeeds. Returns 0, or -errno of bpf(2) or fcntl(2).
 */
int probe_try(void);

/* Bits of enum netdev_xdp_act (linux/netdev.h, which older headers lack). */
#define PROBE_XDP_BASIC (1ULL << 0)   /* native mode */
#define PROBE_XDP_BUFFERS (1ULL << 5) /* packets of several buffers in native mode */

/*
 * What the driver of an interface says of its XDP (generic netlink family "netdev", Linux 6.3 on:
 * Documentation/netlink/specs/netdev.yaml); the interface is one of the network namespace of the
 * calling thread. Returns 0; -ENOENT before Linux 6.3; -errno of the socket calls, -EPROTO for an
 * answer that makes no sense.
 */
int probe_xdp_features(unsigned int ifindex, uint64_t *ret_features);

#endif
