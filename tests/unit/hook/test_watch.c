// SPDX-License-Identifier: GPL-2.0-only
/* Interfaces over several steps: names, slots, pauses, and what is shown of them. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include <linux/if_arp.h>

#include "tests/unit/fail_alloc.h"

#define ETH0 2
#define ETH1 3
#define SECONDS WORLD_INTERVAL

static void rename_device(unsigned int index, const char *name)
{
	snprintf(fake_kernel_device(index)->interface.name, IF_NAMESIZE, "%s", name);
	fake_kernel_report(false);
}

/* Steps until the calls show an attempt; returns how many that took. */
static unsigned int steps_to_attempt(void)
{
	for (unsigned int steps = 1; steps < 1000; steps++) {
		fake_kernel_forget();
		world_steps(1, 0);
		if (strstr(kernel.log, "open 2"))
			return steps;
	}
	fail_msg("no attempt");
	return 0;
}

static void test_rename(void **state)
{
	(void)state;
	world_select("/^eth/");
	fake_kernel_add(ETH1, "eth1", "");
	world_start();
	world_steps(3, 5);
	assert_int_equal(world_view("eth1")->packets, 10);
	world_forget();
	rename_device(ETH1, "eth5");
	world_steps(1, 5);
	assert_string_equal(world.told,
			    "news eth5: counting from zero: the interface has got this name\n");
	assert_null(strstr(kernel.log, "open"));
	assert_null(world_view("eth1"));
	assert_true(world_is_attached("eth5"));
	world_steps(1, 5);
	assert_int_equal(world_view("eth5")->packets, 5);
	assert_false(world_view("eth5")->view.continued);
	assert_string_equal(world.source.log, "taken 2 eth5; released 1; ");
	/* No slot for the new name: it departs, and is counted again. */
	kernel.broken = "take";
	kernel.broken_errno = -ENOMEM;
	rename_device(ETH1, "eth6");
	world_steps(1, 5);
	assert_false(world_is_attached("eth6"));
	kernel.broken = NULL;
	world_steps(2, 5);
	assert_true(world_is_attached("eth6"));
}

static void test_new_epoch(void **state)
{
	uint64_t epoch;

	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(2, 5);
	epoch = world_view("eth0")->view.epoch;
	assert_true(epoch > 0);
	fake_kernel_detach(ETH0);
	world_steps(4, 5);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_view("eth0")->view.epoch, epoch);
	fake_kernel_remove(ETH0);
	world_steps(1, 0);
	assert_int_equal(world_view("eth0")->view.slot, 0);
	fake_kernel_add(ETH0, "eth0", "");
	world_steps(1, 0);
	assert_true(world_view("eth0")->view.epoch > epoch);
}

/* Attaching may restart a network card: who is detached again and again waits longer. */
static void test_losses(void **state)
{
	unsigned int pause, last = 0;

	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(1, 0);
	for (int i = 0; i < 5; i++) {
		fake_kernel_detach(ETH0);
		world_steps(1, 0);
		assert_false(world_is_attached("eth0"));
		pause = steps_to_attempt();
		assert_int_equal(pause, last ? 2 * last : 1);
		last = pause;
	}
	/* It stayed for more than twice the pause: the next loss is a first one. */
	world_steps(2 * last, 1);
	fake_kernel_detach(ETH0);
	world_steps(1, 0);
	assert_int_equal(steps_to_attempt(), 1);
}

static void test_pause(void **state)
{
	static const unsigned int pauses[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};

	(void)state;
	fake_kernel_add(ETH0, "eth0", "")->native_error = -EPERM;
	world_start();
	world_steps(1, 0);
	for (size_t i = 0; i < UNIT_LENGTH(pauses); i++)
		assert_int_equal(steps_to_attempt(), pauses[i]);
	assert_int_equal(world_times_told("not counted: no permission to attach"), 1);
	/* Another cause is reported. */
	fake_kernel_device(ETH0)->native_error = -ENOMEM;
	fake_kernel_device(ETH0)->interface.mtu = 9000;
	fake_kernel_report(false);
	world_steps(1, 0);
	assert_int_equal(world_times_told("no memory or no rings left"), 1);
}

/* What was reported is the measure of the next report. */
static void test_reports(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "")->native_error = -EPERM;
	world_start();
	world_steps(20, 0);
	fake_kernel_device(ETH0)->interface.mtu = 9000;
	fake_kernel_report(false);
	world_forget();
	world_steps(1, 0);
	assert_contains(kernel.log, "open 2");
	world_steps(5, 0);
	world_forget();
	fake_kernel_report(false);
	world_steps(1, 0);
	assert_string_equal(kernel.log, "dispatched; refresh; ");
}

