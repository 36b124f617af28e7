/* SPDX-License-Identifier: GPL-2.0-only */
/* What all parts of the hook wing share of one program. */
#ifndef COLLECTD_XDP_HOOK_HOOK_H
#define COLLECTD_XDP_HOOK_HOOK_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/base/event.h"
#include "plugin/hook/kind.h"
#include "plugin/hook/program.h"
#include "plugin/hook/source_set.h"
#include "plugin/kernel/xdp_link.h"

struct watches;

/* Longest line of the log, with its end; its cause is a part of it. */
#define HOOK_TEXT 768
#define HOOK_CAUSE 640

/* Written by reconcile_open(), and only read afterwards. */
struct hook {
	const struct hook_kind *kind;
	enum xdp_link_mode mode; /* AttachMode */
	struct program *program; /* what is brought to the hooks */
	struct source_set sources;
	uint64_t interval_ns; /* between two steps */
	struct event_teller teller;
	/*
	 * The interfaces of another program that has the same selection, and tells of it. NULL:
	 * there is none.
	 */
	const struct watches *beside;
	/*
	 * Gathers interfaces that come and go and were chosen by a regular expression. NULL before
	 * the program was first attached: then each interface has a line of its own.
	 */
	struct news *news;
};

/* The mode of a link in messages; NULL: hooks of this kind have none. */
static inline const char *hook_mode_name(const struct hook *hook, enum xdp_link_mode mode)
{
	return hook->kind->listed ? xdp_link_mode_name(mode) : NULL;
}

#endif
