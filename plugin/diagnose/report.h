/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of values: of those that cannot be reported, and of all at the start. Pure. */
#ifndef COLLECTD_XDP_DIAGNOSE_REPORT_H
#define COLLECTD_XDP_DIAGNOSE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/kernel/privileges.h"

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

/*
 * The values of a map cannot be read; `error`: negative errno, or 0: they can be read again.
 * `foreign`: the map is not of a counter of ours.
 */
void diagnose_report_unread(const char *map, int error, bool foreign, char *text, size_t size);

/* --- maps that others loaded */

/* The map is read from now on; `replaced`: in place of another one. */
void diagnose_report_foreign_read(const char *map, uint32_t id, bool replaced, char *text,
				  size_t size);

/* Its pin cannot be opened; -EMEDIUMTYPE: it is no map, -EXDEV: it is on no bpf file system. */
void diagnose_report_foreign_pin(const char *map, const char *path, int error, char *text,
				 size_t size);

/* There is no one program at the hook. `missing`: no interface has the name. */
void diagnose_report_foreign_hook(const char *interface, bool missing, bool several, char *text,
				  size_t size);

/* The kernel does not show the programs at the hook. */
void diagnose_report_foreign_programs(const char *interface, int error, char *text, size_t size);

/* No program there is called so; `programs`: a list of those that are there, may be "". */
void diagnose_report_foreign_no_program(const char *program, const char *interface,
					const char *programs, char *text, size_t size);

/* They have no map of that name; `maps`: a list of those that they have, may be "". */
void diagnose_report_foreign_no_map(const char *map, const char *interface, const char *maps,
				    char *text, size_t size);

/* Several maps have the name, of the programs in the list. */
void diagnose_report_foreign_several(const char *map, const char *interface, const char *programs,
				     char *text, size_t size);

/* Nobody says where in its values the count is; `hidden`: the kernel knows and does not tell. */
void diagnose_report_foreign_btf(const char *map, unsigned int bytes, bool hidden, char *text,
				 size_t size);

/* Its values have another size than those of the map in the object file. */
void diagnose_report_foreign_size(const char *map, unsigned int bytes, unsigned int in_object,
				  char *text, size_t size);

/* It is a map of maps that has none; or the kernel does not open those that it has. */
void diagnose_report_foreign_empty(const char *map, char *text, size_t size);
void diagnose_report_foreign_inner(const char *map, char *text, size_t size);

/* --- */

/* A map has had more keys since the start than are reported. */
void diagnose_report_keys(const char *map, unsigned int max_keys, char *text, size_t size);

/* The peaks cannot be sampled, for their thread cannot start; or, `error` 0, they are again. */
void diagnose_report_peaks(int error, char *text, size_t size);

/* What works after a start. */
struct diagnose_report_start {
	bool outgoing;		      /* packets that go out are counted, which have no mode */
	unsigned int counted, wanted; /* interfaces */
	const char *names;	      /* of those that are counted, with their modes; "": none */
	const char *program;
	uint32_t program_id;
	uint32_t instructions; /* processed by the verifier; 0: unknown */
	bool multi_buffer;     /* packets of several buffers are counted */
	bool atomic;	       /* adds atomically, as PREEMPT_RT needs it */
	bool interpreted;      /* by the kernel, which has not compiled the program */
	enum privileges_jit jit;
	const char *length; /* by what the program finds the length of a packet */
	uint64_t memory;    /* bytes of all maps */
	unsigned int slots;
	size_t slot_bytes; /* on one CPU */
	unsigned int cpus;
	size_t series; /* of one interface at most */
};

/* A program that is interpreted: what that costs, why it is, and what to do. */
void diagnose_report_interpreted(const struct diagnose_report_start *facts, char *text,
				 size_t size);

/* The line that an operator looks for after a start. */
void diagnose_report_start(const struct diagnose_report_start *facts, char *text, size_t size);

#endif
