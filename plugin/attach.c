// SPDX-License-Identifier: GPL-2.0-only
/* XDP links: create, check, close. */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

const char *attach_mode_name(enum attach_mode mode)
{
	switch (mode) {
	case ATTACH_NATIVE:
		return "native";
	case ATTACH_GENERIC:
		return "generic";
	case ATTACH_OFFLOAD:
		return "offload";
	case ATTACH_AUTO:
		break;
	}
	return "auto";
}

/* Mode flags alone: a link takes no others (net/core/dev.c). */
static __u32 mode_flags(enum attach_mode mode)
{
	switch (mode) {
	case ATTACH_NATIVE:
		return XDP_FLAGS_DRV_MODE;
	case ATTACH_OFFLOAD:
		return XDP_FLAGS_HW_MODE;
	case ATTACH_GENERIC:
	case ATTACH_AUTO:
		break;
	}
	return XDP_FLAGS_SKB_MODE;
}

int attach_open(int program_fd, unsigned int ifindex, enum attach_mode mode, int *ret_link)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode_flags(mode));
	int link = bpf_link_create(program_fd, (int)ifindex, BPF_XDP, &options);

	if (link < 0)
		return -errno;
	*ret_link = link;
	return 0;
}

int attach_check(int link, unsigned int ifindex)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &length) < 0)
		return -errno;
	if (info.type != BPF_LINK_TYPE_XDP || info.xdp.ifindex == 0)
		return -ENOLINK;
	return info.xdp.ifindex == ifindex ? 0 : -EXDEV;
}

void attach_close(int link)
{
	if (link >= 0)
		close(link);
}

void attach_describe(uint32_t program_id, struct attach_holder *ret_holder)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	int fd;

	*ret_holder = (struct attach_holder){.program_id = program_id};
	if (!program_id)
		return;
	fd = bpf_prog_get_fd_by_id(program_id);
	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0) {
		snprintf(ret_holder->name, sizeof(ret_holder->name), "%s", info.name);
		for (size_t i = 0; i < sizeof(info.tag); i++)
			snprintf(ret_holder->tag + 2 * i, 3, "%02x", info.tag[i]);
	}
	close(fd);
}
