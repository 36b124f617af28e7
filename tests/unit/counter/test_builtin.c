// SPDX-License-Identifier: GPL-2.0-only
/* The built-in counter as a program: what it asks of its parts, in which order, and passes on. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "plugin/counter/builtin.h"
#include "plugin/counter/next_policy.h"
#include "plugin/counter/pins.h"
#include "plugin/kernel/cpus.h"

struct counter {
	struct counter_info info;
	struct counter_settings settings;
	struct counter_slots slots;
	struct counter_reader reader;
};

static struct {
	struct counter counter;
	unsigned int cpus;
	int cpus_error;
	unsigned int pinned_queues;
	bool unusable;
	int prepare_error, queues_error, open_error, pin_error, settle_error, put_error;
	bool next_wanted;
	const struct pin_dir *pins; /* that counter_open() was given */
	char calls[256];	    /* in order */
	uint64_t now;
} world;

static struct builtin *builtin;
static struct program *program;
static const struct pin_dir *const pins = (const void *)&world;

static void call(const char *name)
{
	size_t used = strlen(world.calls);

	assert_true(used + strlen(name) + 2 < sizeof(world.calls));
	snprintf(world.calls + used, sizeof(world.calls) - used, "%s ", name);
}

static void expect_calls(const char *calls)
{
	assert_string_equal(world.calls, calls);
	world.calls[0] = '\0';
}

int cpus_measure(unsigned int *ret_cpus)
{
	if (world.cpus_error)
		return world.cpus_error;
	*ret_cpus = world.cpus;
	return 0;
}

unsigned int cpus_possible(void)
{
	return world.cpus;
}

/* --- the counter */

int counter_open(const struct counter_settings *settings, const struct pin_dir *directory,
		 struct counter **ret_counter, struct counter_failure *failure)
{
	call("open");
	world.pins = directory;
	world.counter.settings = *settings;
	failure->step = "opening";
	if (world.open_error)
		return world.open_error;
	*ret_counter = &world.counter;
	return 0;
}

void counter_close(struct counter *counter)
{
	if (counter)
		call("close");
}

const char *counter_program_name(const struct counter *counter)
{
	(void)counter;
	return "";
}

int counter_program_fd(const struct counter *counter)
{
	assert_ptr_equal(counter, &world.counter);
	return 42;
}

const struct counter_info *counter_info(const struct counter *counter)
{
	return &counter->info;
}

const struct counter_settings *counter_settings(const struct counter *counter)
{
	return &counter->settings;
}

const struct counter_object *counter_object(const struct counter *counter)
{
	return (const void *)counter;
}

struct counter_slots *counter_slots(struct counter *counter)
{
	return &counter->slots;
}

struct counter_reader *counter_reader(struct counter *counter)
{
	return &counter->reader;
}

uint64_t counter_memory(const struct counter_settings *settings, unsigned int cpus)
{
	return (uint64_t)settings->slots * cpus * 1024;
}

/* --- its slots */

int counter_slot_take(struct counter_slots *slots, unsigned int ifindex, const char *name,
		      uint64_t now, uint64_t rest, unsigned int *ret_slot)
{
	assert_ptr_equal(slots, &world.counter.slots);
	assert_int_equal(ifindex, 5);
	assert_string_equal(name, "eth0");
	assert_int_equal(now, 1000);
	assert_int_equal(rest, 7);
	call("take");
	*ret_slot = 3;
	return -ENOSPC;
}

int counter_slot_adopt(struct counter_slots *slots, unsigned int ifindex, const char *name,
		       unsigned int *ret_slot)
{
	assert_ptr_equal(slots, &world.counter.slots);
	assert_int_equal(ifindex, 5);
	assert_string_equal(name, "eth0");
	call("adopt");
	*ret_slot = 4;
	return -ENOENT;
}

void counter_slot_release(struct counter_slots *slots, unsigned int slot, uint64_t now)
{
	assert_ptr_equal(slots, &world.counter.slots);
	assert_int_equal(slot, 9);
	assert_int_equal(now, 1000);
	call("release");
}

void counter_slots_sweep(struct counter_slots *slots, uint64_t now)
{
	assert_ptr_equal(slots, &world.counter.slots);
	assert_int_equal(now, 1000);
	call("sweep");
}

