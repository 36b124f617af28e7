/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ReportSignals: signs of attacks and faults, which the counter counts in records of their own
 * (bpf/signal.bpf.h), and an observer as well. This reads and names them.
 */
#ifndef COLLECTD_XDP_SOURCE_SIGNALS_H
#define COLLECTD_XDP_SOURCE_SIGNALS_H

#include "plugin/hook/source.h"

/* Loads nothing. Returns 0 and a source that its close() frees; -ENOMEM. */
int signals_open(const struct source_settings *settings, struct source **ret_source);

#endif
