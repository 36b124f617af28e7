// SPDX-License-Identifier: GPL-2.0-only
/* Folders of custom counters, beside others. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "plugin/config/counter_block.h"
#include "plugin/custom/folder.h"
#include "plugin/custom/program.h"
#include "plugin/hook/clean_up.h"

static void test_path(void **state)
{
	char text[CUSTOM_FOLDER_PATH];

	(void)state;
	custom_folder_path("/sys/fs/bpf/x", "own", text, sizeof(text));
	assert_string_equal(text, "/sys/fs/bpf/x/counter-own");
}

/* --- a directory of the test is on a bpf file system; in place of plugin/hook/clean_up.h */

static char top[] = "/tmp/cxdp-unit-folder-XXXXXX";
static int error;
static char added[256];

int fstatfs(int fd, struct statfs *buffer)
{
	assert_true(fd >= 0);
	*buffer = (struct statfs){.f_type = BPF_FS_MAGIC};
	return 0;
}

int clean_up_add(struct clean_up *clean_up, const struct clean_up_place *place)
{
	size_t used = strlen(added);

	assert_ptr_equal(clean_up, &error);
	assert_ptr_equal(place->operations, &custom_program_operations);
	assert_null(place->program);
	assert_null(place->kind);
	assert_int_equal(strncmp(place->directory, top, strlen(top)), 0);
	snprintf(added + used, sizeof(added) - used, "%s %s %d; ", place->directory + strlen(top),
		 place->name, place->forget);
	return error;
}

static void test_add(void **state)
{
	static const char *const names[] = {"counter-own", "net-4026531840", "counter", "other",
					    "counter-left"};
	char name[128];
	struct counter_block own = {.name = (char[]){"own"}}, other = {.name = (char[]){"other"}};
	struct counter_block *const counters[] = {&other, &own};

	(void)state;
	assert_non_null(mkdtemp(top));
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		snprintf(name, sizeof(name), "%s/%s", top, names[i]);
		assert_int_equal(mkdir(name, 0700), 0);
	}
	assert_int_equal(custom_folder_add(top, counters, 2, (struct clean_up *)&error), 0);
	assert_contains(added, "/counter-own own 0; ");
	assert_contains(added, "/counter-left left 1; ");
	assert_int_equal(strlen(added), strlen("/counter-own own 0; /counter-left left 1; "));
	error = -ENOMEM;
	assert_int_equal(custom_folder_add(top, NULL, 0, (struct clean_up *)&error), -ENOMEM);
	/* One that others may exchange has nothing of ours. */
	error = 0;
	added[0] = '\0';
	assert_int_equal(chmod(top, 0777), 0);
	assert_int_equal(custom_folder_add(top, counters, 2, (struct clean_up *)&error), 0);
	assert_string_equal(added, "");
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		snprintf(name, sizeof(name), "%s/%s", top, names[i]);
		rmdir(name);
	}
	assert_int_equal(rmdir(top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a counter's folder has its name", test_path),
		UNIT_TEST("the folders of counters are found, and no others", test_add),
	};

	return cmocka_run_group_tests_name("custom/folder", tests, NULL, NULL);
}
