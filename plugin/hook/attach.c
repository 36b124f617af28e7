// SPDX-License-Identifier: GPL-2.0-only
/* Which mode is tried at a hook, and what the answer of the kernel means. */
#include "plugin/hook/attach.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "plugin/base/error.h"
#include "plugin/kernel/interfaces.h"

/* One program at a time, in one of three modes. */
const struct hook_kind xdp_kind = {
	.pin = "link_",
	.listed = true,
	.plan = attach_plan,
	.open = xdp_link_open,
	.check = xdp_link_check,
	.inspect = xdp_link_inspect,
	.update = xdp_link_update,
	.detach = xdp_link_detach,
	.close = xdp_link_close,
};

static bool is_busy(int err)
{
	return err == -EBUSY || err == -EEXIST;
}

/* Whether a refusal in native mode is about that mode, so that generic mode may work. */
static bool is_about_native(int err)
{
	static const int others[] = {0, -EBUSY, -EEXIST, -EPERM, -EACCES, -ENODEV, -EBADF};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (err == others[i])
			return false;
	}
	return !error_is_transient(err);
}

struct attach_plan attach_plan(const struct interface *interface, enum xdp_link_mode wished)
{
	bool bond = strcmp(interface->kind, "bond") == 0;
	bool veth = strcmp(interface->kind, "veth") == 0;
	struct attach_plan plan = {.mode = wished};

	if (wished == XDP_LINK_AUTO) {
		plan.mode = bond || veth ? XDP_LINK_GENERIC : XDP_LINK_NATIVE;
		plan.fallback = plan.mode == XDP_LINK_NATIVE;
	}
	if (!interfaces_has_ethernet(interface))
		plan.obstacle = DIAGNOSE_OBSTACLE_NO_ETHERNET;
	else if (bond && plan.mode != XDP_LINK_GENERIC)
		plan.obstacle = DIAGNOSE_OBSTACLE_BOND;
	return plan;
}

enum attach_above attach_look_above(struct interfaces *interfaces,
				    const struct interface *interface, const struct attach_own *own,
				    struct interface *ret_upper)
{
	enum attach_above answer = ATTACH_ABOVE_FREE;
	size_t count;
	const struct interface *list = interfaces_list(interfaces, &count);

	for (size_t i = 0; i < count; i++) {
		struct interface upper;

		if (!interface_is_above(&list[i], interface))
			continue;
		if (interfaces_query(interfaces, list[i].index, &upper) != 0)
			return ATTACH_ABOVE_UNKNOWN;
		if (upper.hook.mode == XDP_ATTACHED_NONE)
			continue;
		*ret_upper = upper;
		if (!own->is_own(own->context, upper.index, upper.hook.program_id))
			return ATTACH_ABOVE_FOREIGN;
		answer = ATTACH_ABOVE_OWN;
	}
	return answer;
}

/* ixgbe above 128 CPUs and ice with too few TX queues say ENOMEM, and never anything else. */
bool attach_may_last(const struct attach_plan *plan, int err)
{
	return plan->fallback && (err == -ENOMEM || err == -EAGAIN);
}

static bool falls_back(const struct attach_plan *plan, int err)
{
	return plan->fallback &&
	       (is_about_native(err) || (plan->insists && attach_may_last(plan, err)));
}

static int open_link(const struct hook_kind *kind, int program_fd, unsigned int ifindex,
		     enum xdp_link_mode mode, struct attach_attempt *attempt)
{
	attempt->mode = mode;
	attempt->link = -1;
	return kind->open(program_fd, ifindex, mode, &attempt->link);
}

/* Native mode once more, where generic mode has switched off what was in its way. */
static void try_native_again(const struct hook_kind *kind, int program_fd,
			     const struct interface *interface, struct attach_attempt *attempt)
{
	struct ethtool device;

	ethtool_read(interface->name, &device);
	if (device.lro)
		return;
	kind->close(attempt->link);
	attempt->error = open_link(kind, program_fd, interface->index, XDP_LINK_NATIVE, attempt);
	attempt->lro_off = !attempt->error;
	if (attempt->error)
		attempt->error =
			open_link(kind, program_fd, interface->index, XDP_LINK_GENERIC, attempt);
	else
		attempt->native_error = 0;
}

static void fall_back(const struct hook_kind *kind, int program_fd,
		      const struct interface *interface, struct attach_attempt *attempt)
{
	struct ethtool before;

	attempt->native_error = attempt->error;
	ethtool_read(interface->name, &before);
	attempt->error = open_link(kind, program_fd, interface->index, XDP_LINK_GENERIC, attempt);
	if (!attempt->error && before.lro)
		try_native_again(kind, program_fd, interface, attempt);
}

enum attach_answer attach_try(const struct hook_kind *kind, int program_fd,
			      const struct interface *interface, const struct attach_plan *plan,
			      struct attach_attempt *ret_attempt)
{
	struct attach_attempt *attempt = ret_attempt;

	*attempt = (struct attach_attempt){.mode = plan->mode, .link = -1};
	if (plan->obstacle != DIAGNOSE_OBSTACLE_NONE)
		return ATTACH_REFUSED;
	attempt->error = open_link(kind, program_fd, interface->index, plan->mode, attempt);
	if (falls_back(plan, attempt->error))
		fall_back(kind, program_fd, interface, attempt);
	if (!attempt->error)
		return ATTACH_ATTACHED;
	return is_busy(attempt->error) ? ATTACH_BUSY : ATTACH_LATER;
}

static const char *holder_mode(const struct interface_hook *hook)
{
	enum xdp_link_mode mode = xdp_link_hook_mode(hook);

	return mode == XDP_LINK_AUTO ? "more than one" : xdp_link_mode_name(mode);
}

/* The program that is in the way: at the hook itself, or else above. */
static uint32_t find_holder(const struct interface *interface, const struct attach_failure *failure)
{
	if (!is_busy(failure->error))
		return 0;
	if (interface->hook.mode != XDP_ATTACHED_NONE || !failure->upper)
		return interface->hook.program_id;
	return failure->upper->hook.program_id;
}

void attach_gather(const struct interface *interface, const struct attach_failure *failure,
		   struct attach_facts *ret_facts)
{
	bool above = interface->hook.mode == XDP_ATTACHED_NONE;
	struct attach_facts *facts = ret_facts;

	bpf_info_program_by_id(find_holder(interface, failure), &facts->holder);
	privileges_read(&facts->privileges);
	ethtool_read(interface->name, &facts->device);
	facts->facts = (struct diagnose_attach){
		.error = failure->error,
		.above = above,
		.upper = above && failure->upper ? failure->upper->name : "",
		.own = failure->own,
		.driver = facts->device.driver,
		.lro = facts->device.lro,
		.channels = facts->device.channels,
		.channels_max = facts->device.channels_max,
		.privileges = &facts->privileges,
		.mode = xdp_link_mode_name(failure->mode),
		.kind = interface->kind,
		.mtu = interface->mtu,
		.holder_id = facts->holder.id,
		.holder_name = facts->holder.name,
		.holder_tag = facts->holder.tag,
		.holder_mode = holder_mode(&interface->hook),
		.unobserved = failure->unobserved,
		.frags = failure->frags,
	};
}

void attach_explain(const struct interface *interface, const struct attach_failure *failure,
		    char *text, size_t size)
{
	struct attach_facts facts;

	attach_gather(interface, failure, &facts);
	diagnose_attach(&facts.facts, text, size);
}
