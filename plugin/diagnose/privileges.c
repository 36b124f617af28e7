// SPDX-License-Identifier: GPL-2.0-only
/* A process that may not, or has no file descriptor left. */
#include "plugin/diagnose/privileges.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "plugin/kernel/privileges.h"

/* CAP_SYS_ADMIN alone would do, but is far more than what is needed, so it is not advised. */
void diagnose_permission(const struct privileges *privileges, uint64_t wanted, char *text,
			 size_t size)
{
	char missing[64];

	privileges_missing(privileges, wanted, missing, sizeof(missing));
	if (missing[0])
		snprintf(text, size,
			 "%s missing; run collectd as root, or grant it in its unit "
			 "(AmbientCapabilities, collectd.service.d/collectd-xdp.conf)",
			 missing);
	else if (privileges->user_namespace)
		snprintf(text, size,
			 "collectd runs in a user namespace, where capabilities do not reach "
			 "bpf(2); run it on the host, or in a container without one");
	else if (privileges->seccomp)
		snprintf(text, size,
			 "the capabilities are there, but a seccomp filter is active; let it pass "
			 "bpf(2): SystemCallFilter=bpf in collectd's unit, or the profile of the "
			 "container");
	else if (privileges->confinement[0])
		snprintf(text, size,
			 "the capabilities are there, but AppArmor or SELinux confines collectd "
			 "(%s); allow bpf in its profile (`aa-complain`, `ausearch -m avc`)",
			 privileges->confinement);
	else if (privileges->lockdown[0])
		snprintf(text, size,
			 "kernel lockdown is \"%s\"; boot without it (lockdown=, Secure Boot)",
			 privileges->lockdown);
	else
		snprintf(text, size,
			 "no permission%s, and none of lockdown, seccomp, AppArmor and SELinux is "
			 "seen; see that collectd has CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and "
			 "look into dmesg",
			 privileges->known ? ", though CAP_BPF and CAP_NET_ADMIN are there" : "");
}

void diagnose_files(int error, const struct privileges *privileges, char *text, size_t size)
{
	if (error == -ENFILE)
		snprintf(text, size, "the system has no file descriptor left; raise fs.file-max");
	else
		snprintf(text, size,
			 "collectd has no file descriptor left but those for its other plugins "
			 "(RLIMIT_NOFILE is %" PRIu64
			 "); raise LimitNOFILE in its unit; the counter takes 8, and one per "
			 "interface, and leaves an eighth of the limit",
			 privileges->files);
}

void diagnose_files_short(size_t waiting, uint64_t limit, uint64_t enough, char *text, size_t size)
{
	snprintf(text, size,
		 "%zu interfaces wait for file descriptors: RLIMIT_NOFILE is %" PRIu64
		 ", and a part of it is left to collectd's other plugins; set LimitNOFILE=%" PRIu64
		 " in collectd's unit",
		 waiting, limit, enough);
}
