// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the counter is compared with: how others count at an XDP hook. Packets and bytes by
 * verdict, in an entry of this CPU each; and packets by EtherType, protocol and destination
 * port, as exporters' examples do, in a hash that forgets what was not seen for long.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char rivals_license[] SEC("license") = "GPL";

struct cell {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XDP_REDIRECT + 1);
	__type(key, __u32);
	__type(value, struct cell);
} by_verdict SEC(".maps");

SEC("xdp")
int xdp_by_verdict(struct xdp_md *ctx)
{
	__u32 verdict = XDP_PASS;
	struct cell *cell = bpf_map_lookup_elem(&by_verdict, &verdict);

	if (!cell)
		return XDP_ABORTED;
	cell->packets++;
	cell->bytes += (void *)(long)ctx->data_end - (void *)(long)ctx->data;
	return verdict;
}

struct service {
	__u16 ethertype;
	__u16 protocol;
	__u16 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct service);
	__type(value, __u64);
} by_service SEC(".maps");

/* The port that it goes to; 0: none. */
static __always_inline __u16 port_of(__u16 protocol, void *pos, void *end)
{
	struct tcphdr *tcp = pos;
	struct udphdr *udp = pos;

	if (protocol == IPPROTO_TCP && (void *)(tcp + 1) <= end)
		return bpf_ntohs(tcp->dest);
	if (protocol == IPPROTO_UDP && (void *)(udp + 1) <= end)
		return bpf_ntohs(udp->dest);
	return 0;
}

SEC("xdp")
int xdp_by_service(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct ipv6hdr *ipv6 = (void *)(eth + 1);
	struct service service = {0};
	__u64 *packets, one = 1;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	service.ethertype = bpf_ntohs(eth->h_proto);
	if (service.ethertype == ETH_P_IP && (void *)(ip + 1) <= end) {
		service.protocol = ip->protocol;
		service.port = port_of(ip->protocol, ip + 1, end);
	} else if (service.ethertype == ETH_P_IPV6 && (void *)(ipv6 + 1) <= end) {
		service.protocol = ipv6->nexthdr;
		service.port = port_of(ipv6->nexthdr, ipv6 + 1, end);
	}
	packets = bpf_map_lookup_elem(&by_service, &service);
	if (packets)
		__sync_fetch_and_add(packets, 1);
	else
		bpf_map_update_elem(&by_service, &service, &one, BPF_ANY);
	return XDP_PASS;
}
