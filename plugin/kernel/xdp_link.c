// SPDX-License-Identifier: GPL-2.0-only
/* XDP links: create, check, close. */
#include "plugin/kernel/xdp_link.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

#include "plugin/kernel/interfaces.h"

const char *xdp_link_mode_name(enum xdp_link_mode mode)
{
	switch (mode) {
	case XDP_LINK_NATIVE:
		return "native";
	case XDP_LINK_GENERIC:
		return "generic";
	case XDP_LINK_OFFLOAD:
		return "offload";
	case XDP_LINK_AUTO:
		break;
	}
	return "auto";
}

enum xdp_link_mode xdp_link_hook_mode(const struct interface_hook *hook)
{
	switch (hook->mode) {
	case XDP_ATTACHED_DRV:
		return XDP_LINK_NATIVE;
	case XDP_ATTACHED_HW:
		return XDP_LINK_OFFLOAD;
	case XDP_ATTACHED_SKB:
		return XDP_LINK_GENERIC;
	default:
		return XDP_LINK_AUTO;
	}
}

/* Mode flags alone: a link takes no others (net/core/dev.c). */
static __u32 mode_flags(enum xdp_link_mode mode)
{
	switch (mode) {
	case XDP_LINK_NATIVE:
		return XDP_FLAGS_DRV_MODE;
	case XDP_LINK_OFFLOAD:
		return XDP_FLAGS_HW_MODE;
	case XDP_LINK_GENERIC:
	case XDP_LINK_AUTO:
		break;
	}
	return XDP_FLAGS_SKB_MODE;
}

int xdp_link_open(int program_fd, unsigned int ifindex, enum xdp_link_mode mode, int *ret_link)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode_flags(mode));
	int link = bpf_link_create(program_fd, (int)ifindex, BPF_XDP, &options);

	if (link < 0)
		return -errno;
	*ret_link = link;
	return 0;
}

int xdp_link_inspect(int link, struct xdp_link_info *ret_link)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &length) < 0)
		return -errno;
	if (info.type != BPF_LINK_TYPE_XDP)
		return -EMEDIUMTYPE;
	ret_link->ifindex = info.xdp.ifindex;
	ret_link->program_id = info.prog_id;
	return 0;
}

int xdp_link_check(int link, unsigned int ifindex)
{
	struct xdp_link_info info = {0};
	int err = xdp_link_inspect(link, &info);

	if (err)
		return err;
	if (info.ifindex == 0)
		return -ENOLINK;
	return info.ifindex == ifindex ? 0 : -EXDEV;
}

int xdp_link_update(int link, int program_fd)
{
	return bpf_link_update(link, program_fd, NULL) < 0 ? -errno : 0;
}

int xdp_link_detach(int link)
{
	return bpf_link_detach(link) < 0 ? -errno : 0;
}

void xdp_link_close(int link)
{
	if (link >= 0)
		close(link);
}
