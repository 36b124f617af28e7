// SPDX-License-Identifier: GPL-2.0-only
/* A counter that does not load: the verifier, privileges, limits, memory. */
#include "plugin/diagnose/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "plugin/diagnose/errno_text.h"
#include "plugin/diagnose/privileges.h"
#include "plugin/diagnose/verifier.h"
#include "plugin/kernel/privileges.h"

void diagnose_kernel(const struct privileges *privileges, char *text, size_t size)
{
	snprintf(text, size, "Linux %u.%u is too old; use Linux 5.10 or later",
		 privileges->kernel_major, privileges->kernel_minor);
}

/* What exceeds it is EPERM then. */
bool diagnose_exceeds_memlock(const struct privileges *privileges, uint64_t memory)
{
	return privileges_kernel_before(privileges, 5, 11) &&
	       privileges->memlock < memory + memory / 4;
}

void diagnose_memlock(const struct privileges *privileges, uint64_t memory, bool custom, char *text,
		      size_t size)
{
	snprintf(text, size,
		 "RLIMIT_MEMLOCK is %" PRIu64 " KiB, and the maps take %" PRIu64
		 " KiB; set LimitMEMLOCK=infinity in collectd's unit, or %s",
		 DIAGNOSE_KIB(privileges->memlock), DIAGNOSE_KIB(memory),
		 custom ? "give its maps fewer entries" : "a smaller MaxInterfaces");
}

static bool lacks_capability(const struct diagnose_load *facts)
{
	char missing[64];

	privileges_missing(facts->privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	return missing[0] != '\0';
}

static void explain_permission(const struct diagnose_load *facts, char *text, size_t size)
{
	if (!lacks_capability(facts) && diagnose_exceeds_memlock(facts->privileges, facts->memory))
		diagnose_memlock(facts->privileges, facts->memory, facts->custom, text, size);
	else
		diagnose_permission(facts->privileges, PRIVILEGES_LOAD, text, size);
}

static void explain_memory(const struct diagnose_load *facts, char *text, size_t size)
{
	const char *fix = facts->custom
				  ? "give its maps fewer entries, or set a larger MemoryMax"
				  : "set a smaller MaxInterfaces, ReportQueues false, or a larger "
				    "MemoryMax";

	if (facts->privileges->group_memory != UINT64_MAX)
		snprintf(text, size,
			 "no memory for %" PRIu64
			 " KiB of maps, and collectd's control group may use %" PRIu64
			 " KiB in all; %s",
			 DIAGNOSE_KIB(facts->memory), DIAGNOSE_KIB(facts->privileges->group_memory),
			 fix);
	else
		snprintf(text, size, "no memory for %" PRIu64 " KiB of maps; %s",
			 DIAGNOSE_KIB(facts->memory), fix);
}

static void explain_size(const struct diagnose_load *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "%" PRIu64 " KiB of maps or the program are too large for this kernel; %s",
		 DIAGNOSE_KIB(facts->memory),
		 facts->custom ? "give its maps fewer entries, or make the program shorter"
			       : "set a smaller MaxInterfaces, or ReportQueues false");
}

static void explain_files(const struct diagnose_load *facts, char *text, size_t size)
{
	diagnose_files(facts->error, facts->privileges, text, size);
}

static void explain_absence(const struct diagnose_load *facts, char *text, size_t size)
{
	if (facts->privileges->seccomp)
		diagnose_permission(&(struct privileges){.seccomp = 2}, 0, text, size);
	else
		snprintf(text, size,
			 "this kernel has no bpf(2); use a kernel with CONFIG_BPF_SYSCALL, 5.10 or "
			 "later");
}

static void explain_invalid(const struct diagnose_load *facts, char *text, size_t size)
{
	const struct privileges *privileges = facts->privileges;

	if (privileges_kernel_before(privileges, 5, 10))
		diagnose_kernel(privileges, text, size);
	else
		snprintf(text, size, "the kernel does not accept the program or its maps; %s",
			 facts->custom
				 ? "correct what is said of it, or see what `bpftool -d prog load` "
				   "says of the object"
				 : "use a kernel from 5.10 on, or report it with the kernel's "
				   "version and this line");
}

static void explain_access(const struct diagnose_load *facts, char *text, size_t size)
{
	if (lacks_capability(facts))
		diagnose_permission(facts->privileges, PRIVILEGES_LOAD, text, size);
	else if (facts->custom)
		snprintf(text, size,
			 "the kernel's verifier rejects the program and does not say why; see what "
			 "`bpftool -d prog load` says of the object");
	else
		snprintf(text, size,
			 "the kernel's verifier rejects the program; report it with the kernel's "
			 "version and this line");
}

static void explain_passing(const struct diagnose_load *facts, char *text, size_t size)
{
	(void)facts;
	snprintf(text, size, "the kernel was busy; nothing to do, unless it stays so");
}

