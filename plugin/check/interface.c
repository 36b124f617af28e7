// SPDX-License-Identifier: GPL-2.0-only
/* Would the counter get to the hooks of the interfaces, and in which mode? */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>

#include "bpf/record.h"
#include "plugin/base/text.h"
#include "plugin/check/check.h"
#include "plugin/config/config.h"
#include "plugin/config/counter_block.h"
#include "plugin/config/selection.h"
#include "plugin/counter/program_name.h"
#include "plugin/diagnose/attach.h"
#include "plugin/diagnose/check.h"
#include "plugin/diagnose/hook.h"
#include "plugin/diagnose/interfaces.h"
#include "plugin/diagnose/observe.h"
#include "plugin/hook/attach.h"
#include "plugin/hook/kind.h"
#include "plugin/hook/listing.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/ethtool.h"
#include "plugin/kernel/interface.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/process.h"
#include "plugin/kernel/xdp_link.h"

/*
 * The MTU of packets in one buffer of a page, with the space before and behind it, as most drivers
 * have it: 3498 with pages of 4 KiB.
 */
static unsigned int mtu_of_one_buffer(void)
{
	return (unsigned int)sysconf(_SC_PAGESIZE) - 598;
}

/* An interface and what is wanted of it. */
struct target {
	struct check *check;
	struct interfaces *interfaces;
	const struct interface *interface;
	enum xdp_link_mode wished;
	bool observe;
	struct attach_plan plan;
};

static void say(const struct target *target, enum check_verdict verdict, const char *text)
{
	check_say(target->check, verdict, target->interface->name, text);
}

/* Says that it would not be counted, in the words of the plugin. */
static void say_refused(const struct target *target, const struct diagnose_attach *facts)
{
	char why[CHECK_TEXT - 32], text[CHECK_TEXT];

	diagnose_attach(facts, why, sizeof(why));
	diagnose_hook_not_attached(why, text, sizeof(text));
	say(target, CHECK_FAIL, text);
}

static bool takes_buffers(const struct target *target)
{
	return !privileges_kernel_before(&target->check->subject.privileges, 5, 18);
}

/* Whether it is a counter that calls a user's program, which does not step aside. */
static bool calls_next(uint32_t program_id)
{
	struct bpf_info_program program;

	bpf_info_program_by_id(program_id, &program);
	return strcmp(program.name, COUNTER_PROGRAM_NAME_NEXT) == 0;
}

/* `upper`: the interface above whose program is in the way; NULL: there is none. */
static void gather(const struct target *target, int err, const struct interface *upper,
		   struct attach_facts *facts)
{
	const struct attach_failure failure = {
		.error = err,
		.mode = target->plan.mode,
		.frags = takes_buffers(target),
		.upper = upper,
		.own = upper && calls_next(upper->hook.program_id) ? DIAGNOSE_ATTACH_DECIDES
								   : DIAGNOSE_ATTACH_FOREIGN,
		.unobserved = "",
	};

	attach_gather(target->interface, &failure, facts);
	facts->facts.privileges = &target->check->subject.privileges;
}

/* Whether this process could tell that programs can be traced, and they cannot: the errno. */
static int foresee_tracing(void)
{
	struct privileges own;
	char missing[64];

	privileges_read(&own);
	privileges_missing(&own, PRIVILEGES_SYS_ADMIN, missing, sizeof(missing));
	return missing[0] ? 0 : probe_tracing();
}

