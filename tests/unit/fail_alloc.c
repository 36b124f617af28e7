// SPDX-License-Identifier: GPL-2.0-only
/* Allocators that fail once, put in place of the C library's by ld(1) --wrap. */
#include "tests/unit/fail_alloc.h"

#include <stddef.h>

static unsigned int countdown;
static bool happened;

void fail_alloc(unsigned int n)
{
	countdown = n;
	happened = false;
}

bool fail_alloc_happened(void)
{
	countdown = 0;
	return happened;
}

static bool fails_now(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	happened = true;
	return true;
}

/* ld(1) names the real function and its stand-in. */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return fails_now() ? NULL : __real_reallocarray(old, count, size);
}

char *__wrap_strdup(const char *text)
{
	return fails_now() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
	return fails_now() ? NULL : __real_strndup(text, size);
}
