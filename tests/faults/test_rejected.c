// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that the verifier has to reject, and maps that must not match, through the plugin's
 * own loading and diagnosing. The oracle is why each was written (tests/faults/rejected).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include "bpf/count.skel.h"
#include "plugin/diagnose/load.h"
#include "plugin/diagnose/pins.h"
#include "plugin/diagnose/verifier.h"
#include "plugin/kernel/loader.h"
#include "plugin/kernel/privileges.h"
#include "tests/unit/unit.h"
#include "plugin/kernel/bpf_info.h"

struct rejected {
	const char *name; /* tests/faults/rejected/NAME.bpf.o */
	enum verifier_class class;
	const char *source; /* in the line that is named; NULL: none can be */
	bool unprivileged;
};

static const struct rejected programs[] = {
	{"loop", VERIFIER_COMPLEX, NULL, false},
	{"complex", VERIFIER_COMPLEX, NULL, false},
	{"packet", VERIFIER_PACKET, "data[0]", false},
	{"map", VERIFIER_MAP, "value->cells[ctx->rx_queue_index]++", false},
	{"null", VERIFIER_NO_POINTER, "*value ?", false},
	{"stack", VERIFIER_STACK, "cells[ctx->rx_queue_index & 63]", false},
	{"stack_limit", VERIFIER_STACK_LIMIT, NULL, false},
	{"stack_deep", VERIFIER_STACK_LIMIT, "asm volatile", false},
	{"uninitialised", VERIFIER_UNINITIALISED, "asm volatile", false},
	{"helper", VERIFIER_HELPER, "bpf_skb_load_bytes", false},
	{"no_helper", VERIFIER_HELPER, "missing()", false},
	{"argument", VERIFIER_ARGUMENT, "bpf_map_lookup_elem", false},
	{"return", VERIFIER_RETURN, "return 5", false},
	{"pointer", VERIFIER_POINTER, "asm volatile", false},
	{"privilege", VERIFIER_PRIVILEGE, "ctx->rx_queue_index & 63", true},
};

/* loader_run() callback: one attempt at one object file. */
static int attempt(void *context, struct loader *load)
{
	struct bpf_object *object = bpf_object__open_file(context, NULL);
	int err;

	if (!object)
		return -errno;
	loader_watch(load, object);
	err = bpf_object__load(object);
	bpf_object__close(object);
	return err;
}

/* Gives up CAP_PERFMON and CAP_SYS_ADMIN, for the rest of this process's life. */
static void drop_privileges(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	data[CAP_PERFMON / 32].effective &= ~(1U << CAP_PERFMON % 32);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void restore_privileges(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void object_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "tests/faults/rejected/%s.bpf.o", name);
}

static void test_rejected(void **state)
{
	const struct rejected *row = *state;
	struct verifier_verdict verdict;
	struct privileges privileges;
	struct loader_log log;
	char path[256], text[1024];
	int err;

	object_path(row->name, path, sizeof(path));
	if (row->unprivileged)
		drop_privileges();
	err = loader_run(attempt, path, &log);
	privileges_read(&privileges);
	restore_privileges();
	assert_true(err < 0);
	verifier_read(log.verifier, &verdict);
	diagnose_load(&(struct diagnose_load){.error = err,
					      .step = "loading it",
					      .libbpf = log.libbpf,
					      .verifier = log.verifier,
					      .privileges = &privileges},
		      text, sizeof(text));
	printf("# %s: %s\n", row->name, text);
	fflush(stdout);
	assert_int_equal(verdict.class, row->class);
	assert_contains(text,
			row->unprivileged ? "CAP_PERFMON missing" : verifier_cause(row->class));
	if (row->source)
		assert_contains(verdict.source, row->source);
}

static void test_file(void **state)
{
	char path[] = "/tmp/cxdp-log-XXXXXX", object[256], line[256];
	struct loader_log log;
	struct stat status;
	bool found = false;
	FILE *file;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(setenv(LOADER_LOG_VARIABLE, path, 1), 0);
	object_path("complex", object, sizeof(object));
	assert_true(loader_run(attempt, object, &log) < 0);
	assert_int_equal(unsetenv(LOADER_LOG_VARIABLE), 0);
	assert_int_equal(stat(path, &status), 0);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		found |= strstr(line, "too complex") != NULL;
	fclose(file);
	unlink(path);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_uint_in_range(status.st_size, sizeof(log.verifier), LOADER_LOG_MAX);
	assert_true(found);
}

static void test_link_is_not_followed(void **state)
{
	char directory[] = "/tmp/cxdp-log-XXXXXX", target[64], link[64], object[256];
	struct loader_log log;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(target, sizeof(target), "%s/target", directory);
	snprintf(link, sizeof(link), "%s/link", directory);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(setenv(LOADER_LOG_VARIABLE, link, 1), 0);
	object_path("packet", object, sizeof(object));
	assert_true(loader_run(attempt, object, &log) < 0);
	assert_int_equal(unsetenv(LOADER_LOG_VARIABLE), 0);
	assert_int_equal(access(target, F_OK), -1);
	unlink(link);
	rmdir(directory);
}

