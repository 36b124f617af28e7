// SPDX-License-Identifier: GPL-2.0-only
/* The times of readings while others hold the rtnl lock, and the last readings of interfaces. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <net/if.h>
#include <stdio.h>

#define ETH0 2
#define ETH1 3
#define ETH2 4
#define FOREIGN 77

/* Eth1 and eth2 are selected by an expression, eth0 by its name. */
static void start_three(void)
{
	world_select("/^eth[12]$/");
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(ETH1, "eth1", "");
	fake_kernel_add(ETH2, "eth2", "");
	world_start();
	world_steps(2, 5);
	assert_int_equal(world_reading("eth1")->packets, 5);
	world_forget();
}

static void rename_device(unsigned int index, const char *name)
{
	snprintf(fake_kernel_device(index)->interface.name, IF_NAMESIZE, "%s", name);
	fake_kernel_report(false);
}

/* Calls that take the rtnl lock come after all values are on their way. */
static void assert_reads_first(void)
{
	const char *dispatched = strstr(kernel.log, "dispatched; ");

	assert_non_null(dispatched);
	for (const char *at = kernel.log; at < dispatched; at = strstr(at, "; ") + 2)
		assert_memory_equal(at, "read ", strlen("read "));
	assert_null(strstr(dispatched, "read "));
}

static void comes_another(void)
{
	fake_kernel_add(9, "eth9", "");
}

static void is_detached(void)
{
	fake_kernel_detach(ETH2);
}

/*
 * A packet per tick of the clock, which goes on while a call waits: a value that was looked up at
 * its time is equal to it. One interface stands still and its link is asked, one is held by others
 * and tried at each step, interfaces come, and one is detached.
 */
static void test_times(void **state)
{
	(void)state;
	world.source.answer = SOURCE_COUNTS;
	start_three();
	fake_kernel_detach(ETH0);
	fake_kernel_hold(ETH0, FOREIGN);
	world_steps(4, 0);
	assert_true(world_view("eth0")->view.observing);
	world.program.steady = true;
	world.source.packets = 1;
	kernel.wait = 900;
	for (unsigned int round = 0; round < 4; round++) {
		uint64_t before = kernel.time;

		fake_kernel_forget();
		world.between = round == 1 ? comes_another : round == 2 ? is_detached : NULL;
		world_steps(1, 0);
		assert_true(kernel.time > before);
		assert_reads_first();
		assert_int_equal(world.reading_count, 3);
		for (unsigned int i = 0; i < world.reading_count; i++) {
			assert_true(world.readings[i].is_read);
			assert_int_equal(world.readings[i].packets, world.readings[i].view.time);
			assert_int_equal(world.readings[i].source_time, before);
		}
	}
}

static unsigned int questions(void)
{
	unsigned int count = 0;

	for (const char *at = kernel.log; (at = strstr(at, "query ")); at++)
		count++;
	return count;
}

/* What the kernel received is asked of each; but where the answer is late, of one in a step. */
static void test_late_answers(void **state)
{
	(void)state;
	start_three();
	kernel.wait = 1ULL << 30;
	world_steps(1, 60);
	assert_int_equal(questions(), 1);
	/* Each has been asked, and rests. */
	world_steps(2, 60);
	assert_int_equal(questions(), 3);
	kernel.wait = 0;
	world_steps(20, 60);
	assert_uint_in_range(questions(), 3 + 3 * 2, 3 + 3 * 6);
}

/* A wait before the hook is attached is not a part of the time in which it counts. */
static void test_since(void **state)
{
	(void)state;
	kernel.wait = 900;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(1, 0);
	assert_int_equal(world_view("eth0")->view.since, kernel.time);
	assert_true(kernel.time >= 900);
}

static void test_gone(void **state)
{
	(void)state;
	start_three();
	fake_program_count(ETH1, 3);
	fake_kernel_remove(ETH1);
	world_steps(1, 0);
	/* It is known to be gone, and what came until then is read. */
	assert_int_equal(world_reading("eth1")->packets, 8);
	assert_false(world_reading("eth1")->view.attached);
	assert_false(world_reading("eth1")->view.departed);
	assert_true(world_reading("eth0")->view.attached);
	world_steps(1, 0);
	assert_null(world_reading("eth1"));
	assert_contains(world.source.log, "released ");
}

