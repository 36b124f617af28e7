/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to an interface and its hook, as an operator reads it. Pure: facts in, text out.
 * Each function writes one line without its end, cut off at `size`; `error` is a negative errno.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_HOOK_H
#define COLLECTD_XDP_DIAGNOSE_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What speaks against counting an interface, before anything is tried. */
enum diagnose_obstacle {
	DIAGNOSE_OBSTACLE_NONE,
	DIAGNOSE_OBSTACLE_NO_ETHERNET, /* its frames do not begin with an Ethernet header */
	DIAGNOSE_OBSTACLE_BOND,	       /* a bond, in a mode that its ports would run */
	DIAGNOSE_OBSTACLE_IFB,	       /* what is redirected to it does not pass its hook */
	DIAGNOSE_OBSTACLE_VRF,	       /* its packets pass the hooks of its ports only */
	DIAGNOSE_OBSTACLE_L3S,	       /* an ipvlan that gets packets behind the hook */
	DIAGNOSE_OBSTACLE_VF,	       /* the driver hands the program to another interface */
	DIAGNOSE_OBSTACLE_NO_INDEX     /* packets come without the index of their interface */
};

/*
 * "not counted: cause; what to do"; "" for DIAGNOSE_OBSTACLE_NONE. `type`: of the link (ARPHRD_*);
 * `mode`: as in AttachMode.
 */
void diagnose_obstacle(enum diagnose_obstacle obstacle, unsigned int type, const char *mode,
		       char *text, size_t size);

/* `name`: of the configuration, another one of an interface (`other`) that is counted already. */
void diagnose_hook_repeated(const char *name, const char *other, char *text, size_t size);

/* A regular expression of Interface that matches no interface at the start; `ignored`: it was to
 * leave some out. */
void diagnose_hook_vain(const char *pattern, bool ignored, char *text, size_t size);

/* Sentences that need no facts. */
enum diagnose_hook_news {
	DIAGNOSE_HOOK_ABSENT,	     /* no interface has the name of the configuration */
	DIAGNOSE_HOOK_DEPARTED,	     /* the interface is no longer what it was */
	DIAGNOSE_HOOK_LOST,	     /* somebody else detached the counter */
	DIAGNOSE_HOOK_LOST_OUTGOING, /* the same of what goes out */
	DIAGNOSE_HOOK_NONE_OUTGOING, /* the kernel has no hooks for what goes out */
	DIAGNOSE_HOOK_RENAMED,	     /* the link was kept, under the new name */
	DIAGNOSE_HOOK_READABLE,	     /* counts can be read again */
	DIAGNOSE_HOOK_ANSWERS,	     /* the link can be asked again */
	DIAGNOSE_HOOK_PINNED,	     /* the link is pinned now, which failed before */
	DIAGNOSE_HOOK_LOADED,	     /* the program is loaded now, which failed before */
	DIAGNOSE_HOOK_NEWS	     /* their number */
};

/* The sentence; static. */
const char *diagnose_hook(enum diagnose_hook_news news);

/* An interface that is counted now. */
struct diagnose_attached {
	const char *mode; /* NULL: of what goes out, at a hook that has no modes */
	/* Of diagnose_attach(): why it is generic, although native was tried; or of
	 * diagnose_hook_lro_off(). */
	const char *cause;
	const char *lower; /* the interface below for which it had stepped aside; "": it had not */
	bool merged;	   /* it is native, and packets may come merged all the same */
};

/* The texts are "" where there is nothing to tell. */
void diagnose_hook_attached(const struct diagnose_attached *facts, char *text, size_t size);

/* The mode is native, which LRO was in the way of, until generic mode was tried. */
void diagnose_hook_lro_off(char *text, size_t size);

/* What was counted of an interface, and what the kernel says that it received or sent meanwhile. */
struct diagnose_counts {
	bool still;	  /* nothing was counted, */
	bool twice;	  /* or about twice as much; neither: that is over */
	uint64_t counted; /* packets */
	uint64_t kernel;  /* packets, by the kernel */
	double seconds;	  /* in so much time */
	const char *mode; /* NULL: of what goes out */
	bool native;	  /* is that mode */
};

void diagnose_hook_counts(const struct diagnose_counts *facts, char *text, size_t size);

/* The interface has more RX queues than the program, which was loaded before, counts apart. */
void diagnose_hook_extra_queues(unsigned int queues, unsigned int counted, char *text, size_t size);

/* `cause` of diagnose_attach(). */
void diagnose_hook_not_attached(const char *cause, char *text, size_t size);

/* No slot could be given to the interface. */
void diagnose_hook_no_slot(int error, char *text, size_t size);

void diagnose_hook_unreadable(int error, char *text, size_t size);

/* The link does not say whether it is still at the hook. */
void diagnose_hook_no_answer(int error, char *text, size_t size);

/* `names`: a list of the `count` selected interfaces beyond MaxInterfaces, which is `most`. */
void diagnose_hook_surplus(size_t count, const char *names, unsigned int most, char *text,
			   size_t size);

/* So many interfaces came and went, which were chosen by a regular expression; with their names. */
void diagnose_hook_traffic(size_t came, const char *came_names, size_t went, const char *went_names,
			   char *text, size_t size);

/* `cause`: "cause; what to do", of the program. */
void diagnose_hook_not_loaded(const char *cause, char *text, size_t size);

/* A program of somebody else at a hook, at which a source counts. */
struct diagnose_holder {
	uint32_t id;
	const char *name; /* "" where it may not be asked for */
	const char *tag;  /* the same */
	const char *mode;
	uint32_t replaced; /* id of the one that was there before; 0: none */
};

void diagnose_hook_observed(const struct diagnose_holder *holder, char *text, size_t size);

#endif
