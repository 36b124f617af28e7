/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the counter could not be attached to an interface, and what to do. Pure: facts in, text out.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_ATTACH_H
#define COLLECTD_XDP_DIAGNOSE_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct privileges;

/* Why a program above that is our own does not step aside. */
enum diagnose_attach_own {
	DIAGNOSE_ATTACH_FOREIGN,    /* it is not our own */
	DIAGNOSE_ATTACH_LAST_START, /* it is the version of the last start */
	DIAGNOSE_ATTACH_DECIDES	    /* it calls the program of Next */
};

/* An interface to which the counter could not be attached. */
struct diagnose_attach {
	int error;		 /* negative errno of the attempt */
	bool outgoing;		 /* at the tcx hook, where others are in nobody's way */
	const char *mode;	 /* asked for: "native", "generic"; not of outgoing */
	const char *kind;	 /* "veth", "bond", ...; "" for hardware and lo */
	unsigned int mtu;	 /* bytes */
	uint32_t holder_id;	 /* of the program in the way, here or above; 0: none is seen */
	const char *holder_name; /* "" where it may not be asked for */
	const char *holder_tag;	 /* the same */
	const char *holder_mode; /* "native", "generic", "offload" or "more than one" */
	const char *unobserved; /* why that program is not observed: cause and fix; "": not asked */
	bool frags;		/* our program takes packets of several buffers */
	bool above;		/* the hook itself is free: what is in the way is above */
	const char *upper;	/* the interface directly above that has an XDP program; "": none */
	enum diagnose_attach_own own;
	const char *driver;	   /* "" where it is unknown */
	bool lro;		   /* it merges packets in hardware or driver, LRO or GRO-HW */
	unsigned int channels;	   /* RX rings in use; 0: unknown */
	unsigned int channels_max; /* of these as many as it can have */
	const struct privileges *privileges;
};

/* Writes "cause; what to do" into `text`, one line without its end; cut off at `size`. */
void diagnose_attach(const struct diagnose_attach *facts, char *text, size_t size);

#endif
