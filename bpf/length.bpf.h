/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a packet is, and whether it has several buffers. A helper knows the first (Linux
 * 5.18), but a call costs more than all else that the counter does with most packets. Where the
 * kernel lets a program read its own struct xdp_buff (bpf_cast_to_kern_ctx(), Linux 6.2, with
 * BTF; the verifier makes a move of it), a flag there says whether there is more than one.
 *
 * libbpf loads no object that refers to the kernel's BTF on a kernel without it, so the object
 * is built twice: with LENGTH_BY_CAST and without.
 */
#ifndef COLLECTD_XDP_LENGTH_BPF_H
#define COLLECTD_XDP_LENGTH_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf/parse.bpf.h"
#include "bpf/tally.bpf.h"

/* What the hook gives a program, and how that reads across buffers. */
#define LENGTH_CONTEXT struct xdp_md
#define LENGTH_ACROSS PARSE_ACROSS

#ifdef LENGTH_BY_CAST

/*
 * Of include/net/xdp.h. libbpf puts in where this kernel has the member and what value the
 * flag has; where it has not, the object does not load.
 */
enum xdp_buff_flags { XDP_FLAGS_HAS_FRAGS = 1 };

struct xdp_buff {
	__u32 flags;
} __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym;

/* Whether the packet may have buffers besides the first. */
static __always_inline bool length_may_have_more(struct xdp_md *ctx)
{
	const struct xdp_buff *buffer = bpf_cast_to_kern_ctx(ctx);

	return buffer->flags & bpf_core_enum_value(enum xdp_buff_flags, XDP_FLAGS_HAS_FRAGS);
}

/* Whether the packet has several buffers, if that is known without a call. */
static __always_inline bool length_is_far(struct xdp_md *ctx)
{
	return __builtin_expect(length_may_have_more(ctx), false);
}

/* The same of a packet that is not far. */
static __always_inline bool length_near_may_have_more(struct xdp_md *ctx)
{
	(void)ctx;
	return false;
}

/* Bytes of a packet that is not far. */
static __always_inline __u64 length_near(struct xdp_md *ctx, void *data, void *end)
{
	(void)ctx;
	return end - data;
}

#else

/* Only asking for them would tell. */
static __always_inline bool length_may_have_more(struct xdp_md *ctx)
{
	(void)ctx;
	return setting_buff_len;
}

static __always_inline bool length_is_far(struct xdp_md *ctx)
{
	(void)ctx;
	return false;
}

static __always_inline bool length_near_may_have_more(struct xdp_md *ctx)
{
	return length_may_have_more(ctx);
}

/* Before Linux 5.18 there are no packets of several buffers. */
static __always_inline __u64 length_near(struct xdp_md *ctx, void *data, void *end)
{
	return setting_buff_len ? bpf_xdp_get_buff_len(ctx) : (__u64)(end - data);
}

#endif

/* Of the whole packet, however many buffers it has. */
static __always_inline struct tally_packets length_of(struct xdp_md *ctx)
{
	__u64 length;

	if (length_is_far(ctx))
		length = bpf_xdp_get_buff_len(ctx);
	else
		length = length_near(ctx, (void *)(long)ctx->data, (void *)(long)ctx->data_end);
	barrier_var(length);
	return tally_one(length);
}

/* 1 or 0: whether the packet has a tag that is not in its frame. */
static __always_inline __u64 length_tagged(struct xdp_md *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline bool length_load(struct xdp_md *ctx, void *to, __u32 size)
{
	return bpf_xdp_load_bytes(ctx, 0, to, size) == 0;
}

/* Index of the interface that the packet came in on, and the queue. */
static __always_inline __u32 length_interface(const struct xdp_md *ctx)
{
	return ctx->ingress_ifindex;
}

static __always_inline __u32 length_queue(const struct xdp_md *ctx)
{
	return ctx->rx_queue_index;
}

#endif