static int printed;

static int count_print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return ++printed;
}

static void test_guest(void **state)
{
	libbpf_print_fn_t before = libbpf_set_print(count_print);
	struct rlimit memlock, after;
	struct loader_log log;
	char object[256];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &memlock), 0);
	object_path("packet", object, sizeof(object));
	assert_true(loader_run(attempt, object, &log) < 0);
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &after), 0);
	assert_int_equal(memcmp(&memlock, &after, sizeof(after)), 0);
	assert_int_equal(printed, 0);
	assert_ptr_equal(libbpf_set_print(before), count_print);
}

/* A map that differs from `records` in one thing; what is said of it. */
struct mismatch {
	const char *name;
	enum bpf_map_type type;
	unsigned int key, value, entries, flags;
	const char *text;   /* NULL: it is the same */
	const char *called; /* NULL: as it should be */
};

static const struct mismatch maps[] = {
	{"the same map matches", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 320, 1, 0, NULL, NULL},
	{"another type of map is reported with both", BPF_MAP_TYPE_ARRAY, 4, 320, 1, 0,
	 "type of map records is 2, wanted is 6", NULL},
	{"another size of value is reported with both", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 384, 1, 0,
	 "value size of map records is 384, wanted is 320", NULL},
	{"another number of entries is reported with both", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 320, 2, 0,
	 "number of entries of map records is 2, wanted is 1", NULL},
	{"another name is reported with both", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 320, 1, 0,
	 "name of map records is \"theirs\", wanted is \"records\"", "theirs"},
	{"other flags are reported with both", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 320, 1,
	 BPF_F_RDONLY_PROG, "flags of map records is 128, wanted is 0", NULL},
};

/* What no array can have: compared with a hash. */
static const struct mismatch hashes[] = {
	{"a hash with another size of key is reported with both", BPF_MAP_TYPE_HASH, 8, 4, 1, 0,
	 "key size of map far_slots is 8, wanted is 4", NULL},
};

static void check_map(const struct mismatch *row, const struct bpf_map *wanted, const char *name)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = row->flags);
	int map = bpf_map_create(row->type, row->called ? row->called : name, row->key, row->value,
				 row->entries, &options);
	struct bpf_info_difference difference;
	struct diagnose_pinset facts = {.name = name, .pin = name, .difference = &difference};
	char text[160] = "";

	assert_true(map >= 0);
	facts.error = bpf_info_map(map, wanted, &difference);
	close(map);
	assert_int_equal(facts.error, row->text ? -EMEDIUMTYPE : 0);
	if (facts.error)
		diagnose_pinset(&facts, text, sizeof(text));
	assert_string_equal(text, row->text ? row->text : "");
}

static void test_map(void **state)
{
	struct count *skeleton = count__open();

	assert_non_null(skeleton);
	check_map(*state, skeleton->maps.records, "records");
	count__destroy(skeleton);
}

static void test_hash(void **state)
{
	struct count *skeleton = count__open();

	assert_non_null(skeleton);
	check_map(*state, skeleton->maps.far_slots, "far_slots");
	count__destroy(skeleton);
}

#define REJECTED_OTHERS 3

int main(void)
{
	struct CMUnitTest tests[REJECTED_OTHERS + UNIT_LENGTH(programs) + UNIT_LENGTH(maps) +
				UNIT_LENGTH(hashes)] = {
		UNIT_TEST("the whole log is written where it is asked for, bounded and mode 0600",
			  test_file),
		UNIT_TEST("no symbolic link is followed to write it", test_link_is_not_followed),
		UNIT_TEST("a failed load prints nothing and leaves callback and limits alone",
			  test_guest),
	};
	char names[UNIT_LENGTH(programs)][96];
	size_t count = REJECTED_OTHERS;

	for (size_t i = 0; i < UNIT_LENGTH(programs); i++) {
		snprintf(names[i], sizeof(names[i]), "rejected/%s.bpf.c is diagnosed: %s",
			 programs[i].name, verifier_cause(programs[i].class));
		tests[count++] = (struct CMUnitTest){.name = names[i],
						     .test_func = test_rejected,
						     .initial_state = (void *)&programs[i]};
	}
	for (size_t i = 0; i < UNIT_LENGTH(maps); i++)
		tests[count++] = (struct CMUnitTest){.name = maps[i].name,
						     .test_func = test_map,
						     .initial_state = (void *)&maps[i]};
	for (size_t i = 0; i < UNIT_LENGTH(hashes); i++)
		tests[count++] = (struct CMUnitTest){.name = hashes[i].name,
						     .test_func = test_hash,
						     .initial_state = (void *)&hashes[i]};
	return cmocka_run_group_tests_name("rejected", tests, NULL, NULL);
}
