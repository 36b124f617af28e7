/* SPDX-License-Identifier: GPL-2.0-only */
/* What systemd says of the unit that runs collectd. */
#ifndef COLLECTD_XDP_CHECK_UNIT_H
#define COLLECTD_XDP_CHECK_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plugin/kernel/privileges.h"

struct check_unit {
	bool known;    /* there is a unit of this name */
	pid_t pid;     /* of its main process; 0: it does not run */
	char user[64]; /* "": root */
	struct privileges
		privileges;	/* that it gives; what it says nothing of is as if unlimited */
	bool refuses_bpf;	/* SystemCallFilter does not let bpf(2) pass */
	bool filters;		/* there is a SystemCallFilter */
	bool refuses_netlink;	/* RestrictAddressFamilies has no AF_NETLINK */
	bool own_network;	/* PrivateNetwork or NetworkNamespacePath */
	bool protects_tunables; /* ProtectKernelTunables: /sys/fs/bpf is read-only */
	char writable[512];	/* ReadWritePaths */
};

/* Reads lines of NAME=VALUE as `systemctl show` writes them. Pure; takes any text. */
void check_unit_parse(const char *properties, struct check_unit *ret_unit);

/* Whether ReadWritePaths makes a directory writable again. */
bool check_unit_may_write(const struct check_unit *unit, const char *directory);

/*
 * Asks systemd for the unit of this name. Returns 0; -ENOENT where there is no such unit;
 * -EOPNOTSUPP where systemd does not run here; -errno of pipe(2) or posix_spawn(3).
 */
int check_unit_read(const char *name, struct check_unit *ret_unit);

#endif
