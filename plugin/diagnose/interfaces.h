/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the list of interfaces could not be read, and what to do. Pure: facts in, text out. */
#ifndef COLLECTD_XDP_DIAGNOSE_INTERFACES_H
#define COLLECTD_XDP_DIAGNOSE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * `error` is a negative errno of rtnetlink, or 0: the list can be read again; `listed`: the list
 * could be read before. Writes "cause; what to do" into `text`, one line without its end; cut off
 * at `size`.
 */
void diagnose_interfaces(int error, bool listed, char *text, size_t size);

#endif
