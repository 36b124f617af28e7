// SPDX-License-Identifier: GPL-2.0-only
/* Rejected: a verdict that this type of program does not have. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char rejected_license[] SEC("license") = "GPL";

SEC("cgroup/sock_create")
int rejected(struct bpf_sock *ctx)
{
	return 5;
}
