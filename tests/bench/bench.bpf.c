// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the counter is measured with: programs that do nothing, one that gives
 * a program a different header with every packet, one that sends packets on.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "tests/bench/mix.h"

char bench_license[] SEC("license") = "GPL";

/* Where xdp_send sends: an interface index. */
const volatile __u32 bench_target = 0;
const volatile __u64 bench_headers[MIX_KINDS][MIX_WORDS];

__u32 bench_random = 1;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

SEC("xdp")
int xdp_empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

SEC("xdp")
int xdp_drop(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

SEC("xdp")
int xdp_send(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect(bench_target, 0);
}

/* Writes one of the headers, at random, and goes on with the program in `next`. */
SEC("xdp")
int xdp_mix(struct xdp_md *ctx)
{
	__u64 *words = (void *)(long)ctx->data;
	__u32 kind;

	if ((void *)(words + MIX_WORDS) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	/* Numerical Recipes; the high bits are the random ones. */
	bench_random = bench_random * 1664525 + 1013904223;
	kind = bench_random >> (32 - MIX_BITS);
	for (int i = 0; i < MIX_WORDS; i++)
		words[i] = bench_headers[kind][i];
	bpf_tail_call(ctx, &next, 0);
	return XDP_ABORTED;
}
