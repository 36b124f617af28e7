// SPDX-License-Identifier: GPL-2.0-only
/*
 * A custom counter for the live tests: each frame is counted once in a map of each
 * type, under a key of each form, from its headers.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct traffic {
	__u32 pad;
	struct {
		__u64 packets;
		__u16 small;
	} inner;
};

struct name {
	char text[8];
};

struct mac {
	__u8 bytes[ETH_ALEN];
};

struct address {
	__u8 bytes[16];
};

#define MAP(name, kind, entries, key_type, value_type)                                             \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_##kind);                                                 \
		__uint(max_entries, entries);                                                      \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} name SEC(".maps")

MAP(by_array, ARRAY, 256, __u32, __u64);
MAP(by_percpu_array, PERCPU_ARRAY, 4, __u32, struct traffic);
MAP(by_hash, HASH, 64, __be32, __u64);
MAP(by_percpu_hash, PERCPU_HASH, 64, struct mac, __u32);
MAP(by_lru_hash, LRU_HASH, 64, __be16, __u64);
MAP(by_name, HASH, 4, struct name, __u64);
/* The kernel makes its entries a multiple of the CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 1001);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, struct address);
	__type(value, __u64);
} by_lru_percpu_hash SEC(".maps");

MAP(many, HASH, 64, __u32, __u64);
MAP(others, PROG_ARRAY, 1, __u32, __u32);

/* Without counts; the kernel or libbpf make their entries, sizes or flags other than asked for. */
MAP(device_array, DEVMAP, 4, __u32, __u64);
MAP(device_hash, DEVMAP_HASH, 5, __u32, __u32);
MAP(cpus, CPUMAP, 2, __u32, __u64);
MAP(sockets, XSKMAP, 3, __u32, __u32);
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} ring SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 3);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY);
	__type(key, struct address);
	__type(value, __u64);
} prefixes SEC(".maps");

/* Adds one under a key, in a map whose values are 8 bytes. */
static void add(void *map, const void *key)
{
	const __u64 zero = 0;
	__u64 *count = bpf_map_lookup_elem(map, key);

	if (!count) {
		bpf_map_update_elem(map, key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(map, key);
	}
	if (count)
		__sync_fetch_and_add(count, 1);
}

static void add_per_cpu(void)
{
	const __u32 key = 2;
	struct traffic *traffic = bpf_map_lookup_elem(&by_percpu_array, &key);

	if (!traffic)
		return;
	traffic->inner.packets++;
	traffic->inner.small++;
}

static void add_destination(const struct ethhdr *ethernet)
{
	const __u32 one = 1;
	struct mac mac;
	__u32 *count;

	__builtin_memcpy(mac.bytes, ethernet->h_dest, sizeof(mac.bytes));
	count = bpf_map_lookup_elem(&by_percpu_hash, &mac);
	if (count)
		*count += 1;
	else
		bpf_map_update_elem(&by_percpu_hash, &mac, &one, BPF_NOEXIST);
}

SEC("xdp")
int count_everything(struct xdp_md *ctx)
{
	const struct name name = {"a/b c"};
	const struct address address = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);

	if ((void *)(ethernet + 1) > end)
		return XDP_PASS;
	add_per_cpu();
	add_destination(ethernet);
	__be16 protocol = ethernet->h_proto;
	add(&by_lru_hash, &protocol);
	add(&by_lru_percpu_hash, &address);
	add(&by_name, &name);
#pragma unroll
	for (__u32 i = 0; i < 10; i++) {
		const __u32 key = i;

		add(&many, &key);
	}
	if ((void *)(ip + 1) > end || protocol != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	__u32 number = ip->protocol;
	add(&by_array, &number);
	__be32 destination = ip->daddr;
	add(&by_hash, &destination);
	return XDP_PASS;
}

/* What is refused, or warned of. */
SEC("xdp")
int count_plainly(struct xdp_md *ctx)
{
	const __u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&by_array, &key);

	(void)ctx;
	if (count)
		(*count)++;
	return XDP_PASS;
}

SEC("xdp")
int read_beyond(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data;
}

SEC("tc")
int of_tc(struct __sk_buff *skb)
{
	(void)skb;
	return 0;
}
