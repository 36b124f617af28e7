/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All counters of the user's own: each with its program, its state machine and
 * its report. What keeps one of them from counting is told, and hurts no other.
 */
#ifndef COLLECTD_XDP_CUSTOMS_H
#define COLLECTD_XDP_CUSTOMS_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/config/config.h"
#include "plugin/report/dispatch.h"

struct customs;

/*
 * Makes what steps need, and removes the pins of counters that are no longer in
 * `config`, which must outlive the object, as must `dispatch`. `interval`: in ns.
 * Returns 0 and an object the caller closes; -ENOMEM.
 */
int customs_open(const struct config *config, struct report_dispatch *dispatch, uint64_t interval,
		 struct customs **ret_customs);

/*
 * One step of each: `monotonic` in ns, `now`: cdtime(). `dispatching`: false in init, when
 * writers may not be there. report_dispatch_finish() has to follow.
 */
void customs_step(struct customs *customs, uint64_t monotonic, uint64_t now, bool dispatching);

/* Takes NULL. */
void customs_close(struct customs *customs);

#endif
