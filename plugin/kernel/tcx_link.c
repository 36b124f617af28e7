// SPDX-License-Identifier: GPL-2.0-only
/* tcx links at egress: create and check. */
#include "plugin/kernel/tcx_link.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

/* Of linux/bpf.h (Linux 6.6), which older headers lack. */
#define TCX_EGRESS ((enum bpf_attach_type)47) /* BPF_TCX_EGRESS */
#define LINK_TYPE_TCX 11		      /* BPF_LINK_TYPE_TCX */
#define BEFORE_OTHERS (1U << 3)		      /* BPF_F_BEFORE, without a relative: before all */

/* The part of struct bpf_link_info that is about such a link (`tcx`). */
struct tcx_part {
	__u32 ifindex;
	__u32 attach_type;
};

int tcx_link_probe(void)
{
	__u32 count = 0;

	/* No interface has index 0, which is found out only by a kernel that knows the hook. */
	if (bpf_prog_query(0, TCX_EGRESS, 0, NULL, NULL, &count) == 0 || errno == ENODEV)
		return 0;
	return errno == EINVAL ? -EOPNOTSUPP : -errno;
}

int tcx_link_programs(unsigned int ifindex, uint32_t ret_ids[TCX_LINK_PROGRAMS],
		      unsigned int *ret_count)
{
	__u32 count = TCX_LINK_PROGRAMS;

	if (bpf_prog_query((int)ifindex, TCX_EGRESS, 0, NULL, ret_ids, &count) < 0)
		return -errno;
	*ret_count = count;
	return 0;
}

bool tcx_link_runs(unsigned int ifindex, uint32_t program_id)
{
	uint32_t ids[TCX_LINK_PROGRAMS];
	unsigned int count = 0;
	int err = tcx_link_programs(ifindex, ids, &count);

	for (unsigned int i = 0; i < count; i++) {
		if (ids[i] == program_id)
			return true;
	}
	return err && err != -ENODEV;
}

int tcx_link_open(int program_fd, unsigned int ifindex, enum xdp_link_mode mode, int *ret_link)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = BEFORE_OTHERS);
	int link = bpf_link_create(program_fd, (int)ifindex, TCX_EGRESS, &options);

	(void)mode;
	if (link < 0)
		return -errno;
	*ret_link = link;
	return 0;
}

int tcx_link_inspect(int link, struct xdp_link_info *ret_link)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);
	struct tcx_part part;

	_Static_assert(sizeof(part) <= sizeof(info.netns), "it lies in the same place");
	if (bpf_obj_get_info_by_fd(link, &info, &length) < 0)
		return -errno;
	memcpy(&part, &info.netns, sizeof(part));
	if (info.type != LINK_TYPE_TCX || part.attach_type != TCX_EGRESS)
		return -EMEDIUMTYPE;
	ret_link->ifindex = part.ifindex;
	ret_link->program_id = info.prog_id;
	return 0;
}

int tcx_link_check(int link, unsigned int ifindex)
{
	struct xdp_link_info info = {0};
	int err = tcx_link_inspect(link, &info);

	if (err)
		return err;
	if (info.ifindex == 0)
		return -ENOLINK;
	return info.ifindex == ifindex ? 0 : -EXDEV;
}