static void goes_after_packets(void)
{
	fake_program_count(ETH1, 3);
	fake_kernel_remove(ETH1);
}

static void test_gone_after_reading(void **state)
{
	(void)state;
	start_three();
	world.between = goes_after_packets;
	world_steps(1, 0);
	assert_int_equal(world_reading("eth1")->packets, 5);
	assert_true(world_reading("eth1")->view.attached);
	assert_null(strstr(world.source.log, "released"));
	kernel.time += 7;
	world_steps(1, 0);
	assert_int_equal(world_reading("eth1")->packets, 8);
	assert_int_equal(world_reading("eth1")->view.time, kernel.time);
	assert_true(world_reading("eth1")->view.departed);
	assert_false(world_reading("eth1")->view.attached);
	assert_contains(world.source.log, "released ");
	world_steps(2, 0);
	assert_null(world_reading("eth1"));
}

static void is_made_again(void)
{
	goes_after_packets();
	fake_kernel_add(5, "eth1", "");
}

/* The last values of the one come before the first of the other, which take the same names. */
static void test_made_again(void **state)
{
	const struct world_view *last;
	uint64_t epoch;

	(void)state;
	start_three();
	epoch = world_view("eth1")->view.epoch;
	world.between = is_made_again;
	world_steps(1, 0);
	last = &world.readings[world.reading_count - 1];
	assert_string_equal(last->name, "eth1");
	assert_true(last->view.departed);
	assert_int_equal(last->packets, 8);
	assert_int_equal(last->view.epoch, epoch);
	assert_true(last->view.time <= world_view("eth1")->view.since);
	assert_true(world_is_attached("eth1"));
	world_steps(1, 4);
	assert_int_equal(world_reading("eth1")->packets, 4);
	assert_int_equal(world.reading_count, 3);
}

static void is_renamed(void)
{
	rename_device(ETH1, "eth3");
}

/* The slot of the old name takes packets until the step. */
static void test_renamed(void **state)
{
	(void)state;
	world_select("/^eth3$/");
	start_three();
	is_renamed();
	world_steps(1, 1);
	assert_int_equal(world_reading("eth1")->packets, 6);
	assert_false(world_reading("eth1")->view.attached);
	assert_null(world_reading("eth3"));
	world_steps(1, 2);
	assert_null(world_reading("eth1"));
	assert_int_equal(world_reading("eth3")->packets, 2);
	assert_true(world_reading("eth3")->view.attached);
}

static void is_renamed_after_packets(void)
{
	fake_program_count(ETH1, 3);
	is_renamed();
}

static void test_renamed_after_reading(void **state)
{
	(void)state;
	world_select("/^eth3$/");
	start_three();
	world.between = is_renamed_after_packets;
	world_steps(1, 0);
	world_steps(1, 2);
	assert_true(world_reading("eth1")->view.departed);
	assert_int_equal(world_reading("eth1")->packets, 8);
	assert_int_equal(world_reading("eth3")->packets, 2);
}

static void is_detached_after_packets(void)
{
	fake_program_count(ETH1, 3);
	fake_kernel_detach(ETH1);
	fake_kernel_report(false);
}

static void test_lost(void **state)
{
	(void)state;
	start_three();
	kernel.broken = "open";
	kernel.broken_errno = -22;
	world.between = is_detached_after_packets;
	world_steps(1, 0);
	world_steps(1, 0);
	assert_int_equal(world_reading("eth1")->packets, 8);
	assert_false(world_reading("eth1")->view.attached);
	world_steps(1, 0);
	assert_false(world_reading("eth1")->is_read);
}

/* Of containers: many in an interval are one line of the log, and none is a warning. */
static void test_traffic(void **state)
{
	(void)state;
	world_select("/^veth/");
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(10, "veth0", "");
	fake_kernel_add(11, "veth1", "");
	world_start();
	world_steps(1, 0);
	/* In the first step each interface has a line of its own. */
	assert_int_equal(world_times_told("okay veth"), 2);
	world_forget();
	fake_kernel_remove(10);
	fake_kernel_remove(11);
	fake_kernel_add(12, "veth2", "");
	world_steps(1, 0);
	assert_string_equal(world.told,
			    "news : 1 interfaces came and are counted (veth2), 2 went (veth0, "
			    "veth1)\n");
	/* One alone says more. */
	world_forget();
	fake_kernel_remove(12);
	world_steps(1, 0);
	assert_contains(world.told, "news veth2: no longer counted: ");
	assert_int_equal(world_times_told("\n"), 1);
	/* What is named is a warning. */
	world_forget();
	fake_kernel_remove(ETH0);
	world_steps(1, 0);
	assert_contains(world.told, "warning eth0: no longer counted: ");
}

