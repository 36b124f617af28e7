/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ReportPeaks: the busiest 10 and 100 ms of each interval, by sampling the totals that the counter
 * and the observer keep anyway; so it costs nothing per packet.
 */
#ifndef COLLECTD_XDP_SOURCE_PEAKS_H
#define COLLECTD_XDP_SOURCE_PEAKS_H

#include "plugin/hook/source.h"

/* Starts no thread yet. Returns 0 and a source that its close() frees; -ENOMEM. */
int peaks_open(const struct source_settings *settings, struct source **ret_source);

#endif
