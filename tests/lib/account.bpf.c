// SPDX-License-Identifier: GPL-2.0-only
/*
 * An XDP program of somebody else of which the fate of each packet is known: the destination port
 * of an IPv4 UDP packet says what becomes of it. Its maps are filled by who loads it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char account_license[] SEC("license") = "GPL";

/* Ports from 1000 on: verdicts, and from here on redirects. */
#define ACCOUNT_PORT 1000
enum {
	ACCOUNT_INVALID = 5,  /* a verdict that is none */
	ACCOUNT_NOBODY,	      /* to an interface that is not there */
	ACCOUNT_UNABLE,	      /* to one that takes no redirected packets: lo */
	ACCOUNT_CPU,	      /* to the cpumap */
	ACCOUNT_SOCKET,	      /* to the AF_XDP socket of the queue */
	ACCOUNT_DEVICES = 20, /* to the devmap's entry: 20, 21, ... */
	ACCOUNT_END = ACCOUNT_DEVICES + 4
};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, ACCOUNT_END - ACCOUNT_DEVICES);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

struct account_headers {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

SEC("xdp")
int account(struct xdp_md *ctx)
{
	struct account_headers *headers = (void *)(long)ctx->data;
	__u32 fate;

	if ((void *)(headers + 1) > (void *)(long)ctx->data_end ||
	    headers->eth.h_proto != bpf_htons(ETH_P_IP) || headers->ip.protocol != IPPROTO_UDP)
		return XDP_PASS;
	fate = bpf_ntohs(headers->udp.dest) - ACCOUNT_PORT;
	switch (fate) {
	case XDP_TX:
	case XDP_ABORTED:
	case XDP_DROP:
		return fate;
	case ACCOUNT_INVALID:
		return XDP_REDIRECT + 13;
	case ACCOUNT_NOBODY:
		return bpf_redirect(0x7fffffff, 0);
	case ACCOUNT_UNABLE:
		return bpf_redirect(1, 0);
	case ACCOUNT_CPU:
		return bpf_redirect_map(&queues, 0, 0);
	case ACCOUNT_SOCKET:
		return bpf_redirect_map(&sockets, ctx->rx_queue_index, 0);
	}
	if (fate >= ACCOUNT_DEVICES && fate < ACCOUNT_END)
		return bpf_redirect_map(&devices, fate - ACCOUNT_DEVICES, 0);
	return XDP_PASS;
}

/* At the other end of a veth, without which it takes no redirected packets. */
SEC("xdp")
int taker(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}
