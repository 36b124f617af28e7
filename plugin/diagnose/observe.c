// SPDX-License-Identifier: GPL-2.0-only
/* Tables from what the kernel, the verifier or libbpf said to cause and fix. */
#include "plugin/diagnose/observe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "plugin/diagnose/errno_text.h"
#include "plugin/diagnose/load.h"
#include "plugin/diagnose/privileges.h"
#include "plugin/diagnose/verifier.h"
#include "plugin/kernel/privileges.h"

static void explain_id(const struct diagnose_observe *facts, char *text, size_t size)
{
	char missing[64];

	privileges_missing(facts->privileges, PRIVILEGES_SYS_ADMIN, missing, sizeof(missing));
	if (!missing[0]) {
		diagnose_permission(facts->privileges, PRIVILEGES_SYS_ADMIN, text, size);
		return;
	}
	snprintf(
		text, size,
		"%s missing, and without it the kernel opens no program by its id; run collectd as "
		"root or grant it in its unit (AmbientCapabilities), or set OnBusy to \"wait\"",
		missing);
}

/* What is said, by the verifier or by libbpf, and what it means here. */
static const struct {
	const char *said;
	const char *advice;
} sayings[] = {
	{"kernel BTF", "this kernel has no BTF of its own; use one that is built with "
		       "CONFIG_DEBUG_INFO_BTF"},
	{"CO-RE relocation",
	 "the structures in which this kernel keeps packets are unknown to the plugin; "
	 "report it with the kernel's version"},
	{"access 'scalar'", "its main function does not take a struct xdp_md *; have "
			    "its owner declare it so"},
	{"access 'inv'", "its main function does not take a struct xdp_md *; have its "
			 "owner declare it so"},
};

/* What can be done about a program that the kernel interprets, which none can trace. */
static const char *const interpreted[] = {
	[PRIVILEGES_JIT_UNKNOWN] =
		"it is interpreted; where this kernel has a JIT compiler, set "
		"net.core.bpf_jit_enable to 1, and ask its owner to load it again",
	[PRIVILEGES_JIT_ABSENT] =
		"it is interpreted, as all are where the kernel has no JIT compiler for BPF; use "
		"a kernel that is built with CONFIG_BPF_JIT, or ask its owner to detach it",
	[PRIVILEGES_JIT_OFF] = "it is interpreted; set net.core.bpf_jit_enable to 1, and ask its "
			       "owner to load it again",
	[PRIVILEGES_JIT_ON] = "it is interpreted, though the JIT compiler is on now; ask its owner "
			      "to load it again",
};

static bool explain_saying(const struct diagnose_observe *facts, char *text, size_t size)
{
	if (strstr(facts->verifier, "only JITed")) {
		snprintf(text, size, "%s", interpreted[facts->privileges->jit]);
		return true;
	}
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		if (strstr(facts->verifier, sayings[i].said) ||
		    strstr(facts->libbpf, sayings[i].said)) {
			snprintf(text, size, "%s", sayings[i].advice);
			return true;
		}
	}
	return false;
}

static void explain_tracing(const struct diagnose_observe *facts, char *text, size_t size)
{
	const char *lockdown = facts->privileges->lockdown;

	if (lockdown[0])
		snprintf(text, size,
			 "kernel lockdown is \"%s\", under which BPF programs cannot be traced "
			 "(errno %d); boot without it (lockdown=, Secure Boot)",
			 lockdown, -facts->error);
	else
		snprintf(
			text, size,
			"this kernel cannot trace BPF programs (%s): not built in, or blocked by a "
			"security module; use one that can",
			diagnose_errno_text(facts->error).text);
}

static void explain_attach(const struct diagnose_observe *facts, char *text, size_t size)
{
	if (facts->error == -E2BIG)
		snprintf(text, size,
			 "as many others trace it as the kernel allows; end one of them "
			 "(`bpftool link`)");
	else if (facts->error == -EBUSY)
		snprintf(text, size,
			 "another program stands in its place (freplace), and this kernel does not "
			 "tell which; use Linux 5.13 or later");
	else
		explain_tracing(facts, text, size);
}

/* Before Linux 5.11 a map or program beyond RLIMIT_MEMLOCK is EPERM. */
static bool may_exceed_memlock(const struct diagnose_observe *facts)
{
	return facts->error == -EPERM && !facts->privileges->lockdown[0] &&
	       privileges_kernel_before(facts->privileges, 5, 11) &&
	       facts->privileges->memlock != UINT64_MAX;
}

