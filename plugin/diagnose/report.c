// SPDX-License-Identifier: GPL-2.0-only
/* Sentences about types, maps that are read, and the start. */
#include "plugin/diagnose/report.h"

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

void diagnose_report_unread(const char *map, int error, char *text, size_t size)
{
	if (error)
		snprintf(text, size,
			 "map %s cannot be read (%s): no values of it until it can; the counter "
			 "goes on",
			 map, diagnose_errno_text(error).text);
	else
		snprintf(text, size, "map %s can be read again", map);
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
		 "counting on %u of %u interfaces%s%s%s: program %s (id %u, %s "
		 "instructions verified%s%s, length by %s), %llu bytes of maps (%u slots x %zu "
		 "bytes x %u CPUs), at most %zu series (%zu of each interface)",
		 facts->counted, facts->wanted, facts->names[0] ? " (" : "", facts->names,
		 facts->names[0] ? ")" : "", facts->program, facts->program_id, instructions,
		 facts->multi_buffer ? "" : ", without multi-buffer packets",
		 facts->atomic ? ", atomic on PREEMPT_RT" : "", facts->length,
		 (unsigned long long)facts->memory, facts->slots, facts->slot_bytes, facts->cpus,
		 (facts->wanted < facts->slots ? facts->wanted : facts->slots) * facts->series,
		 facts->series);
}