/* What libbpf was told of the kernel while that was short of something. */
static void explain_remembered(const struct diagnose_load *facts, char *text, size_t size)
{
	(void)facts;
	snprintf(text, size,
		 "libbpf mistook a temporary failure for a missing feature of this kernel, and "
		 "remembers that while collectd runs; restart collectd");
}

static void explain_other(const struct diagnose_load *facts, char *text, size_t size)
{
	if (facts->custom)
		snprintf(text, size,
			 "libbpf or the kernel refuses it; correct what is said of it, or see what "
			 "`bpftool -d prog load` says of the object");
	else
		snprintf(
			text, size,
			"the kernel refuses it; report it with the kernel's version and this line");
}

/* libbpf fills an array of programs with those of the object, of which one alone is loaded. */
static bool is_array_of_programs(const struct diagnose_load *facts)
{
	return facts->custom && strstr(facts->libbpf, "failed to initialize slot") &&
	       strstr(facts->libbpf, "to prog ");
}

static void explain_array(char *text, size_t size)
{
	snprintf(text, size,
		 "a map of the object is filled with programs for tail calls, and of an object no "
		 "other program than Program is loaded; call functions instead, and leave the map "
		 "without values");
}

static const struct {
	int error;
	void (*explain)(const struct diagnose_load *facts, char *text, size_t size);
} load_errors[] = {
	{EPERM, explain_permission}, {ENOMEM, explain_memory},
	{E2BIG, explain_size},	     {ENOSYS, explain_absence},
	{EMFILE, explain_files},     {ENFILE, explain_files},
	{EACCES, explain_access},    {EINVAL, explain_invalid},
	{EAGAIN, explain_passing},   {EBUSY, explain_passing},
	{EINTR, explain_passing},    {EPROTONOSUPPORT, explain_remembered},
};

/* What libbpf's numbers mean of the plugin's objects, and of one that the user can change. */
static const struct {
	int number;
	const char *built_in;
	const char *custom;
} libbpf_errors[] = {
	{LIBBPF_ERRNO__LIBELF,
	 "libelf cannot read the object; install libelf and libbpf of one release",
	 "libelf cannot read the object; compile it again (`clang -O2 -g -target bpf`)"},
	{LIBBPF_ERRNO__FORMAT,
	 "libbpf does not find in the object what it expects; build the plugin again, with clang, "
	 "bpftool and libbpf of one release",
	 "libbpf does not find in the object what it expects; compile it again (`clang -O2 -g "
	 "-target bpf`), with the headers of this libbpf"},
	{LIBBPF_ERRNO__KVERSION,
	 "libbpf does not take the version in the object; report it with libbpf's version, the "
	 "kernel's and this line",
	 "libbpf does not take the object's section \"version\"; leave it out, no kernel asks for "
	 "it"},
	{LIBBPF_ERRNO__ENDIAN,
	 "the plugin's programs are of the other byte order than this machine; build the plugin "
	 "again, with configure's --host= if that is on another machine",
	 "the object is of the other byte order than this machine; compile it here (`-target "
	 "bpf`), "
	 "or with `-target bpfel` or `-target bpfeb`"},
	{LIBBPF_ERRNO__INTERNAL,
	 "libbpf contradicts itself; use a later libbpf, or report it with libbpf's version, the "
	 "kernel's and this line",
	 "libbpf contradicts itself; use a later libbpf, or see what `bpftool -d prog load` says "
	 "of the object"},
	{LIBBPF_ERRNO__RELOC,
	 "libbpf does not find in this kernel what the program refers to; use a later libbpf, "
	 "or report it with libbpf's version, the kernel's and this line",
	 "libbpf does not find what the program refers to; correct that, or see what `bpftool -d "
	 "prog load` says of the object"},
	{LIBBPF_ERRNO__LOAD,
	 "the kernel refuses the program for a reason that libbpf does not know; report it with "
	 "libbpf's version, the kernel's and this line",
	 "the kernel refuses the program for a reason that libbpf does not know; see what `bpftool "
	 "-d prog load` says of the object"},
	{LIBBPF_ERRNO__VERIFY,
	 "the kernel's verifier rejects the program, says libbpf, and not why; report it with "
	 "libbpf's version, the kernel's and this line",
	 "the kernel's verifier rejects the program, says libbpf, and not why; see what `bpftool "
	 "-d prog load` says of the object"},
	{LIBBPF_ERRNO__PROG2BIG,
	 "the program is too long for this kernel; use a kernel from 5.10 on, or switch breakdowns "
	 "off",
	 "the program is too long for this kernel; make it shorter"},
	{LIBBPF_ERRNO__KVER,
	 "libbpf takes this kernel for another version than the program is for; use Linux 5.10 or "
	 "later, or report it with libbpf's version, the kernel's and this line",
	 "the object is for another version of the kernel; leave its section \"version\" out"},
	{LIBBPF_ERRNO__PROGTYPE,
	 "this kernel runs no programs of this type; use a kernel with CONFIG_BPF_SYSCALL and "
	 "CONFIG_NET, 5.10 or later",
	 "this kernel runs no programs of this type; use a kernel that does, or another section"},
	{LIBBPF_ERRNO__WRNGPID,
	 "the kernel's answer was to a question of another process; nothing to do, unless it stays "
	 "so",
	 NULL},
	{LIBBPF_ERRNO__INVSEQ,
	 "the kernel's answer was to an earlier question; nothing to do, unless it stays so", NULL},
	{LIBBPF_ERRNO__NLPARSE,
	 "libbpf cannot read the kernel's answer; use a libbpf as recent as the kernel", NULL},
};

