// SPDX-License-Identifier: GPL-2.0-only
/* What is pinned from one process to the next: kept, replaced, given up, or cleaned up. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "plugin/hook/attach.h"

#define ETH0 2
#define ETH1 3
#define FOREIGN 77

static void test_upgrade(void **state)
{
	(void)state;
	world_start_first();
	world_restart();
	world_steps(1, 3);
	assert_string_equal(
		world.told,
		"okay eth0: counting in native mode, as before the restart: link kept, program "
		"replaced, counts go on\n"
		"okay eth1: counting in native mode, as before the restart: link kept, program "
		"replaced, counts go on\n");
	assert_int_equal(fake_kernel_at_hook(ETH0), world.program.program.id);
	world_steps(1, 0);
	assert_int_equal(world_view("eth0")->packets, 5 + 3);
	assert_true(world_view("eth0")->view.continued);
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_NATIVE);
	assert_null(strstr(kernel.log, "open 2"));
	assert_int_equal(kernel.detachments, 0);
	assert_int_equal((uint32_t)fake_kernel_pin("program")->object, world.program.program.id);
	assert_null(fake_kernel_pin("program_next"));
	assert_contains(world.source.log, "begin; taken 1 eth0; taken 2 eth1; ");
}

static void test_same_program(void **state)
{
	uint32_t id;

	(void)state;
	world_start_first();
	id = world.program.program.id;
	world.program.is_same = true;
	world_restart();
	world_steps(1, 3);
	assert_int_equal(fake_kernel_at_hook(ETH0), id);
	assert_int_equal(world_times_told("link kept, counts go on"), 2);
	assert_null(strstr(kernel.log, "update"));
}

/* In this order: program, links, all the rest; and nothing before it is known what is there. */
static void test_order(void **state)
{
	const char *at = kernel.log;
	static const char *const order[] = {"load 4 pins",
					    "pinned",
					    "pin program_next",
					    "get link_2",
					    "adopt 2",
					    "get link_3",
					    "list",
					    "update 2",
					    "update 3",
					    "rename program_next program"};

	(void)state;
	world_start_first();
	world_restart();
	world_steps(1, 0);
	for (size_t i = 0; i < UNIT_LENGTH(order); i++) {
		at = strstr(at, order[i]);
		if (!at)
			fail_msg("%s is not there in this order: %s", order[i], kernel.log);
	}
}

static void test_unwanted(void **state)
{
	(void)state;
	world_start_first();
	fake_kernel_remove(ETH1);
	world_stop();
	fake_kernel_add(9, "eth9", "");
	fake_kernel_put_pin("link_9", PIN_DIR_LINK, fake_kernel_put_link("other", 9, FOREIGN));
	fake_kernel_name_program(FOREIGN, "firewall");
	world_forget();
	world_start();
	world_steps(1, 0);
	assert_int_equal(world_times_told("1 pinned links in /pins/net-1 are no longer wanted: "
					  "detached and removed"),
			 1);
	assert_int_equal(world_times_told("2 pins in /pins/net-1 are not of this plugin and stay"),
			 1);
	assert_null(fake_kernel_pin("link_3"));
	assert_non_null(fake_kernel_pin("link_9"));
	assert_int_equal(fake_kernel_at_hook(9), FOREIGN);
}

/* Its program was never pinned as ours, but its name is ours: two upgrades were cut off. */
static void test_known_by_name(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	fake_kernel_name_program(FOREIGN, FAKE_PROGRAM_NAME);
	kernel.links[fake_kernel_device(ETH0)->link].program_id = FOREIGN;
	world_start();
	world_steps(1, 0);
	assert_int_equal(world_times_told("okay eth0: counting in native mode, as before"), 1);
	assert_int_equal(fake_kernel_at_hook(ETH0), world.program.program.id);
}

static void test_foreign_link(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	fake_kernel_name_program(FOREIGN, "");
	kernel.links[fake_kernel_device(ETH0)->link].program_id = FOREIGN;
	world_start();
	world_steps(2, 0);
	assert_false(world_is_attached("eth0"));
	assert_int_equal(fake_kernel_at_hook(ETH0), FOREIGN);
	assert_int_equal(world_times_told("1 pins in /pins/net-1 are not of this plugin"), 1);
}

static void test_other_mode(void **state)
{
	(void)state;
	world_start_first();
	world.settings.mode = XDP_LINK_GENERIC;
	world_restart();
	world_steps(1, 0);
	assert_int_equal(world_times_told("warning eth0: its pinned link is not taken over (it is "
					  "of another interface or mode): detached, and attached "
					  "again, from zero"),
			 1);
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_GENERIC);
	assert_int_equal(kernel.detachments, 2);
	assert_non_null(fake_kernel_pin("link_2"));
}

static void test_detached_meanwhile(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	fake_kernel_detach(ETH0);
	world_start();
	world_steps(2, 0);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(
		world_times_told(
			"its pinned link is not taken over (somebody else detached it meanwhile"),
		1);
}

