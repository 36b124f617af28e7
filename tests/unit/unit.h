/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test needs: cmocka, tests named by a sentence, and a search in texts. */
#ifndef COLLECTD_XDP_TESTS_UNIT_H
#define COLLECTD_XDP_TESTS_UNIT_H

#include <string.h>

#include "tests/lib/cmocka.h"

#define UNIT_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A test whose name is the sentence that it shows to be true. */
// clang-format off
#define UNIT_TEST(sentence, function) {.name = (sentence), .test_func = (function)}
// clang-format on

#define assert_contains(text, part)                                                                \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			fail_msg("\"%s\" is not in: %s", (part), (text));                          \
	} while (0)

#define assert_lacks(text, part)                                                                   \
	do {                                                                                       \
		if (strstr((text), (part)))                                                        \
			fail_msg("\"%s\" is in: %s", (part), (text));                              \
	} while (0)

#endif
