// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next over time, without a kernel: what is at the path, in the slot and pinned is made up; what
 * is reported, and which program is in the slot after it, is compared.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/counter/load.h"
#include "plugin/counter/next_policy.h"
#include "plugin/kernel/loader.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/probe.h"

#define FDS 64
#define PINS 4
#define TOLD 8

/* An array in the kernel. It takes programs of the kind of the first one only. */
struct array {
	uint32_t id; /* of the program in its slot; 0: none */
	bool frags;
	bool owned; /* something was put into it */
	bool other; /* it is no array of programs */
};

static struct {
	/* What the kernel has. */
	struct array arrays[FDS];
	size_t array_count;
	struct array *array_of[FDS]; /* by descriptor */
	uint32_t program_of[FDS];    /* the same: an id */
	bool program_frags[FDS];     /* by id */
	struct {
		char name[32];
		struct array *array;
	} pins[PINS];
	/* What is at the path. */
	uint32_t at_path; /* id; 0: nothing that can be called */
	enum diagnose_next_cause cause;
	int open_error;
	/* What fails. */
	bool no_ids; /* programs cannot be opened by their id */
	int fill_error, put_error, probe_error, create_error, rename_error;
	/* What was reported. */
	struct {
		enum event_severity severity;
		char text[768];
	} told[TOLD];
	size_t told_count;
	unsigned int puts;
	char path[64];
} world;

static struct next_policy policy;

static int new_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_uint_in_range(fd, 0, FDS - 1);
	world.array_of[fd] = NULL;
	world.program_of[fd] = 0;
	return fd;
}

static int call_fails(int err)
{
	errno = -err;
	return err;
}

int probe_try(void)
{
	return world.probe_error;
}

int loader_run(int (*attempt)(void *context, struct loader *load), void *context,
	       struct loader_log *ret_log)
{
	*ret_log = (struct loader_log){0};
	return attempt(context, NULL);
}

static struct array *new_array(void)
{
	assert_true(world.array_count < FDS);
	return &world.arrays[world.array_count++];
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 entries, const struct bpf_map_create_opts *options)
{
	int fd;

	(void)name;
	(void)options;
	assert_int_equal(type, BPF_MAP_TYPE_PROG_ARRAY);
	assert_int_equal(key_size, 4);
	assert_int_equal(value_size, 4);
	assert_int_equal(entries, 1);
	if (world.create_error)
		return call_fails(world.create_error);
	fd = new_fd();
	world.array_of[fd] = new_array();
	return fd;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	assert_int_equal(*(const uint32_t *)key, 0);
	if (!world.array_of[fd]->id)
		return call_fails(-ENOENT);
	memcpy(value, &world.array_of[fd]->id, sizeof(uint32_t));
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	struct array *array = world.array_of[fd];
	uint32_t id = world.program_of[*(const int *)value];

	(void)flags;
	assert_int_equal(*(const uint32_t *)key, 0);
	assert_int_not_equal(id, 0);
	if (world.fill_error)
		return call_fails(world.fill_error);
	if (array->owned && array->frags != world.program_frags[id])
		return call_fails(-EINVAL);
	*array = (struct array){.id = id, .frags = world.program_frags[id], .owned = true};
	return 0;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	struct bpf_map_info *map = info;

	(void)length;
	map->type = world.array_of[fd]->other ? BPF_MAP_TYPE_ARRAY : BPF_MAP_TYPE_PROG_ARRAY;
	map->max_entries = 1;
	return 0;
}

static struct next_target target_of(uint32_t id)
{
	struct next_target target = {.fd = new_fd(), .id = id, .frags = world.program_frags[id]};

	world.program_of[target.fd] = id;
	snprintf(target.name, sizeof(target.name), "program_%u", id);
	snprintf(target.tag, sizeof(target.tag), "beef");
	return target;
}

int next_target_open(const char *path, struct next_target *ret_target,
		     struct diagnose_next_refusal *ret_refusal)
{
	assert_string_equal(path, world.path);
	*ret_refusal = (struct diagnose_next_refusal){.cause = DIAGNOSE_NEXT_CALLABLE};
	if (world.open_error)
		return world.open_error;
	if (!world.at_path) {
		ret_refusal->cause = world.cause;
		return -ENOEXEC;
	}
	*ret_target = target_of(world.at_path);
	return 0;
}

