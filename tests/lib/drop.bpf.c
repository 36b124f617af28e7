// SPDX-License-Identifier: GPL-2.0-only
/* What is not ours at what goes out: a classifier that counts packets, and drops them. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define DROP 2 /* TCX_DROP, and TC_ACT_SHOT of a filter in direct action */

char drop_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

SEC("tc")
int drop_all(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&dropped, &key);

	(void)skb;
	if (count)
		__sync_fetch_and_add(count, 1);
	return DROP;
}
