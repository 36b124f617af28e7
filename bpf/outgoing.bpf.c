// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counter of what goes out: the same as bpf/count.bpf.c, at the egress of tcx (Linux 6.6). It
 * leaves what becomes of a packet to the programs behind it, whatever it is.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/length_out.bpf.h"

#include "bpf/count.bpf.h"

char tcx_license[] SEC("license") = "GPL";

/* TCX_NEXT of linux/bpf.h, which is older in places: goes on with the next program. */
#define OUTGOING_NEXT (-1)

/* A function of its own, so that the ordinary packet pays for none of its registers and stack. */
static __noinline int count_apart(struct __sk_buff *ctx)
{
	count_other(ctx);
	return OUTGOING_NEXT;
}

/* The section by its old name, for libbpf before 1.3; the link says which hook. */
SEC("tc")
int tcx_count(struct __sk_buff *ctx)
{
	return count_ordinary(ctx) ? OUTGOING_NEXT : count_apart(ctx);
}
