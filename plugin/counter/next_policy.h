/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next over time: no counter before there is a program for it to call, and each change of that
 * program is reported. A part of builtin.
 */
#ifndef COLLECTD_XDP_COUNTER_NEXT_POLICY_H
#define COLLECTD_XDP_COUNTER_NEXT_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/base/said.h"
#include "plugin/counter/next_slot.h"

struct counter_failure;
struct counter_next;
struct event_teller;

struct next_policy {
	const char *path;		      /* NULL: Next is off */
	struct next_slot *slot;		      /* NULL: there is no counter, or Next is off */
	const struct pin_dir *pins;	      /* where its array is, as long as there is one */
	struct diagnose_next_refusal refusal; /* of what was at the path at the start */
	bool unusable;			      /* which leaves no program to call */
	struct next_slot_sight sight;	      /* of the path, when last prepared for */
	bool begun;			      /* it is called, which is not reported yet */
	uint32_t ended;	     /* that is no longer called, which is not reported yet */
	struct said refused; /* 1: what is at the path */
	struct said lost;    /* 1: the slot is empty for good */
	struct said pin;     /* error of putting the pin back */
	uint64_t restored;   /* monotonic ns; when a slot that was emptied was last told of */
};

/*
 * Before counter_open(): the array and the kind of counter that Next asks for;
 * where it is off, none.
 * Returns 0; -ENOEXEC where there is no program to call, see next_policy_explain(); or
 * -errno of bpf(2), with `failure` filled.
 */
int next_policy_prepare(struct next_policy *policy, const struct pin_dir *pins,
			struct counter_next *ret_next, struct counter_failure *failure);

/* Whether next_policy_prepare() failed for want of a program to call; why, then. */
bool next_policy_explain(const struct next_policy *policy, char *text, size_t size);

/* Whether that program may be there by now. One system call. */
bool next_policy_has_news(const struct next_policy *policy);

/* When the counter that was prepared for is not there, or no longer. */
void next_policy_drop(struct next_policy *policy);

/* Before links run the counter, and when they do. Return 0 or as pin_dir_put(). */
int next_policy_pin(struct next_policy *policy, const struct pin_dir *pins);
int next_policy_settle(struct next_policy *policy, const struct pin_dir *pins);

/* At each step: path, slot and pin, one system call each. `now`: monotonic ns. */
void next_policy_follow(struct next_policy *policy, const struct event_teller *teller,
			uint64_t now);

#endif