/* The end of each trouble that was logged has a line, also where several end in one step. */
static void test_troubled(void **state)
{
	(void)state;
	world_select("/^veth/");
	fake_kernel_add(10, "veth0", "");
	fake_kernel_add(11, "veth1", "");
	fake_kernel_hold(10, 77);
	fake_kernel_hold(11, 77);
	world_start();
	world_steps(2, 0);
	assert_int_equal(world_times_told("failure veth"), 2);
	world_forget();
	fake_kernel_hold(10, 0);
	fake_kernel_hold(11, 0);
	world_steps(2, 0);
	assert_int_equal(world_times_told("okay veth0: counting in"), 1);
	assert_int_equal(world_times_told("okay veth1: counting in"), 1);
	assert_lacks(world.told, "news");
}

static void goes(void)
{
	fake_kernel_remove(ETH1);
	fake_kernel_detach(ETH2);
	fake_kernel_remove(ETH2);
	kernel.stale = false;
}

/* The report of its end is not there yet: it was not detached by somebody, nor does it fail. */
static void test_goes_unreported(void **state)
{
	(void)state;
	start_three();
	world.between = goes;
	world_steps(1, 0);
	assert_null(strstr(world.told, "detached"));
	assert_contains(world.told, "news : 2 interfaces went (eth1, eth2)\n");
	/* Nor is one that goes before it is attached to. */
	world_forget();
	fake_kernel_add(ETH1, "eth1", "")->native_error = -19;
	fake_kernel_remove(ETH1);
	world_steps(1, 0);
	assert_string_equal(world.told, "");
}

/* A slot that never counted is not read: of a hook that others hold. */
static void test_never_counted(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_hold(ETH0, FOREIGN);
	world_start();
	world_steps(3, 5);
	assert_null(strstr(kernel.log, "read "));
	fake_kernel_remove(ETH0);
	world_steps(2, 0);
	assert_null(strstr(kernel.log, "read "));
	assert_contains(world.source.log, "released 1");
}

/* The program goes, and with it what is to be read once more. */
static void test_stops(void **state)
{
	(void)state;
	start_three();
	world.between = goes_after_packets;
	world_steps(1, 0);
	world_stop();
	assert_contains(world.source.log, "released");
	assert_contains(world.source.log, "end; ");
}

// clang-format off
#define READING_TEST(sentence, function) {(sentence), (function), world_set_up, world_tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		READING_TEST(
			"while others hold the rtnl lock, values have the time of their lookup",
			test_times),
		READING_TEST("while they do, one question is enough", test_late_answers),
		READING_TEST(
			"counting begins when the hook is attached, not when that is asked for",
			test_since),
		READING_TEST("of one that went, what came until then is read, and that it is gone",
			     test_gone),
		READING_TEST("what came between a reading and the end is read at the next, once",
			     test_gone_after_reading),
		READING_TEST("where the name is taken again, what came last is read at once",
			     test_made_again),
		READING_TEST("of one with another name, what came under the old one is read",
			     test_renamed),
		READING_TEST("what came between a reading and the new name is of the old one",
			     test_renamed_after_reading),
		READING_TEST("of a hook that was lost, what came until then is read, once",
			     test_lost),
		READING_TEST("a slot that never counted is not read", test_never_counted),
		READING_TEST("interfaces that an expression chose come and go in one line, as news",
			     test_traffic),
		READING_TEST("the end of each trouble has a line of its own", test_troubled),
		READING_TEST("one that went before that is reported is no failure",
			     test_goes_unreported),
		READING_TEST("a stop forgets what would be read once more", test_stops),
	};

	return cmocka_run_group_tests_name("hook/reading", tests, NULL, NULL);
}
