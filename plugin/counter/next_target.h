/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that Next names: what is pinned at a path, and whether a counter
 * can call it. The kernel answers EINVAL to whatever does not fit, so the
 * reason is worked out here.
 */
#ifndef COLLECTD_XDP_COUNTER_NEXT_TARGET_H
#define COLLECTD_XDP_COUNTER_NEXT_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/diagnose/next.h"

struct next_target {
	int fd; /* -1: none, or it cannot be had */
	uint32_t id;
	bool frags;    /* it takes packets of several buffers */
	char name[16]; /* "" where it may not be asked for */
	char tag[17];  /* hexadecimal */
};

/*
 * Opens what is pinned at `path` and judges it. Nothing is attached, and the
 * program is not run.
 * Returns 0 and a program to be closed by next_target_close(); -ENOEXEC where there
 * is none, or one that cannot be called, with the cause in `ret_refusal`, which is
 * always filled; else -errno of bpf(2).
 */
int next_target_open(const char *path, struct next_target *ret_target,
		     struct diagnose_next_refusal *ret_refusal);

/* The program of this id, as far as the caller may ask for it. */
void next_target_open_id(uint32_t id, struct next_target *ret_target);

/* Leaves it as if there were none. */
void next_target_close(struct next_target *target);

/*
 * Whether a counter, with or without packets of several buffers, can be loaded
 * that calls what is in the array. Returns 0, -EINVAL, or another -errno of bpf(2).
 */
int next_target_try(int array, bool frags);

#endif
