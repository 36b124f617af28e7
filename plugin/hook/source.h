/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source counts per slot beside the counter: verdicts of another program, signs of attacks,
 * peaks. hook/reconcile knows the sources by this file only; a source is optional: if it cannot
 * run, it says so once, and the counter goes on. One thread at a time, unless a source has one of
 * its own, which no operation lets be seen.
 *
 * To add one: its file in source/, with its operations and its table of series, and a row in
 * source/sources.c.
 */
#ifndef COLLECTD_XDP_HOOK_SOURCE_H
#define COLLECTD_XDP_HOOK_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/record.h"
#include "plugin/base/event.h"
#include "plugin/kernel/interfaces.h"

struct program;
struct source;

/* What becomes of one cell, or of `count` cells in a row, in collectd. */
struct source_series {
	unsigned int cell;	  /* the first one, in the array that read() fills */
	unsigned int count;	  /* 0: one; else the number of the cell follows its instance */
	bool sparse;		  /* most of them never count: those that are 0 are not reported */
	bool gauge;		  /* a value that is as it is; else a count (DERIVE) */
	const char *packets_type; /* "if_rx_packets"; NULL: not reported */
	const char *octets_type;  /* of the bytes of the cell: "if_rx_octets"; NULL: not reported */
	const char *instance;	  /* type instance */
	bool cost; /* what a source costs, which ReportSelf switches on; of self_series only */
};

/* One interface that has a slot, as a source sees it. Valid during the call. */
struct source_interface {
	const struct interface *interface;
	unsigned int slot;
	uint64_t epoch; /* a new one: the counts of the slot begin at zero */
};

/* Longest reason of SOURCE_REFUSED, with its end. */
#define SOURCE_REASON 384

enum source_answer {
	SOURCE_COUNTS,	/* the packets of the interface are counted by this source */
	SOURCE_REFUSED, /* they are not, see `why` */
	SOURCE_GONE	/* what held the hook went away just now: try to attach again */
};

/*
 * All are called while the program that counts is loaded, if not stated otherwise; those that are
 * NULL have nothing to do. What goes wrong is reported by `teller`, once per change.
 */
struct source_operations {
	const char *option; /* which switches it on, for messages */
	unsigned int cells; /* that read() fills */
	const struct source_series *series;
	size_t series_count;
	/* Values of the plugin itself, and of no interface; NULL: none. */
	unsigned int self_cells; /* that read_self() fills */
	const struct source_series *self_series;
	size_t self_series_count;
	/* What holds the hook of an interface makes no difference: it is read wherever it has a
	 * slot.
	 */
	bool anywhere;
	/* Its counts begin at zero when the program is loaded, and never before this process. */
	bool from_zero;

	/* The program was loaded; what the source loads beside it may come later, too. */
	void (*begin)(struct source *source, const struct program *program,
		      const struct event_teller *teller);
	/* The program is about to be unloaded: lets go of all that begin() and later steps made. */
	void (*end)(struct source *source);
	/*
	 * At each step, after all values were read and dispatched: the place for what may wait.
	 * `now`: monotonic ns.
	 */
	void (*step)(struct source *source, const struct event_teller *teller, uint64_t now);
	/* The slot was given to an interface, or is no longer its own: so counting ends there. */
	void (*slot_taken)(struct source *source, const struct source_interface *interface);
	void (*slot_released)(struct source *source, unsigned int slot);
	/*
	 * Another program holds the hook of the interface: whether the source counts there.
	 * Called at each step at which that is so. `why` is "" and stays so, but where
	 * SOURCE_REFUSED has a new reason: "cause; what to do".
	 */
	enum source_answer (*hook_is_held)(struct source *source,
					   const struct source_interface *interface,
					   const struct event_teller *teller, uint64_t now,
					   char *why, size_t size);
	/* It no longer does: the source stops counting there; what it has counted is read on. */
	void (*hook_is_free)(struct source *source, unsigned int slot);
	/*
	 * Fills `ret_cells` with the counts of the slot since it was taken in this epoch.
	 * Returns whether there is anything to report. Values have the time of this call, so
	 * nothing in it waits: no system call that takes the kernel's rtnl lock.
	 */
	bool (*read)(struct source *source, const struct source_interface *interface,
		     struct record_cell *ret_cells);
	/* The same of `self_series`; always callable. */
	bool (*read_self)(struct source *source, struct record_cell *ret_cells);

	/* Frees the source, which was ended. Always there; not called by reconcile. */
	void (*close)(struct source *source);
};

/* What every source is opened with. */
struct source_settings {
	unsigned int slots;   /* interfaces at most */
	uint64_t interval_ns; /* between two steps */
};

/* The first member of what implements it. */
struct source {
	const struct source_operations *operations;
};

/* Those that are switched on. The array belongs to who opened them, and outlives reconcile. {0}:
 * none, as it has to be for a program without slots. */
struct source_set {
	struct source *const *list;
	size_t count;
};

#endif
