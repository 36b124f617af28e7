/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why programs cannot be traced: an XDP program of somebody else (OnBusy), and the kernel's own
 * tracepoints (ReportFate). Pure: facts in, text out.
 */
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

/* What was being done when the programs of ReportFate failed. */
enum diagnose_fate_step {
	DIAGNOSE_FATE_BTF,  /* looking for tracepoints in the kernel's BTF */
	DIAGNOSE_FATE_LOAD, /* loading programs for them */
	DIAGNOSE_FATE_ATTACH
};

struct diagnose_fate {
	int error; /* negative errno */
	enum diagnose_fate_step step;
	const char *libbpf;   /* what libbpf said */
	const char *verifier; /* what the verifier said */
	const struct privileges *privileges;
};

/* What ReportFate does not count, and why: a whole sentence into `text`, as above. */
void diagnose_fate(const struct diagnose_fate *facts, char *text, size_t size);

/* The kernel lacks tracepoints of these names, "a, b", or passes other arguments there. */
void diagnose_fate_missing(const char *names, char *text, size_t size);

/* It counts, after it could not. Static. */
const char *diagnose_fate_counts(void);

/* Why AF_XDP sockets cannot be asked for, by a negative errno of xsk_diag_read(); 0: they can. */
void diagnose_sockets(int error, char *text, size_t size);

#endif