void next_target_open_id(uint32_t id, struct next_target *ret_target)
{
	if (world.no_ids)
		*ret_target = (struct next_target){.fd = -1, .id = id};
	else
		*ret_target = target_of(id);
}

void next_target_close(struct next_target *target)
{
	if (target->fd >= 0)
		close(target->fd);
	*target = (struct next_target){.fd = -1};
}

int next_target_try(int array, bool frags)
{
	return world.array_of[array]->frags == frags ? 0 : -EINVAL;
}

static size_t find_pin(const char *name)
{
	size_t i = 0;

	while (i < PINS && (!world.pins[i].array || strcmp(world.pins[i].name, name) != 0))
		i++;
	return i;
}

static struct array *pinned(const char *name)
{
	return find_pin(name) < PINS ? world.pins[find_pin(name)].array : NULL;
}

static void pin(const char *name, struct array *array)
{
	size_t i = find_pin(name);

	for (size_t j = 0; i == PINS && j < PINS; j++) {
		if (!world.pins[j].array)
			i = j;
	}
	assert_true(i < PINS);
	snprintf(world.pins[i].name, sizeof(world.pins[i].name), "%s", name);
	world.pins[i].array = array;
}

static void drop_pin(const char *name)
{
	if (find_pin(name) < PINS)
		world.pins[find_pin(name)].array = NULL;
}

int pin_dir_put(const struct pin_dir *pins, const char *name, int fd)
{
	(void)pins;
	world.puts++;
	if (world.put_error)
		return world.put_error;
	pin(name, world.array_of[fd]);
	return 0;
}

int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd)
{
	(void)pins;
	assert_int_equal(kind, PIN_DIR_MAP);
	if (!pinned(name))
		return -ENOENT;
	*ret_fd = new_fd();
	world.array_of[*ret_fd] = pinned(name);
	return 0;
}

bool pin_dir_has(const struct pin_dir *pins, const char *name)
{
	(void)pins;
	return pinned(name);
}

int pin_dir_drop(const struct pin_dir *pins, const char *name)
{
	(void)pins;
	drop_pin(name);
	return 0;
}

int pin_dir_rename(const struct pin_dir *pins, const char *from, const char *to)
{
	struct array *array = pinned(from);

	(void)pins;
	if (world.rename_error)
		return world.rename_error;
	assert_non_null(array);
	drop_pin(from);
	pin(to, array);
	return 0;
}

const char *pin_dir_path(const struct pin_dir *pins)
{
	(void)pins;
	return "/pins";
}

/* --- */

static void note(void *context, const struct event *event)
{
	(void)context;
	assert_string_equal(event->interface, "");
	assert_true(world.told_count < TOLD);
	world.told[world.told_count].severity = event->severity;
	snprintf(world.told[world.told_count].text, sizeof(world.told[0].text), "%s", event->text);
	world.told_count++;
}

static const struct event_teller teller = {.tell = note};

/* A step at this time in seconds; what it tells is what expect_told() looks at. */
static void step(uint64_t seconds)
{
	world.told_count = 0;
	next_policy_follow(&policy, &teller, seconds * 1000000000ULL);
}

static void expect_told(enum event_severity severity, const char *text)
{
	assert_int_equal(world.told_count, 1);
	assert_string_equal(world.told[0].text, text);
	assert_int_equal(world.told[0].severity, severity);
}

static void expect_silence(uint64_t seconds)
{
	step(seconds);
	if (world.told_count)
		fail_msg("told: %s", world.told[0].text);
}

/* Another file at the path, with an inode of its own, which stands for this program; 0: none. */
static void place(uint32_t id)
{
	char other[sizeof(world.path) + 8];

	snprintf(other, sizeof(other), "%s-new", world.path);
	close(creat(other, 0600));
	assert_int_equal(rename(other, world.path), 0);
	world.at_path = id;
	world.cause = DIAGNOSE_NEXT_NO_PROGRAM;
}

