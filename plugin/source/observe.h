/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * OnBusy "observe": counts the packets of an interface at the program of somebody else that holds
 * its hook, by that program's verdict. The policy: which programs are followed, from one to the
 * next, and when it is tried again; source/observer does it.
 */
#ifndef COLLECTD_XDP_SOURCE_OBSERVE_H
#define COLLECTD_XDP_SOURCE_OBSERVE_H

#include "plugin/hook/source.h"

/* Loads nothing yet. Returns 0 and a source that its close() frees; -ENOMEM. */
int observe_open(const struct source_settings *settings, struct source **ret_source);

#endif
