// SPDX-License-Identifier: GPL-2.0-only
/* A table from the errno of an attempt to attach to cause and fix. */
#include "plugin/diagnose/attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/diagnose/errno_text.h"
#include "plugin/diagnose/privileges.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/tcx_link.h"

/* The hook is free, and the kernel lets no program below one (dev_xdp_attach(), net/core/dev.c). */
static void explain_above(const struct diagnose_attach *facts, char *text, size_t size)
{
	if (!facts->upper[0])
		snprintf(
			text, size,
			"an interface above it has an XDP program, and the kernel allows none "
			"below one (%s); it is not to be seen from here, as one of another "
			"network namespace: see `bpftool net` in those that have a macvlan or VLAN "
			"of it, and remove it there",
			diagnose_errno_text(facts->error).text);
	else if (facts->own == DIAGNOSE_ATTACH_DECIDES)
		snprintf(
			text, size,
			"%s above it has our own program %s (id %u), and the kernel allows none "
			"below one; it does not step aside, for it calls the program of Next, "
			"without which packets would pass; count on one of the two only, or attach "
			"this one before %s is counted",
			facts->upper, facts->holder_name, facts->holder_id, facts->upper);
	else if (facts->own == DIAGNOSE_ATTACH_LAST_START)
		snprintf(text, size,
			 "%s above it has our own program %s (id %u), and the kernel allows none "
			 "below one; it cannot step aside, for it is the version of the last "
			 "start, which its hook would not take again; trying again",
			 facts->upper, facts->holder_name, facts->holder_id);
	else
		snprintf(text, size,
			 "%s above it has the XDP program %s%s(id %u), and the kernel allows none "
			 "below one; count on %s instead, or have the owner of that program detach "
			 "it",
			 facts->upper, facts->holder_name, facts->holder_name[0] ? " " : "",
			 facts->holder_id, facts->upper);
}

/* The hook is held: by a program we can see, or by something around the device. */
static void explain_busy(const struct diagnose_attach *facts, char *text, size_t size)
{
	if (facts->above && facts->error == -EEXIST)
		explain_above(facts, text, size);
	else if (facts->holder_id)
		snprintf(
			text, size,
			"its XDP hook is held by program %s%s(id %u%s%s, %s mode), which stays%s%s",
			facts->holder_name, facts->holder_name[0] ? " " : "", facts->holder_id,
			facts->holder_tag[0] ? ", tag " : "", facts->holder_tag, facts->holder_mode,
			facts->unobserved[0] ? " and cannot be observed: "
					     : "; to count here, ask its owner to detach it",
			facts->unobserved);
	else if (facts->error == -EBUSY)
		/* net/core/dev.c, dev_xdp_install(), from Linux 6.12 on; drivers that are reset. */
		snprintf(text, size,
			 "the kernel or its driver finds it busy (%s), and no XDP program is seen "
			 "there: it splits TCP headers from data, lends its memory to a socket "
			 "(devmem, io_uring), or is being reset; end that (`ethtool -G` ... "
			 "tcp-data-split off), or leave this interface out",
			 diagnose_errno_text(facts->error).text);
	else
		snprintf(text, size,
			 "another XDP program is in the way at this device (%s); see `bpftool "
			 "net`, and remove it there to count here",
			 diagnose_errno_text(facts->error).text);
}

/* "driver virtio_net", or the kind of a virtual device. */
static const char *driver_name(const struct diagnose_attach *facts)
{
	return facts->driver[0] ? facts->driver : facts->kind;
}

static void explain_lro(const struct diagnose_attach *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "LRO or GRO-HW is on, with which %s XDP does not work (%s); switch it "
		 "off (`ethtool -K` ... lro off rx-gro-hw off), or set AttachMode to \"generic\"",
		 facts->mode, diagnose_errno_text(facts->error).text);
}

static void explain_unsupported(const struct diagnose_attach *facts, char *text, size_t size)
{
	const char *driver = driver_name(facts);

	if (facts->lro)
		explain_lro(facts, text, size);
	else
		snprintf(text, size,
			 "its driver%s%s has no %s XDP, or not in its present setup (LRO, GRO-HW, "
			 "channels); set AttachMode to \"auto\" or \"generic\"",
			 driver[0] ? " " : "", driver, facts->mode);
}

