/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the directory of pins cannot be used, and what to do. Pure: facts in, text out. */
#ifndef COLLECTD_XDP_DIAGNOSE_PINS_H
#define COLLECTD_XDP_DIAGNOSE_PINS_H

#include <stddef.h>

/*
 * `error` is a negative errno of pin_dir_open() or pin_dir_put(). Writes
 * "cause; what to do" into `text`, one line without its end; cut off at `size`.
 */
void diagnose_pins(int error, const char *directory, char *text, size_t size);

#endif
