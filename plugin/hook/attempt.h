/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One attempt to bring the program to the hook of an interface that waits, and what comes of it:
 * attached, another program there, tried again later. Where our own program at an interface above
 * is what keeps it away, whichever of our programs that is, that one steps aside for the moment.
 */
#ifndef COLLECTD_XDP_HOOK_ATTEMPT_H
#define COLLECTD_XDP_HOOK_ATTEMPT_H

#include <stdint.h>

#include "plugin/hook/hook.h"
#include "plugin/hook/listing.h"
#include "plugin/hook/takeover.h"
#include "plugin/hook/watch.h"

/* What attempts need to know of one program. What pointers point to outlives it. */
struct attempt {
	const struct hook *hook;
	struct watches *watches;
	const struct takeover *takeover;
	struct attempt *next; /* of the same company */
};

/* The programs of one process, which make way for each other. All zero: there are none. */
struct attempt_company {
	struct attempt *first;
};

void attempt_join(struct attempt_company *company, struct attempt *attempt);

/* Does nothing where it never joined. */
void attempt_leave(struct attempt_company *company, const struct attempt *attempt);

/*
 * Tries to attach a waiting watch of `attempt`, once, gives it a slot, and tells what is new of it.
 * `now`: monotonic ns.
 */
void attempt_attach(const struct attempt *attempt, const struct attempt_company *company,
		    const struct listing *listing, struct watch *watch, uint64_t now);

/* Brings those back that stepped aside in this step, and are not back yet: tries it once. */
void attempt_come_back(const struct attempt_company *company, const struct listing *listing,
		       uint64_t now);

#endif
