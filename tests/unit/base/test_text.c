// SPDX-License-Identifier: GPL-2.0-only
/* Lists of names, and where they end. */
#include "tests/unit/unit.h"

#include <string.h>

#include "plugin/base/text.h"

static void test_fits(void **state)
{
	char names[32] = "";

	(void)state;
	text_append_name(names, sizeof(names), "eth0");
	assert_string_equal(names, "eth0");
	text_append_name(names, sizeof(names), "eth1");
	assert_string_equal(names, "eth0, eth1");
}

/* Also a later one that would fit again is not added behind the dots. */
static void test_rest(void **state)
{
	char names[16] = "";

	(void)state;
	text_append_name(names, sizeof(names), "eth0");
	text_append_name(names, sizeof(names), "eth1");
	assert_string_equal(names, "eth0, eth1");
	text_append_name(names, sizeof(names), "a");
	assert_string_equal(names, "eth0, eth1, ...");
	text_append_name(names, sizeof(names), "b");
	assert_string_equal(names, "eth0, eth1, ...");
}

static void test_first_is_too_long(void **state)
{
	char names[8] = "";

	(void)state;
	text_append_name(names, sizeof(names), "eth0");
	assert_string_equal(names, "...");
}

#define HAPPENED "eth0: not counted: "
#define ADVICE "; detach it; or set OnBusy \"wait\""

/* What becomes of a sentence in as many bytes, with the one for the end. */
static void assert_shortened(const char *sentence, size_t size, const char *wanted)
{
	char text[256];

	memset(text, '#', sizeof(text));
	text_shorten(sentence, text, size);
	assert_string_equal(text, wanted);
	assert_true(strlen(text) < size);
	assert_int_equal(text[size], '#');
}

static void test_shorten_fits(void **state)
{
	static const char whole[] = HAPPENED "somebody else's program holds the hook" ADVICE;

	(void)state;
	assert_shortened(whole, sizeof(whole), whole);
	assert_shortened("", 64, "");
}

static void test_shorten_cause(void **state)
{
	static const char whole[] = HAPPENED "somebody else's program holds the hook" ADVICE;

	(void)state;
	assert_shortened(whole, sizeof(whole) - 1,
			 HAPPENED "somebody else's program holds the..." ADVICE);
	assert_shortened(whole, 64, HAPPENED "somebody..." ADVICE);
}

static void test_shorten_advice(void **state)
{
	(void)state;
	/* The first part of what is to do is not there for the second one's sake. */
	assert_shortened("it failed: of a cause; the first of the things to do, which is a long "
			 "one; do that",
			 64, "it failed: of a cause; the first of the things to...; do that");
	/* All is to be done, and there is more of it than fits. */
	assert_shortened(
		"it failed: of a cause that is told; do this and this and this and this and that "
		"and more",
		64, "it failed: of a...; do this and this and this and this and...");
	assert_shortened("it failed; do this and this and this and this and this and this and that",
			 64, "it failed; do this and this and this and this and this and...");
	assert_shortened("it failed, and there is nothing to do but to read all of this sentence",
			 64, "it failed, and there is nothing to do but to read all of...");
	assert_shortened("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			 64, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("names are listed behind commas", test_fits),
		UNIT_TEST("dots stand for all from the first that does not fit on", test_rest),
		UNIT_TEST("dots stand for the first one, too", test_first_is_too_long),
		UNIT_TEST("a sentence that fits is not shortened", test_shorten_fits),
		UNIT_TEST("of a sentence that does not, words of the cause go, and none of what is "
			  "to do",
			  test_shorten_cause),
		UNIT_TEST("what is to do loses words only where it does not fit by itself",
			  test_shorten_advice),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