int counter_read(struct counter_reader *reader, unsigned int slot, struct view_reading *ret_reading)
{
	assert_ptr_equal(reader, &world.counter.reader);
	assert_int_equal(slot, 9);
	ret_reading->cpu_count = 2;
	call("read");
	return -EINTR;
}

void counter_read_ahead(struct counter_reader *reader, bool on)
{
	assert_ptr_equal(reader, &world.counter.reader);
	call(on ? "ahead" : "not_ahead");
}

/* --- its pins */

int counter_pins_queues(const struct pin_dir *directory, unsigned int *ret_queues)
{
	assert_ptr_equal(directory, pins);
	*ret_queues = world.queues_error ? 0 : world.pinned_queues;
	return world.queues_error;
}

int counter_pins_put_program(const struct counter_object *object, const struct pin_dir *directory)
{
	assert_ptr_equal(object, &world.counter);
	assert_ptr_equal(directory, pins);
	call("put_program");
	return world.put_error;
}

int counter_pins_put(const struct counter_object *object, const struct pin_dir *directory)
{
	assert_ptr_equal(object, &world.counter);
	assert_ptr_equal(directory, pins);
	call("put");
	return world.put_error;
}

int counter_pins_programs(const struct pin_dir *directory, uint32_t ret_ids[PINSET_PROGRAMS])
{
	assert_ptr_equal(directory, pins);
	ret_ids[0] = 8;
	ret_ids[1] = 9;
	return -EMFILE;
}

int counter_pins_drop(const struct pin_dir *directory)
{
	assert_ptr_equal(directory, pins);
	call("drop");
	return -ENOENT;
}

bool counter_pins_is_pin(const char *name)
{
	return strcmp(name, "mine") == 0;
}

/* --- Next */

int next_policy_prepare(struct next_policy *policy, const struct pin_dir *directory,
			struct counter_next *ret_next, struct counter_failure *failure)
{
	(void)policy;
	(void)directory;
	call("prepare");
	failure->step = "preparing";
	*ret_next = (struct counter_next){.wanted = world.next_wanted, .array = 6};
	return world.prepare_error;
}

bool next_policy_explain(const struct next_policy *policy, char *text, size_t size)
{
	(void)policy;
	if (world.unusable)
		snprintf(text, size, "not usable");
	return world.unusable;
}

bool next_policy_has_news(const struct next_policy *policy)
{
	(void)policy;
	return world.unusable;
}

void next_policy_drop(struct next_policy *policy)
{
	(void)policy;
	call("drop_next");
}

int next_policy_pin(struct next_policy *policy, const struct pin_dir *directory)
{
	(void)policy;
	assert_ptr_equal(directory, pins);
	call("pin_next");
	return world.pin_error;
}

int next_policy_settle(struct next_policy *policy, const struct pin_dir *directory)
{
	(void)policy;
	assert_ptr_equal(directory, pins);
	call("settle_next");
	return world.settle_error;
}

void next_policy_follow(struct next_policy *policy, const struct event_teller *teller, uint64_t now)
{
	(void)policy;
	assert_ptr_equal(teller, &world);
	assert_int_equal(now, 1000);
	call("follow");
}

/* --- */

static void open_with(uint32_t breakdowns, const char *next)
{
	const struct counter_settings settings = {.breakdowns = breakdowns, .slots = 16};

	builtin_close(builtin);
	assert_int_equal(builtin_open(&settings, next, &builtin), 0);
	program = builtin_program(builtin);
	world.calls[0] = '\0';
}

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.cpus = 2;
	world.counter.info = (struct counter_info){
		.program_id = 31, .frags = true, .adopted = true, .not_adopted_reason = "no"};
	open_with(RECORD_BY_SIZE, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	builtin_close(builtin);
	builtin = NULL;
	return 0;
}

static int load(unsigned int rx_queues, const struct pin_dir *directory)
{
	return program->operations->load(program, rx_queues, directory);
}

