/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of hooks, and how an interface can be counted there: whether at all, in which mode, and
 * what the kernel said when it was tried. Decides and answers; tells nobody and keeps nothing, so
 * that reconcile and the self-check ask the same questions.
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
	enum xdp_link_mode mode;	 /* that is tried first; XDP_LINK_AUTO: there are none */
	bool fallback;			 /* generic mode is tried where the driver refuses native */
	/* The last attempt in native mode failed for what may pass, and with drivers may never: if
	 * this one does as well, generic mode is tried. attach_plan() leaves it false. */
	bool insists;
};

/*
 * Whether the error of an attempt may pass or, with some drivers, never does: for want of memory,
 * or because the driver is busy, where no program is seen at the hook of the interface.
 */
bool attach_may_last(const struct attach_plan *plan, const struct interface *interface, int err);

/*
 * Plans for the AttachMode `wished`. In auto, native mode where the driver has it, but for what
 * counts rightly in generic mode only, and veth, where native mode halves local TCP. `driver`: of
 * hardware, as ethtool_driver(). Asks nobody.
 */
struct attach_plan attach_plan(const struct interface *interface, const char *driver,
			       enum xdp_link_mode wished);

/* The XDP hook: one program at a time, in one of three modes. Its plan() asks for the driver. */
extern const struct hook_kind xdp_kind;

/* The tcx hook at egress: any number of programs, and no modes. */
extern const struct hook_kind tcx_kind;

/* What is at the hooks of the interfaces directly above one, as far as the kernel shows it. */
enum attach_above {
	ATTACH_ABOVE_FREE,    /* no program */
	ATTACH_ABOVE_OWN,     /* our own programs only: they can step aside */
	ATTACH_ABOVE_FOREIGN, /* one of somebody else's */
	ATTACH_ABOVE_UNKNOWN  /* the kernel did not answer */
};

/* Knows which programs are our own. */
struct attach_own {
	const void *context;
	bool (*is_own)(const void *context, unsigned int ifindex, uint32_t program_id);
};

/*
 * Asks the kernel, for the list may not know yet: attaching a link sends no notification.
 * `ret_upper`: of ATTACH_ABOVE_OWN and _FOREIGN the interface that has the program, else untouched.
 */
enum attach_above attach_look_above(struct interfaces *interfaces,
				    const struct interface *interface, const struct attach_own *own,
				    struct interface *ret_upper);

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
	/* In native mode, with which LRO or GRO-HW did not go: they were on, and are off now, as an
	 * attempt in generic mode leaves them. */
	bool lro_off;
};

/*
 * Attaches the program `program_fd` as planned. The kernel switches LRO off for generic mode and
 * never on again, so that the next start would take native mode: where that was in its way, it is
 * taken now. Always fills `ret_attempt`.
 */
enum attach_answer attach_try(const struct hook_kind *kind, int program_fd,
			      const struct interface *interface, const struct attach_plan *plan,
			      struct attach_attempt *ret_attempt);

/* What was tried, and is to be explained. */
struct attach_failure {
	int error;     /* negative errno of the attempt, foreseen or made */
	bool outgoing; /* at the tcx hook */
	enum xdp_link_mode mode;
	bool frags;		       /* the program takes packets of several buffers */
	const struct interface *upper; /* whose program is in the way; NULL: none that is known */
	enum diagnose_attach_own own;
	const char *unobserved; /* why the program at the hook is not observed either, cause and
				   fix; "": nothing new is known of that */
};

/* What diagnose_attach() wants to know, and what its pointers point to. */
struct attach_facts {
	struct diagnose_attach facts;
	struct bpf_info_program holder; /* of this hook, or of that above */
	struct ethtool device;
	struct privileges privileges;
};

/*
 * Gathers what explains a failure; the holder of the hook where that is busy. `ret_facts` points
 * into itself, to `interface` and to `failure`: it is not copied, and used at once.
 */
void attach_gather(const struct interface *interface, const struct attach_failure *failure,
		   struct attach_facts *ret_facts);

/* The same as "cause; what to do" in `text`, cut off at `size`. */
void attach_explain(const struct interface *interface, const struct attach_failure *failure,
		    char *text, size_t size);

#endif