/* What is observed goes on while memory or descriptors are short, whatever cannot be asked. */
static void test_observed_while_short(void **state)
{
	static const int errors[] = {-EMFILE, -ENFILE, -ENOMEM, -EAGAIN, -EINTR};
	static const char *const calls[] = {"open", "query"};

	(void)state;
	world.source.answer = SOURCE_COUNTS;
	world.source.packets = 9;
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_hold(ETH0, 77);
	world_start();
	world_steps(2, 5);
	for (size_t i = 0; i < UNIT_LENGTH(errors) * UNIT_LENGTH(calls); i++) {
		kernel.broken = calls[i % 2];
		kernel.broken_errno = errors[i / 2];
		world_forget();
		world_steps(2, 5);
		assert_true(world_view("eth0")->view.observing);
		assert_true(world_view("eth0")->is_read);
		assert_lacks(world.source.log, "free");
		assert_string_equal(world.told, "");
	}
	/* A hook that is free is no longer observed, and said to be short of something. */
	kernel.broken = "open";
	kernel.broken_errno = -EMFILE;
	fake_kernel_hold(ETH0, 0);
	world_steps(1, 5);
	assert_false(world_view("eth0")->view.observing);
	assert_int_equal(world_times_told("no file descriptor left"), 1);
	kernel.broken = NULL;
	world_steps(4, 5);
	assert_true(world_is_attached("eth0"));
}

/* In auto, what a driver lacks for good is generic mode, with a warning that says so. */
static void test_memory_for_good(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "")->native_error = -ENOMEM;
	world_start();
	world_steps(1, 0);
	assert_false(world_is_attached("eth0"));
	assert_int_equal(world_times_told("no memory or no rings left for native XDP"), 1);
	world_steps(2, 5);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_GENERIC);
	assert_int_equal(world_times_told("warning eth0: counting in generic mode: the kernel or "
					  "the driver has no memory"),
			 1);
	/* Once alone it passes. */
	fake_kernel_remove(ETH0);
	world_steps(1, 0);
	fake_kernel_add(ETH0, "eth0", "")->native_error = -ENOMEM;
	world_steps(1, 0);
	fake_kernel_device(ETH0)->native_error = 0;
	world_steps(2, 5);
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_NATIVE);
}

/* A driver that is busy for good, with nobody at the hook; and one whose hook is held for long. */
static void test_busy_for_good(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "")->native_error = -EBUSY;
	world_start();
	world_steps(1, 0);
	assert_false(world_is_attached("eth0"));
	assert_int_equal(world_times_told("finds it busy (errno 16"), 1);
	world_steps(2, 5);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("warning eth0: counting in generic mode: the kernel or "
					  "its driver finds it busy"),
			 1);
	fake_kernel_remove(ETH0);
	world_steps(1, 0);
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_hold(ETH0, 77);
	world_steps(9, 0);
	fake_kernel_hold(ETH0, 0);
	world_steps(2, 5);
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_NATIVE);
}

/* Whatever comes of an attempt, the source is informed that it counts there no longer. */
static void test_observed(void **state)
{
	(void)state;
	world.source.answer = SOURCE_COUNTS;
	world.source.packets = 9;
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_hold(ETH0, 77);
	world_start();
	world_steps(2, 5);
	assert_string_equal(world.source.log, "begin; taken 1 eth0; held 1 by 77; held 1 by 77; ");
	assert_true(world_view("eth0")->view.observing);
	assert_int_equal(world_view("eth0")->source_packets, 9);
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_NATIVE);
	world_forget();
	fake_kernel_hold(ETH0, 0);
	fake_kernel_device(ETH0)->native_error = -EPERM;
	world_steps(1, 0);
	assert_string_equal(world.source.log, "free 1; ");
	assert_false(world_view("eth0")->view.observing);
	fake_kernel_device(ETH0)->native_error = 0;
	fake_kernel_hold(ETH0, 77);
	world_steps(2, 0);
	assert_true(world_view("eth0")->view.observing);
	world_forget();
	fake_kernel_hold(ETH0, 0);
	world_steps(2, 0);
	assert_true(world_is_attached("eth0"));
	assert_string_equal(world.source.log, "free 1; ");
	/* Its values are read on in the same epoch. */
	assert_int_equal(world_view("eth0")->source_packets, 9);
	/* It is refused by the source, or went meanwhile. */
	fake_kernel_detach(ETH0);
	fake_kernel_hold(ETH0, 77);
	world_steps(3, 0);
	world_forget();
	world.source.answer = SOURCE_GONE;
	world_steps(1, 0);
	assert_false(world_view("eth0")->view.observing);
	assert_string_equal(world.told, "");
	world.source.answer = SOURCE_REFUSED;
	world.source.reason = "it has no BTF";
	world_steps(1, 0);
	assert_int_equal(world_times_told("which stays and cannot be observed: it has no BTF"), 1);
	world.source.reason = NULL;
	world_forget();
	world_steps(2, 0);
	assert_string_equal(world.told, "");
}

