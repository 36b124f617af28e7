// SPDX-License-Identifier: GPL-2.0-only
/* Sentences about types, maps that are read, and the start. */
#include "plugin/diagnose/report.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/diagnose/errno_text.h"

void diagnose_report_type(enum diagnose_report_type fault, const char *map, const char *type,
			  char *text, size_t size)
{
	switch (fault) {
	case DIAGNOSE_REPORT_TYPE_UNKNOWN:
		snprintf(text, size,
			 "map %s: Type \"%s\" is not in types.db; name one that is, or add it "
			 "there; nothing is counted",
			 map, type);
		break;
	case DIAGNOSE_REPORT_TYPE_SEVERAL:
		snprintf(text, size,
			 "map %s: Type \"%s\" has more than one value in types.db, and a map's "
			 "value is one; name another; nothing is counted",
			 map, type);
		break;
	case DIAGNOSE_REPORT_TYPE_ABSOLUTE:
		snprintf(text, size,
			 "map %s: Type \"%s\" is ABSOLUTE, for counts that reading sets to zero; "
			 "name a DERIVE or a GAUGE; nothing is counted",
			 map, type);
		break;
	case DIAGNOSE_REPORT_TYPE_COUNTER:
		snprintf(text, size,
			 "map %s: Type \"%s\" is COUNTER, which takes a count that restarts for "
			 "an overflow, and gives it a false rate; name a DERIVE or a GAUGE; "
			 "nothing is counted",
			 map, type);
		break;
	case DIAGNOSE_REPORT_TYPE_OTHER:
	case DIAGNOSE_REPORT_TYPE_GOOD:
		snprintf(text, size, "%s", "");
		break;
	}
}

void diagnose_report_own_type(enum diagnose_report_type fault, const char *type, bool gauge,
			      char *text, size_t size)
{
	const char *kind = gauge ? "GAUGE" : "DERIVE";

	if (fault == DIAGNOSE_REPORT_TYPE_GOOD)
		snprintf(text, size, "%s", "");
	else if (fault == DIAGNOSE_REPORT_TYPE_UNKNOWN)
		snprintf(text, size,
			 "type \"%s\" is in no file that TypesDB names, so its values are not "
			 "reported; let TypesDB name collectd's own types.db, too",
			 type);
	else
		snprintf(text, size,
			 "type \"%s\" is not one %s, as in collectd's own types.db, so its values "
			 "are not reported; a file that TypesDB names has another type of this "
			 "name: rename that one",
			 type, kind);
}

void diagnose_report_unread(const char *map, int error, bool foreign, char *text, size_t size)
{
	if (error && foreign)
		snprintf(text, size,
			 "map %s cannot be read (%s): no values of it until it can; try `bpftool "
			 "map dump`, and raise collectd's limits of memory and files, if they are "
			 "the cause",
			 map, diagnose_errno_text(error).text);
	else if (error)
		snprintf(text, size,
			 "map %s cannot be read (%s): no values of it until it can; the counter "
			 "goes on",
			 map, diagnose_errno_text(error).text);
	else
		snprintf(text, size, "map %s can be read again", map);
}

void diagnose_report_foreign_read(const char *map, uint32_t id, bool replaced, char *text,
				  size_t size)
{
	if (replaced)
		snprintf(text, size, "map %s is another one now (id %u), and is read", map, id);
	else
		snprintf(text, size, "map %s is read (id %u)", map, id);
}

