// SPDX-License-Identifier: GPL-2.0-only
/* What AF_XDP sockets have counted since they were last read, also when some are missing. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "plugin/source/known_sockets.h"
#include "tests/unit/fail_alloc.h"

static struct known_sockets known;

static int set_up(void **state)
{
	(void)state;
	memset(&known, 0, sizeof(known));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	known_sockets_empty(&known);
	return 0;
}

/* Reads a socket with so many packets dropped; the rest is 0. Returns how many more they are. */
static uint64_t take(uint64_t cookie, uint64_t dropped, bool *ret_new)
{
	const struct xsk_diag_socket socket = {.cookie = cookie, .counts = {dropped}};
	uint64_t more[XSK_DIAG_COUNTS];

	assert_int_equal(known_sockets_take(&known, &socket, more, ret_new), 0);
	for (int i = 1; i < XSK_DIAG_COUNTS; i++)
		assert_int_equal(more[i], 0);
	return more[0];
}

static void test_more(void **state)
{
	bool is_new;

	(void)state;
	known_sockets_begin(&known);
	for (uint64_t i = 1; i <= 40; i++) {
		assert_int_equal(take(i, i, &is_new), i);
		assert_true(is_new);
	}
	/* Backwards, which the kernel does not do. */
	known_sockets_begin(&known);
	for (uint64_t i = 40; i >= 1; i--) {
		assert_int_equal(take(i, 100, &is_new), 100 - i);
		assert_false(is_new);
	}
}

static void test_missing(void **state)
{
	bool is_new;

	(void)state;
	known_sockets_begin(&known);
	assert_int_equal(take(1, 10, &is_new), 10);
	for (uint64_t i = 0; i < KNOWN_SOCKETS_MISSING; i++) {
		known_sockets_begin(&known);
		assert_int_equal(take(100 + i, 1, &is_new), 1);
	}
	known_sockets_begin(&known);
	assert_int_equal(take(1, 12, &is_new), 2);
	assert_false(is_new);
}

static void test_bounded(void **state)
{
	bool is_new;

	(void)state;
	for (uint64_t i = 1; i <= 100 * KNOWN_SOCKETS_MISSING; i++) {
		known_sockets_begin(&known);
		assert_int_equal(take(7, i, &is_new), 1);
		assert_int_equal(take(1000 + i, 5, &is_new), 5);
		assert_true(is_new);
	}
	assert_true(known.count <= KNOWN_SOCKETS_MISSING + 4);
	assert_true(known.size <= 2 * KNOWN_SOCKETS_MISSING);
}

static void test_no_memory(void **state)
{
	const struct xsk_diag_socket socket = {.cookie = 1, .counts = {3}};
	uint64_t more[XSK_DIAG_COUNTS];
	bool is_new;

	(void)state;
	known_sockets_begin(&known);
	fail_alloc(1);
	assert_int_equal(known_sockets_take(&known, &socket, more, &is_new), -ENOMEM);
	assert_true(fail_alloc_happened());
	assert_int_equal(take(1, 3, &is_new), 3);
	assert_true(is_new);
}

#define KNOWN_TEST(sentence, function)                                                             \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KNOWN_TEST("of a socket that is known only the difference counts, of a new one all",
			   test_more),
		KNOWN_TEST("a socket that was missing goes on where it was", test_missing),
		KNOWN_TEST("however many come and go, a bounded number is remembered",
			   test_bounded),
		KNOWN_TEST("without memory it is said, and the next attempt counts all",
			   test_no_memory),
	};

	return cmocka_run_group_tests_name("source/known_sockets", tests, NULL, NULL);
}