static void explain_load(const struct diagnose_observe *facts, char *text, size_t size)
{
	struct verifier_verdict verdict;
	char missing[64];

	if (explain_saying(facts, text, size) ||
	    diagnose_libbpf_error(facts->error, false, text, size))
		return;
	verifier_read(facts->verifier, &verdict);
	privileges_missing(facts->privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	if (missing[0])
		diagnose_permission(facts->privileges, PRIVILEGES_LOAD, text, size);
	else if (verdict.message[0] && verdict.class != VERIFIER_HELPER)
		snprintf(
			text, size,
			"the kernel's verifier rejects the program that would observe it: %s (%s); "
			"report it with the kernel's version and this line",
			verifier_cause(verdict.class), verdict.message);
	else if (may_exceed_memlock(facts))
		snprintf(text, size,
			 "RLIMIT_MEMLOCK is %" PRIu64 " KiB, too little for the program that would "
			 "observe it; set LimitMEMLOCK=infinity in collectd's unit",
			 DIAGNOSE_KIB(facts->privileges->memlock));
	else
		explain_tracing(facts, text, size);
}

void diagnose_observe(const struct diagnose_observe *facts, char *text, size_t size)
{
	if (facts->error == -EMFILE || facts->error == -ENFILE)
		diagnose_files(facts->error, facts->privileges, text, size);
	else if (facts->error == -ENOMEM)
		snprintf(text, size, "no memory to observe it; give collectd more memory");
	else if (facts->step == DIAGNOSE_OBSERVE_ID)
		explain_id(facts, text, size);
	else if (facts->step == DIAGNOSE_OBSERVE_OFFLOADED)
		snprintf(text, size,
			 "it runs on the network card; ask its owner to attach it in native mode");
	else if (facts->step == DIAGNOSE_OBSERVE_BOUND)
		snprintf(text, size,
			 "it is bound to a device, and only programs bound to the same device may "
			 "trace it; ask its owner to load it unbound (`bpftool prog load` without "
			 "xdpmeta_dev, BPF_F_XDP_DEV_BOUND_ONLY)");
	else if (facts->step == DIAGNOSE_OBSERVE_BTF)
		snprintf(text, size,
			 "it has no BTF; ask its owner to compile it with `clang -g`, and load it "
			 "with its BTF");
	else if (facts->step == DIAGNOSE_OBSERVE_ATTACH)
		explain_attach(facts, text, size);
	else
		explain_load(facts, text, size);
}

static void explain_fate_load(const struct diagnose_fate *facts,
			      const struct diagnose_observe *same, char *text, size_t size)
{
	struct verifier_verdict verdict;
	char missing[64];

	if (diagnose_libbpf_error(facts->error, false, text, size))
		return;
	verifier_read(facts->verifier, &verdict);
	privileges_missing(facts->privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	if (missing[0])
		diagnose_permission(facts->privileges, PRIVILEGES_LOAD, text, size);
	else if (verdict.message[0] && verdict.class != VERIFIER_HELPER)
		snprintf(
			text, size,
			"the kernel's verifier rejects a program for a tracepoint: %s (%s); report "
			"it with the kernel's version and this line",
			verifier_cause(verdict.class), verdict.message);
	else if (may_exceed_memlock(same))
		snprintf(text, size,
			 "RLIMIT_MEMLOCK is %" PRIu64 " KiB, too little for the programs at the "
			 "tracepoints; set LimitMEMLOCK=infinity in collectd's unit",
			 DIAGNOSE_KIB(facts->privileges->memlock));
	else
		explain_tracing(same, text, size);
}

static void explain_fate(const struct diagnose_fate *facts, char *text, size_t size)
{
	const struct diagnose_observe same = {
		.error = facts->error,
		.libbpf = facts->libbpf,
		.verifier = facts->verifier,
		.privileges = facts->privileges,
	};

	if (facts->error == -EMFILE || facts->error == -ENFILE)
		diagnose_files(facts->error, facts->privileges, text, size);
	else if (facts->error == -ENOMEM)
		snprintf(text, size,
			 "no memory for the programs at the tracepoints; give collectd more "
			 "memory");
	else if (facts->step == DIAGNOSE_FATE_BTF)
		snprintf(text, size,
			 "this kernel has no BTF of its own (%s), which tells where its "
			 "tracepoints are; use one that is built with CONFIG_DEBUG_INFO_BTF",
			 diagnose_errno_text(facts->error).text);
	else if (facts->step == DIAGNOSE_FATE_ATTACH)
		explain_tracing(&same, text, size);
	else
		explain_fate_load(facts, &same, text, size);
}

void diagnose_fate(const struct diagnose_fate *facts, char *text, size_t size)
{
	char cause[512];

	explain_fate(facts, cause, sizeof(cause));
	snprintf(text, size, "exceptions and redirects are not counted (ReportFate): %s", cause);
}

void diagnose_fate_missing(const char *names, char *text, size_t size)
{
	snprintf(
		text, size,
		"not all that ReportFate counts is there: this kernel lacks the tracepoints %s, or "
		"passes them other arguments than are known; report it with the kernel's version",
		names);
}

const char *diagnose_fate_counts(void)
{
	return "exceptions and redirects are counted (ReportFate)";
}

void diagnose_sockets(int error, char *text, size_t size)
{
	if (!error)
		snprintf(text, size, "losses of AF_XDP sockets are counted (ReportFate)");
	else if (error == -ENOENT || error == -EPROTONOSUPPORT)
		snprintf(
			text, size,
			"losses of AF_XDP sockets are not counted (ReportFate): this kernel cannot "
			"tell of them (%s), its module xsk_diag is missing; load it, or use a "
			"kernel that is built with CONFIG_XDP_SOCKETS_DIAG",
			diagnose_errno_text(error).text);
	else
		snprintf(text, size,
			 "losses of AF_XDP sockets are not counted (ReportFate): the kernel does "
			 "not answer what it is asked about them (%s); it is asked again by "
			 "itself, see that collectd has memory and descriptors, and may use "
			 "NETLINK_SOCK_DIAG",
			 diagnose_errno_text(error).text);
}
