// SPDX-License-Identifier: GPL-2.0-only
/* One attempt to get one interface attached: what is tried, and what is told when it fails. */
#include "plugin/hook/attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "plugin/base/error.h"
#include "plugin/diagnose/attach.h"
#include "plugin/hook/reconcile_private.h"
#include "plugin/hook/takeover.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/ethtool.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/probe.h"
#include "plugin/source/observe.h"

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

/* A bond has its ports run a native program, which then sees their indexes, not its own. */
static bool runs_elsewhere(const struct interface *interface)
{
	return strcmp(interface->kind, "bond") == 0;
}

/*
 * Attaches in the mode that was asked for. In auto, native where the driver
 * has it; on veth generic, for native mode there halves local TCP; on a bond
 * generic, see runs_elsewhere().
 */
static int attach(const struct reconcile *reconcile, struct watch *watch, int *ret_native_error)
{
	int program = reconcile->program->fd;
	enum xdp_link_mode mode = reconcile->settings.mode;
	int err;

	*ret_native_error = 0;
	if (mode == XDP_LINK_AUTO)
		mode = strcmp(watch->interface.kind, "veth") == 0 ||
				       runs_elsewhere(&watch->interface)
			       ? XDP_LINK_GENERIC
			       : XDP_LINK_NATIVE;
	watch->mode = mode;
	err = xdp_link_open(program, watch->interface.index, mode, &watch->link);
	if (reconcile->settings.mode != XDP_LINK_AUTO || mode != XDP_LINK_NATIVE ||
	    !is_about_native(err))
		return err;
	*ret_native_error = err;
	watch->mode = XDP_LINK_GENERIC;
	return xdp_link_open(program, watch->interface.index, XDP_LINK_GENERIC, &watch->link);
}

enum xdp_link_mode reconcile_hook_mode(const struct interface_hook *hook)
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

static const char *hook_mode_name(const struct interface_hook *hook)
{
	enum xdp_link_mode mode = reconcile_hook_mode(hook);

	return mode == XDP_LINK_AUTO ? "more than one" : xdp_link_mode_name(mode);
}

static void explain(const struct reconcile *reconcile, const struct watch *watch, int err,
		    enum xdp_link_mode mode, const struct bpf_info_program *holder,
		    const char *unobserved, char *text, size_t size)
{
	const struct interface *neighbour =
		interfaces_neighbour(reconcile->interfaces, &watch->interface);
	struct ethtool device;
	struct privileges privileges;
	struct diagnose_attach facts = {
		.error = err,
		.neighbour = neighbour ? neighbour->name : "",
		.driver = device.driver,
		.privileges = &privileges,
		.mode = xdp_link_mode_name(mode),
		.kind = watch->interface.kind,
		.mtu = watch->interface.mtu,
		.holder_id = holder->id,
		.holder_name = holder->name,
		.holder_tag = holder->tag,
		.holder_mode = hook_mode_name(&watch->interface.hook),
		.unobserved = unobserved,
		.frags = reconcile->program->frags,
	};

	privileges_read(&privileges);
	ethtool_read(watch->interface.name, &device);
	facts.lro = device.lro;
	facts.channels = device.channels;
	facts.channels_max = device.channels_max;
	diagnose_attach(&facts, text, size);
}

static void tell_attached(const struct reconcile *reconcile, const struct watch *watch,
			  int native_error)
{
	const struct bpf_info_program nobody = {0};
	unsigned int queues = reconcile->program->queues;
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT / 2];

	snprintf(text, sizeof(text), "counting in %s mode", xdp_link_mode_name(watch->mode));
	if (native_error && native_error != -EOPNOTSUPP) {
		explain(reconcile, watch, native_error, XDP_LINK_NATIVE, &nobody, "", why,
			sizeof(why));
		snprintf(text, sizeof(text), "counting in generic mode: %s", why);
	}
	reconcile_tell(reconcile,
		       native_error && native_error != -EOPNOTSUPP ? EVENT_WARNING : EVENT_OKAY,
		       watch->interface.name, text);
	if (queues && watch->interface.rx_queues > queues) {
		snprintf(
			text, sizeof(text),
			"it has %u RX queues, and those from %u on are counted in its totals only: "
			"it came after the counter was loaded; restart collectd to count them",
			watch->interface.rx_queues, queues);
		reconcile_tell(reconcile, EVENT_WARNING, watch->interface.name, text);
	}
}

static bool is_busy(int err)
{
	return err == -EBUSY || err == -EEXIST;
}

