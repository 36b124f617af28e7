// SPDX-License-Identifier: GPL-2.0-only
/* Two programs of one selection, at XDP and tcx hooks: what the second tells beside the first. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_arp.h>

#include "plugin/hook/attach.h"

#define ETH0 2
#define VETH0 10
#define FOREIGN 77

static struct fake_program second_program;
static struct reconcile *second;
static char second_told[4096];

static void tell_second(void *context, const struct event *event)
{
	static const char *const severities[] = {"okay", "warning", "failure", "news"};
	size_t used = strlen(second_told);

	(void)context;
	snprintf(second_told + used, sizeof(second_told) - used, "%s %s: %s\n",
		 severities[event->severity], event->interface, event->text);
	assert_true(strlen(second_told) + 1 < sizeof(second_told));
}

static void drop_view(void *context, const struct view *view)
{
	(void)context;
	(void)view;
}

static void start_both(void)
{
	struct reconcile_settings settings = world.settings;

	second_told[0] = '\0';
	fake_program_init(&second_program, false);
	world_start();
	settings.kind = &tcx_kind;
	settings.program = &second_program.program;
	settings.sources = (struct source_set){0};
	settings.teller.tell = tell_second;
	settings.taker.take = drop_view;
	settings.beside = world.reconcile;
	assert_int_equal(reconcile_open(&settings, &second), 0);
}

static void steps_of_both(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		world_steps(1, 1);
		reconcile_step(second, &world.listing, world.now);
	}
}

static int tear_down(void **state)
{
	reconcile_close(second);
	second = NULL;
	return world_tear_down(state);
}

static void forget(void)
{
	world_forget();
	second_told[0] = '\0';
}

static void test_silent(void **state)
{
	(void)state;
	world_select("gone0");
	world_select("/^none/");
	world_select("/^veth/");
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(VETH0, "veth0", "");
	fake_kernel_add(11, "veth1", "")->interface.type = ARPHRD_NONE;
	fake_kernel_add(12, "veth2", "");
	start_both();
	steps_of_both(1);
	/* gone0, eth0, veth0 and veth1 are as many as there may be. */
	assert_string_equal(second_told, "okay eth0: counting at the tcx hook\n"
					 "okay veth0: counting at the tcx hook\n");
	forget();
	fake_kernel_remove(ETH0);
	fake_kernel_remove(VETH0);
	steps_of_both(2);
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(14, "gone0", "");
	steps_of_both(2);
	snprintf(fake_kernel_device(12)->interface.name, IF_NAMESIZE, "veth9");
	fake_kernel_report(false);
	steps_of_both(2);
	assert_int_equal(fake_kernel_outgoing(ETH0), second_program.program.id);
	assert_int_equal(fake_kernel_outgoing(14), second_program.program.id);
	assert_int_equal(fake_kernel_outgoing(12), second_program.program.id);
	assert_int_equal(fake_kernel_outgoing(11), 0);
	assert_contains(world.told, "eth0: no longer counted");
	assert_string_equal(second_told, "");
}

/* The first one does not count there, so it has nothing to tell of the end of its counts. */
static void test_alone(void **state)
{
	(void)state;
	world_select("/^veth/");
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(VETH0, "veth0", "");
	fake_kernel_hold(ETH0, FOREIGN);
	fake_kernel_hold(VETH0, FOREIGN);
	/* One that both count at, so that places differ when it goes. */
	fake_kernel_add(9, "veth9", "");
	start_both();
	steps_of_both(2);
	forget();
	fake_kernel_remove(9);
	steps_of_both(2);
	assert_string_equal(second_told, "");
	fake_kernel_remove(ETH0);
	fake_kernel_remove(VETH0);
	steps_of_both(2);
	assert_contains(second_told, "warning eth0: no longer counted: the interface went away");
	assert_contains(second_told, "news veth0: no longer counted: the interface went away");
	forget();
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(VETH0, "veth0", "");
	fake_kernel_hold(ETH0, FOREIGN + 1);
	fake_kernel_hold(VETH0, FOREIGN + 1);
	steps_of_both(2);
	assert_string_equal(second_told, "okay eth0: counting at the tcx hook\n"
					 "news veth0: counting at the tcx hook\n");
}

/* The first one has stopped counting before the interface goes. */
static void test_lost(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	start_both();
	steps_of_both(2);
	forget();
	fake_kernel_detach(ETH0);
	fake_kernel_hold(ETH0, FOREIGN);
	fake_kernel_report(false);
	steps_of_both(2);
	assert_contains(world.told, "warning eth0: no longer counted: the counter was detached");
	assert_string_equal(second_told, "");
	fake_kernel_remove(ETH0);
	steps_of_both(1);
	assert_string_equal(second_told,
			    "warning eth0: no longer counted: the interface went away or was "
			    "renamed; it is counted again when it is back\n");
	/* The trouble that it reported is over, though both count now. */
	forget();
	fake_kernel_add(ETH0, "eth0", "");
	steps_of_both(2);
	assert_int_equal(fake_kernel_at_hook(ETH0), world.program.program.id);
	assert_string_equal(second_told, "okay eth0: counting at the tcx hook\n");
	forget();
	fake_kernel_remove(ETH0);
	steps_of_both(2);
	assert_string_equal(second_told, "");
}

/*
 * The limit that is named is enough for all links: of 1200, an eighth is left to others, as of the
 * 1024 that there are; 1100 would have no place for 101 more.
 */
static void test_files(void **state)
{
	struct fake_device *device = fake_kernel_add(ETH0, "eth0", "");

	(void)state;
	device->native_error = device->generic_error = -EMFILE;
	world.settings.links_beside = 100;
	world_start();
	world_steps(3, 0);
	assert_int_equal(world_times_told("warning : 1 interfaces wait for file descriptors"), 1);
	assert_contains(world.told, "set LimitNOFILE=1200 in");
}

#define BESIDE_TEST(sentence, function)                                                            \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = world_set_up,           \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BESIDE_TEST("what the first program reports is not reported twice", test_silent),
		BESIDE_TEST("where only the second counts, it tells who comes and goes",
			    test_alone),
		BESIDE_TEST("it does so, too, when the first one has lost its hook", test_lost),
		BESIDE_TEST("the limit of files has a place for the links of both", test_files),
	};

	return cmocka_run_group_tests_name("hook/beside", tests, NULL, NULL);
}
