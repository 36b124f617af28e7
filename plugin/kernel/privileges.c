// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities, limits and what confines a process, as proc(5) and sysfs tell them. */
#include "plugin/kernel/privileges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

/* Reads the beginning of a small file; false, and "", if it cannot be. */
static bool read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length = 0;

	if (file) {
		length = fread(text, 1, size - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	return length > 0;
}

void privileges_parse_status(const char *status, struct privileges *privileges)
{
	const char *line = strstr(status, "\nCapEff:");

	if (line && sscanf(line, "\nCapEff: %" SCNx64, &privileges->effective) == 1)
		privileges->known = true;
	line = strstr(status, "\nSeccomp:");
	if (line)
		(void)sscanf(line, "\nSeccomp: %u", &privileges->seccomp);
}

/* "none [integrity] confidentiality": the one in brackets is in force; "none" is none. */
void privileges_parse_lockdown(const char *text, struct privileges *privileges)
{
	const char *open = strchr(text, '[');
	size_t length = open ? strcspn(open + 1, "]") : 0;

	privileges->lockdown[0] = '\0';
	if (open && open[1 + length] == ']' && length < sizeof(privileges->lockdown) &&
	    strncmp(open, "[none]", 6) != 0)
		snprintf(privileges->lockdown, sizeof(privileges->lockdown), "%.*s", (int)length,
			 open + 1);
}

/* "unconfined" (AppArmor), "...:unconfined_t:..." (SELinux) and "kernel" are none. */
void privileges_parse_confinement(const char *text, struct privileges *privileges)
{
	size_t length = strcspn(text, "\n");

	privileges->confinement[0] = '\0';
	if (strncmp(text, "unconfined", 10) == 0 || strstr(text, ":unconfined_t:") ||
	    strncmp(text, "kernel", 6) == 0)
		return;
	if (length >= sizeof(privileges->confinement))
		length = sizeof(privileges->confinement) - 1;
	snprintf(privileges->confinement, sizeof(privileges->confinement), "%.*s", (int)length,
		 text);
}

/* A user namespace that maps not all users to themselves is not the first one. */
static bool in_user_namespace(void)
{
	unsigned long inside, outside, count;
	char text[128];

	return read_text("/proc/self/uid_map", text, sizeof(text)) &&
	       (sscanf(text, "%lu %lu %lu", &inside, &outside, &count) != 3 || inside || outside ||
		count != UINT32_MAX);
}

static uint64_t read_limit(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

/* The limit in a file of the control group; UINT64_MAX: none ("max", or more than there can be). */
static uint64_t read_group_file(const char *mount, const char *group, size_t length,
				const char *file)
{
	char path[512], text[32];
	uint64_t limit;

	if ((size_t)snprintf(path, sizeof(path), "%s%.*s/%s", mount, (int)length, group, file) >=
		    sizeof(path) ||
	    !read_text(path, text, sizeof(text)) || sscanf(text, "%" SCNu64, &limit) != 1 ||
	    limit > INT64_MAX / 2)
		return UINT64_MAX;
	return limit;
}

/* cgroups(7): "0::/path" is of version 2, "N:memory:/path" of version 1. */
static uint64_t read_group_memory(void)
{
	char text[4096];
	char *group;

	read_text("/proc/self/cgroup", text, sizeof(text));
	group = strstr(text, ":memory:");
	if (group) {
		group += strlen(":memory:");
		return read_group_file("/sys/fs/cgroup/memory", group, strcspn(group, "\n"),
				       "memory.limit_in_bytes");
	}
	group = strstr(text, "0::");
	if (!group)
		return UINT64_MAX;
	group += strlen("0::");
	return read_group_file("/sys/fs/cgroup", group, strcspn(group, "\n"), "memory.max");
}

void privileges_read(struct privileges *ret_privileges)
{
	struct utsname name;
	char text[4096];

	*ret_privileges = (struct privileges){0};
	if (read_text("/proc/thread-self/status", text, sizeof(text)))
		privileges_parse_status(text, ret_privileges);
	if (read_text("/sys/kernel/security/lockdown", text, sizeof(text)))
		privileges_parse_lockdown(text, ret_privileges);
	if (read_text("/proc/thread-self/attr/current", text, sizeof(text)))
		privileges_parse_confinement(text, ret_privileges);
	ret_privileges->user_namespace = in_user_namespace();
	ret_privileges->memlock = read_limit(RLIMIT_MEMLOCK);
	ret_privileges->files = read_limit(RLIMIT_NOFILE);
	ret_privileges->group_memory = read_group_memory();
	if (uname(&name) == 0)
		(void)sscanf(name.release, "%u.%u", &ret_privileges->kernel_major,
			     &ret_privileges->kernel_minor);
}

bool privileges_kernel_before(const struct privileges *privileges, unsigned int major,
			      unsigned int minor)
{
	if (!privileges->kernel_major)
		return false;
	return privileges->kernel_major < major ||
	       (privileges->kernel_major == major && privileges->kernel_minor < minor);
}

void privileges_missing(const struct privileges *privileges, uint64_t wanted, char *text,
			size_t size)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{PRIVILEGES_BPF, "CAP_BPF"},
		{PRIVILEGES_NET_ADMIN, "CAP_NET_ADMIN"},
		{PRIVILEGES_PERFMON, "CAP_PERFMON"},
		{PRIVILEGES_SYS_ADMIN, "CAP_SYS_ADMIN"},
	};
	uint64_t missing = wanted & ~privileges->effective;
	size_t used = 0;

	text[0] = '\0';
	if (!privileges->known || (privileges->effective & PRIVILEGES_SYS_ADMIN))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(missing & names[i].bit) || used >= size)
			continue;
		missing &= ~names[i].bit;
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 !used ? "" : (missing ? ", " : " and "), names[i].name);
	}
}
