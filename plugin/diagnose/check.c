// SPDX-License-Identifier: GPL-2.0-only
/* Sentences of the self-check. */
#include "plugin/diagnose/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plugin/diagnose/errno_text.h"
#include "plugin/diagnose/load.h"
#include "plugin/kernel/privileges.h"

void diagnose_check_who(enum diagnose_check_who who, const char *unit, int pid, char *text,
			size_t size)
{
	switch (who) {
	case DIAGNOSE_CHECK_RUNNING:
		snprintf(text, size, "this check judges process %d of %s", pid, unit);
		break;
	case DIAGNOSE_CHECK_STOPPED:
		snprintf(text, size,
			 "%s does not run, so this check judges what the unit would give it", unit);
		break;
	case DIAGNOSE_CHECK_NO_UNIT:
		snprintf(text, size,
			 "there is no unit %s here, so this check judges itself, not collectd; "
			 "name the unit of collectd (-u) or its process (--pid)",
			 unit);
		break;
	case DIAGNOSE_CHECK_PROCESS:
		snprintf(text, size, "this check judges process %d", pid);
	}
}

void diagnose_check_no_unit(const char *unit, int error, char *text, size_t size)
{
	if (error == -ENOENT)
		snprintf(text, size,
			 "systemd has no unit %s; see `systemctl list-units 'collectd*'`", unit);
	else
		snprintf(text, size,
			 "systemd cannot be asked about unit %s (%s); name the process instead "
			 "(--pid)",
			 unit, diagnose_errno_text(error).text);
}

void diagnose_check_no_process(int pid, char *text, size_t size)
{
	snprintf(text, size, "there is no process %d; name one that runs", pid);
}

void diagnose_check_kernel(const struct privileges *privileges, char *text, size_t size)
{
	snprintf(text, size, "Linux %u.%u", privileges->kernel_major, privileges->kernel_minor);
}

const char *diagnose_check_remark(enum diagnose_check_remark remark)
{
	static const char *const remarks[] = {
		[DIAGNOSE_CHECK_OLD_NATIVE] =
			"before Linux 5.18 native mode takes no packets of several buffers: an "
			"MTU of about 3500 is the largest",
		[DIAGNOSE_CHECK_REALTIME] = "this is a PREEMPT_RT kernel: the counter adds "
					    "atomically, which costs a few ns per packet",
		[DIAGNOSE_CHECK_CAPABLE] =
			"capabilities: CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are there",
		[DIAGNOSE_CHECK_UNKNOWN] =
			"capabilities: they cannot be read from /proc; run this check as root",
		[DIAGNOSE_CHECK_SECCOMP] =
			"a seccomp filter is active, and this check cannot see whether it lets "
			"bpf(2) pass (SystemCallFilter=bpf)",
		[DIAGNOSE_CHECK_OWN_NETWORK] =
			"the unit has a network namespace of its own (PrivateNetwork, "
			"NetworkNamespacePath), so collectd would not see the interfaces below; "
			"start it, and check again",
		[DIAGNOSE_CHECK_OTHER_NETWORK] =
			"collectd runs in another network namespace than this check, which looks "
			"at the interfaces there",
		[DIAGNOSE_CHECK_NOTHING] =
			"no interface is selected that is there now; one is counted when it "
			"appears",
	};

	_Static_assert(sizeof(remarks) / sizeof(remarks[0]) == DIAGNOSE_CHECK_LIST_END,
		       "each remark has its sentence");
	return remarks[remark];
}

void diagnose_check_lockdown(const char *lockdown, char *text, size_t size)
{
	snprintf(text, size,
		 "kernel lockdown is \"%s\": it lets XDP programs in, but may keep the plugin from "
		 "observing others (OnBusy)",
		 lockdown);
}

void diagnose_check_confinement(const char *label, char *text, size_t size)
{
	snprintf(text, size,
		 "AppArmor or SELinux confines collectd (%s), and this check cannot see whether "
		 "the profile allows bpf",
		 label);
}

void diagnose_check_network(int error, char *text, size_t size)
{
	snprintf(text, size,
		 "the network namespace of collectd cannot be entered (%s), so its interfaces are "
		 "unknown; run this check as root",
		 diagnose_errno_text(error).text);
}

void diagnose_check_memory(const struct diagnose_check_memory *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "memory of the maps: %" PRIu64 " KiB (%u slots x %zu bytes x %u CPUs%s)",
		 DIAGNOSE_KIB(facts->memory), facts->slots, facts->record, facts->cpus,
		 facts->outgoing ? ", in both directions" : "");
}

void diagnose_check_group(uint64_t left, uint64_t memory, char *text, size_t size)
{
	snprintf(text, size,
		 "the memory limit of collectd's control group leaves %" PRIu64
		 " KiB, and the maps take %" PRIu64
		 " KiB; raise MemoryMax, or set a smaller MaxInterfaces",
		 left / 1024, DIAGNOSE_KIB(memory));
}

void diagnose_check_files(uint64_t files, char *text, size_t size)
{
	if (files == UINT64_MAX)
		snprintf(text, size, "file descriptors: no limit");
	else
		snprintf(text, size, "file descriptors: %" PRIu64, files);
}

void diagnose_check_few_files(uint64_t files, unsigned int slots, bool outgoing, char *text,
			      size_t size)
{
	snprintf(
		text, size,
		"RLIMIT_NOFILE is %" PRIu64
		", and the counter takes 8, and one for each of %u interfaces%s; raise LimitNOFILE "
		"in collectd's unit, or set a smaller MaxInterfaces",
		files, slots, outgoing ? ", in each direction" : "");
}

