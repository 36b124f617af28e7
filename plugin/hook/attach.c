// SPDX-License-Identifier: GPL-2.0-only
/* The kinds of hooks, which mode is tried there, and what the answer of the kernel means. */
#include "plugin/hook/attach.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "plugin/base/error.h"
#include "plugin/kernel/interface.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/process.h"
#include "plugin/kernel/tcx_link.h"

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

/*
 * Where a packet does not pass the hook just once, under the index of its interface: by kind, or
 * for hardware by driver. What is not here passes it once, as far as is known.
 */
static const struct attach_rule {
	const char *kind;		/* "": hardware */
	const char *driver;		/* of hardware */
	enum diagnose_obstacle native;	/* in that mode */
	enum diagnose_obstacle generic; /* the same */
	bool prefers_generic;		/* though native works */
} rules[] = {
	/* Its ports run a native program, under their own indexes (drivers/net/bonding). */
	{"bond", "", DIAGNOSE_OBSTACLE_BOND, DIAGNOSE_OBSTACLE_NONE, true},
	/* A native program switches off the peer's segmentation: half of local TCP's speed. */
	{"veth", "", DIAGNOSE_OBSTACLE_NONE, DIAGNOSE_OBSTACLE_NONE, true},
	/* Packets go on as those of the interface that they came by (drivers/net/ifb.c). */
	{"ifb", "", DIAGNOSE_OBSTACLE_IFB, DIAGNOSE_OBSTACLE_IFB, false},
	/* Packets become its own in the IP layer (drivers/net/vrf.c). */
	{"vrf", "", DIAGNOSE_OBSTACLE_VRF, DIAGNOSE_OBSTACLE_VRF, false},
	/* A native program is given to the virtual function, too (netvsc_vf_setxdp()). */
	{"", "hv_netvsc", DIAGNOSE_OBSTACLE_VF, DIAGNOSE_OBSTACLE_NONE, true},
	/* One receive ring for all ports, of a device without index (mtk_create_page_pool()). */
	{"", "mtk_soc_eth", DIAGNOSE_OBSTACLE_NO_INDEX, DIAGNOSE_OBSTACLE_NONE, true},
};

static const struct attach_rule *find_rule(const struct interface *interface, const char *driver)
{
	static const struct attach_rule none;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].kind, interface->kind) == 0 &&
		    (interface->kind[0] || strcmp(rules[i].driver, driver) == 0))
			return &rules[i];
	}
	return &none;
}

struct attach_plan attach_plan(const struct interface *interface, const char *driver,
			       enum xdp_link_mode wished)
{
	const struct attach_rule *rule = find_rule(interface, driver);
	struct attach_plan plan = {.mode = wished};

	if (wished == XDP_LINK_AUTO) {
		plan.mode = rule->prefers_generic ? XDP_LINK_GENERIC : XDP_LINK_NATIVE;
		plan.fallback = plan.mode == XDP_LINK_NATIVE;
	}
	plan.obstacle = plan.mode == XDP_LINK_GENERIC ? rule->generic : rule->native;
	if (interface->behind)
		plan.obstacle = DIAGNOSE_OBSTACLE_L3S;
	if (!interface_has_ethernet(interface))
		plan.obstacle = DIAGNOSE_OBSTACLE_NO_ETHERNET;
	return plan;
}

/* Only hardware is asked for its driver, and only where that may matter. */
static struct attach_plan plan_at(const struct interface *interface, enum xdp_link_mode wished)
{
	char driver[ETHTOOL_DRIVER] = "";

	if (!interface->kind[0] && wished != XDP_LINK_GENERIC)
		ethtool_driver(interface->name, driver);
	return attach_plan(interface, driver, wished);
}

const struct hook_kind xdp_kind = {
	.pin = "link_",
	.listed = true,
	.plan = plan_at,
	.open = xdp_link_open,
	.check = xdp_link_check,
	.inspect = xdp_link_inspect,
	.update = xdp_link_update,
	.detach = xdp_link_detach,
	.close = xdp_link_close,
};

/* Nothing leaves an interface by way of the tcx hook of another one. */
static struct attach_plan plan_outgoing(const struct interface *interface,
					enum xdp_link_mode wished)
{
	struct attach_plan plan = {.mode = XDP_LINK_AUTO};

	(void)wished;
	if (!interface_has_ethernet(interface))
		plan.obstacle = DIAGNOSE_OBSTACLE_NO_ETHERNET;
	return plan;
}

const struct hook_kind tcx_kind = {
	.pin = "link_",
	.outgoing = true,
	.probe = tcx_link_probe,
	.plan = plan_outgoing,
	.runs = tcx_link_runs,
	.open = tcx_link_open,
	.check = tcx_link_check,
	.inspect = tcx_link_inspect,
	.update = xdp_link_update,
	.detach = xdp_link_detach,
	.close = xdp_link_close,
};

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
bool attach_may_last(const struct attach_plan *plan, const struct interface *interface, int err)
{
	return plan->fallback && (err == -ENOMEM || err == -EAGAIN ||
				  (err == -EBUSY && interface->hook.mode == XDP_ATTACHED_NONE));
}

static bool falls_back(const struct attach_plan *plan, const struct interface *interface, int err)
{
	return plan->fallback &&
	       (is_about_native(err) || (plan->insists && attach_may_last(plan, interface, err)));
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
	/* The rest of the daemon needs descriptors, too. */
	attempt->error = process_may_take_file() ? open_link(kind, program_fd, interface->index,
							     plan->mode, attempt)
						 : -EMFILE;
	if (falls_back(plan, interface, attempt->error))
		fall_back(kind, program_fd, interface, attempt);
	if (!attempt->error)
		return ATTACH_ATTACHED;
	return kind->listed && is_busy(attempt->error) ? ATTACH_BUSY : ATTACH_LATER;
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
		.outgoing = failure->outgoing,
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
