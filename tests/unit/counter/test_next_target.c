// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be called, and why not: each answer of a kernel that is made up. How the true one
 * answers is the kernel tier's to show.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/counter/next_target.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/probe.h"

/* Callers that the kernel lets call the program: bits of the expected attach type. */
#define PLAIN 1
#define DEVMAP 2
#define CPUMAP 4
#define NONE 8

struct row {
	const char *sentence;
	/* What is pinned, and what the kernel answers. */
	int get_error;
	bool no_program;
	__u32 type;
	const char *name;
	bool bound;
	bool interpreted;
	bool no_jit; /* what is loaded now is interpreted */
	bool frags;
	unsigned int callers;
	int put_error;	/* of putting it into an array */
	int run_error;	/* of a test run without a packet */
	int caller_run; /* the same of the caller that was loaded for the trial; 0: -EFAULT */
	bool in_devmap;
	int compiles_error, create_error, devmap_error, info_error, load_error;
	/* What is to come of it. */
	int err;
	enum diagnose_next_cause cause;
};

static const struct row *row;
static int info_calls;

#define FD_PROGRAM 100
#define FD_ARRAY 200
#define FD_DEVMAP 300
#define FD_CALLER 400

/* Descriptors of their own in each kind, so that it is seen which are closed. */
static int open_fd(int from)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = fcntl(null, F_DUPFD_CLOEXEC, from);

	close(null);
	assert_int_equal(fd, from);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int answer(int err)
{
	if (err)
		errno = -err;
	return err;
}

int probe_compiles(void)
{
	return row->compiles_error ? answer(row->compiles_error) : !row->no_jit;
}

int bpf_obj_get(const char *path)
{
	assert_string_equal(path, "/pins/firewall");
	return row->get_error ? answer(row->get_error) : open_fd(FD_PROGRAM);
}

bool pin_dir_is_kind(int fd, enum pin_dir_kind kind)
{
	assert_int_equal(fd, FD_PROGRAM);
	assert_int_equal(kind, PIN_DIR_PROGRAM);
	return !row->no_program;
}

/* Needed by others of its file. */
int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd)
{
	(void)pins;
	(void)name;
	(void)kind;
	(void)ret_fd;
	return -ENOENT;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	struct bpf_prog_info *program = info;

	(void)length;
	assert_int_equal(fd, FD_PROGRAM);
	if (row->info_error && ++info_calls == (row->info_error < -1000 ? 2 : 1))
		return answer(row->info_error % 1000);
	*program = (struct bpf_prog_info){.id = 7,
					  .type = row->type ? row->type : BPF_PROG_TYPE_XDP,
					  .ifindex = row->bound ? 3 : 0,
					  .jited_prog_len = row->interpreted ? 0 : 100,
					  .tag = {1, 2, 3, 4, 5, 6, 7, 8}};
	snprintf(program->name, sizeof(program->name), "%s", row->name ? row->name : "firewall");
	return 0;
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 entries, const struct bpf_map_create_opts *options)
{
	(void)name;
	(void)key_size;
	(void)value_size;
	(void)options;
	assert_int_equal(entries, 1);
	if (type == BPF_MAP_TYPE_DEVMAP)
		return row->devmap_error ? answer(row->devmap_error) : open_fd(FD_DEVMAP);
	assert_int_equal(type, BPF_MAP_TYPE_PROG_ARRAY);
	return row->create_error ? answer(row->create_error) : open_fd(FD_ARRAY);
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	(void)key;
	(void)flags;
	if (fd == FD_DEVMAP) {
		const struct bpf_devmap_val *entry = value;

		assert_int_equal(entry->bpf_prog.fd, FD_PROGRAM);
		assert_int_equal(entry->ifindex, 1);
		return row->in_devmap ? 0 : answer(-EINVAL);
	}
	assert_int_equal(fd, FD_ARRAY);
	assert_int_equal(*(const int *)value, FD_PROGRAM);
	return answer(row->put_error);
}

/* By its name for the linker: versions of libbpf declare it with and without const. */
int load(enum bpf_prog_type type, const char *name, const char *license,
	 const struct bpf_insn *instructions, size_t count,
	 const struct bpf_prog_load_opts *options) __asm__("bpf_prog_load");

