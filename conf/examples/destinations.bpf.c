// SPDX-License-Identifier: GPL-2.0-only
/* A worked counter of one's own: packets and bytes by IPv4 destination, on each CPU apart. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct traffic {
	__u64 packets;
	__u64 bytes;
};

/* The least recently used address goes when it is full. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, struct traffic);
} destinations SEC(".maps");

SEC("xdp")
int count_destinations(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	struct traffic first = {1, end - data};
	struct traffic *traffic;
	__be32 address;

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	address = ip->daddr;
	traffic = bpf_map_lookup_elem(&destinations, &address);
	if (traffic) {
		/* Nobody else writes the values of this CPU. */
		traffic->packets++;
		traffic->bytes += end - data;
	} else {
		bpf_map_update_elem(&destinations, &address, &first, BPF_NOEXIST);
	}
	return XDP_PASS;
}
