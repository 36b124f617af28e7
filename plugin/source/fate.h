/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ReportFate: what became of the verdicts of XDP programs, whoever attached them. Exceptions,
 * redirects that failed, what redirects to an interface became, and the queues of cpumaps, which
 * are of the whole machine. source/tracepoints counts it.
 */
#ifndef COLLECTD_XDP_SOURCE_FATE_H
#define COLLECTD_XDP_SOURCE_FATE_H

#include "plugin/hook/source.h"

/* Loads nothing yet. Returns 0 and a source that its close() frees; -ENOMEM. */
int fate_open(const struct source_settings *settings, struct source **ret_source);

#endif
