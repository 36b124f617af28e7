// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors of the fake kernel, and links to both kinds of hooks. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/fake_kernel.h"

#include <errno.h>

#include <linux/if_link.h>

#define FAKE_FD_FIRST 100

/* --- descriptors */

int fake_kernel_open(enum pin_dir_kind kind, int object)
{
	for (int i = 0; i < FAKE_FDS; i++) {
		if (kernel.fds[i].open)
			continue;
		kernel.fds[i] = (struct fake_fd){true, kind, object};
		if (kind == PIN_DIR_LINK)
			kernel.links[object].references++;
		return FAKE_FD_FIRST + i;
	}
	fail_msg("no descriptor left");
	return -1;
}

static struct fake_fd *find_fd(int fd)
{
	struct fake_fd *found = &kernel.fds[fd - FAKE_FD_FIRST];

	assert_true(fd >= FAKE_FD_FIRST && fd < FAKE_FD_FIRST + FAKE_FDS);
	assert_true(found->open);
	return found;
}

void fake_kernel_close(int fd)
{
	struct fake_fd *closed = find_fd(fd);

	closed->open = false;
	if (closed->kind == PIN_DIR_LINK)
		fake_kernel_drop_reference(closed->object);
}

unsigned int fake_kernel_open_fds(void)
{
	unsigned int count = 0;

	for (int i = 0; i < FAKE_FDS; i++)
		count += kernel.fds[i].open;
	return count;
}

void fake_kernel_end_process(void)
{
	for (int i = 0; i < FAKE_FDS; i++) {
		if (kernel.fds[i].open)
			fake_kernel_close(FAKE_FD_FIRST + i);
	}
	kernel.locked = false;
	kernel.opened = 0;
	kernel.stale = true;
}

/* --- plugin/kernel/xdp_link.h */

/* A link that nobody refers to yet. */
static int make_link(unsigned int ifindex, uint32_t program_id, bool tcx)
{
	for (int i = 0; i < FAKE_LINKS; i++) {
		if (kernel.links[i].exists)
			continue;
		kernel.links[i] = (struct fake_link){.exists = true,
						     .tcx = tcx,
						     .order = ++kernel.links_made,
						     .ifindex = ifindex,
						     .program_id = program_id};
		return i;
	}
	fail_msg("no link left");
	return -1;
}

static uint32_t program_of(int fd)
{
	assert_int_equal(find_fd(fd)->kind, PIN_DIR_PROGRAM);
	return (uint32_t)find_fd(fd)->object;
}

/* As dev_xdp_attach() in net/core/dev.c: no program below another. */
static bool is_below_a_program(const struct fake_device *device)
{
	for (int i = 0; i < FAKE_DEVICES; i++) {
		const struct fake_device *upper = &kernel.devices[i];
		unsigned int index = upper->interface.index;

		if (index && fake_kernel_at_hook(index) &&
		    (index == device->interface.master ||
		     upper->interface.lower == device->interface.index))
			return true;
	}
	return device->elsewhere;
}

int xdp_link_open(int program_fd, unsigned int ifindex, enum xdp_link_mode mode, int *ret_link)
{
	struct fake_device *device = fake_kernel_find(ifindex);
	int err = fake_kernel_call("open", " %u %s", ifindex, xdp_link_mode_name(mode));

	assert_int_not_equal(mode, XDP_LINK_AUTO);
	if (!err && !device)
		err = -ENODEV;
	if (!err && (device->link >= 0 || device->foreign))
		err = -EBUSY;
	if (!err && is_below_a_program(device))
		err = -EEXIST;
	if (!err)
		err = mode == XDP_LINK_NATIVE ? device->native_error : device->generic_error;
	if (!err && mode == XDP_LINK_NATIVE && device->lro)
		err = -EOPNOTSUPP;
	if (err)
		return err;
	device->lro = false;
	device->link = make_link(ifindex, program_of(program_fd), false);
	device->mode = mode;
	*ret_link = fake_kernel_open(PIN_DIR_LINK, device->link);
	return 0;
}

static struct fake_link *link_of(int fd)
{
	assert_int_equal(find_fd(fd)->kind, PIN_DIR_LINK);
	return &kernel.links[find_fd(fd)->object];
}

/* What both kinds of links answer. */
static int check_link(int link, unsigned int ifindex, bool tcx)
{
	int err = fake_kernel_call("check", " %u", ifindex);

	if (err)
		return err;
	if (link_of(link)->tcx != tcx)
		return -EMEDIUMTYPE;
	if (!link_of(link)->ifindex)
		return -ENOLINK;
	return link_of(link)->ifindex == ifindex ? 0 : -EXDEV;
}

