// SPDX-License-Identifier: GPL-2.0-only
/* Tables from errno and facts to cause and fix. */
#include "diagnose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The hook is held: by a program we can see, or by something around the device. */
static void explain_busy(const struct diagnose_attach *facts, char *text, size_t size)
{
	if (!facts->holder_id) {
		snprintf(text, size,
			 "another XDP program is in the way, at this device or at one above or "
			 "below "
			 "it (errno %d, %s); see `bpftool net`, and remove it there to count here",
			 -facts->error, strerror(-facts->error));
		return;
	}
	snprintf(text, size,
		 "its XDP hook is held by program %s%s(id %u%s%s, %s mode), which stays; to count "
		 "here, have its owner detach it",
		 facts->holder_name, facts->holder_name[0] ? " " : "", facts->holder_id,
		 facts->holder_tag[0] ? ", tag " : "", facts->holder_tag, facts->holder_mode);
}

static void explain_unsupported(const struct diagnose_attach *facts, char *text, size_t size)
{
	if (strcmp(facts->mode, "offload") == 0)
		snprintf(text, size,
			 "its hardware cannot run the counter (it has no XDP offload, or none with "
			 "per-CPU maps); set AttachMode to \"auto\"");
	else
		snprintf(text, size,
			 "its driver%s%s has no %s XDP, or not in its present setup (LRO, GRO-HW, "
			 "channels); set AttachMode to \"auto\" or \"generic\"",
			 facts->kind[0] ? " " : "", facts->kind, facts->mode);
}

static void explain_range(const struct diagnose_attach *facts, char *text, size_t size)
{
	if (strcmp(facts->mode, "offload") == 0) {
		explain_unsupported(facts, text, size);
		return;
	}
	snprintf(text, size,
		 "its driver refuses %s XDP in its present setup (errno %d, %s): an MTU of %u may "
		 "be "
		 "too large%s, or there are too few channels (`ethtool -l`); lower the MTU, or set "
		 "AttachMode to \"generic\"",
		 facts->mode, -facts->error, strerror(-facts->error), facts->mtu,
		 facts->frags ? "" : " on this kernel");
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
	snprintf(
		text, size,
		"no permission to attach (errno %d, %s): collectd needs CAP_NET_ADMIN and CAP_BPF; "
		"run it as root or grant them",
		-facts->error, strerror(-facts->error));
}

static void explain_gone(const struct diagnose_attach *facts, char *text, size_t size)
{
	(void)facts;
	snprintf(text, size, "it went away; it is attached to when it is back");
}

static const struct {
	int error;
	void (*explain)(const struct diagnose_attach *facts, char *text, size_t size);
} attach_errors[] = {
	{EBUSY, explain_busy},	  {EEXIST, explain_busy},      {EOPNOTSUPP, explain_unsupported},
	{ERANGE, explain_range},  {EINVAL, explain_range},     {ENOSPC, explain_range},
	{ENOMEM, explain_memory}, {EPERM, explain_permission}, {EACCES, explain_permission},
	{ENODEV, explain_gone},
};

void diagnose_attach(const struct diagnose_attach *facts, char *text, size_t size)
{
	for (size_t i = 0; i < sizeof(attach_errors) / sizeof(attach_errors[0]); i++) {
		if (attach_errors[i].error == -facts->error) {
			attach_errors[i].explain(facts, text, size);
			return;
		}
	}
	snprintf(text, size,
		 "the kernel refuses to attach in %s mode (errno %d, %s); set AttachMode to "
		 "\"generic\", or leave this interface out",
		 facts->mode, -facts->error, strerror(-facts->error));
}

/* The last line of a log that says something, without libbpf's prefix; "" if there is none. */
static void last_words(const char *log, char *text, size_t size)
{
	text[0] = '\0';
	while (*log) {
		size_t length = strcspn(log, "\n");
		const char *line = log;

		log += length + (log[length] == '\n');
		if (length >= 8 && strncmp(line, "libbpf: ", 8) == 0)
			continue;
		if (length == 0 || strncmp(line, "--", 2) == 0 ||
		    strncmp(line, "processed ", 10) == 0)
			continue;
		snprintf(text, size, "%.*s", (int)length, line);
	}
}

