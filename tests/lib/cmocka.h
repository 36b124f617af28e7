/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka, with what it wants before it; and in version 1 by the names of version 2. */
#ifndef COLLECTD_XDP_TESTS_CMOCKA_H
#define COLLECTD_XDP_TESTS_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Both compare as uintmax_t; the older name is deprecated since 2.0. */
#ifndef assert_uint_in_range
#define assert_uint_in_range(value, minimum, maximum) assert_in_range(value, minimum, maximum)
#endif

#endif
