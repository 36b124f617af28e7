/* SPDX-License-Identifier: GPL-2.0-only */
/* How the programs of the counter are called in the kernel, and so those of every counter. */
#ifndef COLLECTD_XDP_COUNTER_PROGRAM_NAME_H
#define COLLECTD_XDP_COUNTER_PROGRAM_NAME_H

#include <stdbool.h>
#include <string.h>

/*
 * The one that lets every packet pass, the one that calls another program (option Next), and the
 * one for what goes out (option ReportOutgoing).
 */
#define COUNTER_PROGRAM_NAME "xdp_count"
#define COUNTER_PROGRAM_NAME_NEXT "xdp_count_next"
#define COUNTER_PROGRAM_NAME_OUTGOING "tcx_count"

/* Of what goes out, or comes in, with or without a program of Next. */
static inline const char *counter_program_name_of(bool outgoing, bool next)
{
	if (outgoing)
		return COUNTER_PROGRAM_NAME_OUTGOING;
	return next ? COUNTER_PROGRAM_NAME_NEXT : COUNTER_PROGRAM_NAME;
}

/* Whether a program of this name is a counter. */
static inline bool counter_program_name_is(const char *name)
{
	return strcmp(name, COUNTER_PROGRAM_NAME) == 0 ||
	       strcmp(name, COUNTER_PROGRAM_NAME_NEXT) == 0 ||
	       strcmp(name, COUNTER_PROGRAM_NAME_OUTGOING) == 0;
}

#endif
