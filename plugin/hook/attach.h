/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an interface can be counted: whether at all, in which mode, and what the kernel said when it
 * was tried. Decides and answers; tells nobody and keeps nothing, so that reconcile and the
 * self-check ask the same questions.
 */
#ifndef COLLECTD_XDP_HOOK_ATTACH_H
#define COLLECTD_XDP_HOOK_ATTACH_H

#include <stdbool.h>

#include "plugin/diagnose/attach.h"
#include "plugin/diagnose/hook.h"
#include "plugin/hook/kind.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/ethtool.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/xdp_link.h"

/* What is to be tried. */
struct attach_plan {
	enum diagnose_obstacle obstacle; /* what speaks against it; then nothing is tried */
	enum xdp_link_mode mode;	 /* that is tried first, never XDP_LINK_AUTO */
	bool fallback;			 /* generic mode is tried where the driver refuses native */
};

/*
 * Plans for the AttachMode `wished`. In auto, native mode where the driver has it; on veth generic,
 * for native mode halves local TCP there; on a bond generic, for native mode is run by its ports,
 * which have indexes of their own. Asks nobody.
 */
struct attach_plan attach_plan(const struct interface *interface, enum xdp_link_mode wished);

/*
 * What the list of interfaces foretells of an attempt: -EBUSY where the hook is held, -EEXIST
 * where that of an interface above or below is; else 0. A driver may still refuse.
 */
int attach_foresee(const struct interfaces *interfaces, const struct interface *interface);

enum attach_answer {
	ATTACH_ATTACHED, /* there is a link */
	ATTACH_BUSY,	 /* another program holds the hook, here or at a neighbour */
	ATTACH_REFUSED,	 /* by the obstacle of the plan: only another interface would change that */
	ATTACH_LATER	 /* see `error`: worth another attempt after a pause */
};

struct attach_attempt {
	enum xdp_link_mode mode; /* that was tried last, or of the link */
	int link;		 /* the caller's; -1: none */
	int error;		 /* negative errno of the last attempt; 0: none */
	int native_error;	 /* why the link is not in native mode, which was tried first */
};

/* Attaches the program `program_fd` as planned. Always fills `ret_attempt`. */
enum attach_answer attach_try(const struct hook_kind *kind, int program_fd,
			      const struct interface *interface, const struct attach_plan *plan,
			      struct attach_attempt *ret_attempt);

/* What diagnose_attach() wants to know, and what its pointers point to. */
struct attach_facts {
	struct diagnose_attach facts;
	struct bpf_info_program holder;
	struct ethtool device;
	struct privileges privileges;
};

/*
 * Gathers what explains the errno `err` of an attempt in `mode`, foreseen or made; the holder of
 * the hook where that is busy. `frags`: the program takes packets of several buffers.
 * `ret_facts` points into itself and to `interfaces`: it is not copied, and used at once.
 */
void attach_gather(const struct interfaces *interfaces, const struct interface *interface, int err,
		   enum xdp_link_mode mode, bool frags, struct attach_facts *ret_facts);

/*
 * The same as "cause; what to do" in `text`, cut off at `size`. `unobserved`: why the program at
 * the hook is not observed either, cause and fix; "": nothing new is known of that.
 */
void attach_explain(const struct interfaces *interfaces, const struct interface *interface, int err,
		    enum xdp_link_mode mode, bool frags, const char *unobserved, char *text,
		    size_t size);

#endif