/* Why the program at the hook would not be observed; "": nothing is foreseen. */
static void explain_unobserved(const struct target *target, const struct bpf_info_program *holder,
			       char *text, size_t size)
{
	struct diagnose_observe facts = {
		.libbpf = "", .verifier = "", .privileges = &target->check->subject.privileges};
	char missing[64];

	text[0] = '\0';
	privileges_missing(facts.privileges, PRIVILEGES_SYS_ADMIN, missing, sizeof(missing));
	if (missing[0]) {
		facts.step = DIAGNOSE_OBSERVE_ID;
		facts.error = -EPERM;
	} else if (target->interface->hook.mode == XDP_ATTACHED_HW) {
		facts.step = DIAGNOSE_OBSERVE_OFFLOADED;
		facts.error = -EOPNOTSUPP;
	} else if (holder->known && !holder->btf) {
		facts.step = DIAGNOSE_OBSERVE_BTF;
		facts.error = -ENODATA;
	} else {
		facts.step = DIAGNOSE_OBSERVE_LOAD;
		facts.error = foresee_tracing();
		/* As libbpf would say it. */
		if (facts.error == -ESRCH)
			facts.libbpf = "kernel BTF";
	}
	if (facts.error)
		diagnose_observe(&facts, text, size);
}

/* The hook is held. */
static void judge_holder(const struct target *target)
{
	const struct check_subject *subject = &target->check->subject;
	char unobserved[CHECK_TEXT / 2] = "", text[CHECK_TEXT];
	struct diagnose_check_holder holder;
	struct attach_facts facts;

	gather(target, -EBUSY, NULL, &facts);
	holder = (struct diagnose_check_holder){facts.holder.id, facts.holder.name,
						facts.facts.holder_mode};
	if (subject->daemon && process_holds_program(subject->pid, holder.id)) {
		diagnose_check_own(&holder, text, sizeof(text));
		say(target, CHECK_OK, text);
		return;
	}
	if (!subject->daemon && counter_program_name_is(holder.name)) {
		diagnose_check_left(&holder, text, sizeof(text));
		say(target, CHECK_NOTE, text);
		return;
	}
	if (target->observe)
		explain_unobserved(target, &facts.holder, unobserved, sizeof(unobserved));
	if (target->observe && !unobserved[0]) {
		diagnose_check_observed(&holder, text, sizeof(text));
		say(target, CHECK_NOTE, text);
		return;
	}
	facts.facts.unobserved = unobserved;
	say_refused(target, &facts.facts);
}

/* What is known of the native mode of an interface. */
struct native {
	bool foretold; /* by the kernel; else the driver is looked for in a list */
	uint64_t features;
};

static bool has_native(const struct native *native, const struct ethtool *device)
{
	return native->foretold ? native->features & PROBE_XDP_BASIC
				: ethtool_driver_has_native(device->driver);
}

/* ena and gve give each XDP transmit ring a channel of its own. */
static bool lacks_channels(const struct ethtool *device)
{
	return (strcmp(device->driver, "ena") == 0 || strcmp(device->driver, "gve") == 0) &&
	       device->channels_max && device->channels * 2 > device->channels_max;
}

/* The errno with which the mode that is tried first is going to be refused; 0: none is foreseen. */
static int foresee_refusal(const struct target *target, const struct native *native,
			   const struct ethtool *device)
{
	if (target->plan.mode != XDP_LINK_NATIVE)
		return 0;
	if (!has_native(native, device))
		return -EOPNOTSUPP;
	if (target->interface->mtu > mtu_of_one_buffer() && !takes_buffers(target))
		return -ERANGE;
	return lacks_channels(device) ? -EINVAL : 0;
}

/* The hook is free. */
static void judge_mode(const struct target *target)
{
	struct native native = {0};
	char why[CHECK_TEXT / 2] = "", text[CHECK_TEXT];
	struct diagnose_check_mode mode;
	struct attach_facts facts;
	int err;

	native.foretold = probe_xdp_features(target->interface->index, &native.features) == 0;
	gather(target, 0, NULL, &facts);
	err = foresee_refusal(target, &native, &facts.device);
	facts.facts.error = err;
	if (err && !target->plan.fallback) {
		say_refused(target, &facts.facts);
		return;
	}
	/* Without native mode generic mode is no second choice, and needs no explanation. */
	if (err && err != -EOPNOTSUPP)
		diagnose_attach(&facts.facts, why, sizeof(why));
	mode = (struct diagnose_check_mode){
		.mode = err ? "generic" : xdp_link_mode_name(target->plan.mode),
		.kind = target->interface->kind,
		.driver = facts.device.driver,
		.mtu = target->interface->mtu,
		.wished = target->wished != XDP_LINK_AUTO,
		.refusal = why,
		.merging = !err && target->plan.mode == XDP_LINK_NATIVE && facts.device.lro,
		.foretold = native.foretold,
	};
	diagnose_check_mode(&mode, text, sizeof(text));
	say(target, mode.merging ? CHECK_NOTE : CHECK_OK, text);
}

