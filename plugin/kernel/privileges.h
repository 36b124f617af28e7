/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process may do, and what may keep it from doing it, for diagnose to
 * judge: this one, after something failed, or another one, before it does.
 * Never logs, changes nothing.
 */
#ifndef COLLECTD_XDP_KERNEL_PRIVILEGES_H
#define COLLECTD_XDP_KERNEL_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Numbers of capabilities (linux/capability.h), as bits. */
#define PRIVILEGES_DAC_OVERRIDE (1ULL << 1)
#define PRIVILEGES_NET_ADMIN (1ULL << 12)
#define PRIVILEGES_SYS_ADMIN (1ULL << 21)
#define PRIVILEGES_PERFMON (1ULL << 38)
#define PRIVILEGES_BPF (1ULL << 39)

/* What loading the counter takes, and what attaching it takes (Linux 5.8 on). */
#define PRIVILEGES_LOAD (PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN | PRIVILEGES_PERFMON)
#define PRIVILEGES_ATTACH (PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN)

/* The kernel's JIT compiler for BPF, by net.core.bpf_jit_enable. */
enum privileges_jit {
	PRIVILEGES_JIT_UNKNOWN, /* only the first network namespace shows the setting */
	PRIVILEGES_JIT_ABSENT,	/* this kernel has none */
	PRIVILEGES_JIT_OFF,
	PRIVILEGES_JIT_ON
};

struct privileges {
	bool known;		   /* the capabilities are */
	uint64_t effective;	   /* capabilities, of the thread that is asked about */
	uint32_t user;		   /* its effective one; 0 where it is unknown, too */
	unsigned int seccomp;	   /* 2: a filter is active (seccomp(2)) */
	bool user_namespace;	   /* not the first one: capabilities do not reach bpf(2) */
	char lockdown[24];	   /* "integrity", "confidentiality"; "": none is in force */
	char confinement[64];	   /* label of AppArmor or SELinux; "": not confined */
	uint64_t memlock;	   /* RLIMIT_MEMLOCK in bytes; UINT64_MAX: none, or unknown */
	uint64_t files;		   /* RLIMIT_NOFILE */
	unsigned int kernel_major; /* 0: unknown */
	unsigned int kernel_minor;
	enum privileges_jit jit;
	uint64_t group_memory; /* limit of the memory cgroup in bytes; UINT64_MAX: none, or unknown
				*/
};

/* Reads /proc, /sys and limits for the calling thread; what cannot be read is left unknown. */
void privileges_read(struct privileges *ret_privileges);

/* The member `jit` alone. */
enum privileges_jit privileges_read_jit(void);

/*
 * The same for the main thread of another process. Returns 0, or -ESRCH if
 * there is no such process; what it hides from the caller is left unknown.
 */
int privileges_read_process(pid_t pid, struct privileges *ret_privileges);

/*
 * Bytes that are left to a process below the limits of its memory control group and of those
 * above it: the smallest; UINT64_MAX: no limit, or unknown.
 */
uint64_t privileges_group_left(pid_t pid);

/*
 * Writes the names of those of `wanted` that are not there, "CAP_BPF and
 * CAP_PERFMON", "" if all are (CAP_SYS_ADMIN stands for each of them) or it is
 * not known.
 */
void privileges_missing(const struct privileges *privileges, uint64_t wanted, char *text,
			size_t size);

/* Whether the kernel is known and older than that. */
bool privileges_kernel_before(const struct privileges *privileges, unsigned int major,
			      unsigned int minor);

/* The parsers of what is read, for any text. */
void privileges_parse_limits(const char *limits, struct privileges *privileges);
void privileges_parse_status(const char *status, struct privileges *privileges);
void privileges_parse_lockdown(const char *text, struct privileges *privileges);
void privileges_parse_confinement(const char *text, struct privileges *privileges);

#endif
