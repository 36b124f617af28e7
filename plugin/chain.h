/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The side of reconcile that deals with Next: no counter before there is a
 * program for it to call, and none of the changes to that program untold.
 */
#ifndef COLLECTD_XDP_CHAIN_H
#define COLLECTD_XDP_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "next.h"

struct counter_next;
struct reconcile;

/* What reconcile keeps for it. */
struct chain {
	struct next *next; /* NULL: Next is off, or there is no counter */
	char why[256];	   /* what is wrong with the program at the path; "": nothing */
	char waiting[256]; /* the same, where there is no counter for it: as told */
	struct next_sight sight;
	bool refused; /* what is at the path; told */
	bool lost;    /* the slot is empty for good; told */
	int pin_error;
	uint64_t restored; /* monotonic ns; when a slot that was emptied was last told of */
};

/*
 * Before counter_open(): the array and the kind of counter that Next asks for.
 * Returns 0, also where Next is off; 1 where nothing is to be loaded yet, and why
 * was told; or -errno of bpf(2), not told.
 */
int chain_prepare(struct reconcile *reconcile, struct counter_next *ret_next);

/* Whether what chain_prepare() waited for may be there. */
bool chain_has_news(const struct reconcile *reconcile);

/* When the counter that was prepared for is not there, or no longer. */
void chain_drop(struct reconcile *reconcile);

/*
 * Before links run the counter, and when they do: then it tells what is called.
 * Return 0 or as pins_put().
 */
int chain_pin(struct reconcile *reconcile);
int chain_settle(struct reconcile *reconcile);

/* Each interval: path, slot and pin, one system call each. `now`: monotonic ns. */
void chain_follow(struct reconcile *reconcile, uint64_t now);

#endif