int load(enum bpf_prog_type type, const char *name, const char *license,
	 const struct bpf_insn *instructions, size_t count,
	 const struct bpf_prog_load_opts *options)
{
	unsigned int caller = options->expected_attach_type == BPF_XDP		? PLAIN
			      : options->expected_attach_type == BPF_XDP_DEVMAP ? DEVMAP
			      : options->expected_attach_type == BPF_XDP_CPUMAP ? CPUMAP
										: NONE;

	(void)name;
	(void)license;
	assert_int_equal(type, BPF_PROG_TYPE_XDP);
	assert_true(count > 1);
	assert_int_equal(instructions[0].imm, FD_ARRAY);
	if (row->load_error)
		return answer(row->load_error);
	if (!(row->callers & caller) || !!(options->prog_flags & BPF_F_XDP_HAS_FRAGS) != row->frags)
		return answer(-EINVAL);
	return open_fd(FD_CALLER);
}

int bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *options)
{
	assert_non_null(options->data_in);
	if (fd == FD_CALLER)
		return answer(row->caller_run ? row->caller_run : -EFAULT);
	assert_int_equal(fd, FD_PROGRAM);
	return answer(row->run_error ? row->run_error : -EFAULT);
}

int bpf_prog_get_fd_by_id(__u32 id)
{
	assert_int_equal(id, 7);
	return row->get_error ? answer(row->get_error) : open_fd(FD_PROGRAM);
}

// clang-format off
static const struct row rows[] = {
	{"a program for packets of several buffers can be called", .frags = true, .callers = PLAIN},
	{"a program without can be called", .callers = PLAIN},
	{"nothing is pinned", .get_error = -ENOENT, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_NOTHING_PINNED},
	{"no folder of this name", .get_error = -ENOTDIR, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_NOTHING_PINNED},
	{"no permission to open it", .get_error = -EACCES, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_NOT_OPENED},
	{"no descriptor to open it", .get_error = -EMFILE, .err = -EMFILE},
	{"it is a map", .no_program = true, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_NO_PROGRAM},
	{"it is of libxdp", .type = BPF_PROG_TYPE_EXT, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_FOR_LIBXDP},
	{"it is of another type", .type = BPF_PROG_TYPE_SCHED_CLS, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_OTHER_TYPE},
	{"it is a counter", .name = "xdp_count", .callers = PLAIN, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_COUNTER},
	{"it is a counter that calls", .name = "xdp_count_next", .callers = PLAIN, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_COUNTER},
	{"it only begins like a counter", .name = "xdp_counter", .callers = PLAIN},
	{"it is bound to a device", .bound = true, .callers = PLAIN, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_DEVICE},
	{"the kernel lets nothing call it", .put_error = -EINVAL, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_NOT_FOR_ANY},
	{"one of its functions is replaced", .put_error = -EBUSY, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_EXTENDED},
	{"it is bound to a device that has gone", .info_error = -ENODEV, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_DEVICE},
	{"no memory to put it into an array", .put_error = -ENOMEM, .err = -ENOMEM},
	{"no memory for an array", .create_error = -ENOMEM, .err = -ENOMEM},
	{"no memory for a caller", .load_error = -ENOMEM, .err = -ENOMEM},
	{"only programs of devmaps may call it", .callers = DEVMAP, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_FOR_ENTRIES},
	{"only programs of cpumaps may call it", .callers = CPUMAP, .frags = true, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_FOR_ENTRIES},
	{"only programs without a type may call it", .callers = NONE, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_ATTACH_TYPE},
	{"only interpreted ones may call it", .interpreted = true, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_INTERPRETED},
	{"only compiled ones may call it", .no_jit = true, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_COMPILED},
	{"without a JIT compiler none is refused for being interpreted", .interpreted = true, .no_jit = true, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_NOT_FOR_PLAIN},
	{"no memory to see whether the kernel compiles", .compiles_error = -ENOMEM, .err = -ENOMEM},
	{"no plain one may call it", .callers = 0, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_NOT_FOR_PLAIN},
	{"it may be called and not be run", .callers = PLAIN, .run_error = -EINVAL, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_FOR_ENTRIES},
	{"nothing may be run", .callers = PLAIN, .run_error = -EINVAL, .caller_run = -EINVAL},
	{"a devmap takes it", .callers = PLAIN, .in_devmap = true, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_FOR_ENTRIES},
	{"a devmap takes it, where nothing may be run", .callers = PLAIN, .caller_run = -EPERM, .in_devmap = true, .err = -ENOEXEC, .cause = DIAGNOSE_NEXT_FOR_ENTRIES},
	{"no devmap can be had", .callers = PLAIN, .devmap_error = -EPERM, .in_devmap = true},
	{"its kind is not known", .callers = PLAIN, .info_error = -EPERM, .err = -EPERM},
	{"its name is not known", .callers = PLAIN, .info_error = -1000 - EMFILE, .err = -EMFILE},
};
// clang-format on

