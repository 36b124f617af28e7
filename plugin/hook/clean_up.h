/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins that nobody is to go on with: those of this instance that are no longer configured, which
 * are detached and removed; those of other instances, which stay and are named where none of them
 * runs; and those of network namespaces that are gone, which nobody can use.
 */
#ifndef COLLECTD_XDP_HOOK_CLEAN_UP_H
#define COLLECTD_XDP_HOOK_CLEAN_UP_H

#include <stdbool.h>

#include "plugin/diagnose/pins.h"

struct clean_up;
struct event;
struct event_teller;
struct hook_kind;
struct leftovers;
struct program;
struct program_operations;
struct watches;

/*
 * Detaches and removes what the instance `owner` has pinned below `directory`, and what does not
 * say whose it is if all of it is at interfaces of `watches` (NULL: none are known). What calls a
 * program of Next stays. `leftovers`: without pins, which are opened and closed here.
 * Returns 0, also where pins have to stay, which is logged; -EBUSY where another process has the
 * directory locked, which the caller logs; or an -errno that is worth another attempt.
 */
int clean_up_own(struct leftovers *leftovers, const struct watches *watches, const char *directory,
		 const char *owner);

/* Whether what is pinned calls a program of Next. */
bool clean_up_is_of_next(const struct leftovers *leftovers);

/* What is pinned there stays, and why; `err`: of DIAGNOSE_PINS_STAY_UNREMOVABLE. */
void clean_up_tell(const struct leftovers *leftovers, enum diagnose_pins_stay why, int err);

/* Another process has it locked; `again`: it is tried again. */
void clean_up_tell_locked(const struct event_teller *teller, const char *directory, bool again);

/* What pointers point to must outlive the object. */
struct clean_up_settings {
	const struct hook_kind *kind; /* of all places that name none */
	const char *owner;	      /* the instance, as pin_dir_open() wants it */
	bool persist;
	/* As in struct event_teller; the context is the name of the custom counter, or "". */
	void (*tell)(void *name, const struct event *event);
};

/* Returns 0 and an object the caller closes; -ENOMEM. */
int clean_up_open(const struct clean_up_settings *settings, struct clean_up **ret_clean_up);

/* The pins of one program. */
struct clean_up_place {
	const struct program_operations *operations; /* that know the names of its pins */
	/* NULL where it is not configured, and nothing but its pins is left. */
	const struct program *program;
	const struct hook_kind *kind; /* of its links; NULL: that of the settings */
	const char *directory;
	const char *name; /* of its custom counter; "": of the built-in one */
	/* Reports what becomes of it, with the name as context; NULL: tell() of the settings. */
	void (*tell)(void *name, const struct event *event);
	bool forget; /* they are to go */
};

/* Adds a place; its texts are copied. Returns 0 or -ENOMEM. */
int clean_up_add(struct clean_up *clean_up, const struct clean_up_place *place);

/*
 * The first time looks at what others have pinned; and removes what is to be forgotten, once more
 * where that failed.
 */
void clean_up_step(struct clean_up *clean_up);

/* Takes NULL. */
void clean_up_close(struct clean_up *clean_up);

#endif
