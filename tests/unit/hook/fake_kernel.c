// SPDX-License-Identifier: GPL-2.0-only
/* The state of the fake kernel, what tests do to it, and devices as the plugin sees them. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/fake_kernel.h"

#include <errno.h>
#include <stdio.h>

#include <linux/if_arp.h>
#include <linux/if_link.h>

#include "plugin/base/clock.h"

struct fake_kernel kernel;

void fake_kernel_reset(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.namespaces[0] = 1;
	kernel.namespaces[1] = 1;
	for (int i = 0; i < FAKE_DEVICES; i++)
		kernel.devices[i].link = -1;
}

void fake_kernel_forget(void)
{
	kernel.log[0] = '\0';
}

void fake_kernel_note(const char *text)
{
	assert_true(strlen(kernel.log) + strlen(text) < sizeof(kernel.log));
	strcat(kernel.log, text);
}

/* Whether the kernel answers under its rtnl lock. */
static bool waits(const char *name)
{
	static const char *const names[] = {"refresh", "query",	 "open",
					    "check",   "update", "detach"};

	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

int fake_kernel_call(const char *name, const char *format, ...)
{
	size_t used = strlen(kernel.log);
	va_list arguments;

	kernel.calls++;
	if (waits(name))
		kernel.time += kernel.wait;
	used += (size_t)snprintf(kernel.log + used, sizeof(kernel.log) - used, "%s", name);
	va_start(arguments, format);
	used += (size_t)vsnprintf(kernel.log + used, sizeof(kernel.log) - used, format, arguments);
	va_end(arguments);
	assert_true(used + 3 < sizeof(kernel.log));
	strcat(kernel.log, "; ");
	if (kernel.broken && strcmp(kernel.broken, name) == 0)
		return kernel.broken_errno;
	if (kernel.calls != kernel.fail_at)
		return 0;
	kernel.failed = name;
	return kernel.fail_errno;
}

/* --- devices */

struct fake_device *fake_kernel_device(unsigned int index)
{
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (index && kernel.devices[i].interface.index == index)
			return &kernel.devices[i];
	}
	fail_msg("there is no device %u", index);
	return NULL;
}

struct fake_device *fake_kernel_find(unsigned int index)
{
	for (int i = 0; index && i < FAKE_DEVICES; i++) {
		if (kernel.devices[i].interface.index == index)
			return &kernel.devices[i];
	}
	return NULL;
}

bool fake_kernel_is_there(unsigned int index, const char *name)
{
	const struct fake_device *device = fake_kernel_find(index);

	return device && strcmp(device->interface.name, name) == 0;
}

struct fake_device *fake_kernel_add(unsigned int index, const char *name, const char *kind)
{
	for (int i = 0; i < FAKE_DEVICES; i++) {
		struct fake_device *device = &kernel.devices[i];

		if (device->interface.index)
			continue;
		*device = (struct fake_device){.interface = {.index = index,
							     .type = ARPHRD_ETHER,
							     .mtu = 1500,
							     .rx_queues = 4,
							     .generation = kernel.generation},
					       .link = -1};
		snprintf(device->interface.name, sizeof(device->interface.name), "%s", name);
		snprintf(device->interface.kind, sizeof(device->interface.kind), "%s", kind);
		kernel.stale = true;
		return device;
	}
	fail_msg("no place for device %u", index);
	return NULL;
}

void fake_kernel_report(bool uncertain)
{
	kernel.stale = true;
	kernel.uncertain |= uncertain;
}

void fake_kernel_drop_reference(int link)
{
	struct fake_link *gone = &kernel.links[link];

	assert_true(gone->references > 0);
	if (--gone->references)
		return;
	if (!gone->tcx && gone->ifindex && fake_kernel_find(gone->ifindex))
		fake_kernel_find(gone->ifindex)->link = -1;
	gone->exists = false;
}

void fake_kernel_detach(unsigned int index)
{
	struct fake_device *device = fake_kernel_device(index);

	assert_true(device->link >= 0);
	kernel.links[device->link].ifindex = 0;
	device->link = -1;
}

/* The last that was attached to the tcx hook runs first. NULL: there is none. */
static struct fake_link *find_outgoing(unsigned int index)
{
	struct fake_link *first = NULL;

	for (int i = 0; index && i < FAKE_LINKS; i++) {
		struct fake_link *link = &kernel.links[i];

		if (link->exists && link->tcx && !link->elsewhere && link->ifindex == index &&
		    (!first || link->order > first->order))
			first = link;
	}
	return first;
}

uint32_t fake_kernel_outgoing(unsigned int index)
{
	return find_outgoing(index) ? find_outgoing(index)->program_id : 0;
}