static size_t open_files(void)
{
	size_t count = 0;

	for (int fd = 0; fd < FDS; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static size_t files_before;

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	files_before = open_files();
	snprintf(world.path, sizeof(world.path), "/tmp/cxdp-unit-next-%d", getpid());
	world.program_frags[1] = world.program_frags[2] = true;
	place(1);
	policy = (struct next_policy){.path = world.path};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	next_policy_drop(&policy);
	unlink(world.path);
	assert_int_equal(open_files(), files_before);
	return 0;
}

static int prepare(struct counter_next *ret_next)
{
	static struct counter_failure failure;

	return next_policy_prepare(&policy, NULL, ret_next, &failure);
}

/* Up to the moment when links run the counter. */
static void begin(void)
{
	struct counter_next next;

	assert_int_equal(prepare(&next), 0);
	assert_true(next.wanted);
	assert_int_equal(next.frags, next_slot_frags(policy.slot));
	assert_int_equal(next.array, next_slot_array(policy.slot));
	assert_int_equal(next_policy_pin(&policy, NULL), 0);
	assert_int_equal(next_policy_settle(&policy, NULL), 0);
}

/* The process ends; what is pinned stays. */
static void end(void)
{
	next_policy_drop(&policy);
	policy = (struct next_policy){.path = world.path};
}

#define NAME(id) "program_" #id " (id " #id ", tag beef)"

static const char *with_path(const char *format)
{
	static char text[768];
	const char *place = strstr(format, "PATH");

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - format), format, world.path,
		 place + 4);
	return text;
}

static void test_off(void **state)
{
	struct counter_next next = {.wanted = true};

	(void)state;
	policy.path = NULL;
	assert_int_equal(prepare(&next), 0);
	assert_false(next.wanted);
	assert_int_equal(next_policy_pin(&policy, NULL), 0);
	assert_int_equal(next_policy_settle(&policy, NULL), 0);
	expect_silence(0);
	assert_false(next_policy_has_news(&policy));
}

static void test_switched_off(void **state)
{
	(void)state;
	begin();
	end();
	policy.path = NULL;
	/* Of a start that was cut off. */
	pin("tail_call_new", new_array());
	assert_int_equal(next_policy_pin(&policy, NULL), 0);
	assert_int_equal(next_policy_settle(&policy, NULL), 0);
	assert_null(pinned("tail_call"));
	assert_null(pinned("tail_call_new"));
	step(0);
	expect_told(EVENT_OKAY, "Next is off: the program of the last start (id 1) is no longer "
				"called, and packets pass");
	expect_silence(1);
}

static void test_begun(void **state)
{
	(void)state;
	begin();
	assert_int_equal(pinned("tail_call")->id, 1);
	step(0);
	expect_told(EVENT_OKAY, with_path("Next PATH: program " NAME(1) " is called after "
									"counting"));
	expect_silence(1);
	/* Without a counter there is nothing to follow. */
	next_policy_drop(&policy);
	expect_silence(2);
	next_policy_drop(&policy);
}

static void test_begun_without_frags(void **state)
{
	(void)state;
	place(3);
	begin();
	step(0);
	expect_told(EVENT_OKAY,
		    with_path("Next PATH: program " NAME(
			    3) " is called after counting; it is not "
			       "loaded for packets of several buffers (xdp.frags), and so the "
			       "counter is not: native mode wants an MTU that fits into one"));
}

/* Before links run the counter, nothing is said to be called. */
static void test_not_begun(void **state)
{
	struct counter_next next;

	(void)state;
	assert_int_equal(prepare(&next), 0);
	world.put_error = -ENOMEM;
	assert_int_equal(next_policy_pin(&policy, NULL), -ENOMEM);
	world.put_error = 0;
	pin("tail_call", new_array());
	expect_silence(0);
}

static void test_unusable(void **state)
{
	struct counter_next next;
	char text[256] = "untouched";

	(void)state;
	place(0);
	assert_int_equal(prepare(&next), -ENOEXEC);
	assert_false(next.wanted);
	assert_true(next_policy_explain(&policy, text, sizeof(text)));
	assert_string_equal(text, with_path("Next PATH cannot be called: what is pinned there is "
					    "no program; pin the program"));
	assert_false(next_policy_has_news(&policy));
	place(1);
	assert_true(next_policy_has_news(&policy));
	assert_int_equal(prepare(&next), 0);
	assert_false(next_policy_explain(&policy, text, sizeof(text)));
	assert_false(next_policy_has_news(&policy));
}

