/* SPDX-License-Identifier: GPL-2.0-only */
/* The XDP hook as a kind of hook. */
#ifndef COLLECTD_XDP_HOOK_XDP_KIND_H
#define COLLECTD_XDP_HOOK_XDP_KIND_H

#include "plugin/hook/kind.h"

extern const struct hook_kind xdp_kind;

#endif