/* An obstacle that comes while it is observed: nothing is counted there any longer, as is reported.
 */
static void test_observed_obstacle(void **state)
{
	(void)state;
	world.source.answer = SOURCE_COUNTS;
	fake_kernel_add(ETH0, "eth0", "ipvlan");
	fake_kernel_hold(ETH0, 77);
	world_start();
	world_steps(2, 5);
	assert_true(world_view("eth0")->view.observing);
	world_forget();
	fake_kernel_device(ETH0)->interface.behind = true;
	fake_kernel_report(false);
	world_steps(2, 0);
	assert_int_equal(world_times_told("failure eth0: not counted: an ipvlan in mode l3s"), 1);
	assert_false(world_view("eth0")->view.observing);
	assert_string_equal(world.source.log, "free 1; ");
}

static void test_generic(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "")->native_error = -EOPNOTSUPP;
	world_select("eth1");
	fake_kernel_add(ETH1, "eth1", "")->native_error = -ERANGE;
	world_start();
	world_steps(1, 0);
	assert_int_equal(world_times_told("okay eth0: counting in generic mode\n"), 1);
	assert_int_equal(world_times_told("warning eth1: counting in generic mode: its driver"), 1);
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_GENERIC);
	assert_int_equal(world_view("eth1")->view.rx_queues, 4);
}

static void test_queues(void **state)
{
	(void)state;
	world_select("eth1");
	fake_kernel_add(ETH0, "eth0", "")->interface.rx_queues = 2;
	fake_kernel_add(ETH1, "eth1", "")->interface.rx_queues = 8;
	world_start();
	world.program.program.queues = 4;
	world_steps(1, 0);
	assert_int_equal(world.program.rx_queues, 8);
	assert_int_equal(world_times_told("okay eth0: counting in native mode\n"), 1);
	assert_int_equal(world_times_told("warning eth1: it has 8 RX queues, and those from 4 on "
					  "are counted in its totals only"),
			 1);
	assert_int_equal(world_times_told("eth0: it has"), 0);
}

static void test_obstacles(void **state)
{
	(void)state;
	world_select("eth1");
	world.settings.mode = XDP_LINK_NATIVE;
	fake_kernel_add(ETH0, "eth0", "")->interface.type = ARPHRD_NONE;
	fake_kernel_add(ETH1, "eth1", "bond");
	world_start();
	world_steps(400, 0);
	assert_int_equal(
		world_times_told("failure eth0: not counted: its frames have no Ethernet header"),
		1);
	assert_int_equal(
		world_times_told("failure eth1: not counted: a bond has its ports run native XDP"),
		1);
	assert_null(strstr(kernel.log, "take"));
	assert_int_equal(world_view("eth0")->view.slot, 0);
}

static void test_slots(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world.program.resting = true;
	world_steps(3, 0);
	assert_false(world_is_attached("eth0"));
	assert_string_equal(world.told, "");
	world.program.resting = false;
	kernel.broken = "take";
	kernel.broken_errno = -ENOMEM;
	world_steps(8, 0);
	assert_int_equal(world_times_told("failure eth0: not counted: the maps of the counter "
					  "cannot be written (errno 12"),
			 1);
	kernel.broken = NULL;
	world_steps(8, 0);
	assert_true(world_is_attached("eth0"));
}

static void test_surplus(void **state)
{
	(void)state;
	world_select("/^e/");
	for (unsigned int i = 0; i < 6; i++) {
		char name[8];

		snprintf(name, sizeof(name), "e%u", i);
		fake_kernel_add(10 + i, name, "");
	}
	world_start();
	world_steps(1, 0);
	/* eth0 has one place, though it is not there. */
	assert_int_equal(world_times_told("warning : 3 selected interfaces are not counted (e3, "
					  "e4, e5): MaxInterfaces is 4; set it higher"),
			 1);
	assert_true(world_is_attached("e2"));
	fake_kernel_report(false);
	world_steps(1, 0);
	fake_kernel_remove(12);
	world_steps(1, 0);
	assert_true(world_is_attached("e3"));
	fake_kernel_remove(14);
	fake_kernel_remove(15);
	world_steps(1, 0);
	assert_int_equal(world_times_told("MaxInterfaces"), 1);
	world_forget();
	memset(world.last, 0, sizeof(world.last));
	fake_kernel_add(16, "e6", "");
	world_steps(1, 0);
	assert_int_equal(world_times_told("1 selected interfaces are not counted (e6)"), 1);
}