static void test_errors(void **state)
{
	int *const errors[] = {&world.open_error, &world.probe_error, &world.create_error,
			       &world.fill_error};
	struct counter_next next;
	char text[256];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(errors); i++) {
		*errors[i] = -ENFILE;
		assert_int_equal(prepare(&next), -ENFILE);
		assert_false(next_policy_explain(&policy, text, sizeof(text)));
		assert_false(next_policy_has_news(&policy));
		*errors[i] = 0;
	}
	begin();
}

static void test_replaced(void **state)
{
	(void)state;
	begin();
	step(0);
	place(2);
	step(1);
	expect_told(EVENT_OKAY, with_path("Next PATH: program " NAME(2) " is called from now on, "
									"in place of " NAME(1)));
	assert_int_equal(pinned("tail_call")->id, 2);
	expect_silence(2);
}

static void test_refused_and_back(void **state)
{
	(void)state;
	begin();
	step(0);
	/* Pinned once more, and not missed in between. */
	place(1);
	expect_silence(1);
	for (int i = 0; i < 2; i++) {
		place(0);
		step(2);
		expect_told(
			EVENT_WARNING,
			with_path("Next PATH cannot be called: what is pinned there is no "
				  "program; pin the program; the counter still calls program " NAME(
					  1)));
		expect_silence(3);
		assert_int_equal(pinned("tail_call")->id, 1);
	}
	place(1);
	step(4);
	expect_told(EVENT_OKAY, with_path("Next PATH: program " NAME(1) " is there again"));
	place(1);
	expect_silence(5);
	/* After one that was replaced, too. */
	place(0);
	step(6);
	place(2);
	step(7);
	place(2);
	expect_silence(8);
}

static void test_other_frags(void **state)
{
	(void)state;
	begin();
	step(0);
	place(3);
	step(1);
	expect_told(
		EVENT_WARNING,
		with_path("Next PATH cannot be called: it is not loaded for packets of several "
			  "buffers (xdp.frags), and the counter is; restart collectd, which "
			  "then loads the counter to match; the counter still calls program " NAME(
				  1)));
	assert_int_equal(pinned("tail_call")->id, 1);
	end();
	place(3);
	begin();
	step(2);
	place(1);
	step(3);
	assert_int_equal(world.told_count, 1);
	assert_contains(world.told[0].text,
			"it is loaded for packets of several buffers (xdp.frags), and the counter "
			"is not; restart collectd");
	assert_int_equal(pinned("tail_call")->id, 3);
}

static void test_kernel_refuses(void **state)
{
	(void)state;
	begin();
	step(0);
	place(2);
	world.fill_error = -EINVAL;
	step(1);
	expect_told(
		EVENT_WARNING,
		with_path("Next PATH cannot be called: the kernel refuses it (errno 22, Invalid "
			  "argument); pin a program like the one in use; the counter still calls "
			  "program " NAME(1)));
	world.fill_error = 0;
	expect_silence(2);
}

/* Where the kernel does not answer it is asked at each step, and that is logged once. */
static void test_not_told(void **state)
{
	(void)state;
	begin();
	step(0);
	place(2);
	world.open_error = -ENOMEM;
	step(1);
	expect_told(EVENT_WARNING,
		    with_path("Next PATH cannot be called: the kernel does not tell (errno 12, "
			      "Cannot allocate memory); trying again; the counter still calls "
			      "program " NAME(1)));
	expect_silence(2);
	world.open_error = -EMFILE;
	step(3);
	assert_int_equal(world.told_count, 1);
	expect_silence(4);
	world.open_error = 0;
	step(5);
	assert_int_equal(world.told_count, 1);
	assert_contains(world.told[0].text, "is called from now on");
}

#define EMPTIED "Next: its slot was emptied or filled by somebody else, and "

static void test_emptied(void **state)
{
	const uint64_t pause = BACKOFF_PAUSE_MAX / 1000000000ULL;
	struct array *array;

	(void)state;
	begin();
	step(9);
	array = pinned("tail_call");
	array->id = 0;
	step(10);
	expect_told(EVENT_WARNING,
		    EMPTIED "packets went by without program " NAME(1) "; it is called again");
	assert_int_equal(array->id, 1);
	/* Filled by somebody else, and no new line at each step. */
	array->id = 2;
	expect_silence(11);
	assert_int_equal(array->id, 1);
	array->id = 0;
	expect_silence(10 + pause - 1);
	array->id = 0;
	step(10 + pause);
	assert_int_equal(world.told_count, 1);
	expect_silence(11 + pause);
}

