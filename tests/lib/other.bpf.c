// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is not ours, for the live tests: an XDP program that holds a hook and
 * counts in a map, and a classifier that tags what is sent as a VLAN device does.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char other_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

SEC("xdp")
int other_owner(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&seen, &key);

	(void)ctx;
	if (count)
		__sync_fetch_and_add(count, 1);
	return XDP_PASS;
}

/* Into the packet's metadata: the device inserts it, or hands it over beside the frame. */
SEC("tc")
int push_tag(struct __sk_buff *skb)
{
	bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 5);
	return 0; /* TC_ACT_OK */
}

/* Hands packets over to the peer of the device with this index, past the driver of that peer. */
SEC("classifier")
int to_peer(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_redirect_peer(77, 0);
}
