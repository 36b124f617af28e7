// SPDX-License-Identifier: GPL-2.0-only
/*
 * An XDP program of somebody else, to be observed: the destination port of an
 * IPv4 UDP packet is 1000 and the verdict, others pass. What it sends back is no longer IP.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char steer_license[] SEC("license") = "GPL";

#ifndef STEER_SECTION
#define STEER_SECTION "xdp"
#endif

struct steer_headers {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

SEC(STEER_SECTION)
int steer(struct xdp_md *ctx)
{
	struct steer_headers *headers = (void *)(long)ctx->data;
	__u32 verdict;

	if ((void *)(headers + 1) > (void *)(long)ctx->data_end ||
	    headers->eth.h_proto != bpf_htons(ETH_P_IP) || headers->ip.protocol != IPPROTO_UDP)
		return XDP_PASS;
	verdict = bpf_ntohs(headers->udp.dest) - 1000;
	if (verdict > XDP_REDIRECT)
		return XDP_PASS;
	if (verdict == XDP_TX)
		headers->eth.h_proto = bpf_htons(ETH_P_LOOPBACK);
	if (verdict == XDP_REDIRECT)
		return bpf_redirect(ctx->ingress_ifindex, 0);
	return verdict;
}
