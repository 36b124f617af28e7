/* SPDX-License-Identifier: GPL-2.0-only */
/* The built-in counter as a program that reconcile attaches. */
#ifndef COLLECTD_XDP_COUNTER_BUILTIN_H
#define COLLECTD_XDP_COUNTER_BUILTIN_H

#include <stdbool.h>

#include "plugin/counter/counter.h"
#include "plugin/hook/program.h"

struct builtin;

/*
 * What to count: `settings`, whose `queues` and `next` are chosen at load; `next`: path of the
 * program that is called after counting (NULL: none, as it is for what goes out), which must
 * outlive the object. Loads nothing yet. Returns 0 and an object the caller closes; -ENOMEM.
 */
int builtin_open(const struct counter_settings *settings, const char *next,
		 struct builtin **ret_builtin);

/* Valid until builtin_close(). */
struct program *builtin_program(struct builtin *builtin);

/* NULL while it is not loaded. Takes NULL. Owned by `builtin`. */
const struct counter *builtin_counter(const struct builtin *builtin);

/* Unloads it, too. Takes NULL. */
void builtin_close(struct builtin *builtin);

#endif