static void test_reading(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(1, 0);
	assert_false(world_view("eth0")->is_read);
	world_steps(1, 7);
	assert_int_equal(world_view("eth0")->packets, 7);
	assert_int_equal(world.program.reads_ahead, 1);
	assert_false(world.program.read_ahead);
	assert_int_equal(world.program.followed, 2);
	kernel.broken = "read";
	kernel.broken_errno = -EPERM;
	world_steps(2, 7);
	assert_false(world_view("eth0")->is_read);
	kernel.broken = NULL;
	world_steps(1, 7);
	assert_int_equal(world_view("eth0")->packets, 28);
	assert_int_equal(world_times_told("okay eth0: its counts can be read again\n"), 1);
	kernel.broken = "check";
	world_steps(2, 0);
	kernel.broken = NULL;
	world_steps(2, 0);
	assert_int_equal(world_times_told("okay eth0: its link can be asked again\n"), 1);
}

/* A program that counts nothing by interface is asked for its link at each step. */
static void test_without_slots(void **state)
{
	(void)state;
	fake_program_init(&world.program, false);
	world.settings.sources.count = 0;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(2, 0);
	assert_true(world_is_attached("eth0"));
	assert_false(world_view("eth0")->is_read);
	assert_string_equal(kernel.log,
			    "dispatched; interfaces_open; refresh; pin_dir_open; load 4; open 2 "
			    "native; dispatched; refresh; check 2; ");
	fake_kernel_detach(ETH0);
	world_steps(1, 0);
	assert_false(world_is_attached("eth0"));
	world_steps(1, 0);
	assert_true(world_is_attached("eth0"));
}

static void test_inverted(void **state)
{
	(void)state;
	selection_invert(world.selection, true);
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(ETH1, "eth1", "");
	world_start();
	world_steps(1, 0);
	assert_null(world_view("eth0"));
	assert_true(world_is_attached("eth1"));
	assert_int_equal(world.view_count, 1);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (unsigned int i = 1;; i++) {
		int err;

		fail_alloc(i);
		err = reconcile_open(&world.settings, &world.reconcile);
		if (!fail_alloc_happened())
			break;
		assert_int_equal(err, -ENOMEM);
		assert_null(world.reconcile);
	}
	assert_non_null(world.reconcile);
}

#define WATCH_TEST(sentence, function)                                                             \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = world_set_up,           \
		.teardown_func = world_tear_down                                                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCH_TEST("a new name keeps the link, and is counted from zero", test_rename),
		WATCH_TEST("a loss keeps the slot, and an interface that came again has a new one",
			   test_new_epoch),
		WATCH_TEST("who is detached again and again waits twice as long each time",
			   test_losses),
		WATCH_TEST("an attempt that fails is repeated ever more rarely, up to 5 minutes",
			   test_pause),
		WATCH_TEST("only a report that changes something leads to an attempt",
			   test_reports),
		WATCH_TEST("a source is informed of what becomes of the hook", test_observed),
		WATCH_TEST("a source stops where an obstacle comes", test_observed_obstacle),
		WATCH_TEST("a source goes on while memory or descriptors are short",
			   test_observed_while_short),
		WATCH_TEST("a driver that is busy for good makes the mode generic, a program does "
			   "not",
			   test_busy_for_good),
		WATCH_TEST("want of memory that lasts makes the mode generic",
			   test_memory_for_good),
		WATCH_TEST("generic mode is explained, unless the driver has no native mode",
			   test_generic),
		WATCH_TEST("queues beyond those of the program are told of", test_queues),
		WATCH_TEST("an obstacle is logged once, takes no slot, and is not tried",
			   test_obstacles),
		WATCH_TEST("a slot that rests is waited for in silence, one that fails is not",
			   test_slots),
		WATCH_TEST("interfaces beyond MaxInterfaces are named once", test_surplus),
		WATCH_TEST("what cannot be read or asked is reported, and that it can again",
			   test_reading),
		WATCH_TEST("a program without slots is asked for its link at each step",
			   test_without_slots),
		WATCH_TEST("an inverted selection waits for no names", test_inverted),
		WATCH_TEST("without memory nothing is opened", test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
