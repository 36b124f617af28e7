// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of Persist where pins cannot be had, now or for good. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>

#define ETH0 2
#define FOREIGN 77

static void test_locked(void **state)
{
	(void)state;
	kernel.locked_by_others = true;
	world.settings.persist = true;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(3, 0);
	assert_int_equal(world_times_told("warning : Persist has no effect as long as that is so, "
					  "counting ends with collectd: PinDirectory /pins cannot "
					  "be used: another collectd uses it"),
			 1);
	assert_true(world_is_attached("eth0"));
	/* Nothing is pinned there: what is attached is pinned, and counts on. */
	kernel.locked_by_others = false;
	world_steps(3, 5);
	assert_int_equal(world_times_told("okay : Persist has effect now: what counts is pinned in "
					  "/pins/net-1"),
			 1);
	assert_non_null(fake_kernel_pin("link_2"));
	assert_non_null(fake_kernel_pin("program"));
	assert_int_equal(world_view("eth0")->packets, 15);
	assert_int_equal(kernel.detachments, 0);
	assert_null(strstr(kernel.log, "unload"));
	world_stop();
	assert_true(fake_kernel_at_hook(ETH0) != 0);
}

/* The process before us is slow to end: what it has pinned comes late, when we count elsewhere. */
static void test_late(void **state)
{
	uint32_t before;

	(void)state;
	world_start_first();
	world_stop();
	kernel.locked_by_others = true;
	world_select("eth9");
	fake_kernel_add(9, "eth9", "");
	world_start();
	world_steps(3, 5);
	assert_true(world_is_attached("eth9"));
	assert_false(world_is_attached("eth0"));
	before = fake_kernel_at_hook(9);
	kernel.locked_by_others = false;
	world_forget();
	world_steps(1, 5);
	/* Counts of what was pinned go on, and no hook was without a program. */
	assert_true(world_is_attached("eth0"));
	assert_true(world_is_attached("eth9"));
	assert_int_equal(kernel.detachments, 0);
	assert_null(strstr(kernel.log, "open 9"));
	world_steps(1, 5);
	assert_int_equal(world_view("eth0")->packets, 5 + 5 * 5);
	assert_int_equal(world_view("eth9")->packets, 5);
	assert_true(world_view("eth0")->view.continued);
	assert_false(world_view("eth9")->view.continued);
	assert_true(fake_kernel_at_hook(9) != before);
	assert_non_null(fake_kernel_pin("link_9"));
}

/* The same where taking over has to wait once more. */
static void test_late_put_off(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	kernel.locked_by_others = true;
	world_select("eth9");
	fake_kernel_add(9, "eth9", "");
	world_start();
	world_steps(2, 5);
	kernel.locked_by_others = false;
	kernel.broken = "inspect";
	kernel.broken_errno = -ENOMEM;
	world_steps(4, 5);
	assert_true(fake_kernel_at_hook(9) != 0);
	assert_int_equal(kernel.detachments, 0);
	kernel.broken = NULL;
	world_steps(8, 5);
	assert_true(world_is_attached("eth0"));
	assert_true(world_is_attached("eth9"));
	assert_int_equal(kernel.detachments, 0);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	kernel.broken = "pin_dir_open";
	kernel.broken_errno = -EMFILE;
	world.settings.persist = true;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(2, 5);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("Persist has no effect as long as that is so"), 1);
	kernel.broken = NULL;
	world_steps(2, 5);
	assert_non_null(fake_kernel_pin("link_2"));
	assert_int_equal(world_view("eth0")->packets, 15);
}

static void test_untrusted(void **state)
{
	(void)state;
	kernel.broken = "pin_dir_open";
	kernel.broken_errno = -EUCLEAN;
	world.settings.persist = true;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(2, 0);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("/pins belongs to user 65534"), 1);
}