static void test_lost(void **state)
{
	struct array *array;

	(void)state;
	begin();
	step(0);
	array = pinned("tail_call");
	array->id = 0;
	world.fill_error = -EPERM;
	step(1);
	expect_told(EVENT_FAILURE,
		    with_path(EMPTIED "program " NAME(1) " is no longer called; pin "
							 "the program at PATH again"));
	expect_silence(2);
	world.fill_error = 0;
	step(3);
	assert_int_equal(world.told_count, 1);
	assert_int_equal(array->id, 1);
	array->id = 0;
	world.fill_error = -EPERM;
	step(4);
	assert_int_equal(world.told_count, 1);
	assert_int_equal(world.told[0].severity, EVENT_FAILURE);
}

static void test_pin_removed(void **state)
{
	struct array *array;

	(void)state;
	begin();
	step(0);
	array = pinned("tail_call");
	for (int i = 0; i < 2; i++) {
		drop_pin("tail_call");
		step(1);
		expect_told(EVENT_WARNING, "Next: the pin tail_call of its slot was removed from "
					   "/pins by somebody else; it is there again");
		assert_ptr_equal(pinned("tail_call"), array);
		expect_silence(2);
	}
	drop_pin("tail_call");
	world.put_error = -EROFS;
	step(3);
	expect_told(EVENT_WARNING,
		    "Next: the pin tail_call of its slot was removed from /pins and cannot be put "
		    "back (errno 30, Read-only file system): when collectd ends, packets pass; "
		    "restart collectd now");
	expect_silence(4);
	world.put_error = -EACCES;
	step(5);
	assert_int_equal(world.told_count, 1);
	world.put_error = 0;
	step(6);
	assert_int_equal(world.told_count, 1);
	assert_contains(world.told[0].text, "it is there again");
	drop_pin("tail_call");
	world.put_error = -EACCES;
	step(7);
	assert_int_equal(world.told_count, 1);
}

/* A restart: the array that is pinned goes on, and with it those that call through it. */
static void test_restart(void **state)
{
	struct array *array;

	(void)state;
	begin();
	array = pinned("tail_call");
	end();
	begin();
	assert_ptr_equal(pinned("tail_call"), array);
	assert_int_equal(world.array_count, 1);
	/* It has its pin already. */
	assert_int_equal(world.puts, 1);
	step(0);
	assert_int_equal(world.told_count, 1);
	assert_contains(world.told[0].text, "is called after counting");
	/* With another program of the same kind. */
	end();
	place(2);
	begin();
	assert_ptr_equal(pinned("tail_call"), array);
	assert_int_equal(array->id, 2);
	/* Emptied while collectd was away. */
	end();
	array->id = 0;
	begin();
	step(1);
	assert_int_equal(world.told_count, 2);
	assert_string_equal(world.told[0].text,
			    "Next: the slot of the last start was emptied by somebody else, and "
			    "packets passed without program " NAME(2) "; it is called again");
	assert_int_equal(world.told[0].severity, EVENT_WARNING);
	assert_contains(world.told[1].text, "is called after counting");
	assert_int_equal(array->id, 2);
}

static void test_kept_from_last(void **state)
{
	(void)state;
	begin();
	end();
	place(0);
	begin();
	step(0);
	expect_told(
		EVENT_WARNING,
		with_path("Next PATH cannot be called: what is pinned there is no program; pin "
			  "the program; the counter still calls program " NAME(1) " of the last "
										  "start"));
	expect_silence(1);
	place(1);
	step(2);
	expect_told(EVENT_OKAY, with_path("Next PATH: program " NAME(1) " is there again"));
	/* Where programs cannot be opened by id it goes on, too; but once emptied it is lost. */
	end();
	place(0);
	world.no_ids = true;
	begin();
	step(3);
	assert_int_equal(world.told_count, 1);
	assert_contains(world.told[0].text, "the counter still calls program (id 1) of the last");
	pinned("tail_call")->id = 0;
	step(4);
	assert_int_equal(world.told_count, 1);
	assert_int_equal(world.told[0].severity, EVENT_FAILURE);
}