int xdp_link_check(int link, unsigned int ifindex)
{
	return check_link(link, ifindex, false);
}

static int inspect_link(int link, struct xdp_link_info *ret_link, bool tcx)
{
	int err = fake_kernel_call("inspect", "%s", "");

	if (err)
		return err;
	if (link_of(link)->tcx != tcx)
		return -EMEDIUMTYPE;
	ret_link->ifindex = link_of(link)->ifindex;
	ret_link->program_id = link_of(link)->program_id;
	return 0;
}

int xdp_link_inspect(int link, struct xdp_link_info *ret_link)
{
	return inspect_link(link, ret_link, false);
}

int xdp_link_update(int link, int program_fd)
{
	struct fake_link *updated = link_of(link);
	int err = fake_kernel_call("update", " %u", updated->ifindex);

	if (!err && !updated->ifindex)
		err = -ENOLINK;
	if (!err)
		err = fake_kernel_device(updated->ifindex)->update_error;
	if (!err)
		updated->program_id = program_of(program_fd);
	return err;
}

int xdp_link_detach(int link)
{
	struct fake_link *detached = link_of(link);
	int err = fake_kernel_call("detach", " %u", detached->ifindex);

	if (err)
		return err;
	if (!detached->ifindex)
		return -ENOLINK;
	if (!detached->tcx && fake_kernel_find(detached->ifindex))
		fake_kernel_find(detached->ifindex)->link = -1;
	detached->ifindex = 0;
	kernel.detachments++;
	return 0;
}

void xdp_link_close(int link)
{
	if (link >= 0)
		fake_kernel_close(link);
}

const char *xdp_link_mode_name(enum xdp_link_mode mode)
{
	static const char *const names[] = {"auto", "native", "generic", "offload"};

	return names[mode];
}

enum xdp_link_mode xdp_link_hook_mode(const struct interface_hook *hook)
{
	static const enum xdp_link_mode modes[] = {
		[XDP_ATTACHED_NONE] = XDP_LINK_AUTO,   [XDP_ATTACHED_DRV] = XDP_LINK_NATIVE,
		[XDP_ATTACHED_SKB] = XDP_LINK_GENERIC, [XDP_ATTACHED_HW] = XDP_LINK_OFFLOAD,
		[XDP_ATTACHED_MULTI] = XDP_LINK_AUTO,
	};

	return modes[hook->mode];
}

/* --- plugin/kernel/tcx_link.h */

void fake_kernel_add_outgoing(unsigned int index, uint32_t program_id)
{
	kernel.links[make_link(index, program_id, true)].references++;
}

int tcx_link_probe(void)
{
	int err = fake_kernel_call("probe", "%s", "");

	return err ? err : kernel.no_tcx ? -EOPNOTSUPP : 0;
}

int tcx_link_open(int program_fd, unsigned int ifindex, enum xdp_link_mode mode, int *ret_link)
{
	const struct fake_device *device = fake_kernel_find(ifindex);
	uint32_t program = program_of(program_fd);
	int err = fake_kernel_call("open", " %u outgoing", ifindex);

	/* There is one mode, which has no name. */
	assert_int_equal(mode, XDP_LINK_AUTO);
	if (!err && kernel.no_tcx)
		err = -EINVAL;
	if (!err && !device)
		err = -ENODEV;
	for (int i = 0; !err && i < FAKE_LINKS; i++) {
		const struct fake_link *link = &kernel.links[i];

		if (link->exists && link->tcx && !link->elsewhere && link->ifindex == ifindex &&
		    link->program_id == program)
			err = -EEXIST;
	}
	if (!err)
		err = device->tcx_error;
	if (!err)
		*ret_link = fake_kernel_open(PIN_DIR_LINK, make_link(ifindex, program, true));
	return err;
}

int tcx_link_check(int link, unsigned int ifindex)
{
	return check_link(link, ifindex, true);
}

int tcx_link_inspect(int link, struct xdp_link_info *ret_link)
{
	return inspect_link(link, ret_link, true);
}

bool tcx_link_runs(unsigned int ifindex, uint32_t program_id)
{
	for (int i = 0; i < FAKE_LINKS; i++) {
		const struct fake_link *link = &kernel.links[i];

		if (link->exists && link->tcx && !link->elsewhere && link->ifindex == ifindex &&
		    link->program_id == program_id)
			return true;
	}
	return false;
}
