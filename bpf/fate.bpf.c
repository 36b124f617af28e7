// SPDX-License-Identifier: GPL-2.0-only
/*
 * What became of the verdicts of XDP programs, whoever attached them: programs at the kernel's
 * tracepoints (include/trace/events/xdp.h), which count for the interfaces that have a slot of the
 * counter. They run where something failed, or once per bulk of packets. Where a kernel passes
 * other arguments, source/tracepoints does not load the program for them.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpf/device.bpf.h"
#include "bpf/fate.h"
#include "bpf/order.bpf.h"
#include "bpf/tally.bpf.h"

char fate_license[] SEC("license") = "GPL";

/* Of the network namespace whose interfaces are counted: the inode of its file in /proc. */
const volatile __u32 setting_namespace = 0;

_Static_assert((int)FATE_ABORTED == XDP_ABORTED && (int)FATE_DROP == XDP_DROP &&
		       (int)FATE_PASS == XDP_PASS && (int)FATE_TX == XDP_TX &&
		       (int)FATE_REDIRECT == XDP_REDIRECT,
	       "a verdict is its own index");

/* Slot number - 1 -> counts. The loader sets the number of entries. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fate_record);
} fates SEC(".maps");

/* CPU -> counts of its queue, into which all CPUs put packets. The same. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fate_cpu);
} cpus SEC(".maps");

/* An index is good in its own network namespace only. */
static __always_inline struct fate_record *find(const struct net_device *dev)
{
	__u32 index;

	if (!dev || dev->nd_net.net->ns.inum != setting_namespace)
		return NULL;
	/* Wraps around for an interface that has no slot. */
	index = tally_slot_of(dev->ifindex) - 1;
	return bpf_map_lookup_elem(&fates, &index);
}

static __always_inline void add(const struct net_device *dev, __u32 cell, __u64 n)
{
	struct fate_record *record = find(dev);

	if (record && cell < FATE_CELLS)
		tally_add(&record->packets[cell], n, setting_flags & RECORD_ATOMIC);
}

/* net_device, program, verdict */
SEC("tp_btf/xdp_exception")
int fate_exception(__u64 *arguments)
{
	__u32 verdict = arguments[2];

	add((void *)arguments[0], verdict < FATE_INVALID ? verdict : FATE_INVALID, 1);
	return 0;
}

/* What a driver could not send of the packets that a program has sent back, in bulks. */
/* net_device, sent, dropped, error */
SEC("tp_btf/xdp_bulk_tx")
int fate_bulk_tx(__u64 *arguments)
{
	int dropped = arguments[2];

	if (dropped > 0)
		add((void *)arguments[0], FATE_TX, dropped);
	return 0;
}

static __always_inline __u32 cell_of(int error)
{
	switch (error) {
	case -ENETDOWN:
		return FATE_ENETDOWN;
	case -EMSGSIZE:
		return FATE_EMSGSIZE;
	case -EOPNOTSUPP:
		return FATE_EOPNOTSUPP;
	case -EINVAL:
		return FATE_EINVAL;
	case -ENOSPC:
		return FATE_ENOSPC;
	}
	return FATE_OTHER;
}

/* net_device, program, target, error, and what differs from kernel to kernel */
SEC("tp_btf/xdp_redirect_err")
int fate_redirect(__u64 *arguments)
{
	add((void *)arguments[0], cell_of(arguments[3]), 1);
	return 0;
}

/* The same; kernels that have it as well use one of the two. */
SEC("tp_btf/xdp_redirect_map_err")
int fate_map(__u64 *arguments)
{
	add((void *)arguments[0], cell_of(arguments[3]), 1);
	return 0;
}

/* net_device from, net_device to, sent, dropped, error */
SEC("tp_btf/xdp_devmap_xmit")
int fate_devmap(__u64 *arguments)
{
	struct fate_record *record = find((void *)arguments[1]);
	int sent = arguments[2], dropped = arguments[3];

	if (!record)
		return 0;
	if (sent > 0)
		tally_add(&record->packets[FATE_SENT], sent, setting_flags & RECORD_ATOMIC);
	if (dropped > 0)
		tally_add(&record->packets[FATE_DROPPED], dropped, setting_flags & RECORD_ATOMIC);
	return 0;
}

/* map, processed, dropped, CPU: only what was dropped, for the rest is counted where it is taken
 * out. */
SEC("tp_btf/xdp_cpumap_enqueue")
int fate_enqueue(__u64 *arguments)
{
	__u32 dropped = arguments[2], number = arguments[3];
	struct fate_cpu *cpu;

	if (!dropped)
		return 0;
	cpu = bpf_map_lookup_elem(&cpus, &number);
	if (cpu)
		__sync_fetch_and_add(&cpu->dropped, dropped);
	return 0;
}

/*
 * map, taken out, dropped of these, whether it slept, verdicts of a program there. Runs on the CPU
 * that takes packets out of its queue.
 */
SEC("tp_btf/xdp_cpumap_kthread")
int fate_kthread(__u64 *arguments)
{
	__u32 taken = arguments[1], dropped = arguments[2], number;
	struct fate_cpu *cpu;

	if (!taken)
		return 0;
	number = bpf_get_smp_processor_id();
	cpu = bpf_map_lookup_elem(&cpus, &number);
	if (!cpu)
		return 0;
	__sync_fetch_and_add(&cpu->passed, taken - dropped);
	if (dropped)
		__sync_fetch_and_add(&cpu->dropped, dropped);
	return 0;
}
