/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The self-check: what its parts share. It attaches nothing, loads no more than a trial program,
 * and changes nothing.
 */
#ifndef COLLECTD_XDP_CHECK_H
#define COLLECTD_XDP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plugin/kernel/privileges.h"

struct config;
struct selection;

#define CHECK_TEXT 1024

enum check_verdict {
	CHECK_OK,
	CHECK_NOTE, /* worth knowing, and nothing that fails */
	CHECK_FAIL
};

/* What is judged: a process of collectd's, or what a unit would give to it. */
struct check_subject {
	pid_t pid;   /* whose mounts are looked at: of this check where there is no other */
	bool daemon; /* it is collectd's, or was named as if */
	struct privileges privileges;
	uint64_t group_left;  /* bytes below the limit of its control group; UINT64_MAX: no limit */
	bool filter_known;    /* whether a seccomp filter lets bpf(2) pass */
	bool refuses_bpf;     /* and that it does not */
	bool refuses_netlink; /* no AF_NETLINK sockets */
	bool own_network;     /* a network namespace that is not there yet */
	bool may_write_pins;  /* as far as its unit says */
};

struct check {
	struct check_subject subject;
	const struct config *config;
	const struct selection *names; /* of the command line; NULL: those of the configuration */
	bool all; /* there is no configuration, and no name: what has Ethernet */
	unsigned int failures;
};

/* Prints a line: the verdict, `name` (NULL: none) and a text; counts what fails. */
void check_say(struct check *check, enum check_verdict verdict, const char *name, const char *text);

/* Judges kernel, privileges, limits and the directory of pins. `queues`: of the largest interface.
 */
void check_process(struct check *check, unsigned int rx_queues);

/*
 * Judges the interfaces that are selected, in the network namespace of the calling thread.
 * `ret_rx_queues`: of the largest of all. check_interfaces_open() comes first.
 */
struct interfaces;
int check_interfaces_open(struct check *check, struct interfaces **ret_interfaces,
			  unsigned int *ret_rx_queues);
void check_interfaces(struct check *check, struct interfaces *interfaces);

/* Whether the configuration has ReportOutgoing. */
bool check_reports_outgoing(const struct check *check);

/* Judges the hook for what goes out, of the kernel and of the interfaces that are selected. */
void check_outgoing(struct check *check, struct interfaces *interfaces);

#endif
