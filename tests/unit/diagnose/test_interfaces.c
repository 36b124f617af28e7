// SPDX-License-Identifier: GPL-2.0-only
/* A list of interfaces that cannot be read is explained, with something to do. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include "plugin/diagnose/interfaces.h"

static void test_interfaces(void **state)
{
	static const char *const parts[DIAGNOSE_PARTS] = {"list of interfaces", "errno 97",
							  "not noticed", "AF_NETLINK",
							  "RestrictAddressFamilies"};
	static const struct {
		int error;
		const char *parts[DIAGNOSE_PARTS];
	} others[] = {
		{-EMFILE, {"nothing is counted", "errno 24", "LimitNOFILE"}},
		{-ENFILE, {"nothing is counted", "errno 23", "fs.file-max"}},
		{-ENOMEM, {"nothing is counted", "errno 12", "more memory"}},
		{-ETIMEDOUT, {"nothing is counted", "errno 110", "`ip link`"}},
		{-EPROTO, {"nothing is counted", "errno 71", "report it"}},
	};
	char text[DIAGNOSE_TEXT];

	(void)state;
	diagnose_interfaces(-EAFNOSUPPORT, true, text, sizeof(text));
	assert_explained(text, parts, NULL);
	for (size_t i = 0; i < UNIT_LENGTH(others); i++) {
		diagnose_interfaces(others[i].error, false, text, sizeof(text));
		assert_explained(text, others[i].parts, "AF_NETLINK");
	}
}

static void explain_interfaces(const void *facts, char *text, size_t size)
{
	diagnose_interfaces(*(const int *)facts, false, text, size);
}

static void test_sizes(void **state)
{
	const int error = -EPERM;

	(void)state;
	assert_cut_off(explain_interfaces, &error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a list of interfaces that cannot be read names the setting of the unit",
			  test_interfaces),
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
	};

	return cmocka_run_group_tests_name("diagnose/interfaces", tests, NULL, NULL);
}