bool diagnose_libbpf_error(int error, bool custom, char *text, size_t size)
{
	const char *meaning =
		custom ? "libbpf refuses it; see what `bpftool -d prog load` says of the object"
		       : "libbpf refuses it; report it with libbpf's version, the kernel's and "
			 "this line";

	if (-error < DIAGNOSE_ERRNO_LIBBPF)
		return false;
	for (size_t i = 0; i < sizeof(libbpf_errors) / sizeof(libbpf_errors[0]); i++) {
		if (libbpf_errors[i].number != -error)
			continue;
		meaning = libbpf_errors[i].built_in;
		if (custom && libbpf_errors[i].custom)
			meaning = libbpf_errors[i].custom;
	}
	snprintf(text, size, "%s", meaning);
	return true;
}

static void explain_error(const struct diagnose_load *facts, char *text, size_t size)
{
	if (diagnose_libbpf_error(facts->error, facts->custom, text, size))
		return;
	if (is_array_of_programs(facts)) {
		explain_array(text, size);
		return;
	}
	for (size_t i = 0; i < sizeof(load_errors) / sizeof(load_errors[0]); i++) {
		if (load_errors[i].error == -facts->error) {
			load_errors[i].explain(facts, text, size);
			return;
		}
	}
	explain_other(facts, text, size);
}

static void explain_verdict(const struct diagnose_load *facts,
			    const struct verifier_verdict *verdict, char *text, size_t size)
{
	bool report = !facts->custom && verifier_is_reported(verdict->class);

	if (verdict->class == VERIFIER_PRIVILEGE && lacks_capability(facts)) {
		diagnose_permission(facts->privileges, PRIVILEGES_LOAD, text, size);
		return;
	}
	/* Written by libbpf, where it believes that the kernel has no global data. */
	if (strstr(verdict->message, "is referenced but wasn't created")) {
		explain_remembered(facts, text, size);
		return;
	}
	/* Whoever wrote it need not report it to anybody. */
	snprintf(text, size, "the kernel's verifier rejects it: %s; %s%s",
		 verifier_cause(verdict->class), verifier_fix(verdict->class, facts->custom),
		 report ? "; report it" : "");
}

/* The place in the program, as far as it is known, in brackets. */
static void append_verdict(const struct verifier_verdict *verdict, char *text, size_t size)
{
	snprintf(text, size, " (%s%s%s%s%s%s)", verdict->message,
		 verdict->instruction[0] ? ", at instruction " : "", verdict->instruction,
		 verdict->source[0] ? ", line \"" : "", verdict->source,
		 verdict->source[0] ? "\"" : "");
}

void diagnose_libbpf_words(const char *log, char *text, size_t size)
{
	const char *map = strstr(log, "map '"), *line = map ? map : log;

	if (strncmp(line, "libbpf: ", 8) == 0)
		line += 8;
	text[0] = '\0';
	/* That it failed is known. */
	if (line[0] && strncmp(line, "failed to load object", 21) != 0)
		snprintf(text, size, " (%.*s)", (int)strcspn(line, "\n"), line);
}

/* What libbpf said of a map, which the errno does not name; of a custom counter, what it said. */
static void append_words(const struct diagnose_load *facts, char *text, size_t size)
{
	text[0] = '\0';
	if (facts->custom || strstr(facts->libbpf, "map '"))
		diagnose_libbpf_words(facts->libbpf, text, size);
}

void diagnose_load(const struct diagnose_load *facts, char *text, size_t size)
{
	struct verifier_verdict verdict;
	char advice[580], said[512];

	verifier_read(facts->verifier, &verdict);
	/* Its own words say more than the errno, which may be about the size of the log. */
	if (verdict.message[0]) {
		explain_verdict(facts, &verdict, advice, sizeof(advice));
		append_verdict(&verdict, said, sizeof(said));
		snprintf(text, size, "%s failed: %s%s", facts->step, advice, said);
		return;
	}
	explain_error(facts, advice, sizeof(advice));
	append_words(facts, said, sizeof(said));
	snprintf(text, size, "%s failed (%s): %s%s", facts->step,
		 diagnose_errno_text(facts->error).text, advice, said);
}
