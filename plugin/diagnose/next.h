/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said of Next: why a program cannot be called, and what became of one that is. Pure:
 * facts in, text out.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_NEXT_H
#define COLLECTD_XDP_DIAGNOSE_NEXT_H

#include <stddef.h>
#include <stdint.h>

/* Why a program cannot be called. */
enum diagnose_next_cause {
	DIAGNOSE_NEXT_CALLABLE,
	DIAGNOSE_NEXT_NOTHING_PINNED,
	DIAGNOSE_NEXT_NOT_OPENED,
	DIAGNOSE_NEXT_NO_PROGRAM,
	DIAGNOSE_NEXT_FOR_LIBXDP,
	DIAGNOSE_NEXT_OTHER_TYPE,
	DIAGNOSE_NEXT_COUNTER,
	DIAGNOSE_NEXT_DEVICE,
	DIAGNOSE_NEXT_FOR_ENTRIES,
	DIAGNOSE_NEXT_ATTACH_TYPE,
	DIAGNOSE_NEXT_INTERPRETED, /* and the counter is not */
	DIAGNOSE_NEXT_COMPILED,	   /* and the counter would not be */
	DIAGNOSE_NEXT_NOT_FOR_PLAIN,
	DIAGNOSE_NEXT_NOT_FOR_ANY,
	DIAGNOSE_NEXT_EXTENDED,
	/* Beside one that is in use. */
	DIAGNOSE_NEXT_WITH_FRAGS,
	DIAGNOSE_NEXT_WITHOUT_FRAGS,
	DIAGNOSE_NEXT_REFUSED_BY_KERNEL,
	DIAGNOSE_NEXT_NOT_TOLD
};

struct diagnose_next_refusal {
	enum diagnose_next_cause cause;
	const char *type; /* of the program, with DIAGNOSE_NEXT_OTHER_TYPE; NULL: unknown */
	int error;	  /* negative errno, with the last two */
};

/* Writes "cause; what to do", "" of one that can be called. */
void diagnose_next_refusal(const struct diagnose_next_refusal *refusal, char *text, size_t size);

enum diagnose_next_event {
	DIAGNOSE_NEXT_UNUSABLE,	 /* nothing can be called, so nothing is counted */
	DIAGNOSE_NEXT_WAS_EMPTY, /* the slot, at the start */
	DIAGNOSE_NEXT_BEGUN,
	DIAGNOSE_NEXT_BEGUN_WITHOUT_FRAGS,
	DIAGNOSE_NEXT_KEPT_FROM_LAST, /* what is at the path cannot be called: one from the last
					 start is */
	DIAGNOSE_NEXT_ENDED,
	DIAGNOSE_NEXT_KEPT, /* the same while it runs */
	DIAGNOSE_NEXT_REPLACED,
	DIAGNOSE_NEXT_BACK,
	DIAGNOSE_NEXT_RESTORED,
	DIAGNOSE_NEXT_LOST,
	DIAGNOSE_NEXT_PIN_RESTORED,
	DIAGNOSE_NEXT_PIN_LOST
};

/* A program, as far as it is known. */
struct diagnose_next_program {
	uint32_t id;
	const char *name; /* "" or NULL where it is not known */
	const char *tag;  /* the same */
};

struct diagnose_next {
	enum diagnose_next_event event;
	const char *path;			     /* of the option */
	struct diagnose_next_program program;	     /* that is called, or was */
	struct diagnose_next_program before;	     /* with _REPLACED */
	const struct diagnose_next_refusal *refusal; /* with _UNUSABLE, _KEPT_FROM_LAST, _KEPT */
	const char *pin;			     /* with _PIN_RESTORED, _PIN_LOST */
	const char *directory;			     /* the same */
	int error;				     /* negative errno, with _PIN_LOST */
};

/* Writes "what happened: cause; what to do", one line without its end; cut off at `size`. */
void diagnose_next(const struct diagnose_next *facts, char *text, size_t size);

#endif