static void test_load(void **state)
{
	(void)state;
	assert_null(builtin_counter(NULL));
	assert_null(builtin_counter(builtin));
	assert_false(program->loaded);
	assert_int_equal(load(8, pins), 0);
	expect_calls("prepare open ");
	assert_ptr_equal(world.pins, pins);
	assert_ptr_equal(builtin_counter(builtin), &world.counter);
	assert_int_equal(world.counter.settings.breakdowns, RECORD_BY_SIZE);
	assert_int_equal(world.counter.settings.slots, 16);
	assert_int_equal(world.counter.settings.queues, 0);
	assert_true(program->loaded);
	assert_int_equal(program->fd, 42);
	assert_int_equal(program->id, 31);
	assert_true(program->frags);
	assert_true(program->adopted);
	assert_string_equal(program->not_adopted_reason, "no");
	assert_int_equal(program->queues, 0);
	assert_ptr_equal(program->counter, &world.counter);
	program->operations->unload(program);
	expect_calls("close drop_next ");
	assert_false(program->loaded);
	assert_null(program->counter);
	assert_null(builtin_counter(builtin));
	/* And what is loaded is unloaded at the end. */
	assert_int_equal(load(8, pins), 0);
	world.calls[0] = '\0';
	builtin_close(builtin);
	builtin = NULL;
	expect_calls("close drop_next ");
	builtin_close(NULL);
}

static void expect_queues(unsigned int rx_queues, const struct pin_dir *directory,
			  unsigned int expected)
{
	assert_int_equal(load(rx_queues, directory), 0);
	assert_int_equal(world.counter.settings.queues, expected);
	assert_int_equal(program->queues, expected);
	program->operations->unload(program);
}

static void test_queues(void **state)
{
	(void)state;
	open_with(RECORD_BY_SIZE | RECORD_BY_QUEUE, NULL);
	expect_queues(1, NULL, 4);
	expect_queues(3, NULL, 4);
	expect_queues(COUNTER_QUEUES_MAX + 1, NULL, COUNTER_QUEUES_MAX);
	/* No fewer than are pinned, for their layout is kept. */
	world.pinned_queues = 4;
	expect_queues(1, pins, 4);
	expect_queues(5, pins, 8);
	expect_queues(1, NULL, 4);
	world.calls[0] = '\0';
	world.queues_error = -EMFILE;
	assert_int_equal(load(1, pins), -EMFILE);
	expect_calls("prepare drop_next ");
	assert_false(program->loaded);
	/* Nor where the CPUs cannot be counted. */
	world.queues_error = 0;
	world.cpus_error = -EPERM;
	assert_int_equal(load(1, pins), -EPERM);
	expect_calls("prepare drop_next ");
	world.cpus_error = 0;
	/* Where they are switched off they are not asked for. */
	open_with(RECORD_BY_SIZE, NULL);
	expect_queues(3, pins, 0);
}

static void test_failures(void **state)
{
	char text[512];

	(void)state;
	world.open_error = -E2BIG;
	assert_int_equal(load(1, pins), -E2BIG);
	expect_calls("prepare open drop_next ");
	assert_false(program->loaded);
	assert_null(builtin_counter(builtin));
	program->operations->explain(program, -E2BIG, text, sizeof(text));
	assert_contains(text, "opening failed (errno 7, ");
	assert_contains(text, "32 KiB of maps");
	assert_false(program->operations->has_news(program));
	world.prepare_error = -ENOEXEC;
	world.unusable = true;
	assert_int_equal(load(1, pins), -ENOEXEC);
	expect_calls("prepare drop_next ");
	program->operations->explain(program, -ENOEXEC, text, sizeof(text));
	assert_string_equal(text, "not usable");
	assert_true(program->operations->has_news(program));
}

