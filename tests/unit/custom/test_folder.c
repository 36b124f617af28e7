// SPDX-License-Identifier: GPL-2.0-only
/* Folders of custom counters, beside others, in a directory of the test. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/custom/folder.h"

static void test_path(void **state)
{
	char text[CUSTOM_FOLDER_PATH];

	(void)state;
	custom_folder_path("/sys/fs/bpf/x", "own", text, sizeof(text));
	assert_string_equal(text, "/sys/fs/bpf/x/counter-own");
}

static char found[256];

static void note(void *context, const char *name)
{
	assert_ptr_equal(context, found);
	strcat(strcat(found, name), " ");
}

static void test_each(void **state)
{
	static const char *const names[] = {"counter-own", "net-4026531840", "counter", "other"};
	char path[] = "/tmp/test_folder-XXXXXX", name[64];

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(custom_folder_each(path, note, found), 0);
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, names[i]);
		assert_int_equal(mkdir(name, 0700), 0);
	}
	assert_int_equal(custom_folder_each(path, note, found), 1);
	assert_string_equal(found, "own ");
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, names[i]);
		rmdir(name);
	}
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(custom_folder_each(path, note, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a counter's folder has its name", test_path),
		UNIT_TEST("the folders of counters are found, and no others", test_each),
	};

	return cmocka_run_group_tests_name("custom/folder", tests, NULL, NULL);
}