static void explain_range(const struct diagnose_attach *facts, char *text, size_t size)
{
	if (privileges_kernel_before(facts->privileges, 5, 9)) {
		snprintf(text, size,
			 "this kernel cannot attach by a link; use Linux 5.10 or later");
		return;
	}
	if (facts->lro) {
		explain_lro(facts, text, size);
		return;
	}
	/* ena, gve and others give each XDP transmit ring a channel of its own. */
	if (facts->mtu <= 1500 && facts->channels && facts->channels * 2 > facts->channels_max) {
		snprintf(text, size,
			 "its driver%s%s refuses %s XDP (%s), and %u of %u channels are "
			 "in use; use at most half of them (`ethtool -L`), or set AttachMode to "
			 "\"generic\"",
			 facts->driver[0] ? " " : "", facts->driver, facts->mode,
			 diagnose_errno_text(facts->error).text, facts->channels,
			 facts->channels_max);
		return;
	}
	snprintf(text, size,
		 "its driver refuses %s XDP in its present setup (%s): an MTU of %u may "
		 "be too large%s, or there are too few channels (`ethtool -l`); lower the MTU, or "
		 "set AttachMode to \"generic\"",
		 facts->mode, diagnose_errno_text(facts->error).text, facts->mtu,
		 facts->frags ? "" : " without packets of several buffers");
}

static void explain_memory(const struct diagnose_attach *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "the kernel or the driver has no memory or no rings left for %s XDP; free memory, "
		 "or reduce the channels of the device (`ethtool -L`)",
		 facts->mode);
}

static void explain_permission(const struct diagnose_attach *facts, char *text, size_t size)
{
	char why[256];

	diagnose_permission(facts->privileges, PRIVILEGES_ATTACH, why, sizeof(why));
	snprintf(text, size, "no permission to attach (%s): %s",
		 diagnose_errno_text(facts->error).text, why);
}

static void explain_files(const struct diagnose_attach *facts, char *text, size_t size)
{
	diagnose_files(facts->error, facts->privileges, text, size);
}

static void explain_gone(const struct diagnose_attach *facts, char *text, size_t size)
{
	(void)facts;
	snprintf(text, size, "it went away; the counter is attached again when it is back");
}

static void explain_passing(const struct diagnose_attach *facts, char *text, size_t size)
{
	snprintf(text, size, "the kernel was busy (%s); nothing to do, unless it stays so",
		 diagnose_errno_text(facts->error).text);
}

/* There are as many as the kernel allows. */
static void explain_full(const struct diagnose_attach *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "%d programs are at its tcx hook, and the kernel allows no more (%s); see "
		 "`bpftool net`, and have the owner of one detach it",
		 TCX_LINK_PROGRAMS, diagnose_errno_text(facts->error).text);
}

static void explain_twice(const struct diagnose_attach *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "the counter is at its tcx hook already, by a link that this process does not "
		 "have (%s); see `bpftool link`, and have the owner of that link let go of it",
		 diagnose_errno_text(facts->error).text);
}

static void explain_outgoing_memory(const struct diagnose_attach *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "the kernel has no memory left to attach to its tcx hook (%s); free memory",
		 diagnose_errno_text(facts->error).text);
}

struct attach_error {
	int error;
	void (*explain)(const struct diagnose_attach *facts, char *text, size_t size);
};

/* Of what goes out, where they differ from those of XDP. */
static const struct attach_error outgoing_errors[] = {
	{ERANGE, explain_full},
	{EEXIST, explain_twice},
	{ENOMEM, explain_outgoing_memory},
};

static const struct attach_error attach_errors[] = {
	{EBUSY, explain_busy},	  {EEXIST, explain_busy},  {EOPNOTSUPP, explain_unsupported},
	{ERANGE, explain_range},  {EINVAL, explain_range}, {ENOSPC, explain_range},
	{ENOMEM, explain_memory},
};

/* Of both. */
static const struct attach_error all_errors[] = {
	{EPERM, explain_permission}, {EACCES, explain_permission}, {ENODEV, explain_gone},
	{EMFILE, explain_files},     {ENFILE, explain_files},	   {EAGAIN, explain_passing},
	{EINTR, explain_passing},
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Whether one of these errors is it, and explained. */
static bool explain(const struct attach_error *errors, size_t count,
		    const struct diagnose_attach *facts, char *text, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		if (errors[i].error == -facts->error) {
			errors[i].explain(facts, text, size);
			return true;
		}
	}
	return false;
}

void diagnose_attach(const struct diagnose_attach *facts, char *text, size_t size)
{
	if (explain(all_errors, LENGTH(all_errors), facts, text, size))
		return;
	if (facts->outgoing) {
		if (!explain(outgoing_errors, LENGTH(outgoing_errors), facts, text, size))
			snprintf(text, size,
				 "the kernel refuses to attach to its tcx hook (%s); trying again, "
				 "or set ReportOutgoing to false, for all interfaces",
				 diagnose_errno_text(facts->error).text);
		return;
	}
	if (explain(attach_errors, LENGTH(attach_errors), facts, text, size))
		return;
	snprintf(text, size,
		 "the kernel refuses to attach in %s mode (%s); set AttachMode to "
		 "\"generic\", or leave this interface out",
		 facts->mode, diagnose_errno_text(facts->error).text);
}