static void test_row(void **state)
{
	struct diagnose_next_refusal refusal = {.cause = DIAGNOSE_NEXT_NOT_TOLD};
	struct next_target target = {.fd = -7};

	row = *state;
	info_calls = 0;
	assert_int_equal(next_target_open("/pins/firewall", &target, &refusal), row->err);
	assert_int_equal(refusal.cause, row->cause);
	assert_false(is_open(FD_ARRAY));
	assert_false(is_open(FD_DEVMAP));
	assert_false(is_open(FD_CALLER));
	assert_int_equal(is_open(FD_PROGRAM), row->err == 0);
	if (row->cause == DIAGNOSE_NEXT_OTHER_TYPE)
		assert_string_equal(refusal.type, "sched_cls");
	if (row->err) {
		assert_int_equal(target.fd, -7);
		return;
	}
	assert_int_equal(target.fd, FD_PROGRAM);
	assert_int_equal(target.id, 7);
	assert_int_equal(target.frags, row->frags);
	assert_string_equal(target.name, row->name ? row->name : "firewall");
	assert_string_equal(target.tag, "0102030405060708");
	next_target_close(&target);
	assert_false(is_open(FD_PROGRAM));
	assert_int_equal(target.fd, -1);
	assert_int_equal(target.id, 0);
	next_target_close(&target);
}

static void test_try(void **state)
{
	const struct row with = {.callers = PLAIN, .frags = true}, without = {.callers = PLAIN},
			 devmap = {.callers = DEVMAP}, busy = {.load_error = -EAGAIN};

	(void)state;
	row = &with;
	assert_int_equal(next_target_try(FD_ARRAY, true), 0);
	assert_int_equal(next_target_try(FD_ARRAY, false), -EINVAL);
	row = &without;
	assert_int_equal(next_target_try(FD_ARRAY, true), -EINVAL);
	assert_int_equal(next_target_try(FD_ARRAY, false), 0);
	row = &devmap;
	assert_int_equal(next_target_try(FD_ARRAY, false), -EINVAL);
	row = &busy;
	assert_int_equal(next_target_try(FD_ARRAY, false), -EAGAIN);
	assert_false(is_open(FD_CALLER));
}

static void test_by_id(void **state)
{
	const struct row known = {0}, unknown = {.get_error = -EPERM};
	struct next_target target;

	(void)state;
	row = &known;
	next_target_open_id(7, &target);
	assert_int_equal(target.fd, FD_PROGRAM);
	assert_int_equal(target.id, 7);
	assert_string_equal(target.name, "firewall");
	next_target_close(&target);
	row = &unknown;
	next_target_open_id(7, &target);
	assert_true(target.fd < 0);
	assert_int_equal(target.id, 7);
	assert_string_equal(target.name, "");
	next_target_close(&target);
}

int main(void)
{
	struct CMUnitTest tests[UNIT_LENGTH(rows) + 2] = {
		UNIT_TEST("a counter that calls what is in an array is tried", test_try),
		UNIT_TEST("a program is opened by its id as far as it may be", test_by_id),
	};

	for (size_t i = 0; i < UNIT_LENGTH(rows); i++)
		tests[i + 2] = (struct CMUnitTest){.name = rows[i].sentence,
						   .test_func = test_row,
						   .initial_state = (void *)&rows[i]};
	return cmocka_run_group_tests_name("next_target", tests, NULL, NULL);
}