void diagnose_report_foreign_pin(const char *map, const char *path, int error, char *text,
				 size_t size)
{
	if (error == -ENOENT || error == -ENOTDIR)
		snprintf(text, size,
			 "map %s has no values: nothing is pinned at %s; it is read as soon as "
			 "there is; if that does not come, correct Pin",
			 map, path);
	else if (error == -EMEDIUMTYPE)
		snprintf(text, size,
			 "map %s has no values: what is pinned at %s is not a map; pin the map "
			 "there, or correct Pin",
			 map, path);
	else if (error == -EXDEV)
		snprintf(text, size,
			 "map %s has no values: %s is not on a bpf file system, where pins are; "
			 "correct Pin, or let collectd's unit see the file system (PrivateMounts=)",
			 map, path);
	else if (error == -EILSEQ)
		snprintf(text, size,
			 "map %s has no values: no pin can be called %s, for the bpf file system "
			 "has no names with a dot; pin the map under another name, and give that "
			 "one, or give Of in place of Pin",
			 map, path);
	else if (error == -EPERM || error == -EACCES)
		snprintf(text, size,
			 "map %s has no values: collectd may not open the pin %s (%s); give it "
			 "CAP_BPF, and its user the right to search the folders and to read the "
			 "pin",
			 map, path, diagnose_errno_text(error).text);
	else
		snprintf(text, size,
			 "map %s has no values: the pin %s cannot be opened (%s); it is tried "
			 "again at each interval; raise collectd's limits of memory and files, if "
			 "they are the cause",
			 map, path, diagnose_errno_text(error).text);
}

void diagnose_report_foreign_hook(const char *interface, bool missing, bool several, char *text,
				  size_t size)
{
	if (missing)
		snprintf(text, size,
			 "no values: there is no interface %s; its maps are read as soon as there "
			 "is; if that does not come, correct Of",
			 interface);
	else if (several)
		snprintf(text, size,
			 "no values: %s has XDP programs in more than one mode, and Of is for one; "
			 "pin the maps, and give a Pin in place of Of",
			 interface);
	else
		snprintf(text, size,
			 "no values: there is no program at the XDP hook of %s; its maps are read "
			 "as soon as there is; if that does not come, correct Of",
			 interface);
}

void diagnose_report_foreign_programs(const char *interface, int error, char *text, size_t size)
{
	if (error == -EPERM)
		snprintf(text, size,
			 "no values: the kernel shows the maps of the program at %s only with "
			 "CAP_SYS_ADMIN; give collectd that capability, or pin the maps, and give "
			 "a Pin in place of Of",
			 interface);
	else
		snprintf(text, size,
			 "no values: the programs at %s cannot be looked at (%s); it is tried "
			 "again at each interval; raise collectd's limits of memory and files, if "
			 "they are the cause",
			 interface, diagnose_errno_text(error).text);
}

void diagnose_report_foreign_no_program(const char *program, const char *interface,
					const char *programs, char *text, size_t size)
{
	snprintf(text, size,
		 "no program %s is at the XDP hook of %s; set Program to one of those that are, or "
		 "leave it out: %s",
		 program, interface, programs[0] ? programs : "none has a name");
}

void diagnose_report_foreign_no_map(const char *map, const char *interface, const char *maps,
				    char *text, size_t size)
{
	if (maps[0])
		snprintf(text, size,
			 "no program at %s has a map %s; correct the name, or Program; the maps "
			 "that are there: %s",
			 interface, map, maps);
	else
		snprintf(text, size,
			 "no program at %s has a map %s, or any that has a name; correct Of or "
			 "Program",
			 interface, map);
}

void diagnose_report_foreign_several(const char *map, const char *interface, const char *programs,
				     char *text, size_t size)
{
	snprintf(text, size,
		 "several maps at %s are called %s; choose one by Program, or pin it, and give a "
		 "Pin in place of Of; they are of: %s",
		 interface, map, programs);
}

void diagnose_report_foreign_btf(const char *map, unsigned int bytes, bool hidden, char *text,
				 size_t size)
{
	if (hidden)
		snprintf(text, size,
			 "map %s: the kernel shows its BTF, by which the count is found in its "
			 "values of %u bytes, only with CAP_SYS_ADMIN; give collectd that "
			 "capability, or set Object to the file that the map was loaded from",
			 map, bytes);
	else
		snprintf(text, size,
			 "map %s has no BTF, by which the count would be found in its values of %u "
			 "bytes; set Object to the file that the map was loaded from, compiled "
			 "with `-g`",
			 map, bytes);
}