/* What it calls is pinned before anything calls it, and settled when nothing calls the old one. */
static void test_pins(void **state)
{
	const struct program_operations *operations = program->operations;
	uint32_t ids[PROGRAM_PINNED];

	(void)state;
	assert_int_equal(load(1, pins), 0);
	world.calls[0] = '\0';
	assert_int_equal(operations->pin_program(program, pins), 0);
	expect_calls("pin_next put_program ");
	assert_int_equal(operations->pin(program, pins), 0);
	expect_calls("put settle_next ");
	world.settle_error = -EROFS;
	assert_int_equal(operations->pin(program, pins), -EROFS);
	expect_calls("put settle_next ");
	world.put_error = -ENOMEM;
	assert_int_equal(operations->pin(program, pins), -ENOMEM);
	expect_calls("put settle_next ");
	assert_int_equal(operations->pin_program(program, pins), -ENOMEM);
	expect_calls("pin_next put_program ");
	world.pin_error = -EACCES;
	assert_int_equal(operations->pin_program(program, pins), -EACCES);
	expect_calls("pin_next ");
	assert_int_equal(operations->pinned(program, pins, ids), -EMFILE);
	assert_int_equal(ids[0], 8);
	assert_int_equal(ids[1], 9);
	operations->unpin(program, pins);
	expect_calls("drop ");
	assert_true(operations->is_pin(program, "mine"));
	assert_false(operations->is_pin(program, "yours"));
	/* Of one that is no longer configured. */
	assert_true(operations->is_pin(NULL, "mine"));
	operations->unpin(NULL, pins);
	expect_calls("drop ");
}

static void test_slots(void **state)
{
	const struct program_slots *slots = program->operations->slots;
	struct view_reading reading;
	unsigned int slot;

	(void)state;
	assert_int_equal(load(1, pins), 0);
	world.calls[0] = '\0';
	assert_int_equal(slots->take(program, 5, "eth0", 1000, 7, &slot), -ENOSPC);
	assert_int_equal(slot, 3);
	assert_int_equal(slots->adopt(program, 5, "eth0", &slot), -ENOENT);
	assert_int_equal(slot, 4);
	slots->release(program, 9, 1000);
	slots->sweep(program, 1000);
	assert_int_equal(slots->read(program, 9, &reading), -EINTR);
	assert_int_equal(reading.cpu_count, 2);
	slots->read_ahead(program, true);
	slots->read_ahead(program, false);
	program->operations->follow(program, (const void *)&world, 1000);
	expect_calls("take adopt release sweep read ahead not_ahead follow ");
}

/* Links of either of its two programs are its own. */
static void test_name(void **state)
{
	(void)state;
	assert_string_equal(program->name, "xdp_count");
	assert_string_equal(program->alias, "xdp_count_next");
	assert_false(program->needs_pins);
	open_with(0, "/sys/fs/bpf/firewall");
	assert_string_equal(program->name, "xdp_count_next");
	assert_string_equal(program->alias, "xdp_count");
	assert_true(program->needs_pins);
	world.next_wanted = true;
	assert_int_equal(load(1, pins), 0);
	assert_true(world.counter.settings.next.wanted);
	assert_int_equal(world.counter.settings.next.array, 6);
}

/* Queues are not asked for: there are none (plugin/xdp_builtin.c). */
static void test_outgoing(void **state)
{
	const struct counter_settings settings = {
		.breakdowns = RECORD_BY_SIGNAL | RECORD_BY_VERDICT | RECORD_BY_FATE |
			      RECORD_BY_PEAK | RECORD_BY_SIZE,
		.slots = 16,
		.outgoing = true,
	};

	(void)state;
	builtin_close(builtin);
	assert_int_equal(builtin_open(&settings, NULL, &builtin), 0);
	program = builtin_program(builtin);
	assert_string_equal(program->name, "tcx_count");
	assert_null(program->alias);
	assert_false(program->needs_pins);
	assert_int_equal(load(64, pins), 0);
	assert_true(world.counter.settings.outgoing);
	assert_int_equal(world.counter.settings.breakdowns, RECORD_BY_SIGNAL | RECORD_BY_SIZE);
	assert_int_equal(world.counter.settings.queues, 0);
	assert_int_equal(program->queues, 0);
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("what is loaded is told to the hooks, and taken back", test_load),
		TEST("as many queues are counted as the largest interface or the machine has, or are pinned", test_queues),
		TEST("what fails is explained, and leaves nothing loaded", test_failures),
		TEST("the program of Next is pinned before the counter, and settled after it", test_pins),
		TEST("slots and readings are the counter's", test_slots),
		TEST("the counter goes by two names, and with Next needs pins", test_name),
		TEST("what goes out is counted by a program of its own name", test_outgoing),
	};

	return cmocka_run_group_tests_name("builtin", tests, NULL, NULL);
}
