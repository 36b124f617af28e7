/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only collectd-xdp-check says: that something would work, and what it cannot know. What
 * would not work it says as the plugin does. Pure: facts in, text out.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_CHECK_H
#define COLLECTD_XDP_DIAGNOSE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct privileges;

/* Each writes one line without its end into `text`, cut off at `size`. */

/* Whose privileges and limits are judged. */
enum diagnose_check_who {
	DIAGNOSE_CHECK_RUNNING, /* the process of a unit */
	DIAGNOSE_CHECK_STOPPED, /* a unit that does not run */
	DIAGNOSE_CHECK_NO_UNIT, /* the checking process itself, for there is no unit */
	DIAGNOSE_CHECK_PROCESS	/* a process that was named */
};
void diagnose_check_who(enum diagnose_check_who who, const char *unit, int pid, char *text,
			size_t size);

/* Why a unit or a process that was named cannot be judged; `error`: negative errno. */
void diagnose_check_no_unit(const char *unit, int error, char *text, size_t size);
void diagnose_check_no_process(int pid, char *text, size_t size);

/* A kernel that is new enough. */
void diagnose_check_kernel(const struct privileges *privileges, char *text, size_t size);

/* Lines without facts. */
enum diagnose_check_remark {
	DIAGNOSE_CHECK_OLD_NATIVE,    /* before Linux 5.18 */
	DIAGNOSE_CHECK_REALTIME,      /* PREEMPT_RT */
	DIAGNOSE_CHECK_CAPABLE,	      /* the capabilities are there */
	DIAGNOSE_CHECK_UNKNOWN,	      /* they cannot be read */
	DIAGNOSE_CHECK_SECCOMP,	      /* a filter that may or may not let bpf(2) pass */
	DIAGNOSE_CHECK_OWN_NETWORK,   /* of a unit that does not run */
	DIAGNOSE_CHECK_OTHER_NETWORK, /* of a process; it was entered */
	DIAGNOSE_CHECK_NOTHING,	      /* no interface is selected */
	DIAGNOSE_CHECK_LIST_END
};
const char *diagnose_check_remark(enum diagnose_check_remark remark);

void diagnose_check_lockdown(const char *lockdown, char *text, size_t size);
void diagnose_check_confinement(const char *label, char *text, size_t size);

/* The network namespace of the process cannot be looked into; `error`: negative errno. */
void diagnose_check_network(int error, char *text, size_t size);

/* Memory of the maps in bytes, and what it is made of. */
struct diagnose_check_memory {
	uint64_t memory;
	unsigned int slots;
	size_t record; /* bytes per slot and CPU */
	unsigned int cpus;
	bool outgoing; /* what goes out has as much again, but for queues */
};
void diagnose_check_memory(const struct diagnose_check_memory *facts, char *text, size_t size);

/* The control group has `left` bytes left, which is less than `memory`. */
void diagnose_check_group(uint64_t left, uint64_t memory, char *text, size_t size);

void diagnose_check_files(uint64_t files, char *text, size_t size);
/* `outgoing`: what goes out takes as many again. */
void diagnose_check_few_files(uint64_t files, unsigned int slots, bool outgoing, char *text,
			      size_t size);

void diagnose_check_pins(const char *directory, char *text, size_t size);

/* What is not looked at: the object of a <Counter>, the maps of <Maps>, the program of Next. */
void diagnose_check_counter(const char *name, char *text, size_t size);
void diagnose_check_maps(const char *name, char *text, size_t size);
void diagnose_check_next(const char *path, char *text, size_t size);

/* The configuration: it cannot be read, has no block, or has more than one. */
void diagnose_check_conf(const char *where, int error, char *text, size_t size);
void diagnose_check_no_block(const char *path, char *text, size_t size);
void diagnose_check_blocks(const char *path, char *text, size_t size);

/* A name that no interface can have; `reason`: of selection_add(). */
void diagnose_check_bad_name(const char *name, const char *reason, char *text, size_t size);

/* A name that is not the first one of an interface; `name`: that one. */
void diagnose_check_alternative(const char *name, char *text, size_t size);

/* A mode in which an interface would be counted. */
struct diagnose_check_mode {
	const char *mode;    /* "native", "generic" */
	const char *kind;    /* "veth", ...; "" for hardware and lo */
	const char *driver;  /* "" where it is unknown */
	unsigned int mtu;    /* bytes */
	bool wished;	     /* it is what AttachMode says; else what "auto" takes */
	const char *refusal; /* why native mode is refused: "cause; what to do"; "": nothing */
	bool merging;  /* LRO or GRO-HW is on, with which not every driver takes native mode */
	bool foretold; /* by the kernel; else by a list of drivers */
};
void diagnose_check_mode(const struct diagnose_check_mode *facts, char *text, size_t size);

/* Who holds the hook, where that keeps nothing from being counted. */
struct diagnose_check_holder {
	uint32_t id;
	const char *name; /* "" where it is not known */
	const char *mode; /* as in struct diagnose_attach */
};
/* The process that is judged. */
void diagnose_check_own(const struct diagnose_check_holder *holder, char *text, size_t size);
/* A counter, and collectd does not run: one that Persist left, or another collectd's. */
void diagnose_check_left(const struct diagnose_check_holder *holder, char *text, size_t size);
/* Another program, which is observed. */
void diagnose_check_observed(const struct diagnose_check_holder *holder, char *text, size_t size);

/*
 * What goes out of an interface: `own`: the process that is judged counts it already; `others`: a
 * list of the programs at the hook; "": there is none.
 */
void diagnose_check_outgoing(bool own, const char *others, char *text, size_t size);

/* A counter is at the hook, and no process is judged that may have it. */
void diagnose_check_outgoing_left(char *text, size_t size);

/* The last line. */
void diagnose_check_end(unsigned int failures, char *text, size_t size);

#endif
