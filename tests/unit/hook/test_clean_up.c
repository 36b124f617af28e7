// SPDX-License-Identifier: GPL-2.0-only
/* Pins of this instance, of another one, of an earlier version, and of dead namespaces. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/hook/attach.h"
#include "plugin/hook/clean_up.h"

#define ETH0 2
#define ETH1 3
#define FOREIGN 77
#define OTHER "/run/other.pid"

static struct fake_program forgotten;
static struct clean_up *clean_up;

static void on_event(void *name, const struct event *event)
{
	assert_string_equal(name, "own");
	world.settings.teller.tell(NULL, event);
}

static int set_up(void **state)
{
	world_set_up(state);
	fake_program_init(&forgotten, true);
	return 0;
}

static int tear_down(void **state)
{
	clean_up_close(clean_up);
	clean_up = NULL;
	return world_tear_down(state);
}

/* A next process begins, to which the program is not configured, or is. */
static void begin(const char *owner, const struct program *program, bool persist, bool forget)
{
	const struct clean_up_settings settings = {
		.kind = &xdp_kind, .owner = owner, .persist = persist, .tell = on_event};

	const struct clean_up_place place = {.operations = forgotten.program.operations,
					     .program = program,
					     .directory = "/pins",
					     .name = "own",
					     .forget = forget};

	world_forget();
	memset(world.last, 0, sizeof(world.last));
	assert_int_equal(clean_up_open(&settings, &clean_up), 0);
	assert_int_equal(clean_up_add(clean_up, &place), 0);
}

static void test_forget(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	fake_kernel_name_program(FOREIGN, FAKE_PROGRAM_NAME);
	kernel.links[fake_kernel_device(ETH1)->link].program_id = FOREIGN;
	/* Of one that is not configured the pins alone say which links are its own. */
	begin("/run/world.pid", NULL, true, true);
	clean_up_step(clean_up);
	assert_int_equal(fake_kernel_at_hook(ETH0), 0);
	assert_int_equal(fake_kernel_at_hook(ETH1), FOREIGN);
	assert_null(fake_kernel_pin("program"));
	assert_null(fake_kernel_pin("map"));
	assert_int_equal(world_times_told("1 pinned links"), 1);
	assert_int_equal(world_times_told("1 pins in /pins/net-1 are not of this plugin"), 1);
	clean_up_close(clean_up);
	/* With the program, its name says so, too. */
	begin("/run/world.pid", &forgotten.program, true, true);
	clean_up_step(clean_up);
	assert_int_equal(fake_kernel_at_hook(ETH1), 0);
	assert_false(kernel.locked);
}

/* What is configured is left to who goes on with it. */
static void test_configured(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	begin("/run/world.pid", NULL, true, false);
	clean_up_step(clean_up);
	assert_string_equal(world.told, "");
	assert_true(fake_kernel_at_hook(ETH0) != 0);
}

static void test_locked(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	kernel.locked_by_others = true;
	begin("/run/world.pid", NULL, true, true);
	clean_up_step(clean_up);
	clean_up_step(clean_up);
	assert_int_equal(
		world_times_told("warning : what is pinned below /pins is no longer wanted, "
				 "and cannot be removed while another collectd uses it; "
				 "trying again"),
		1);
	kernel.locked_by_others = false;
	clean_up_step(clean_up);
	assert_int_equal(fake_kernel_at_hook(ETH0), 0);
	fake_kernel_forget();
	clean_up_step(clean_up);
	assert_string_equal(kernel.log, "");
}

/* Without Persist, what is locked stays: its collectd may only restart. */
static void test_locked_once(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	kernel.locked_by_others = true;
	begin("/run/world.pid", NULL, false, true);
	clean_up_step(clean_up);
	assert_int_equal(world_times_told("warning : what an earlier start has pinned below /pins "
					  "stays, for another collectd uses it"),
			 1);
	kernel.locked_by_others = false;
	clean_up_step(clean_up);
	assert_true(fake_kernel_at_hook(ETH0) != 0);
}

