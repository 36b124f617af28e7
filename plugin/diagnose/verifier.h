/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the log of the kernel's verifier: what it objects to, where, and of
 * which class that is. Pure; takes any bytes.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_VERIFIER_H
#define COLLECTD_XDP_DIAGNOSE_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>

enum verifier_class {
	VERIFIER_UNKNOWN,
	VERIFIER_COMPLEX,	/* a loop without a bound, or too much to check */
	VERIFIER_PACKET,	/* access outside of the packet */
	VERIFIER_MAP,		/* access outside of a map's value */
	VERIFIER_STACK,		/* access outside of the stack */
	VERIFIER_STACK_LIMIT,	/* more than 512 bytes of stack */
	VERIFIER_UNINITIALISED, /* a register or stack slot is read before it is written */
	VERIFIER_NO_POINTER,	/* what is dereferenced may be NULL, or is a number */
	VERIFIER_HELPER,	/* a helper that is not there, or not for this program */
	VERIFIER_ARGUMENT,	/* a helper is given something of a wrong type */
	VERIFIER_RETURN,	/* a return value out of range */
	VERIFIER_POINTER,	/* arithmetic that is allowed with no pointer */
	VERIFIER_ALIGNMENT,	/* a read where the processor reads aligned ones alone */
	VERIFIER_PRIVILEGE	/* pointer arithmetic or leaks, forbidden without CAP_PERFMON */
};

/* The decisive lines, without control characters; "" where there is none. */
struct verifier_verdict {
	enum verifier_class class;
	char message[160];
	char instruction[80]; /* the last one looked at: "12: (71) r2 = *(u8 *)(r1 +0)" */
	char source[120];     /* its line, if the program has line information (BTF) */
};

/* Reads a log, or the end of one. */
void verifier_read(const char *log, struct verifier_verdict *ret_verdict);

/* What is wrong with a program of that class, as a phrase; static. */
const char *verifier_cause(enum verifier_class class);

/*
 * What has to be done, static: `custom`: by the author of a custom counter, who can change it;
 * else by the operator of ours, who is to report it besides where verifier_is_reported() says so.
 */
const char *verifier_fix(enum verifier_class class, bool custom);
bool verifier_is_reported(enum verifier_class class);

#endif