bool fake_kernel_runs(unsigned int index, uint32_t least)
{
	for (int i = 0; i < FAKE_LINKS; i++) {
		const struct fake_link *link = &kernel.links[i];

		if (link->exists && link->tcx && !link->elsewhere && link->ifindex == index &&
		    link->program_id >= least)
			return true;
	}
	return fake_kernel_at_hook(index) >= least;
}

void fake_kernel_detach_outgoing(unsigned int index)
{
	assert_non_null(find_outgoing(index));
	find_outgoing(index)->ifindex = 0;
}

void fake_kernel_remove(unsigned int index)
{
	struct fake_device *device = fake_kernel_device(index);

	if (device->link >= 0)
		fake_kernel_detach(index);
	while (find_outgoing(index))
		fake_kernel_detach_outgoing(index);
	*device = (struct fake_device){.link = -1};
	/* Whoever gets this index is another one. */
	kernel.generation++;
	kernel.stale = true;
}

void fake_kernel_hold(unsigned int index, uint32_t program_id)
{
	struct fake_device *device = fake_kernel_device(index);

	assert_int_equal(device->link, -1);
	device->foreign = program_id;
	device->mode = XDP_LINK_NATIVE;
}

uint32_t fake_kernel_at_hook(unsigned int index)
{
	const struct fake_device *device = fake_kernel_device(index);

	return device->link >= 0 ? kernel.links[device->link].program_id : device->foreign;
}

static struct interface as_listed(const struct fake_device *device)
{
	struct interface interface = device->interface;

	interface.hook.program_id = fake_kernel_at_hook(interface.index);
	if (interface.hook.program_id)
		interface.hook.mode =
			device->mode == XDP_LINK_GENERIC ? XDP_ATTACHED_SKB : XDP_ATTACHED_DRV;
	return interface;
}

/* --- plugin/kernel/interfaces.h */

static int interfaces_object;

int interfaces_open(struct interfaces **ret_interfaces)
{
	int err = fake_kernel_call("interfaces_open", "%s", "");

	if (err)
		return err;
	kernel.opened++;
	/* Its first refresh reads the list. */
	kernel.stale = true;
	*ret_interfaces = (struct interfaces *)&interfaces_object;
	return 0;
}

void interfaces_close(struct interfaces *interfaces)
{
	if (interfaces)
		kernel.opened--;
}

uint64_t clock_now(void)
{
	return kernel.time;
}

int interfaces_listen(struct interfaces *interfaces)
{
	assert_non_null(interfaces);
	return 0;
}

bool interfaces_is_gone(const struct interfaces *interfaces, const struct interface *interface)
{
	const struct fake_device *device = fake_kernel_find(interface->index);

	assert_non_null(interfaces);
	/* What is not reported is not known. */
	return kernel.stale && !kernel.uncertain &&
	       (!device || device->interface.generation != interface->generation ||
		strcmp(device->interface.name, interface->name) != 0);
}

int interfaces_refresh(struct interfaces *interfaces, enum interfaces_news *ret_news)
{
	int err = fake_kernel_call("refresh", "%s", "");

	(void)interfaces;
	if (err)
		return err;
	*ret_news = INTERFACES_SAME;
	if (!kernel.stale)
		return 0;
	kernel.listed = 0;
	for (unsigned int index = 1; index < 100; index++) {
		const struct fake_device *device = fake_kernel_find(index);

		if (device)
			kernel.list[kernel.listed++] = as_listed(device);
	}
	*ret_news = kernel.uncertain ? INTERFACES_UNCERTAIN : INTERFACES_CHANGED;
	kernel.stale = kernel.uncertain = false;
	return 0;
}

const struct interface *interfaces_list(const struct interfaces *interfaces, size_t *ret_count)
{
	assert_non_null(interfaces);
	*ret_count = kernel.listed;
	return kernel.list;
}

const struct interface *interfaces_by_index(const struct interfaces *interfaces, unsigned int index)
{
	assert_non_null(interfaces);
	for (size_t i = 0; i < kernel.listed; i++) {
		if (kernel.list[i].index == index)
			return &kernel.list[i];
	}
	return NULL;
}

int interfaces_query(struct interfaces *interfaces, unsigned int index,
		     struct interface *ret_interface)
{
	int err = fake_kernel_call("query", " %u", index);

	assert_non_null(interfaces);
	if (err)
		return err;
	if (!fake_kernel_find(index))
		return -ENODEV;
	*ret_interface = as_listed(fake_kernel_find(index));
	ret_interface->received = fake_kernel_find(index)->received;
	ret_interface->sent = fake_kernel_find(index)->sent;
	ret_interface->sent_bytes = fake_kernel_find(index)->sent_bytes;
	return 0;
}