void diagnose_check_pins(const char *directory, char *text, size_t size)
{
	snprintf(text, size, "PinDirectory %s: on a bpf file system, and writable", directory);
}

void diagnose_check_counter(const char *name, char *text, size_t size)
{
	snprintf(text, size,
		 "counter %s: this check looks at its interfaces, but does not load its object",
		 name);
}

void diagnose_check_maps(const char *name, char *text, size_t size)
{
	snprintf(text, size, "maps %s: this check does not look for the maps", name);
}

void diagnose_check_next(const char *path, char *text, size_t size)
{
	snprintf(text, size, "Next: this check does not look at program \"%s\"", path);
}

void diagnose_check_conf(const char *where, int error, char *text, size_t size)
{
	if (error == -EINVAL)
		snprintf(text, size,
			 "%s: this is no configuration of collectd; see collectd.conf(5)", where);
	else
		snprintf(text, size, "%s: the configuration cannot be read (%s)", where,
			 diagnose_errno_text(error).text);
}

void diagnose_check_no_block(const char *path, char *text, size_t size)
{
	snprintf(text, size,
		 "%s: there is no <Plugin xdp> block in it or in what it includes; name the file "
		 "that has it",
		 path);
}

void diagnose_check_blocks(const char *path, char *text, size_t size)
{
	snprintf(text, size,
		 "%s: there is more than one <Plugin xdp> block; put all options into one", path);
}

void diagnose_check_bad_name(const char *name, const char *reason, char *text, size_t size)
{
	snprintf(text, size, "\"%s\" selects no interface: %s; correct it", name, reason);
}

void diagnose_check_alternative(const char *name, char *text, size_t size)
{
	snprintf(text, size,
		 "this is an alternative name of %s, under which its values are reported", name);
}

/* "driver virtio_net", "veth", or nothing. */
static void describe_device(const struct diagnose_check_mode *facts, char *text, size_t size)
{
	if (facts->kind[0])
		snprintf(text, size, "%s, MTU %u", facts->kind, facts->mtu);
	else if (facts->driver[0])
		snprintf(text, size, "driver %s, MTU %u", facts->driver, facts->mtu);
	else
		snprintf(text, size, "MTU %u", facts->mtu);
}

/* In "auto". */
static void explain_generic(const struct diagnose_check_mode *facts, const char *device, char *text,
			    size_t size)
{
	if (strcmp(facts->kind, "veth") == 0)
		snprintf(text, size,
			 "would be counted in generic mode, for native mode on veth halves local "
			 "TCP (%s)",
			 device);
	else if (strcmp(facts->kind, "bond") == 0)
		snprintf(text, size,
			 "would be counted in generic mode, for the ports of a bond would run a "
			 "native program (%s)",
			 device);
	else
		snprintf(
			text, size,
			"would be counted in generic mode, for its driver has no native XDP%s (%s)",
			facts->foretold ? "" : ", as far as it is known", device);
}

void diagnose_check_mode(const struct diagnose_check_mode *facts, char *text, size_t size)
{
	char device[96];

	describe_device(facts, device, sizeof(device));
	if (facts->refusal[0])
		snprintf(text, size, "would be counted in generic mode: %s", facts->refusal);
	else if (facts->merging)
		snprintf(
			text, size,
			"would be counted in native mode if the driver takes it with LRO or GRO-HW "
			"on, else in generic mode (%s); switch it off (`ethtool -K` ... lro off "
			"rx-gro-hw off)",
			device);
	else if (facts->wished)
		snprintf(text, size, "would be counted in %s mode, as AttachMode says (%s)",
			 facts->mode, device);
	else if (strcmp(facts->mode, "native") == 0)
		snprintf(text, size, "would be counted in native mode%s (%s)",
			 facts->foretold ? "" : ", as far as its driver is known", device);
	else
		explain_generic(facts, device, text, size);
}

void diagnose_check_own(const struct diagnose_check_holder *holder, char *text, size_t size)
{
	snprintf(text, size,
		 "is counted already: collectd holds its XDP hook with program %s (id %u, %s mode)",
		 holder->name, holder->id, holder->mode);
}

void diagnose_check_left(const struct diagnose_check_holder *holder, char *text, size_t size)
{
	snprintf(text, size,
		 "its XDP hook is held by a counter, program %s (id %u, %s mode): one that Persist "
		 "has left is taken over, one of another collectd stays",
		 holder->name, holder->id, holder->mode);
}

void diagnose_check_observed(const struct diagnose_check_holder *holder, char *text, size_t size)
{
	snprintf(text, size,
		 "its XDP hook is held by program %s (id %u, %s mode), which stays: its packets "
		 "would be counted by the verdicts of that program (OnBusy \"observe\")",
		 holder->name, holder->id, holder->mode);
}

void diagnose_check_outgoing(bool own, const char *others, char *text, size_t size)
{
	if (own)
		snprintf(text, size, "what goes out is counted already at its tcx hook");
	else if (others[0])
		snprintf(text, size,
			 "what goes out would be counted at its tcx hook, before the programs that "
			 "are there (%s)",
			 others);
	else
		snprintf(text, size, "what goes out would be counted at its tcx hook");
}

void diagnose_check_outgoing_left(char *text, size_t size)
{
	snprintf(
		text, size,
		"a counter of what goes out is at its tcx hook: one that Persist has left is taken "
		"over, one of another collectd stays beside this one");
}

void diagnose_check_end(unsigned int failures, char *text, size_t size)
{
	if (failures)
		snprintf(text, size, "%u would not work", failures);
	else
		snprintf(text, size, "all would work");
}