void diagnose_report_foreign_size(const char *map, unsigned int bytes, unsigned int in_object,
				  char *text, size_t size)
{
	snprintf(text, size,
		 "map %s has values of %u bytes in the kernel, and of %u in the object; set Object "
		 "to the file that the map was loaded from",
		 map, bytes, in_object);
}

void diagnose_report_foreign_empty(const char *map, char *text, size_t size)
{
	snprintf(text, size,
		 "map %s is a map of maps, and there is no map in it; they are read as soon as "
		 "there is one",
		 map);
}

void diagnose_report_foreign_inner(const char *map, char *text, size_t size)
{
	snprintf(text, size,
		 "map %s is a map of maps, and the kernel opens those in it only with "
		 "CAP_SYS_ADMIN; give collectd that capability",
		 map);
}

void diagnose_report_peaks(int error, char *text, size_t size)
{
	if (error)
		snprintf(text, size,
			 "peaks cannot be sampled (%s): the thread that samples them does not "
			 "start; give collectd more threads (TasksMax= of its unit, or its pids "
			 "control group) or memory; all else is counted",
			 diagnose_errno_text(error).text);
	else
		snprintf(text, size, "peaks are sampled now");
}

void diagnose_report_keys(const char *map, unsigned int max_keys, char *text, size_t size)
{
	snprintf(text, size,
		 "map %s has had more than %u keys since collectd started: those that came later "
		 "are not reported; set MaxKeys higher, or count under fewer keys",
		 map, max_keys);
}

void diagnose_report_start(const struct diagnose_report_start *facts, char *text, size_t size)
{
	char instructions[32] = "an unknown number of";

	if (facts->instructions)
		snprintf(instructions, sizeof(instructions), "%u", facts->instructions);
	snprintf(text, size,
		 "counting %s %u of %u interfaces%s%s%s: program %s (id %u, %s "
		 "instructions verified%s%s, length by %s), %llu bytes of maps (%u slots x %zu "
		 "bytes x %u CPUs), at most %zu series (%zu of each interface)",
		 facts->outgoing ? "what goes out of" : "on", facts->counted, facts->wanted,
		 facts->names[0] ? " (" : "", facts->names, facts->names[0] ? ")" : "",
		 facts->program, facts->program_id, instructions,
		 facts->multi_buffer || facts->outgoing ? "" : ", without multi-buffer packets",
		 facts->atomic ? ", atomic on PREEMPT_RT" : "", facts->length,
		 (unsigned long long)facts->memory, facts->slots, facts->slot_bytes, facts->cpus,
		 (facts->wanted < facts->slots ? facts->wanted : facts->slots) * facts->series,
		 facts->series);
}

/* Why a program is interpreted, and what to do. */
static const char *const interpreted[] = {
	[PRIVILEGES_JIT_UNKNOWN] =
		"this kernel has no JIT compiler for BPF, or it is off; where there is one, set "
		"net.core.bpf_jit_enable to 1 and restart collectd",
	[PRIVILEGES_JIT_ABSENT] =
		"this kernel has no JIT compiler for BPF; nothing to do, or where packets come too "
		"fast for it use a kernel that is built with CONFIG_BPF_JIT",
	[PRIVILEGES_JIT_OFF] = "the JIT compiler for BPF is off; set net.core.bpf_jit_enable to 1 "
			       "and restart collectd",
	[PRIVILEGES_JIT_ON] = "the JIT compiler for BPF was off when it was loaded, or refused it; "
			      "restart collectd, and see net.core.bpf_jit_limit if that does not "
			      "help",
};

void diagnose_report_interpreted(const struct diagnose_report_start *facts, char *text, size_t size)
{
	snprintf(text, size,
		 "program %s counts, but the kernel interprets it, which takes several times as "
		 "long per packet: %s",
		 facts->program, interpreted[facts->jit]);
}
