/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the diagnose wing share: processes that may more or less, and what a text has
 * to be. */
#ifndef COLLECTD_XDP_TESTS_EXPLAINED_H
#define COLLECTD_XDP_TESTS_EXPLAINED_H

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "plugin/kernel/privileges.h"

#define DIAGNOSE_TEXT 1024
#define DIAGNOSE_PARTS 6

/* Processes that differ in what they may do. */
#define ALL_CAPABILITIES (PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN | PRIVILEGES_PERFMON)
static const struct privileges privileged = {.known = true,
					     .effective = ALL_CAPABILITIES,
					     .kernel_major = 6,
					     .kernel_minor = 1,
					     .memlock = 8 << 20,
					     .files = 1024,
					     .group_memory = UINT64_MAX};
static const struct privileges only_bpf = {
	.known = true, .effective = PRIVILEGES_BPF, .kernel_major = 6, .group_memory = UINT64_MAX};
static const struct privileges only_sys_admin = {
	.known = true, .effective = PRIVILEGES_SYS_ADMIN, .group_memory = UINT64_MAX};
static const struct privileges no_perfmon = {.known = true,
					     .effective = PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN,
					     .group_memory = UINT64_MAX};
static const struct privileges filtered = {.known = true,
					   .effective = ALL_CAPABILITIES,
					   .seccomp = 2,
					   .files = 16,
					   .group_memory = 1 << 20};
static const struct privileges confined = {.known = true,
					   .effective = ALL_CAPABILITIES,
					   .confinement = "/usr/sbin/collectd (enforce)",
					   .group_memory = UINT64_MAX};
static const struct privileges locked = {.known = true,
					 .effective = ALL_CAPABILITIES,
					 .lockdown = "confidentiality",
					 .group_memory = UINT64_MAX};
static const struct privileges contained = {.known = true,
					    .effective = ALL_CAPABILITIES,
					    .user_namespace = true,
					    .group_memory = UINT64_MAX};
static const struct privileges old_kernel = {.known = true,
					     .effective = ALL_CAPABILITIES,
					     .kernel_major = 5,
					     .kernel_minor = 4,
					     .memlock = 1000,
					     .group_memory = UINT64_MAX};

/* A text has all these parts, but not that one (NULL: none), and says cause and fix. */
static inline void assert_explained(const char *text, const char *const parts[DIAGNOSE_PARTS],
				    const char *lacks)
{
	for (size_t i = 0; i < DIAGNOSE_PARTS && parts[i]; i++)
		assert_contains(text, parts[i]);
	if (lacks)
		assert_lacks(text, lacks);
	/* "cause; what to do", to stand in a line that the caller ends. */
	assert_contains(text, "; ");
	assert_lacks(text, "\n");
	assert_true(text[strlen(text) - 1] != '.');
}

/* Calls one of the functions with a row's facts. */
typedef void (*explain_fn)(const void *facts, char *text, size_t size);

/* In a buffer of each size there is as much of the text as fits, ended, and nothing behind. */
static inline void assert_cut_off(explain_fn explain, const void *facts)
{
	char full[DIAGNOSE_TEXT];
	size_t length;

	explain(facts, full, sizeof(full));
	length = strlen(full);
	for (size_t size = 0; size <= length + 1; size++) {
		char *text = malloc(size + 1);

		assert_non_null(text);
		memset(text, '#', size + 1);
		explain(facts, text, size);
		assert_int_equal(text[size], '#');
		if (size > 0) {
			assert_int_equal(strlen(text), size - 1);
			assert_memory_equal(text, full, size - 1);
		}
		free(text);
	}
}

/* Adds one test per row of a table. */
#define ADD_ROWS(tests, count, rows, function)                                                     \
	do {                                                                                       \
		for (size_t i = 0; i < UNIT_LENGTH(rows); i++)                                     \
			(tests)[(count)++] =                                                       \
				(struct CMUnitTest){.name = (rows)[i].name,                        \
						    .test_func = (function),                       \
						    .initial_state = (void *)&(rows)[i]};          \
	} while (0)

#endif