static const struct {
	int error;
	const char *cause;
	const char *fix;
} load_errors[] = {
	{EPERM, "no permission for bpf(2), or, before Linux 5.11, RLIMIT_MEMLOCK is too small",
	 "run collectd as root or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and with enough "
	 "LimitMEMLOCK"},
	{ENOMEM, "no memory for the maps, in the system or in collectd's control group",
	 "set a smaller MaxInterfaces, or give collectd more memory (MemoryMax)"},
	{E2BIG, "the maps or the program are too large for this kernel",
	 "set a smaller MaxInterfaces, or ReportQueues false"},
	{ENOSYS, "this kernel has no bpf(2)",
	 "use a kernel with CONFIG_BPF_SYSCALL, 5.10 or later"},
	{EMFILE, "collectd has no file descriptor left", "raise LimitNOFILE"},
	{ENFILE, "the system has no file descriptor left", "raise fs.file-max"},
	{EACCES, "the kernel's verifier rejects the program",
	 "give collectd CAP_PERFMON, without which it may not do its pointer arithmetic; if it has "
	 "that, report it with the kernel's version and this line"},
	{EINVAL, "the kernel does not accept the program or its maps",
	 "use a kernel from 5.10 on, or report it with the kernel's version and this line"},
};

void diagnose_load(const struct diagnose_load *facts, char *text, size_t size)
{
	const char *cause = "the kernel refuses it";
	const char *fix = "report it with the kernel's version and this line";
	char words[256];

	for (size_t i = 0; i < sizeof(load_errors) / sizeof(load_errors[0]); i++) {
		if (load_errors[i].error == -facts->error) {
			cause = load_errors[i].cause;
			fix = load_errors[i].fix;
		}
	}
	last_words(facts->log, words, sizeof(words));
	snprintf(text, size, "%s failed (errno %d, %s; %llu KiB of maps wanted): %s%s%s%s; %s",
		 facts->step, -facts->error, strerror(-facts->error),
		 (unsigned long long)(facts->memory + 1023) / 1024, cause, words[0] ? " (" : "",
		 words, words[0] ? ")" : "", fix);
}

void diagnose_interfaces(int error, char *text, size_t size)
{
	snprintf(text, size,
		 "the kernel's list of interfaces cannot be read (errno %d, %s); interfaces that "
		 "come or go are not noticed until it can; allow AF_NETLINK sockets to collectd "
		 "(RestrictAddressFamilies)",
		 -error, strerror(-error));
}

static const struct {
	int error;
	const char *cause;
	const char *fix;
} pin_errors[] = {
	{EMEDIUMTYPE, "it is on no bpf file system",
	 "mount one (mount -t bpf bpf /sys/fs/bpf), and see that the unit of collectd does not "
	 "hide "
	 "it (PrivateMounts)"},
	{EROFS, "it is read-only",
	 "see that the unit of collectd leaves it writable "
	 "(ProtectKernelTunables, ReadWritePaths)"},
	{EWOULDBLOCK, "another collectd uses it",
	 "stop that one, or give this one another PinDirectory"},
	{EACCES, "no permission", "run collectd as root, or make the directory its own"},
	{EPERM, "no permission",
	 "run collectd as root or with CAP_BPF, and use no dots in PinDirectory"},
	{ENOMEM, "no memory", "give collectd more memory"},
};

void diagnose_pins(int error, const char *directory, char *text, size_t size)
{
	const char *cause = strerror(-error), *fix = "choose another PinDirectory";

	for (size_t i = 0; i < sizeof(pin_errors) / sizeof(pin_errors[0]); i++) {
		if (pin_errors[i].error == -error) {
			cause = pin_errors[i].cause;
			fix = pin_errors[i].fix;
		}
	}
	snprintf(text, size, "PinDirectory %s cannot be used: %s (errno %d); %s", directory, cause,
		 -error, fix);
}
