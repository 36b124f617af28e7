// SPDX-License-Identifier: GPL-2.0-only
/* A counter that does not load: the verifier, privileges, limits, memory. */
#include "plugin/diagnose/diagnose.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plugin/diagnose/verifier.h"
#include "plugin/kernel/privileges.h"

/* The cause and what to do. */
struct advice {
	char cause[320];
	char fix[256];
};

/* CAP_SYS_ADMIN alone would do, but is far more than what is needed, so it is not advised. */
static void advise_permission(const struct privileges *privileges, uint64_t wanted,
			      struct advice *advice)
{
	char missing[64];

	privileges_missing(privileges, wanted, missing, sizeof(missing));
	snprintf(advice->fix, sizeof(advice->fix),
		 "run collectd as root, or grant it in its unit "
		 "(AmbientCapabilities, conf/collectd-xdp.conf)");
	if (missing[0]) {
		snprintf(advice->cause, sizeof(advice->cause), "%s missing", missing);
	} else if (privileges->user_namespace) {
		snprintf(advice->cause, sizeof(advice->cause),
			 "collectd runs in a user namespace, where capabilities do not reach "
			 "bpf(2)");
		snprintf(advice->fix, sizeof(advice->fix),
			 "run it on the host, or in a container without one");
	} else if (privileges->seccomp) {
		snprintf(advice->cause, sizeof(advice->cause),
			 "the capabilities are there, but a seccomp filter is active");
		snprintf(advice->fix, sizeof(advice->fix),
			 "let it pass bpf(2): SystemCallFilter=bpf in collectd's unit, or the "
			 "profile of the container");
	} else if (privileges->confinement[0]) {
		snprintf(advice->cause, sizeof(advice->cause),
			 "the capabilities are there, but AppArmor or SELinux confines collectd "
			 "(%s)",
			 privileges->confinement);
		snprintf(advice->fix, sizeof(advice->fix),
			 "allow bpf in its profile (`aa-complain`, `ausearch -m avc`)");
	} else if (privileges->lockdown[0]) {
		snprintf(advice->cause, sizeof(advice->cause), "kernel lockdown is \"%s\"",
			 privileges->lockdown);
		snprintf(advice->fix, sizeof(advice->fix),
			 "boot without it (lockdown=, Secure Boot)");
	} else {
		snprintf(advice->cause, sizeof(advice->cause),
			 "no permission%s, and none of lockdown, seccomp, AppArmor and SELinux is "
			 "seen",
			 privileges->known ? ", though CAP_BPF and CAP_NET_ADMIN are there" : "");
		snprintf(advice->fix, sizeof(advice->fix),
			 "see that collectd has CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and look "
			 "into dmesg");
	}
}

void diagnose_permission(const struct privileges *privileges, uint64_t wanted, char *text,
			 size_t size)
{
	struct advice advice;

	advise_permission(privileges, wanted, &advice);
	snprintf(text, size, "%s; %s", advice.cause, advice.fix);
}

static void advise_files(int error, const struct privileges *privileges, struct advice *advice)
{
	if (error == -ENFILE) {
		snprintf(advice->cause, sizeof(advice->cause),
			 "the system has no file descriptor left");
		snprintf(advice->fix, sizeof(advice->fix), "raise fs.file-max");
		return;
	}
	snprintf(advice->cause, sizeof(advice->cause),
		 "collectd has no file descriptor left (RLIMIT_NOFILE is %" PRIu64 ")",
		 privileges->files);
	snprintf(advice->fix, sizeof(advice->fix),
		 "raise LimitNOFILE in its unit; the counter takes 8, and one per interface");
}

void diagnose_files(int error, const struct privileges *privileges, char *text, size_t size)
{
	struct advice advice;

	advise_files(error, privileges, &advice);
	snprintf(text, size, "%s; %s", advice.cause, advice.fix);
}

/* Before Linux 5.11 maps are charged to RLIMIT_MEMLOCK, and what exceeds it is EPERM. */
static bool exceeds_memlock(const struct diagnose_load *facts)
{
	return privileges_kernel_before(facts->privileges, 5, 11) &&
	       facts->privileges->memlock < facts->memory + facts->memory / 4;
}

