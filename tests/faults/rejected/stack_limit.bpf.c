// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: two functions whose stacks together exceed 512 bytes. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

/* Uses 320 bytes of the stack of the function it is in. */
#define USE_STACK() asm volatile("r1 = 0\n*(u64 *)(r10 - 320) = r1\n" ::: "r1", "memory")

static __attribute__((noinline)) int inner(struct xdp_md *ctx)
{
	int queue = (int)ctx->rx_queue_index;

	USE_STACK();
	return queue;
}

SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	int queue = inner(ctx);

	USE_STACK();
	return queue ? XDP_PASS : XDP_DROP;
}
