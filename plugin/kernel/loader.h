/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads BPF objects as a guest in the daemon's process: puts back what libbpf
 * changes for all of it, and keeps what libbpf and the verifier say. Never logs.
 */
#ifndef COLLECTD_XDP_KERNEL_LOADER_H
#define COLLECTD_XDP_KERNEL_LOADER_H

#include <stddef.h>

struct bpf_object;

/* What was said while an object was loaded. Both are "" if nothing was. */
struct loader_log {
	char libbpf[2048];   /* the end of libbpf's messages */
	char verifier[8192]; /* the end of the verifier's log: what decided stands there */
};

/*
 * Where the operator wants the verifier's log as a whole: the name of a file,
 * in the environment of the daemon, for the options of the plugin are fixed.
 * The file is written again at each failure, with mode 0600, LOADER_LOG_MAX bytes at most.
 */
#define LOADER_LOG_VARIABLE "COLLECTD_XDP_VERIFIER_LOG"
#define LOADER_LOG_MAX (4 << 20)

struct loader;

/*
 * Calls `attempt`, which opens an object, hands it to loader_watch() and loads
 * it, and returns 0 or a negative errno. It is called again, with a larger
 * buffer for the verifier's log, if that was too small for the log to have an
 * end (-ENOSPC); libbpf loads an object once, so each attempt opens its own.
 * Changes neither resource limits nor capabilities; libbpf's print callback
 * (one per process) is put back. Not to be nested.
 * Returns what the last attempt returned, or -ENOMEM; fills `ret_log`.
 */
int loader_run(int (*attempt)(void *context, struct loader *load), void *context,
	       struct loader_log *ret_log);

/* Has the verifier's log kept for the programs of an object that is open and not loaded. */
void loader_watch(struct loader *load, struct bpf_object *object);

#endif
