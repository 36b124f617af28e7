/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of values: of those that cannot be reported, and of all at the start. Pure. */
#ifndef COLLECTD_XDP_DIAGNOSE_REPORT_H
#define COLLECTD_XDP_DIAGNOSE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for any of these texts, with its end; each is one line, cut off at its `size`. */
#define DIAGNOSE_REPORT_TEXT 1024

/* What is wrong with the Type of a <Map>. */
enum diagnose_report_type {
	DIAGNOSE_REPORT_TYPE_GOOD,
	DIAGNOSE_REPORT_TYPE_UNKNOWN,  /* not in types.db */
	DIAGNOSE_REPORT_TYPE_SEVERAL,  /* values, and not one */
	DIAGNOSE_REPORT_TYPE_ABSOLUTE, /* its kind of value */
	DIAGNOSE_REPORT_TYPE_COUNTER,  /* the same */
	DIAGNOSE_REPORT_TYPE_OTHER     /* a count where none is expected, or the other way round */
};

/* "" for DIAGNOSE_REPORT_TYPE_GOOD. */
void diagnose_report_type(enum diagnose_report_type fault, const char *map, const char *type,
			  char *text, size_t size);

/* The same of a type of the plugin's own values, which is to be one GAUGE, or else one DERIVE. */
void diagnose_report_own_type(enum diagnose_report_type fault, const char *type, bool gauge,
			      char *text, size_t size);

/* The values of a map cannot be read; `error`: negative errno, or 0: they can be read again. */
void diagnose_report_unread(const char *map, int error, char *text, size_t size);

/* A map has had more keys since the start than are reported. */
void diagnose_report_keys(const char *map, unsigned int max_keys, char *text, size_t size);

/* The peaks cannot be sampled, for their thread cannot start; or, `error` 0, they are again. */
void diagnose_report_peaks(int error, char *text, size_t size);

/* What works after a start. */
struct diagnose_report_start {
	unsigned int counted, wanted; /* interfaces */
	const char *names;	      /* of those that are counted, with their modes; "": none */
	const char *program;
	uint32_t program_id;
	uint32_t instructions; /* processed by the verifier; 0: unknown */
	bool multi_buffer;     /* packets of several buffers are counted */
	bool atomic;	       /* adds atomically, as PREEMPT_RT needs it */
	const char *length;    /* by what the program finds the length of a packet */
	uint64_t memory;       /* bytes of all maps */
	unsigned int slots;
	size_t slot_bytes; /* on one CPU */
	unsigned int cpus;
	size_t series; /* of one interface at most */
};

/* The line that an operator looks for after a start. */
void diagnose_report_start(const struct diagnose_report_start *facts, char *text, size_t size);

#endif