static void test_others(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	begin(OTHER, NULL, true, true);
	clean_up_step(clean_up);
	clean_up_step(clean_up);
	assert_string_equal(world.told,
			    "warning : what the collectd with the PID file /run/world.pid has "
			    "pinned in /pins/net-1 stays, and counts on; that collectd does not "
			    "run; if it will not run again: rm -r /pins/net-1\n");
	assert_true(fake_kernel_at_hook(ETH0) != 0);
	assert_non_null(fake_kernel_pin("program"));
}

/* One that runs needs no word. */
static void test_others_run(void **state)
{
	(void)state;
	world_start_first();
	kernel.locked_by_others = true;
	begin(OTHER, NULL, true, true);
	clean_up_step(clean_up);
	assert_int_equal(world_times_told(OTHER), 0);
	assert_int_equal(world_times_told("/run/world.pid"), 0);
	kernel.locked_by_others = false;
}

/* A process in our namespace looks at what is left of the namespace 7. */
static void look_at_dead(enum process_network seen)
{
	kernel.seen = seen;
	begin(OTHER, NULL, true, false);
	clean_up_step(clean_up);
	clean_up_close(clean_up);
	clean_up = NULL;
}

static void test_dead(void **state)
{
	static const enum process_network seen[] = {PROCESS_NETWORK_SEEN, PROCESS_NETWORK_UNKNOWN,
						    PROCESS_NETWORK_GONE};

	for (size_t i = 0; i < UNIT_LENGTH(seen); i++) {
		tear_down(state);
		set_up(state);
		world_start_first();
		world_stop();
		kernel.namespaces[0] = 7;
		/* While a link is at an interface all stays, silently. */
		fake_kernel_remove(ETH0);
		look_at_dead(seen[i]);
		assert_string_equal(world.told, "");
		assert_non_null(fake_kernel_pin("program"));
		fake_kernel_remove(ETH1);
		look_at_dead(seen[i]);
		assert_int_equal(world_times_told("what was pinned in /pins/net-7 is removed: its "
						  "network namespace is gone"),
				 seen[i] != PROCESS_NETWORK_SEEN);
		assert_int_equal(fake_kernel_pin("program") != NULL,
				 seen[i] == PROCESS_NETWORK_SEEN);
	}
}

/* What cannot be removed is named, and not said to be removed. */
static void test_dead_unremovable(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	kernel.namespaces[0] = 7;
	fake_kernel_remove(ETH0);
	fake_kernel_remove(ETH1);
	kernel.broken = "unpin";
	kernel.broken_errno = -EROFS;
	look_at_dead(PROCESS_NETWORK_GONE);
	assert_int_equal(world_times_told("pinned in /pins/net-7 cannot be removed"), 1);
	assert_int_equal(world_times_told("is removed"), 0);
	assert_non_null(fake_kernel_pin("program"));
}

/* Counts that are not those of interfaces may go on in a namespace that cannot be seen. */
static void test_dead_unseen(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	kernel.namespaces[0] = 7;
	fake_kernel_remove(ETH0);
	fake_kernel_remove(ETH1);
	fake_program_init(&forgotten, false);
	look_at_dead(PROCESS_NETWORK_UNKNOWN);
	assert_int_equal(world_times_told("if that namespace is gone: rm -r /pins/net-7"), 1);
	assert_non_null(fake_kernel_pin("program"));
	look_at_dead(PROCESS_NETWORK_GONE);
	assert_null(fake_kernel_pin("program"));
}

/* --- without Persist, by the steps of the program itself */

/*
 * The next process begins, which counts at what `select` selects alone. What is pinned says that it
 * is of `owner_before`; "": it does not say whose it is.
 */
static void restart_as(bool persist, const char *owner_before, const char *select)
{
	world_stop();
	snprintf(kernel.owners[0], sizeof(kernel.owners[0]), "%s", owner_before);
	selection_free(world.selection);
	assert_int_equal(selection_new(&world.selection), 0);
	world.settings.selection = world.selection;
	world_select(select);
	world.settings.persist = persist;
	world_forget();
	world_start();
}

static void restart_without(const char *owner_before, const char *select)
{
	restart_as(false, owner_before, select);
	world_steps(2, 0);
}