static void test_renamed_meanwhile(void **state)
{
	(void)state;
	world_select("/^eth/");
	world_start_first();
	world_stop();
	snprintf(fake_kernel_device(ETH1)->interface.name, IF_NAMESIZE, "%s", "eth5");
	world_start();
	world_steps(1, 5);
	assert_int_equal(world_times_told("eth5: counting in native mode, as before the restart: "
					  "link kept, program replaced, counts start at zero"),
			 1);
	world_steps(1, 5);
	assert_int_equal(world_view("eth5")->packets, 5);
	assert_int_equal(kernel.detachments, 0);
}

static void test_not_adopted(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	for (int i = 0; i < FAKE_PINS; i++) {
		if (strcmp(kernel.pins[i].name, "map") == 0)
			kernel.pins[i].name[0] = '\0';
	}
	world.program.program.not_adopted_reason = "pin map: it is no map";
	world_start();
	world_steps(1, 0);
	assert_int_equal(world_times_told("warning : the maps pinned in /pins/net-1 are not used "
					  "(pin map: it is no map): counts start at zero"),
			 1);
	assert_int_equal(world_times_told("counts start at zero\nokay"), 2);
	assert_null(strstr(kernel.log, "adopt"));
	assert_false(world_view("eth0")->view.continued);
	assert_non_null(fake_kernel_pin("map"));
}

static void test_without_slots(void **state)
{
	(void)state;
	fake_program_init(&world.program, false);
	world.settings.sources.count = 0;
	world_start_first();
	world_restart();
	world_steps(2, 0);
	assert_int_equal(world_times_told("link kept, program replaced, counts go on"), 2);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(kernel.detachments, 0);
}

/* Its hook refuses the new program: the last one goes on, and it is tried again. */
static void test_kept(void **state)
{
	uint32_t id;

	(void)state;
	world_start_first();
	id = world.program.program.id;
	fake_kernel_device(ETH0)->update_error = -ERANGE;
	world_restart();
	world_steps(3, 1);
	assert_int_equal(fake_kernel_at_hook(ETH0), id);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("failure eth0: cannot update the program at the XDP hook "
					  "(errno 34, "),
			 1);
	/* What it runs stays pinned, and so does what the other runs. */
	assert_int_equal((uint32_t)fake_kernel_pin("program")->object, id);
	assert_int_equal((uint32_t)fake_kernel_pin("program_next")->object,
			 world.program.program.id);
	fake_kernel_device(ETH0)->update_error = 0;
	world_steps(8, 1);
	assert_int_equal(fake_kernel_at_hook(ETH0), world.program.program.id);
	assert_int_equal(world_times_told("okay eth0: counting in native mode, as before"), 1);
	assert_int_equal((uint32_t)fake_kernel_pin("program")->object, world.program.program.id);
}

/* The same where the maps are new: counts would end, so the link is made again. */
static void test_not_kept(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	for (int i = 0; i < FAKE_PINS; i++) {
		if (strcmp(kernel.pins[i].name, "map") == 0)
			kernel.pins[i].name[0] = '\0';
	}
	fake_kernel_device(ETH0)->update_error = -ERANGE;
	world_start();
	world_steps(1, 0);
	assert_int_equal(world_times_told("its pinned link is not taken over (errno 34, "), 1);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(fake_kernel_at_hook(ETH0), world.program.program.id);
}

static void test_without_persist(void **state)
{
	(void)state;
	world_start_first();
	world.settings.persist = false;
	world_restart();
	world_steps(1, 0);
	assert_int_equal(world_times_told("2 pinned links in /pins/net-1 are no longer wanted"), 1);
	assert_int_equal(world_times_told("okay eth0: counting in native mode\n"), 1);
	for (int i = 0; i < FAKE_PINS; i++)
		assert_string_equal(kernel.pins[i].name, "");
	assert_true(kernel.removed);
	assert_false(kernel.locked);
	world_stop();
	assert_int_equal(fake_kernel_at_hook(ETH0), 0);
}

#define TAKEOVER_TEST(sentence, function)                                                          \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = world_set_up,           \
		.teardown_func = world_tear_down                                                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TAKEOVER_TEST("an upgrade keeps links and counts", test_upgrade),
		TAKEOVER_TEST("the same program is not replaced", test_same_program),
		TAKEOVER_TEST("program, links, all the rest: in this order", test_order),
		TAKEOVER_TEST("what nobody wants goes, and what is not ours stays", test_unwanted),
		TAKEOVER_TEST("a link of ours is known by the name of its program",
			      test_known_by_name),
		TAKEOVER_TEST("a link whose program may not be asked for is not ours",
			      test_foreign_link),
		TAKEOVER_TEST("a link of another mode is made again", test_other_mode),
		TAKEOVER_TEST("a link that was detached is made again", test_detached_meanwhile),
		TAKEOVER_TEST("a new name keeps the link and counts from zero",
			      test_renamed_meanwhile),
		TAKEOVER_TEST("maps that are not adopted are told of, with the reason",
			      test_not_adopted),
		TAKEOVER_TEST("a program without slots is taken over, too", test_without_slots),
		TAKEOVER_TEST("a hook that refuses the new program keeps the last one", test_kept),
		TAKEOVER_TEST("with new maps it does not", test_not_kept),
		TAKEOVER_TEST("without Persist, what an earlier start left is removed",
			      test_without_persist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
