/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ReportFate: what AF_XDP sockets lose, whoever opened them, by interface and queue. The kernel
 * counts per socket (source/xsk_diag), and forgets with it: what is added up here are differences,
 * so no sum falls when a socket is closed.
 */
#ifndef COLLECTD_XDP_SOURCE_SOCKETS_H
#define COLLECTD_XDP_SOURCE_SOCKETS_H

#include "plugin/hook/source.h"

/* Queues of an interface that are reported: from 0 on, so many. */
#define SOCKETS_QUEUES 64

/* Asks nothing yet. Returns 0 and a source that its close() frees; -ENOMEM. */
int sockets_open(const struct source_settings *settings, struct source **ret_source);

#endif
