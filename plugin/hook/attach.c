// SPDX-License-Identifier: GPL-2.0-only
/* Which mode is tried at a hook, and what the answer of the kernel means. */
#include "plugin/hook/attach.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "plugin/base/error.h"

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

int attach_foresee(const struct interfaces *interfaces, const struct interface *interface)
{
	if (interface->hook.mode != XDP_ATTACHED_NONE)
		return -EBUSY;
	return interfaces_neighbour(interfaces, interface) ? -EEXIST : 0;
}

enum attach_answer attach_try(const struct hook_kind *kind, int program_fd,
			      const struct interface *interface, const struct attach_plan *plan,
			      struct attach_attempt *ret_attempt)
{
	struct attach_attempt *attempt = ret_attempt;

	*attempt = (struct attach_attempt){.mode = plan->mode, .link = -1};
	if (plan->obstacle != DIAGNOSE_OBSTACLE_NONE)
		return ATTACH_REFUSED;
	attempt->error = kind->open(program_fd, interface->index, plan->mode, &attempt->link);
	if (plan->fallback && is_about_native(attempt->error)) {
		attempt->native_error = attempt->error;
		attempt->mode = XDP_LINK_GENERIC;
		attempt->error =
			kind->open(program_fd, interface->index, XDP_LINK_GENERIC, &attempt->link);
	}
	if (!attempt->error)
		return ATTACH_ATTACHED;
	return is_busy(attempt->error) ? ATTACH_BUSY : ATTACH_LATER;
}

static const char *holder_mode(const struct interface_hook *hook)
{
	enum xdp_link_mode mode = xdp_link_hook_mode(hook);

	return mode == XDP_LINK_AUTO ? "more than one" : xdp_link_mode_name(mode);
}

void attach_gather(const struct interfaces *interfaces, const struct interface *interface, int err,
		   enum xdp_link_mode mode, bool frags, struct attach_facts *ret_facts)
{
	const struct interface *neighbour = interfaces_neighbour(interfaces, interface);
	struct attach_facts *facts = ret_facts;

	bpf_info_program_by_id(is_busy(err) ? interface->hook.program_id : 0, &facts->holder);
	privileges_read(&facts->privileges);
	ethtool_read(interface->name, &facts->device);
	facts->facts = (struct diagnose_attach){
		.error = err,
		.neighbour = neighbour ? neighbour->name : "",
		.driver = facts->device.driver,
		.lro = facts->device.lro,
		.channels = facts->device.channels,
		.channels_max = facts->device.channels_max,
		.privileges = &facts->privileges,
		.mode = xdp_link_mode_name(mode),
		.kind = interface->kind,
		.mtu = interface->mtu,
		.holder_id = facts->holder.id,
		.holder_name = facts->holder.name,
		.holder_tag = facts->holder.tag,
		.holder_mode = holder_mode(&interface->hook),
		.unobserved = "",
		.frags = frags,
	};
}

void attach_explain(const struct interfaces *interfaces, const struct interface *interface, int err,
		    enum xdp_link_mode mode, bool frags, const char *unobserved, char *text,
		    size_t size)
{
	struct attach_facts facts;

	attach_gather(interfaces, interface, err, mode, frags, &facts);
	facts.facts.unobserved = unobserved;
	diagnose_attach(&facts.facts, text, size);
}