static void test_without_own(void **state)
{
	(void)state;
	world_start_first();
	restart_without("/run/world.pid", "eth9");
	assert_int_equal(fake_kernel_at_hook(ETH0), 0);
	assert_int_equal(fake_kernel_at_hook(ETH1), 0);
	assert_true(kernel.removed);
}

static void test_without_other(void **state)
{
	(void)state;
	world_start_first();
	restart_without(OTHER, "eth9");
	assert_true(fake_kernel_at_hook(ETH0) != 0);
	assert_true(fake_kernel_at_hook(ETH1) != 0);
	assert_int_equal(kernel.detachments, 0);
	assert_non_null(fake_kernel_pin("map"));
}

/* What an earlier version left is ours where all of it is at interfaces of ours. */
static void test_without_unowned(void **state)
{
	(void)state;
	world_start_first();
	restart_without("", "eth0");
	assert_true(fake_kernel_at_hook(ETH0) != 0);
	assert_int_equal(kernel.detachments, 0);
	assert_int_equal(world_times_told("does not say whose it is, and stays"), 1);
	restart_without("", "/^eth/");
	assert_int_equal(kernel.detachments, 2);
	assert_null(fake_kernel_pin("map"));
	assert_true(world_is_attached("eth0"));
}

static void test_without_next(void **state)
{
	static const char *const owners[] = {"", "/run/world.pid"};

	(void)state;
	world_start_first();
	fake_kernel_put_pin("tail_call", PIN_DIR_MAP, 1);
	for (size_t i = 0; i < UNIT_LENGTH(owners); i++) {
		/* Where it is not known to be ours, or is at another interface. */
		restart_without(owners[i], i ? "eth0" : "/^eth/");
		assert_true(fake_kernel_at_hook(ETH0) != 0);
		assert_int_equal(kernel.detachments, 0);
		assert_int_equal(world_times_told("warning : the program of Next stays in force, "
						  "though Next is not set"),
				 1);
	}
	restart_without(owners[1], "/^eth/");
	assert_int_equal(kernel.detachments, 2);
}

static void test_without_locked(void **state)
{
	(void)state;
	world_start_first();
	kernel.locked_by_others = true;
	restart_without("/run/world.pid", "eth9");
	assert_int_equal(world_times_told("for another collectd uses it"), 1);
	kernel.locked_by_others = false;
	world_steps(3, 0);
	assert_true(fake_kernel_at_hook(ETH0) != 0);
	assert_int_equal(kernel.detachments, 0);
}

/* Read-only: what is at the hooks goes, so that they can be counted at; the pins are named. */
static void test_without_writing(void **state)
{
	(void)state;
	world_start_first();
	kernel.broken = "unpin";
	kernel.broken_errno = -EROFS;
	restart_without("/run/world.pid", "/^eth/");
	assert_int_equal(kernel.detachments, 2);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(
		world_times_told("warning : what an earlier start has pinned in /pins/net-1 "
				 "cannot be removed"),
		1);
	assert_int_equal(world_times_told("no longer wanted: detached and removed"), 0);
	assert_non_null(fake_kernel_pin("program"));
}

/* Neither can a link be opened: it holds the hook, and that is said with its cause. */
static void test_without_opening(void **state)
{
	static const char *const calls[] = {"get", "list"};

	for (size_t i = 0; i < UNIT_LENGTH(calls); i++) {
		tear_down(state);
		set_up(state);
		world_start_first();
		kernel.broken = calls[i];
		kernel.broken_errno = -EROFS;
		restart_without("/run/world.pid", "/^eth/");
		assert_int_equal(kernel.detachments, 0);
		assert_int_equal(world_times_told("that one holds the hook: it is read-only (errno "
						  "30); see that the unit"),
				 1);
		/* No program of links that stay is forgotten. */
		assert_non_null(fake_kernel_pin("program"));
		assert_non_null(fake_kernel_pin("link_2"));
	}
}

/* --- with Persist */

static void restart_with(const char *owner_before, const char *select)
{
	restart_as(true, owner_before, select);
	world_steps(2, 5);
}

