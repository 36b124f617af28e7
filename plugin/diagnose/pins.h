/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the directory of pins cannot be used, or maps found in it. Pure: facts in, text out. */
#ifndef COLLECTD_XDP_DIAGNOSE_PINS_H
#define COLLECTD_XDP_DIAGNOSE_PINS_H

#include <stddef.h>

struct bpf_info_difference;

/*
 * `error` is a negative errno of pin_dir_open() or pin_dir_put(). Writes
 * "cause; what to do" into `text`, one line without its end; cut off at `size`.
 */
void diagnose_pins(int error, const char *directory, char *text, size_t size);

/* The first map of a set that is not as it is wanted. */
struct diagnose_pinset {
	const char *name; /* of the map */
	const char *pin;  /* of its pin */
	int error;	  /* negative errno of pin_dir_get() or bpf_info_map() */
	/* Of bpf_info_map(); NULL: it was not compared. */
	const struct bpf_info_difference *difference;
};

/* Writes the cause into `text`, one line without its end; cut off at `size`. */
void diagnose_pinset(const struct diagnose_pinset *facts, char *text, size_t size);

#endif