/* What holds the hook may have changed without a notification. */
static void look_at_hook(struct reconcile *reconcile, struct watch *watch)
{
	struct interface now;

	if (interfaces_query(reconcile->interfaces, watch->interface.index, &now) == 0)
		watch->interface.hook = now.hook;
}

/*
 * Says why an interface is not attached to, once per cause. `unobserved`: why
 * the program at its hook is not observed either; "": nothing new is known of that.
 */
static void tell_refused(struct reconcile *reconcile, struct watch *watch, int err,
			 const char *unobserved)
{
	struct bpf_info_program holder = {0};
	char text[RECONCILE_TEXT], why[RECONCILE_TEXT - 32];

	if (is_busy(err))
		holder.id = watch->interface.hook.program_id;
	if (err == watch->error && holder.id == watch->holder_id && !unobserved[0])
		return;
	bpf_info_program_by_id(holder.id, &holder);
	explain(reconcile, watch, err, watch->mode, &holder, unobserved, why, sizeof(why));
	snprintf(text, sizeof(text), "not counted: %s", why);
	reconcile_tell(reconcile, EVENT_FAILURE, watch->interface.name, text);
	watch->error = err;
	watch->holder_id = holder.id;
}

/*
 * Why an interface cannot be counted as it is asked for, whatever its state;
 * false: nothing speaks against it.
 */
static bool find_obstacle(const struct reconcile *reconcile, const struct interface *interface,
			  char *text, size_t size)
{
	enum xdp_link_mode mode = reconcile->settings.mode;

	if (!interfaces_has_ethernet(interface)) {
		snprintf(text, size,
			 "not counted: its frames have no Ethernet header (link type %u); leave it "
			 "out of the selection",
			 interface->type);
		return true;
	}
	if (runs_elsewhere(interface) && mode != XDP_LINK_AUTO && mode != XDP_LINK_GENERIC) {
		snprintf(text, size,
			 "not counted: a bond has its ports run %s XDP; select the ports, or set "
			 "AttachMode to \"auto\" or \"generic\"",
			 xdp_link_mode_name(mode));
		return true;
	}
	return false;
}

static void refuse(struct reconcile *reconcile, struct watch *watch, const char *text)
{
	/* Only another interface would change that. */
	watch->backoff = (struct backoff){.pause = BACKOFF_PAUSE_MAX, .next = UINT64_MAX};
	if (watch->error == -ENOTSUP)
		return;
	watch->error = -ENOTSUP;
	reconcile_tell(reconcile, EVENT_FAILURE, watch->interface.name, text);
}

/* A failed attempt: told once per cause, tried again later. */
static void wait_for_slot(struct reconcile *reconcile, struct watch *watch, int err, uint64_t now)
{
	char text[RECONCILE_TEXT];

	/* All slots that are free still rest: the next step will do. */
	if (err == -EINPROGRESS)
		return;
	backoff_fail(&watch->backoff, reconcile->settings.interval_ns, now);
	if (err == watch->error)
		return;
	watch->error = err;
	snprintf(text, sizeof(text),
		 "not counted: the maps of the counter cannot be written (errno %d, %s); trying "
		 "again",
		 -err, strerror(-err));
	reconcile_tell(reconcile, EVENT_FAILURE, watch->interface.name, text);
}

void attempt_attach(struct reconcile *reconcile, struct watch *watch, uint64_t now)
{
	char obstacle[RECONCILE_TEXT], unobserved[RECONCILE_TEXT / 2] = "";
	int native_error;
	int err;

	if (find_obstacle(reconcile, &watch->interface, obstacle, sizeof(obstacle))) {
		refuse(reconcile, watch, obstacle);
		return;
	}
	err = reconcile_take_slot(reconcile, watch, now);
	if (err) {
		wait_for_slot(reconcile, watch, err, now);
		return;
	}
	err = attach(reconcile, watch, &native_error);
	if (is_busy(err)) {
		look_at_hook(reconcile, watch);
		if (observing_follow(reconcile, watch, now, unobserved, sizeof(unobserved))) {
			watch->error = 0;
			return;
		}
	} else {
		observing_end(reconcile, watch);
	}
	if (err) {
		tell_refused(reconcile, watch, err, unobserved);
		/*
		 * A link lets go of a hook without a notification, so a busy one
		 * is asked each time; the kernel refuses before the driver is touched.
		 */
		if (!is_busy(err))
			backoff_fail(&watch->backoff, reconcile->settings.interval_ns, now);
		return;
	}
	watch->state = WATCH_ATTACHED;
	watch->attached_at = now;
	watch->error = 0;
	watch->holder_id = 0;
	backoff_reset(&watch->backoff);
	tell_attached(reconcile, watch, native_error);
	persist_pin(reconcile, watch);
}
