/* SPDX-License-Identifier: GPL-2.0-only */
/* What reconcile.c and its parts share, and nobody else sees. */
#ifndef COLLECTD_XDP_HOOK_RECONCILE_PRIVATE_H
#define COLLECTD_XDP_HOOK_RECONCILE_PRIVATE_H

#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/base/backoff.h"
#include "plugin/hook/reconcile.h"

#define RECONCILE_TEXT 768

enum watch_state {
	WATCH_ABSENT,  /* named in the configuration, and not there */
	WATCH_WAITING, /* there, not attached to; see `error` */
	WATCH_ATTACHED
};

/* A program of somebody else, at which an interface is counted. */
struct observing {
	uint32_t program_id; /* 0: none */
	uint64_t epoch;	     /* of the watch, when it was last observed; 0: never */
	uint32_t refused_id; /* of a program that cannot be observed */
	int error;	     /* and why */
	struct backoff backoff;
};

/* One interface that is to be counted. */
struct watch {
	enum watch_state state;
	bool named;		    /* in the configuration, so it is kept while it is absent */
	struct interface interface; /* as last reported; only the name while absent */
	int link;		    /* -1: none */
	bool pinned;		    /* the link is */
	bool outdated;		    /* the link runs the program of a process before us */
	enum xdp_link_mode mode;    /* of the link */
	unsigned int slot;	    /* 0: none */
	uint64_t epoch;
	bool continued;		/* the slot, from before this process started */
	uint64_t packets;	/* at the last reading */
	int read_error;		/* last told; 0: none */
	int check_error;	/* the same, of asking the link */
	int pin_error;		/* the same, of pinning it */
	int error;		/* why it waits, negative errno; 0: not tried yet */
	uint32_t holder_id;	/* of the program that was in the way */
	struct backoff backoff; /* of attaching, or of replacing what is outdated */
	struct backoff losses;	/* of a link that others detach again and again */
	uint64_t attached_at;	/* monotonic time in ns */
	struct observing observing;
};

struct reconcile {
	struct reconcile_settings settings;
	struct reconcile_observer observer;
	struct interfaces *interfaces;
	int interfaces_error; /* last told; 0: none */
	bool listed;	      /* the interfaces are known, at least as they once were */
	struct program *program;
	int program_error;		    /* of the last attempt to load it; 0: none */
	char program_cause[RECONCILE_TEXT]; /* last told of that; "": nothing */
	struct backoff program_backoff;
	struct observe *observe; /* NULL: nothing was observed yet */
	bool pins_settled;	 /* they are open, or cleaned up, or cannot be had */
	int pins_error;		 /* of the last attempt, and told; 0: none */
	struct pin_dir *pins;	 /* NULL: nothing is pinned */
	bool pin_due;		 /* of the program and its maps, when no watch is outdated */
	struct watch *watches;	 /* settings.interfaces of them */
	size_t count;
	uint64_t epoch;
	bool surplus; /* more interfaces than slots, and told so */
};

/* Tells the observer. `interface`: "" for all of them. */
void reconcile_tell(const struct reconcile *reconcile, enum event_severity severity,
		    const char *interface, const char *text);

/*
 * Gives a watch without a slot a new one, counted from zero. `now`: monotonic ns.
 * Returns 0 or as slot_take() of the program.
 */
int reconcile_take_slot(struct reconcile *reconcile, struct watch *watch, uint64_t now);

#endif