static void test_inherited(void **state)
{
	(void)state;
	world_start_first();
	restart_with("", "/^eth[01]/");
	assert_string_equal(kernel.owners[0], "/run/world.pid");
	assert_true(world_view("eth0")->view.continued);
	assert_int_equal(world_view("eth0")->packets, 5 + 10);
	assert_int_equal(kernel.detachments, 0);
}

static void test_not_inherited(void **state)
{
	(void)state;
	fake_kernel_add(9, "eth9", "");
	world_start_first();
	restart_with("", "eth9");
	assert_true(world_is_attached("eth9"));
	assert_int_equal(world_times_told("what an earlier version has pinned in /pins/net-1 does "
					  "not say whose it is, and stays"),
			 1);
	assert_string_equal(kernel.owners[0], "");
	assert_string_equal(kernel.owners[1], "/run/world.pid");
	assert_int_equal(kernel.detachments, 0);
	assert_true(fake_kernel_at_hook(ETH0) != 0);
	assert_non_null(fake_kernel_pin("link_9"));
	/* The next start finds its own. */
	world_restart();
	world_steps(2, 5);
	assert_true(world_view("eth9")->view.continued);
}

static void test_next_not_inherited(void **state)
{
	(void)state;
	world_start_first();
	fake_kernel_put_pin("tail_call", PIN_DIR_MAP, 1);
	restart_with("", "/^eth[01]/");
	assert_string_equal(kernel.owners[0], "");
	assert_int_equal(kernel.detachments, 0);
	assert_false(world_is_attached("eth0"));
}

static void test_beside(void **state)
{
	(void)state;
	fake_kernel_add(9, "eth9", "");
	world_start_first();
	restart_with(OTHER, "eth9");
	assert_true(world_is_attached("eth9"));
	assert_int_equal(kernel.detachments, 0);
	assert_true(fake_kernel_at_hook(ETH0) != 0);
	assert_string_equal(kernel.owners[0], OTHER);
	assert_non_null(fake_kernel_pin("link_9"));
	assert_null(fake_kernel_pin("link_2"));
}

#define CLEAN_UP_TEST(sentence, function)                                                          \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLEAN_UP_TEST("a program that is not configured is forgotten by its pins",
			      test_forget),
		CLEAN_UP_TEST("one that is configured is not", test_configured),
		CLEAN_UP_TEST("with Persist, what is locked is removed when it is free",
			      test_locked),
		CLEAN_UP_TEST("without Persist, what is locked stays", test_locked_once),
		CLEAN_UP_TEST("another instance's pins stay, and are named", test_others),
		CLEAN_UP_TEST("another instance's pins are not named while it runs",
			      test_others_run),
		CLEAN_UP_TEST("what is of a namespace that is gone, and at no interface, goes",
			      test_dead),
		CLEAN_UP_TEST("what of it cannot be removed is named", test_dead_unremovable),
		CLEAN_UP_TEST("what is not counted by interface goes when that is certain",
			      test_dead_unseen),
		CLEAN_UP_TEST("without Persist the instance's own go", test_without_own),
		CLEAN_UP_TEST("without Persist another instance's stay", test_without_other),
		CLEAN_UP_TEST(
			"pins without an owner go only where all of them are at our interfaces",
			test_without_unowned),
		CLEAN_UP_TEST("pins that call a program of Next go only where they are ours alone",
			      test_without_next),
		CLEAN_UP_TEST("without Persist, what was locked stays", test_without_locked),
		CLEAN_UP_TEST("what cannot be removed is detached and named", test_without_writing),
		CLEAN_UP_TEST("what cannot be opened or listed is named, and stays whole",
			      test_without_opening),
		CLEAN_UP_TEST("with Persist an earlier version's pins are taken over",
			      test_inherited),
		CLEAN_UP_TEST("an earlier version's pins at others' interfaces stay",
			      test_not_inherited),
		CLEAN_UP_TEST("an earlier version's pins that call a program of Next stay where "
			      "Next is not set",
			      test_next_not_inherited),
		CLEAN_UP_TEST("two instances have pins beside each other", test_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
