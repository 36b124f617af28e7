/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of pins and of what is taken over from an earlier start. Pure: facts in, text out.
 * Each function writes one line without its end, cut off at `size`; `error` is a negative errno.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_PINS_H
#define COLLECTD_XDP_DIAGNOSE_PINS_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_info_difference;
struct trusted_dir_flaw;

/*
 * "cause; what to do": why a directory cannot be used, of pin_dir_open() or pin_dir_put(). `flaw`:
 * of -EUCLEAN, else not looked at.
 */
void diagnose_pins(int error, const char *directory, const struct trusted_dir_flaw *flaw,
		   char *text, size_t size);

/* The same, and what follows: nothing is pinned. `next`: Next is on, which works with pins only. */
void diagnose_pins_unusable(int error, const char *directory, bool next,
			    const struct trusted_dir_flaw *flaw, char *text, size_t size);

/* It can be used now. `path`: of the directory of this instance, as below. */
void diagnose_pins_usable(const char *path, char *text, size_t size);

/* What becomes of pins that nobody goes on with. */
enum diagnose_pins_stay {
	DIAGNOSE_PINS_STAY_UNREMOVABLE, /* `error` says why; what is at hooks may be off them */
	DIAGNOSE_PINS_STAY_NEXT,	/* they call a program of Next */
	DIAGNOSE_PINS_STAY_UNOWNED,	/* they do not say whose they are */
	DIAGNOSE_PINS_STAY_UNSEEN,	/* their network namespace may be gone */
	DIAGNOSE_PINS_BURIED		/* it is gone: they are removed */
};

void diagnose_pins_stay(enum diagnose_pins_stay why, int error, const char *path, char *text,
			size_t size);

/* They are of another instance, which does not run; `owner`: its PID file. */
void diagnose_pins_other(const char *owner, const char *path, char *text, size_t size);

/* What is to be removed below `directory` is in use; `again`: it is tried again. */
void diagnose_pins_locked(const char *directory, bool again, char *text, size_t size);

/* Not all that the next start would go on with could be pinned. */
void diagnose_pins_partial(int error, const char *directory, char *text, size_t size);

/* `path`: of the directory of this instance. */
void diagnose_pins_put_off(int error, const char *path, char *text, size_t size);

/* `reason`: why the maps that are pinned are not adopted. */
void diagnose_pins_not_adopted(const char *path, const char *reason, char *text, size_t size);

/*
 * A link goes on; `mode`: NULL: of what goes out; `replaced`: with a new program; `continued`: its
 * counts go on, too.
 */
void diagnose_pins_continued(const char *mode, bool replaced, bool continued, char *text,
			     size_t size);

/* The hook, of what goes out or not, refuses our program, so the link goes on with that of the last
 * start. */
void diagnose_pins_kept(int error, bool outgoing, bool next, char *text, size_t size);

/* A link is not taken over; -ESTALE: it is of another interface or mode; -ENOLINK: of none. */
void diagnose_pins_refused(int error, char *text, size_t size);

/* A link could not be pinned. */
void diagnose_pins_unpinned(int error, const char *path, bool next, char *text, size_t size);

void diagnose_pins_dropped(unsigned int count, const char *path, char *text, size_t size);
void diagnose_pins_foreign(unsigned int count, const char *path, char *text, size_t size);

/* The first map of a set that is not as it is wanted. */
struct diagnose_pinset {
	const char *name; /* of the map */
	const char *pin;  /* of its pin */
	int error;	  /* negative errno of pin_dir_get() or bpf_info_map() */
	/* Of bpf_info_map(); NULL: it was not compared. */
	const struct bpf_info_difference *difference;
};

/* Writes the cause into `text`, one line without its end; cut off at `size`. */
void diagnose_pinset(const struct diagnose_pinset *facts, char *text, size_t size);

#endif
