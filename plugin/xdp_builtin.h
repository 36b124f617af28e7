/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The built-in counter in one direction, with all that is made of its counts: its sources, its
 * report, the line after a start and what it costs. Wiring only.
 */
#ifndef COLLECTD_XDP_XDP_BUILTIN_H
#define COLLECTD_XDP_XDP_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/hook/source_set.h"
#include "plugin/hook/view.h"
#include "plugin/report/dispatch.h"
#include "plugin/report/interface.h"
#include "plugin/report/self.h"
#include "plugin/report/types.h"

struct builtin;
struct config;
struct program;

/* {0} at first; written by the functions below only. */
struct xdp_builtin {
	struct builtin *counter;
	struct source_set sources;
	struct report_interface_settings settings;
	struct report_interface *report;
	struct report_start interfaces; /* of the last round of views */
	uint64_t run_count;		/* of the program, at the last look */
};

/*
 * Writes the path of the folder in which the built-in counter pins: that of what goes out has one
 * of its own, beside those of custom counters (custom/folder.h), whose size of a path it has.
 */
void xdp_builtin_folder(const struct config *config, bool outgoing, char *text, size_t size);

/*
 * Makes counter and sources. What `config` has outlives the object, which is closed after a
 * failure, too. Returns 0 or -ENOMEM.
 */
int xdp_builtin_open(const struct config *config, bool outgoing, struct xdp_builtin *builtin);

/* Makes the report; `dispatch` outlives the object. Returns 0 or -ENOMEM. */
int xdp_builtin_open_report(struct xdp_builtin *builtin, const struct report_types *types,
			    struct report_dispatch *dispatch);

/* What is brought to hooks; NULL: there is none. Valid until xdp_builtin_close(). */
struct program *xdp_builtin_program(const struct xdp_builtin *builtin);

/* A round of views begins. */
void xdp_builtin_begin(struct xdp_builtin *builtin);

/* Takes a view; `dispatching`: its values are dispatched, too. */
void xdp_builtin_view(struct xdp_builtin *builtin, const struct view *view, bool dispatching);

/* Logs what works after a start, if the program is loaded. */
void xdp_builtin_log_start(struct xdp_builtin *builtin);

/* Dispatches what the program costs, at `now` (cdtime()). */
void xdp_builtin_self(struct xdp_builtin *builtin, uint64_t now);

/* After reconcile_close() of what uses it. Takes {0}, and leaves it so. */
void xdp_builtin_close(struct xdp_builtin *builtin);

#endif
