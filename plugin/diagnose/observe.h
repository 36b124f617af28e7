/* SPDX-License-Identifier: GPL-2.0-only */
/* Why an XDP program of somebody else cannot be observed. Pure: facts in, text out. */
#ifndef COLLECTD_XDP_DIAGNOSE_OBSERVE_H
#define COLLECTD_XDP_DIAGNOSE_OBSERVE_H

#include <stddef.h>

struct privileges;

/* What was being done when it failed. */
enum diagnose_observe_step {
	DIAGNOSE_OBSERVE_ID,	    /* asking for the program by its id */
	DIAGNOSE_OBSERVE_OFFLOADED, /* nothing: it runs on the network card */
	DIAGNOSE_OBSERVE_BOUND,	    /* nothing: it runs in the driver, but is bound to its device */
	DIAGNOSE_OBSERVE_BTF,	    /* reading its BTF */
	DIAGNOSE_OBSERVE_LOAD,	    /* loading programs that trace it */
	DIAGNOSE_OBSERVE_ATTACH	    /* attaching them */
};

struct diagnose_observe {
	int error; /* negative errno */
	enum diagnose_observe_step step;
	const char *libbpf;   /* what libbpf said */
	const char *verifier; /* what the verifier said */
	const struct privileges *privileges;
};

/* Writes "cause; what to do" into `text`, one line without its end; cut off at `size`. */
void diagnose_observe(const struct diagnose_observe *facts, char *text, size_t size);

#endif