/* Nothing at the path and nothing in the pinned slot. */
static void test_nothing_kept(void **state)
{
	struct counter_next next;

	(void)state;
	begin();
	end();
	pinned("tail_call")->id = 0;
	place(0);
	assert_int_equal(prepare(&next), -ENOEXEC);
}

/*
 * A program of the other kind needs another counter, which needs another array: both are pinned
 * while links may run either counter, and the old array keeps its program for two more steps.
 */
static void test_other_kind(void **state)
{
	struct array *old;
	struct counter_next next;

	(void)state;
	begin();
	old = pinned("tail_call");
	end();
	place(3);
	assert_int_equal(prepare(&next), 0);
	assert_false(next.frags);
	assert_int_equal(next_policy_pin(&policy, NULL), 0);
	assert_ptr_equal(pinned("tail_call"), old);
	assert_int_equal(pinned("tail_call_new")->id, 3);
	/* Once more, as after a step that failed. */
	assert_int_equal(next_policy_pin(&policy, NULL), 0);
	assert_ptr_equal(pinned("tail_call"), old);
	world.rename_error = -ENOMEM;
	assert_int_equal(next_policy_settle(&policy, NULL), -ENOMEM);
	world.rename_error = 0;
	assert_int_equal(next_policy_settle(&policy, NULL), 0);
	assert_int_equal(pinned("tail_call")->id, 3);
	assert_null(pinned("tail_call_new"));
	assert_int_equal(open_files(), files_before + 3);
	step(0);
	assert_int_equal(open_files(), files_before + 3);
	step(1);
	assert_int_equal(open_files(), files_before + 2);
}

/* Killed when both arrays were pinned: the one that fits is found under either name. */
static void test_cut_off(void **state)
{
	struct counter_next next;
	struct array *new;

	(void)state;
	begin();
	end();
	place(3);
	assert_int_equal(prepare(&next), 0);
	assert_int_equal(next_policy_pin(&policy, NULL), 0);
	new = pinned("tail_call_new");
	end();
	begin();
	assert_ptr_equal(pinned("tail_call"), new);
	assert_null(pinned("tail_call_new"));
	assert_int_equal(world.array_count, 2);
	/* And one that no longer is wanted goes. */
	end();
	pin("tail_call_new", new_array());
	begin();
	assert_ptr_equal(pinned("tail_call"), new);
	assert_null(pinned("tail_call_new"));
}

static void test_no_array(void **state)
{
	struct array *other = new_array();

	(void)state;
	other->other = true;
	other->frags = true;
	pin("tail_call", other);
	begin();
	assert_int_equal(pinned("tail_call")->id, 1);
	assert_int_equal(other->id, 0);
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("where Next is off there is no array, and nothing is reported", test_off),
		TEST("Next that was switched off is reported with the program of the last start, once", test_switched_off),
		TEST("a program that is called is logged once", test_begun),
		TEST("one without packets of several buffers is reported with what that means", test_begun_without_frags),
		TEST("a slot that could not be pinned is not said to be called", test_not_begun),
		TEST("where nothing can be called the cause is reported, and another file at the path is news", test_unusable),
		TEST("an error of the kernel is no cause of the program's", test_errors),
		TEST("another program at the path replaces the one in the slot, and is reported", test_replaced),
		TEST("what cannot be called is reported each time, and once that the program is back", test_refused_and_back),
		TEST("a program of the other kind waits for a restart", test_other_frags),
		TEST("a program that the kernel refuses leaves the one in the slot", test_kernel_refuses),
		TEST("what the kernel does not tell is asked again, and told once per error", test_not_told),
		TEST("a slot that was emptied is filled again, and told at most every five minutes", test_emptied),
		TEST("a slot that cannot be filled again is logged once", test_lost),
		TEST("a pin that was removed is put back and told; where that fails, once per error", test_pin_removed),
		TEST("after a restart the pinned array is used again, with the program at the path", test_restart),
		TEST("a program of the last start is still called where the path has none", test_kept_from_last),
		TEST("an empty slot of the last start is no program", test_nothing_kept),
		TEST("a program of the other kind gets an array beside the one in use", test_other_kind),
		TEST("a start that was cut off with two arrays goes on with the one that fits", test_cut_off),
		TEST("a map of another type in the place of the array is not used", test_no_array),
	};

	return cmocka_run_group_tests_name("next_policy", tests, NULL, NULL);
}