/* Nothing was attached yet: the program is loaded again, and takes over. */
static void test_unlocked(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	kernel.locked_by_others = true;
	world_select("eth9");
	fake_kernel_add(9, "eth9", "");
	fake_kernel_hold(9, 77);
	world_start();
	world_steps(2, 0);
	assert_false(world_is_attached("eth0"));
	kernel.locked_by_others = false;
	world_forget();
	world_steps(1, 0);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("link kept, program replaced, counts go on"), 2);
	assert_contains(world.source.log, "end; begin; ");
	/* One that waited with a slot has one of the program that is loaded now. */
	assert_contains(kernel.log, "take 9 eth9; ");
	fake_kernel_hold(9, 0);
	world_steps(2, 5);
	assert_true(world_is_attached("eth9"));
	assert_int_equal(world_view("eth9")->packets, 5);
	assert_int_equal(kernel.detachments, 0);
}

static void test_unusable(void **state)
{
	(void)state;
	kernel.broken = "pin_dir_open";
	kernel.broken_errno = -EROFS;
	world.settings.persist = true;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(3, 0);
	assert_int_equal(world_times_told("Persist has no effect until it is restarted"), 1);
	assert_true(world_is_attached("eth0"));
	/* For good. */
	fake_kernel_forget();
	world_steps(1, 0);
	assert_null(strstr(kernel.log, "pin_dir_open"));
}

/* Next: nothing is to be attached that does not outlive the process. */
static void test_needs_pins(void **state)
{
	(void)state;
	kernel.broken = "pin_dir_open";
	kernel.broken_errno = -EROFS;
	world.settings.persist = true;
	world.program.program.needs_pins = true;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(3, 0);
	assert_int_equal(world_times_told("failure : nothing is counted, for Next needs Persist"),
			 1);
	assert_null(strstr(kernel.log, "load"));
	kernel.broken = "pin";
	kernel.broken_errno = -EPERM;
	world_steps(4, 0);
	assert_false(world_is_attached("eth0"));
	assert_contains(kernel.log, "load");
	kernel.broken = NULL;
	world_steps(8, 0);
	assert_true(world_is_attached("eth0"));
	assert_non_null(fake_kernel_pin("link_2"));
	assert_int_equal(world_times_told("okay : the counter is loaded now"), 1);
}

static void test_pin_fails(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	kernel.broken = "pin";
	kernel.broken_errno = -EPERM;
	world_start();
	world_steps(2, 0);
	/* Counting goes on without pins, and nothing of them is left. */
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("Persist has no effect until it is restarted"), 1);
	for (int i = 0; i < FAKE_PINS; i++)
		assert_string_equal(kernel.pins[i].name, "");
	assert_false(kernel.locked);
}

/* Links are pinned, and then the set cannot be: it is not known to be whole, so all of it goes. */
static void test_given_up(void **state)
{
	(void)state;
	world_start_first();
	world_restart();
	kernel.broken = "rename";
	kernel.broken_errno = -EPERM;
	world_steps(3, 5);
	assert_int_equal(world_times_told("warning : Persist has no effect until it is restarted"),
			 1);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(fake_kernel_at_hook(ETH0), world.program.program.id);
	assert_int_equal(kernel.detachments, 0);
	for (int i = 0; i < FAKE_PINS; i++)
		assert_string_equal(kernel.pins[i].name, "");
	assert_false(kernel.locked);
	/* It counts as one that was never pinned. */
	world_stop();
	assert_int_equal(fake_kernel_at_hook(ETH0), 0);
}

static void test_put_off(void **state)
{
	static const char *const calls[] = {"pinned", "pin", "get", "inspect", "adopt", "list"};

	for (size_t i = 0; i < UNIT_LENGTH(calls); i++) {
		world_tear_down(state);
		world_set_up(state);
		world_start_first();
		world_restart();
		kernel.broken = calls[i];
		kernel.broken_errno = -ENOMEM;
		world_steps(6, 5);
		/* What is pinned stays attached, and counts. */
		assert_int_equal(kernel.detachments, 0);
		assert_true(fake_kernel_at_hook(ETH0) > 1000);
		assert_false(world_is_attached("eth0"));
		assert_int_equal(world_times_told("failure : nothing is counted: what is pinned in "
						  "/pins/net-1 cannot be taken over now (errno 12"),
				 1);
		kernel.broken = NULL;
		world_steps(16, 5);
		assert_true(world_is_attached("eth0"));
		assert_int_equal(world_view("eth0")->packets, 5 + 22 * 5);
		assert_int_equal(world_times_told("okay : the counter is loaded now"), 1);
		assert_int_equal(kernel.detachments, 0);
	}
}

