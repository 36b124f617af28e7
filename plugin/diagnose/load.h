/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a program could not be loaded, and what to do. Pure: facts in, text out. */
#ifndef COLLECTD_XDP_DIAGNOSE_LOAD_H
#define COLLECTD_XDP_DIAGNOSE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct privileges;

/* Of a uint64_t, rounded up. */
#define DIAGNOSE_KIB(bytes) (((bytes) + 1023) / 1024)

/* A counter that could not be loaded. */
struct diagnose_load {
	int error;	      /* negative errno of the attempt */
	const char *step;     /* what was being done */
	const char *libbpf;   /* what libbpf said */
	const char *verifier; /* what the verifier said */
	uint64_t memory;      /* bytes that the maps take */
	const struct privileges *privileges;
	bool custom; /* of a custom counter, whose author can change it */
};

/* Writes "step failed: cause; what to do" into `text`, one line without its end; cut off at `size`.
 */
void diagnose_load(const struct diagnose_load *facts, char *text, size_t size);

/*
 * What a number of libbpf's own means (negative `error`, -4000 and below): writes "cause; what to
 * do" into `text`, as above. False, and nothing is written, for an errno of the kernel.
 */
bool diagnose_libbpf_error(int error, bool custom, char *text, size_t size);

/* The line of libbpf's messages that says most, as " (LINE)"; "" where there is none. */
void diagnose_libbpf_words(const char *log, char *text, size_t size);

/* Linux before 5.10: writes "cause; what to do" into `text`, as above. */
void diagnose_kernel(const struct privileges *privileges, char *text, size_t size);

/*
 * Whether RLIMIT_MEMLOCK is too small for `memory` bytes of maps, which count before Linux 5.11
 * only; and that, as "cause; what to do".
 */
bool diagnose_exceeds_memlock(const struct privileges *privileges, uint64_t memory);
void diagnose_memlock(const struct privileges *privileges, uint64_t memory, bool custom, char *text,
		      size_t size);

#endif
