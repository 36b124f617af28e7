/* SPDX-License-Identifier: GPL-2.0-only */
/* How the programs of the counter are called in the kernel, and so those of every counter. */
#ifndef COLLECTD_XDP_COUNTER_PROGRAM_NAME_H
#define COLLECTD_XDP_COUNTER_PROGRAM_NAME_H

#include <stdbool.h>
#include <string.h>

/* The one that lets every packet pass, and the one that calls another program (option Next). */
#define COUNTER_PROGRAM_NAME "xdp_count"
#define COUNTER_PROGRAM_NAME_NEXT "xdp_count_next"

/* Whether a program of this name is a counter. */
static inline bool counter_program_name_is(const char *name)
{
	return strcmp(name, COUNTER_PROGRAM_NAME) == 0 ||
	       strcmp(name, COUNTER_PROGRAM_NAME_NEXT) == 0;
}

#endif
