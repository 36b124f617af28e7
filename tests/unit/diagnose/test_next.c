// SPDX-License-Identifier: GPL-2.0-only
/* What is said of Next: each cause says what to do, and each event is one whole sentence. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "plugin/diagnose/next.h"

static char text[768];

static const char *refusal(enum diagnose_next_cause cause, const char *type, int error)
{
	const struct diagnose_next_refusal facts = {cause, type, error};

	diagnose_next_refusal(&facts, text, sizeof(text));
	return text;
}

static void test_causes(void **state)
{
	(void)state;
	for (int cause = DIAGNOSE_NEXT_CALLABLE + 1; cause <= DIAGNOSE_NEXT_NOT_TOLD; cause++) {
		char first[sizeof(text)];

		assert_contains(refusal(cause, "sched_cls", -EINVAL), "; ");
		assert_lacks(text, "(null)");
		strcpy(first, text);
		/* No two of them say the same. */
		for (int other = DIAGNOSE_NEXT_CALLABLE; other < cause; other++)
			assert_string_not_equal(refusal(other, "sched_cls", -EINVAL), first);
	}
	assert_string_equal(refusal(DIAGNOSE_NEXT_CALLABLE, NULL, 0), "");
}

static void test_facts_of_causes(void **state)
{
	(void)state;
	assert_string_equal(refusal(DIAGNOSE_NEXT_OTHER_TYPE, "sched_cls", 0),
			    "its type is sched_cls, and XDP is what is called; pin an XDP program");
	assert_contains(refusal(DIAGNOSE_NEXT_OTHER_TYPE, NULL, 0), "its type is unknown");
	assert_contains(refusal(DIAGNOSE_NEXT_REFUSED_BY_KERNEL, NULL, -EPERM),
			"(errno 1, Operation not permitted)");
	assert_contains(refusal(DIAGNOSE_NEXT_NOT_TOLD, NULL, -ENOMEM),
			"(errno 12, Cannot allocate memory); trying again");
	assert_contains(refusal(DIAGNOSE_NEXT_WITH_FRAGS, NULL, 0), "and the counter is not;");
	assert_contains(refusal(DIAGNOSE_NEXT_WITHOUT_FRAGS, NULL, 0), "and the counter is;");
}

static const struct diagnose_next_refusal nothing = {.cause = DIAGNOSE_NEXT_NOTHING_PINNED};

static const char *say(enum diagnose_next_event event, const char *name, const char *tag)
{
	const struct diagnose_next facts = {
		.event = event,
		.path = "/pins/firewall",
		.program = {12, name, tag},
		.before = {34, "before", "cafe"},
		.refusal = &nothing,
		.pin = "tail_call",
		.directory = "/pins/net-1",
		.error = -EROFS,
	};

	diagnose_next(&facts, text, sizeof(text));
	return text;
}

static void test_events(void **state)
{
	(void)state;
	for (int event = DIAGNOSE_NEXT_UNUSABLE; event <= DIAGNOSE_NEXT_PIN_LOST; event++) {
		char first[sizeof(text)];

		assert_contains(say(event, "drop", "beef"), "Next");
		strcpy(first, text);
		for (int other = DIAGNOSE_NEXT_UNUSABLE; other < event; other++)
			assert_string_not_equal(say(other, "drop", "beef"), first);
	}
}

static void test_programs(void **state)
{
	(void)state;
	assert_contains(say(DIAGNOSE_NEXT_REPLACED, "drop", "beef"),
			"program drop (id 12, tag beef) is called from now on, in place of before "
			"(id 34, tag cafe)");
	assert_contains(say(DIAGNOSE_NEXT_KEPT, "", ""), "still calls program (id 12)");
	assert_contains(say(DIAGNOSE_NEXT_KEPT, NULL, NULL), "still calls program (id 12)");
	assert_contains(say(DIAGNOSE_NEXT_ENDED, "drop", "beef"), "(id 12)");
	assert_contains(say(DIAGNOSE_NEXT_UNUSABLE, NULL, NULL),
			"Next /pins/firewall cannot be called: nothing is pinned there; load and");
	assert_contains(say(DIAGNOSE_NEXT_KEPT_FROM_LAST, "drop", ""), "drop (id 12) of the last");
	assert_contains(say(DIAGNOSE_NEXT_LOST, "drop", "beef"), "at /pins/firewall again");
	assert_contains(say(DIAGNOSE_NEXT_PIN_LOST, "drop", "beef"),
			"tail_call of its slot was removed from /pins/net-1 and cannot be put back "
			"(errno 30, ");
	assert_contains(say(DIAGNOSE_NEXT_PIN_RESTORED, "drop", "beef"), "it is there again");
}

/* A text that is too long ends in time. */
static void test_cut_off(void **state)
{
	char small[16];
	const struct diagnose_next facts = {.event = DIAGNOSE_NEXT_BEGUN, .path = "/pins"};

	(void)state;
	memset(small, 'x', sizeof(small));
	diagnose_next(&facts, small, sizeof(small) - 1);
	assert_int_equal(strlen(small), sizeof(small) - 2);
	assert_int_equal(small[sizeof(small) - 1], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("each cause says what to do, and no two the same", test_causes),
		UNIT_TEST("causes have their type and errno", test_facts_of_causes),
		UNIT_TEST("each event has a sentence of its own", test_events),
		UNIT_TEST("programs are named as far as they are known", test_programs),
		UNIT_TEST("a sentence is cut off where its place ends", test_cut_off),
	};

	return cmocka_run_group_tests_name("next", tests, NULL, NULL);
}