/* A program of collectd's that runs, or what a stopped one has left: that will step aside. */
static bool is_own(const void *subject_of_it, unsigned int ifindex, uint32_t program_id)
{
	const struct check_subject *subject = subject_of_it;
	struct bpf_info_program program;

	(void)ifindex;
	if (calls_next(program_id))
		return false;
	if (subject->daemon)
		return process_holds_program(subject->pid, program_id);
	bpf_info_program_by_id(program_id, &program);
	return counter_program_name_is(program.name);
}

static void judge_upper(const struct target *target, const struct interface *upper)
{
	struct attach_facts facts;

	gather(target, -EEXIST, upper, &facts);
	say_refused(target, &facts.facts);
}

/* Which program would be attached to it decides over the mode. */
static void choose(struct target *target)
{
	const struct config *config = target->check->config;

	target->wished = config->mode;
	target->observe = config->breakdowns & RECORD_BY_VERDICT;
	if (config_has_builtin(config) && selection_selects(config->selection, target->interface))
		return;
	for (size_t i = 0; i < config->counter_count; i++) {
		if (selection_selects(config->counters[i]->selection, target->interface)) {
			target->wished = config->counters[i]->mode;
			target->observe = false;
			return;
		}
	}
}

static void judge(struct check *check, struct interfaces *interfaces,
		  const struct interface *interface)
{
	const struct attach_own own = {.context = &check->subject, .is_own = is_own};
	struct target target = {.check = check, .interfaces = interfaces, .interface = interface};
	struct interface upper;
	char text[CHECK_TEXT];

	choose(&target);
	target.plan = xdp_kind.plan(interface, target.wished);
	if (target.plan.obstacle != DIAGNOSE_OBSTACLE_NONE) {
		diagnose_obstacle(target.plan.obstacle, interface->type,
				  xdp_link_mode_name(target.wished), text, sizeof(text));
		say(&target, CHECK_FAIL, text);
		return;
	}
	if (interface->hook.mode != XDP_ATTACHED_NONE)
		judge_holder(&target);
	else if (attach_look_above(interfaces, interface, &own, &upper) == ATTACH_ABOVE_FOREIGN)
		judge_upper(&target, &upper);
	else
		judge_mode(&target);
}

/* Whether an interface is to be judged: named, or else selected by the configuration. */
static bool is_selected(const struct check *check, const struct interface *interface)
{
	const struct config *config = check->config;

	if (check->names)
		return selection_selects(check->names, interface);
	if (check->all)
		return interface_has_ethernet(interface);
	if (config_has_builtin(config) && selection_selects(config->selection, interface))
		return true;
	for (size_t i = 0; i < config->counter_count; i++) {
		if (selection_selects(config->counters[i]->selection, interface))
			return true;
	}
	return false;
}

/* Names that are selected, and that no interface has. Returns how many. */
static size_t name_missing(struct check *check, const struct interfaces *interfaces,
			   const struct selection *selection)
{
	size_t missing = 0;
	const char *name;

	if (selection_is_inverted(selection))
		return 0;
	for (size_t i = 0; (name = selection_name(selection, i)); i++) {
		const struct interface *found = listing_find(interfaces, name);
		char text[CHECK_TEXT];

		if (!found) {
			check_say(check, CHECK_FAIL, name, diagnose_hook(DIAGNOSE_HOOK_ABSENT));
			missing++;
		} else if (strcmp(found->name, name) != 0) {
			diagnose_check_alternative(found->name, text, sizeof(text));
			check_say(check, CHECK_NOTE, name, text);
		}
	}
	return missing;
}

