// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counter: finds the record of the interface a packet came in on, adds
 * the packet to this CPU's copy of it, and lets the packet pass, whatever it is.
 * The second of the two programs leaves what becomes of it to the user's.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/length.bpf.h"

#include "bpf/count.bpf.h"

char xdp_license[] SEC("license") = "GPL";

/* The user's program, for xdp_count_next; not created for xdp_count. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next_program SEC(".maps");

/* A function of its own, so that the ordinary packet pays for none of its registers and stack. */
static __noinline int count_apart(struct xdp_md *ctx)
{
	count_other(ctx);
	return XDP_PASS;
}

SEC("xdp")
int xdp_count(struct xdp_md *ctx)
{
	return count_ordinary(ctx) ? XDP_PASS : count_apart(ctx);
}

/*
 * With Next, in place of xdp_count. A tail call does not return; an empty slot falls through.
 * Not every kernel takes functions beside tail calls: without a JIT, and on some processors.
 */
SEC("?xdp")
int xdp_count_next(struct xdp_md *ctx)
{
	if (!count_ordinary(ctx))
		count_other(ctx);
	bpf_tail_call(ctx, &next_program, 0);
	return XDP_PASS;
}