static void test_partial(void **state)
{
	(void)state;
	kernel.broken = "rename";
	kernel.broken_errno = -ENOMEM;
	world.settings.persist = true;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(3, 0);
	assert_int_equal(world_times_told("warning : counts may start at zero at the next start: "),
			 1);
	assert_true(world_is_attached("eth0"));
	assert_non_null(fake_kernel_pin("link_2"));
	kernel.broken = NULL;
	world_steps(1, 0);
	assert_non_null(fake_kernel_pin("program"));
	assert_null(fake_kernel_pin("program_next"));
}

static void test_link_pin_fails(void **state)
{
	(void)state;
	world.settings.persist = true;
	world_start();
	world_steps(1, 0);
	fake_kernel_add(ETH0, "eth0", "");
	kernel.broken = "pin";
	kernel.broken_errno = -ENOSPC;
	world_steps(3, 0);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("warning eth0: its link could not be pinned in "
					  "/pins/net-1 (errno 28"),
			 1);
	kernel.broken = NULL;
	world_steps(2, 0);
	assert_non_null(fake_kernel_pin("link_2"));
	assert_int_equal(world_times_told("okay eth0: its link is pinned now\n"), 1);
}

/* A pin of the name that ours would have, of somebody else, is not displaced. */
static void test_foreign_pin(void **state)
{
	(void)state;
	world.settings.persist = true;
	world_start();
	world_steps(1, 0);
	fake_kernel_add(9, "eth9", "");
	fake_kernel_name_program(FOREIGN, "firewall");
	fake_kernel_put_link("link_2", 9, FOREIGN);
	fake_kernel_add(ETH0, "eth0", "");
	world_steps(3, 0);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(fake_kernel_at_hook(9), FOREIGN);
	assert_int_equal(world_times_told("its link could not be pinned in /pins/net-1 (errno 1,"),
			 1);
}

static void test_load_fails(void **state)
{
	(void)state;
	kernel.broken = "load";
	kernel.broken_errno = -EPERM;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(4, 0);
	assert_int_equal(world_times_told("failure : nothing is counted: it does not load (-1); "
					  "wait; trying again"),
			 1);
	kernel.broken_errno = -ENOMEM;
	world_steps(8, 0);
	assert_int_equal(world_times_told("it does not load (-12)"), 1);
	kernel.broken = NULL;
	/* What it lacked is there: it is not waited for. */
	world.program.has_news = true;
	world_steps(1, 0);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("okay : the counter is loaded now"), 1);
}

#define PINS_TEST(sentence, function)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = world_set_up,           \
		.teardown_func = world_tear_down                                                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PINS_TEST("a directory in use is used when it is free", test_locked),
		PINS_TEST("when it is free, what is pinned is taken over", test_unlocked),
		PINS_TEST("when it is free, what is attached already is not let go", test_late),
		PINS_TEST("the same where that has to be put off", test_late_put_off),
		PINS_TEST("a directory that cannot be opened for want of descriptors is opened "
			  "later",
			  test_out_of_memory),
		PINS_TEST("a directory that others could change is not used", test_untrusted),
		PINS_TEST("a directory that cannot be used is given up", test_unusable),
		PINS_TEST("Next waits for it", test_needs_pins),
		PINS_TEST("a program that cannot be pinned counts without pins", test_pin_fails),
		PINS_TEST("a set that cannot be completed is given up, and counting goes on",
			  test_given_up),
		PINS_TEST("what may pass leaves all as it is, and is tried again", test_put_off),
		PINS_TEST("pins that are not complete are completed later", test_partial),
		PINS_TEST("a link that cannot be pinned is pinned later", test_link_pin_fails),
		PINS_TEST("a pin of somebody else is not displaced", test_foreign_pin),
		PINS_TEST("a program that does not load is logged once per cause", test_load_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
