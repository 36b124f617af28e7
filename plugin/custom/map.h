/* SPDX-License-Identifier: GPL-2.0-only */
/* A map whose values are reported, whoever loaded it. */
#ifndef COLLECTD_XDP_CUSTOM_MAP_H
#define COLLECTD_XDP_CUSTOM_MAP_H

#include "plugin/custom/btf.h"

struct custom_map {
	int fd; /* -1: there is none for the moment, and nothing else is valid */
	struct custom_btf_layout layout;
};

#endif
