// SPDX-License-Identifier: GPL-2.0-only
/* Every failure of the directory of pins is explained by a cause and something to do. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include "plugin/base/trusted_dir.h"
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
	{"ELOOP at pinning names symbolic links", -ELOOP, {"/my/pins", "symbolic link"}},
	{"EEXIST at pinning names the option", -EEXIST, {"/my/pins", "another PIDFile"}},
	{"an unknown error at pinning gives number, text and the option",
	 -ENAMETOOLONG,
	 {"/my/pins", "errno 36", "File name too long", "another PinDirectory"}},
};

static void test_pins(void **state)
{
	const struct pins_row *row = *state;
	char text[DIAGNOSE_TEXT];

	diagnose_pins(row->error, "/my/pins", NULL, text, sizeof(text));
	assert_explained(text, row->parts, NULL);
}

static void explain_pins(const void *facts, char *text, size_t size)
{
	diagnose_pins(*(const int *)facts, "/my/pins", NULL, text, size);
}

static void test_flaw(void **state)
{
	struct trusted_dir_flaw flaw = {
		.path = "/my", .owner = 65534, .mode = 0700, .foreign = true};
	char text[DIAGNOSE_TEXT];

	(void)state;
	diagnose_pins(-EUCLEAN, "/my/pins", &flaw, text, sizeof(text));
	assert_string_equal(text,
			    "PinDirectory /my/pins cannot be used: /my belongs to user 65534, "
			    "who could take what is pinned off the hooks; remove it (rm -r), "
			    "or give it to the user of collectd (chown)");
	flaw = (struct trusted_dir_flaw){.path = "/my/pins", .mode = 0777};
	diagnose_pins(-EUCLEAN, "/my/pins", &flaw, text, sizeof(text));
	assert_string_equal(text, "PinDirectory /my/pins cannot be used: others may write to "
				  "/my/pins (mode 0777), and could take what is pinned off the "
				  "hooks; take that from them (chmod go-w)");
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(pins_rows); i++)
		assert_cut_off(explain_pins, &pins_rows[i].error);
}

int main(void)
{
	struct CMUnitTest tests[2 + UNIT_LENGTH(pins_rows)] = {
		UNIT_TEST("a directory that others could change is named with why", test_flaw),
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
	};
	size_t count = 2;

	ADD_ROWS(tests, count, pins_rows, test_pins);
	return cmocka_run_group_tests_name("diagnose/pins", tests, NULL, NULL);
}