static void explain_permission(const struct diagnose_load *facts, struct advice *advice)
{
	char missing[64];

	privileges_missing(facts->privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	if (missing[0] || !exceeds_memlock(facts)) {
		advise_permission(facts->privileges, PRIVILEGES_LOAD, advice);
		return;
	}
	snprintf(advice->cause, sizeof(advice->cause),
		 "RLIMIT_MEMLOCK is %" PRIu64 " KiB, and the maps take %" PRIu64 " KiB",
		 DIAGNOSE_KIB(facts->privileges->memlock), DIAGNOSE_KIB(facts->memory));
	snprintf(advice->fix, sizeof(advice->fix),
		 "set LimitMEMLOCK=infinity in collectd's unit, or %s",
		 facts->custom ? "give its maps fewer entries" : "a smaller MaxInterfaces");
}

static void explain_memory(const struct diagnose_load *facts, struct advice *advice)
{
	int used = snprintf(advice->cause, sizeof(advice->cause),
			    "no memory for %" PRIu64 " KiB of maps", DIAGNOSE_KIB(facts->memory));

	if (facts->privileges->group_memory != UINT64_MAX)
		snprintf(advice->cause + used, sizeof(advice->cause) - (size_t)used,
			 ", and collectd's control group may use %" PRIu64 " KiB in all",
			 DIAGNOSE_KIB(facts->privileges->group_memory));
	snprintf(advice->fix, sizeof(advice->fix),
		 facts->custom ? "give its maps fewer entries, or set a larger MemoryMax"
			       : "set a smaller MaxInterfaces, ReportQueues false, or a larger "
				 "MemoryMax");
}

static void explain_size(const struct diagnose_load *facts, struct advice *advice)
{
	snprintf(advice->cause, sizeof(advice->cause),
		 "%" PRIu64 " KiB of maps or the program are too large for this kernel",
		 DIAGNOSE_KIB(facts->memory));
	snprintf(advice->fix, sizeof(advice->fix),
		 facts->custom ? "give its maps fewer entries, or make the program shorter"
			       : "set a smaller MaxInterfaces, or ReportQueues false");
}

static void explain_files(const struct diagnose_load *facts, struct advice *advice)
{
	advise_files(facts->error, facts->privileges, advice);
}

static void explain_absence(const struct diagnose_load *facts, struct advice *advice)
{
	if (facts->privileges->seccomp) {
		advise_permission(&(struct privileges){.seccomp = 2}, 0, advice);
		return;
	}
	snprintf(advice->cause, sizeof(advice->cause), "this kernel has no bpf(2)");
	snprintf(advice->fix, sizeof(advice->fix),
		 "use a kernel with CONFIG_BPF_SYSCALL, 5.10 or later");
}

static void explain_invalid(const struct diagnose_load *facts, struct advice *advice)
{
	const struct privileges *privileges = facts->privileges;

	if (privileges_kernel_before(privileges, 5, 10)) {
		snprintf(advice->cause, sizeof(advice->cause), "Linux %u.%u is too old",
			 privileges->kernel_major, privileges->kernel_minor);
		snprintf(advice->fix, sizeof(advice->fix), "use Linux 5.10 or later");
		return;
	}
	snprintf(advice->cause, sizeof(advice->cause),
		 "the kernel does not accept the program or its maps");
	snprintf(advice->fix, sizeof(advice->fix),
		 facts->custom ? "correct what libbpf or the verifier say, or use another kernel"
			       : "use a kernel from 5.10 on, or report it with the kernel's "
				 "version and this line");
}

static void explain_access(const struct diagnose_load *facts, struct advice *advice)
{
	char missing[64];

	privileges_missing(facts->privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	if (missing[0]) {
		advise_permission(facts->privileges, PRIVILEGES_LOAD, advice);
		return;
	}
	snprintf(advice->cause, sizeof(advice->cause), "the kernel's verifier rejects the program");
	snprintf(advice->fix, sizeof(advice->fix),
		 "report it with the kernel's version and this line");
}

static void explain_passing(const struct diagnose_load *facts, struct advice *advice)
{
	(void)facts;
	snprintf(advice->cause, sizeof(advice->cause), "the kernel was busy");
	snprintf(advice->fix, sizeof(advice->fix), "nothing to do, unless it stays so");
}

/* What libbpf was told of the kernel while that was short of something. */
static void explain_remembered(const struct diagnose_load *facts, struct advice *advice)
{
	(void)facts;
	snprintf(
		advice->cause, sizeof(advice->cause),
		"libbpf took a passing failure for a lack of this kernel, and remembers it as long "
		"as collectd runs");
	snprintf(advice->fix, sizeof(advice->fix), "restart collectd");
}

static void explain_other(const struct diagnose_load *facts, struct advice *advice)
{
	(void)facts;
	snprintf(advice->cause, sizeof(advice->cause), "the kernel refuses it");
	snprintf(advice->fix, sizeof(advice->fix),
		 "report it with the kernel's version and this line");
}

static const struct {
	int error;
	void (*explain)(const struct diagnose_load *facts, struct advice *advice);
} load_errors[] = {
	{EPERM, explain_permission}, {ENOMEM, explain_memory},
	{E2BIG, explain_size},	     {ENOSYS, explain_absence},
	{EMFILE, explain_files},     {ENFILE, explain_files},
	{EACCES, explain_access},    {EINVAL, explain_invalid},
	{EAGAIN, explain_passing},   {EBUSY, explain_passing},
	{EINTR, explain_passing},    {EPROTONOSUPPORT, explain_remembered},
};

static void explain_error(const struct diagnose_load *facts, struct advice *advice)
{
	for (size_t i = 0; i < sizeof(load_errors) / sizeof(load_errors[0]); i++) {
		if (load_errors[i].error == -facts->error) {
			load_errors[i].explain(facts, advice);
			return;
		}
	}
	explain_other(facts, advice);
}

static void explain_verdict(const struct diagnose_load *facts,
			    const struct verifier_verdict *verdict, struct advice *advice)
{
	char missing[64] = "";
	const char *fix;
	size_t length;

	if (verdict->class == VERIFIER_PRIVILEGE)
		privileges_missing(facts->privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	if (missing[0]) {
		advise_permission(facts->privileges, PRIVILEGES_LOAD, advice);
		return;
	}
	/* Written by libbpf, where it believes that the kernel has no global data. */
	if (strstr(verdict->message, "is referenced but wasn't created")) {
		explain_remembered(facts, advice);
		return;
	}
	snprintf(advice->cause, sizeof(advice->cause), "the kernel's verifier rejects it: %s",
		 verifier_cause(verdict->class));
	fix = verifier_fix(verdict->class);
	/* Whoever wrote it need not report it to anybody. */
	length = facts->custom && strstr(fix, "; report it") ? strcspn(fix, ";") : strlen(fix);
	snprintf(advice->fix, sizeof(advice->fix), "%.*s", (int)length, fix);
}

/* The place in the program, as far as it is known, in brackets. */
static void append_verdict(const struct verifier_verdict *verdict, char *text, size_t size)
{
	snprintf(text, size, " (%s%s%s%s%s%s)", verdict->message,
		 verdict->instruction[0] ? ", at instruction " : "", verdict->instruction,
		 verdict->source[0] ? ", line \"" : "", verdict->source,
		 verdict->source[0] ? "\"" : "");
}

/* What libbpf said of a map, which the errno does not name. */
static void append_map(const char *log, char *text, size_t size)
{
	const char *line = strstr(log, "map '");

	text[0] = '\0';
	if (line)
		snprintf(text, size, " (%.*s)", (int)strcspn(line, "\n"), line);
}

void diagnose_load(const struct diagnose_load *facts, char *text, size_t size)
{
	struct verifier_verdict verdict;
	struct advice advice;
	char said[512];

	verifier_read(facts->verifier, &verdict);
	/* Its own words say more than the errno, which may be about the size of the log. */
	if (verdict.message[0]) {
		explain_verdict(facts, &verdict, &advice);
		append_verdict(&verdict, said, sizeof(said));
		snprintf(text, size, "%s failed: %s; %s%s", facts->step, advice.cause, advice.fix,
			 said);
		return;
	}
	explain_error(facts, &advice);
	append_map(facts->libbpf, said, sizeof(said));
	snprintf(text, size, "%s failed (errno %d, %s): %s; %s%s", facts->step, -facts->error,
		 strerror(-facts->error), advice.cause, advice.fix, said);
}