/* Regular expressions that match nothing, as the plugin does at its start. */
static void name_vain(struct check *check, const struct interfaces *interfaces,
		      const struct selection *selection)
{
	char text[CHECK_TEXT];
	const char *pattern;

	for (size_t i = 0; (pattern = selection_pattern(selection, i)); i++) {
		if (!pattern[0] || listing_matches(interfaces, selection, i))
			continue;
		diagnose_hook_vain(pattern, selection_is_inverted(selection), text, sizeof(text));
		check_say(check, CHECK_NOTE, NULL, text);
	}
}

/* What selects nothing. Returns how many names are missing. */
static size_t name_unmatched(struct check *check, const struct interfaces *interfaces,
			     const struct selection *selection)
{
	name_vain(check, interfaces, selection);
	return name_missing(check, interfaces, selection);
}

static size_t name_all_missing(struct check *check, const struct interfaces *interfaces)
{
	const struct config *config = check->config;
	size_t missing;

	if (check->names)
		return name_unmatched(check, interfaces, check->names);
	missing = name_unmatched(check, interfaces, config->selection);
	for (size_t i = 0; i < config->counter_count; i++)
		missing += name_unmatched(check, interfaces, config->counters[i]->selection);
	return missing;
}

/* Interfaces beyond MaxInterfaces are named once, as the plugin does. */
static void name_surplus(struct check *check, const struct interfaces *interfaces)
{
	const struct config *config = check->config;
	char names[CHECK_TEXT / 2] = "", text[CHECK_TEXT];
	size_t count, selected = 0;
	const struct interface *list = interfaces_list(interfaces, &count);

	for (size_t i = 0; i < count; i++) {
		if (!selection_selects(config->selection, &list[i]) ||
		    ++selected <= config->max_interfaces)
			continue;
		text_append_name(names, sizeof(names), list[i].name);
	}
	if (selected <= config->max_interfaces)
		return;
	diagnose_hook_surplus(selected - config->max_interfaces, names, config->max_interfaces,
			      text, sizeof(text));
	check_say(check, CHECK_FAIL, NULL, text);
}

int check_interfaces_open(struct check *check, struct interfaces **ret_interfaces,
			  unsigned int *ret_rx_queues)
{
	const struct interface *list;
	struct interfaces *interfaces;
	enum interfaces_news news;
	char text[CHECK_TEXT];
	unsigned int queues = 0;
	size_t count;
	int err = interfaces_open(&interfaces);

	if (!err) {
		err = interfaces_refresh(interfaces, &news);
		if (err)
			interfaces_close(interfaces);
	}
	if (err) {
		diagnose_interfaces(err, false, text, sizeof(text));
		check_say(check, CHECK_FAIL, NULL, text);
		return err;
	}
	list = interfaces_list(interfaces, &count);
	for (size_t i = 0; i < count; i++) {
		if (is_selected(check, &list[i]) && list[i].rx_queues > queues)
			queues = list[i].rx_queues;
	}
	*ret_interfaces = interfaces;
	*ret_rx_queues = queues;
	return 0;
}

void check_interfaces(struct check *check, struct interfaces *interfaces)
{
	size_t count, judged = 0;
	const struct interface *list = interfaces_list(interfaces, &count);

	for (size_t i = 0; i < count; i++) {
		if (!is_selected(check, &list[i]))
			continue;
		judge(check, interfaces, &list[i]);
		judged++;
	}
	judged += name_all_missing(check, interfaces);
	if (!check->names && !check->all && config_has_builtin(check->config))
		name_surplus(check, interfaces);
	if (!judged)
		check_say(check, CHECK_NOTE, NULL, diagnose_check_remark(DIAGNOSE_CHECK_NOTHING));
}
