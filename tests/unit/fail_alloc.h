/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lets the plugin run out of memory at a chosen allocation. The program has to
 * be linked with $(unit_fail_alloc).
 */
#ifndef COLLECTD_XDP_TESTS_FAIL_ALLOC_H
#define COLLECTD_XDP_TESTS_FAIL_ALLOC_H

#include <stdbool.h>

/* The n-th allocation from now on fails, and no other; 0: none. */
void fail_alloc(unsigned int n);

/* Whether that allocation was reached. Ends the failing. */
bool fail_alloc_happened(void);

#endif
