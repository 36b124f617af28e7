// SPDX-License-Identifier: GPL-2.0-only
/* Every failure of the directory of pins is explained by a cause and something to do. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include "plugin/diagnose/pins.h"

struct pins_row {
	const char *name;
	int error;
	const char *parts[DIAGNOSE_PARTS];
};

static const struct pins_row pins_rows[] = {
	{"EMEDIUMTYPE at pinning tells how to mount a bpf file system",
	 -EMEDIUMTYPE,
	 {"/my/pins", "no bpf file system", "mount -t bpf", "PrivateMounts"}},
	{"EROFS at pinning names the unit's setting",
	 -EROFS,
	 {"/my/pins", "read-only", "ProtectKernelTunables"}},
	{"EWOULDBLOCK at pinning names the other collectd and the option",
	 -EWOULDBLOCK,
	 {"/my/pins", "another collectd", "PinDirectory"}},
	{"EACCES at pinning names root", -EACCES, {"/my/pins", "no permission", "root"}},
	{"EPERM at pinning names the capability", -EPERM, {"/my/pins", "no permission", "CAP_BPF"}},
	{"ENOMEM at pinning names memory", -ENOMEM, {"/my/pins", "no memory"}},
	{"an unknown error at pinning gives number, text and the option",
	 -ENAMETOOLONG,
	 {"/my/pins", "errno 36", "File name too long", "another PinDirectory"}},
};

static void test_pins(void **state)
{
	const struct pins_row *row = *state;
	char text[DIAGNOSE_TEXT];

	diagnose_pins(row->error, "/my/pins", text, sizeof(text));
	assert_explained(text, row->parts, NULL);
}

static void explain_pins(const void *facts, char *text, size_t size)
{
	diagnose_pins(*(const int *)facts, "/my/pins", text, size);
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(pins_rows); i++)
		assert_cut_off(explain_pins, &pins_rows[i].error);
}

int main(void)
{
	struct CMUnitTest tests[1 + UNIT_LENGTH(pins_rows)] = {
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
	};
	size_t count = 1;

	ADD_ROWS(tests, count, pins_rows, test_pins);
	return cmocka_run_group_tests_name("diagnose/pins", tests, NULL, NULL);
}
