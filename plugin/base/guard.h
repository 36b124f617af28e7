/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * At the hook of an interface each packet is to pass once. Which devices keep to that no table
 * knows in full, so now and then the counts of an interface are compared with what the kernel
 * itself says that it received, or sent: whether they stand still, or run twice as fast.
 *
 * A check-up takes a few intervals in a row. It ends with the first one that is as it should be, so
 * that the kernel is asked twice for most interfaces, and then not for up to five minutes.
 */
#ifndef COLLECTD_XDP_BASE_GUARD_H
#define COLLECTD_XDP_BASE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/base/backoff.h"

/*
 * Questions to the kernel at one step, at most, and for so many interfaces one more; those that are
 * not asked are at the next step.
 */
#define GUARD_QUESTIONS 32
#define GUARD_SHARE 16

/* Intervals before an interface that counts nothing is asked about for the first time. */
#define GUARD_REST 4

/* Packets of one interval that are too few to judge by. */
#define GUARD_FEW 50

/*
 * Bytes of the headers of a packet, of UDP over IPv6. A surplus of bytes that is no more than this
 * for each packet of the surplus is of headers: the packets are cut behind the hook (TSO), into
 * very short ones.
 */
#define GUARD_HEADERS 62

/* Intervals in a row that make a finding. */
#define GUARD_INTERVALS 3

enum guard_finding {
	GUARD_NOTHING,
	GUARD_STILL, /* nothing was counted of what the kernel received or sent */
	GUARD_TWICE, /* at least 9 packets, and bytes, were counted for 5 of these */
};

struct guard_sample {
	uint64_t counted; /* packets, by us */
	uint64_t kernel;  /* packets, by the kernel */
	/* Bytes, the same; 0: not known. Of what goes out a driver may count packets that are still
	 * to be cut (TSO) as one each, but has all their bytes. */
	uint64_t counted_bytes;
	uint64_t kernel_bytes;
	uint64_t time; /* monotonic ns */
};

/* Of one interface; all zero at first. Written by the functions below only. */
struct guard {
	uint64_t epoch;		    /* of the slot, whose counts begin at zero with it */
	uint64_t before;	    /* packets counted at the step before */
	struct guard_sample first;  /* of this check-up; time 0: there is none under way */
	struct guard_sample last;   /* the same */
	enum guard_finding suspect; /* of all its intervals */
	unsigned int intervals;	    /* as many */
	enum guard_finding told;    /* and not over since */
	bool paused;		    /* it was asked with packets to go by: the pause is kept */
	struct backoff pause;	    /* until the next one */
};

/*
 * At each step: whether the kernel is to be asked. `epoch`, `counted`: of the slot. `interval`:
 * between two steps, in ns. `now`: monotonic ns, not 0.
 */
bool guard_is_due(struct guard *guard, uint64_t epoch, uint64_t counted, uint64_t interval,
		  uint64_t now);

/* What guard_compare() finds: a finding with its numbers, or that the last one is over. */
struct guard_news {
	bool changed; /* else there is nothing to log */
	enum guard_finding finding;
	uint64_t counted;  /* packets, by us, */
	uint64_t kernel;   /* and by the kernel, */
	uint64_t duration; /* in so many ns */
};

/*
 * Takes the answer in, where guard_is_due(), unless less than half an interval has passed since the
 * last one, as when a daemon that is late catches up. `interval`: between two steps, in ns.
 * `may_drop`: our program may decide that packets are dropped, which drivers do not count as
 * received.
 */
struct guard_news guard_compare(struct guard *guard, const struct guard_sample *sample,
				uint64_t interval, bool may_drop);

/* The interface is not attached to for the moment: begins again. */
void guard_interrupt(struct guard *guard);

/*
 * The answer came so long after the count was read that the two cannot be compared: begins again
 * after a pause. `interval`, `now`: ns.
 */
void guard_put_off(struct guard *guard, uint64_t interval, uint64_t now);

#endif
