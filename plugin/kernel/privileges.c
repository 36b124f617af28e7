// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities, limits and what confines a process, as proc(5) and sysfs tell them. */
#include "plugin/kernel/privileges.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/capability.h>

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
	line = strstr(status, "\nUid:");
	if (line)
		(void)sscanf(line, "\nUid: %*u %" SCNu32, &privileges->user);
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

/* The soft limit in a line of /proc/PID/limits; UINT64_MAX: none, or unknown. */
static uint64_t find_limit(const char *limits, const char *name)
{
	const char *line = strstr(limits, name);
	uint64_t limit;

	if (!line || sscanf(line + strlen(name), "%" SCNu64, &limit) != 1)
		return UINT64_MAX;
	return limit;
}

void privileges_parse_limits(const char *limits, struct privileges *privileges)
{
	privileges->memlock = find_limit(limits, "\nMax locked memory ");
	privileges->files = find_limit(limits, "\nMax open files ");
}

/* A folder of /proc: that of the calling thread, or that of a process. */
struct proc {
	char path[32];
};

static struct proc proc_of(pid_t pid)
{
	struct proc proc = {.path = "/proc/thread-self"};

	if (pid)
		snprintf(proc.path, sizeof(proc.path), "/proc/%d", (int)pid);
	return proc;
}

static bool read_proc(const struct proc *proc, const char *name, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", proc->path, name);
	return read_text(path, text, size);
}

/* A user namespace that maps not all users to themselves is not the first one. */
static bool in_user_namespace(const struct proc *proc)
{
	unsigned long inside, outside, count;
	char text[128];

	return read_proc(proc, "uid_map", text, sizeof(text)) &&
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

/* A control group: its folder, how long the part of the path is that it lies below, and its files.
 */
struct group {
	char path[512];
	size_t top;
	const char *limit;
	const char *usage;
};

/* cgroups(7): "0::/path" is of version 2, "N:memory:/path" of version 1. False: neither. */
static bool find_group(const struct proc *proc, struct group *group)
{
	const char *mount = "/sys/fs/cgroup/memory", *path;
	char text[4096];
	size_t length;

	read_proc(proc, "cgroup", text, sizeof(text));
	path = strstr(text, ":memory:");
	*group = (struct group){.limit = "memory.limit_in_bytes", .usage = "memory.usage_in_bytes"};
	if (path) {
		path += strlen(":memory:");
	} else {
		mount = "/sys/fs/cgroup";
		group->limit = "memory.max";
		group->usage = "memory.current";
		path = strstr(text, "0::");
		path = path ? path + strlen("0::") : NULL;
	}
	if (!path)
		return false;
	group->top = strlen(mount);
	length = strcspn(path, "\n");
	/* The first group of all. */
	if (length == 1)
		length = 0;
	return (size_t)snprintf(group->path, sizeof(group->path), "%s%.*s", mount, (int)length,
				path) < sizeof(group->path);
}

/* The number in a file of the group; UINT64_MAX: none ("max", or more than there can be). */
static uint64_t read_group_file(const struct group *group, const char *file)
{
	char path[640], text[32];
	uint64_t number;

	snprintf(path, sizeof(path), "%s/%s", group->path, file);
	if (!read_text(path, text, sizeof(text)) || sscanf(text, "%" SCNu64, &number) != 1 ||
	    number > INT64_MAX / 2)
		return UINT64_MAX;
	return number;
}

static uint64_t read_group_memory(const struct proc *proc)
{
	struct group group;

	return find_group(proc, &group) ? read_group_file(&group, group.limit) : UINT64_MAX;
}

uint64_t privileges_group_left(pid_t pid)
{
	const struct proc proc = proc_of(pid);
	uint64_t left = UINT64_MAX;
	struct group group;

	if (!find_group(&proc, &group))
		return UINT64_MAX;
	for (;;) {
		uint64_t limit = read_group_file(&group, group.limit);
		uint64_t usage = read_group_file(&group, group.usage);

		if (limit != UINT64_MAX && usage != UINT64_MAX) {
			uint64_t here = usage < limit ? limit - usage : 0;

			left = here < left ? here : left;
		}
		if (strlen(group.path) <= group.top)
			return left;
		*strrchr(group.path, '/') = '\0';
	}
}

/* The same as the status of the calling thread has, asked of the kernel: /proc may be hidden. */
static void ask_status(struct privileges *privileges)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
	int seccomp = prctl(PR_GET_SECCOMP);

	if (syscall(SYS_capget, &header, data) == 0) {
		privileges->effective = data[0].effective | (uint64_t)data[1].effective << 32;
		privileges->known = true;
	}
	privileges->user = geteuid();
	privileges->seccomp = seccomp > 0 ? (unsigned int)seccomp : 0;
}

/* All but the limits, for which there is more than one way. */
static bool read_from(const struct proc *proc, struct privileges *privileges)
{
	struct utsname name;
	char text[4096];
	bool there = read_proc(proc, "status", text, sizeof(text));

	if (there)
		privileges_parse_status(text, privileges);
	if (read_text("/sys/kernel/security/lockdown", text, sizeof(text)))
		privileges_parse_lockdown(text, privileges);
	if (read_proc(proc, "attr/current", text, sizeof(text)))
		privileges_parse_confinement(text, privileges);
	privileges->user_namespace = in_user_namespace(proc);
	privileges->group_memory = read_group_memory(proc);
	privileges->jit = privileges_read_jit();
	if (uname(&name) == 0)
		(void)sscanf(name.release, "%u.%u", &privileges->kernel_major,
			     &privileges->kernel_minor);
	return there;
}

/* Both settings are shown in the first network namespace alone (net/core/sysctl_net_core.c). */
enum privileges_jit privileges_read_jit(void)
{
	char text[16];

	if (access("/proc/sys/net/core/bpf_jit_enable", F_OK) < 0)
		return access("/proc/sys/net/core/netdev_max_backlog", F_OK) == 0
			       ? PRIVILEGES_JIT_ABSENT
			       : PRIVILEGES_JIT_UNKNOWN;
	if (!read_text("/proc/sys/net/core/bpf_jit_enable", text, sizeof(text)))
		return PRIVILEGES_JIT_UNKNOWN;
	return text[0] == '0' ? PRIVILEGES_JIT_OFF : PRIVILEGES_JIT_ON;
}

void privileges_read(struct privileges *ret_privileges)
{
	const struct proc proc = proc_of(0);

	*ret_privileges = (struct privileges){0};
	if (!read_from(&proc, ret_privileges))
		ask_status(ret_privileges);
	/* Not from /proc: they are asked for when no descriptor is left. */
	ret_privileges->memlock = read_limit(RLIMIT_MEMLOCK);
	ret_privileges->files = read_limit(RLIMIT_NOFILE);
}

int privileges_read_process(pid_t pid, struct privileges *ret_privileges)
{
	const struct proc proc = proc_of(pid);
	struct privileges privileges = {0};
	char text[4096];

	if (!read_from(&proc, &privileges))
		return -ESRCH;
	read_proc(&proc, "limits", text, sizeof(text));
	privileges_parse_limits(text, &privileges);
	*ret_privileges = privileges;
	return 0;
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
