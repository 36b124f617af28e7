// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces that stand on others, on a kernel that lets no program below another: who is attached
 * first, who steps aside and comes back, and who is blamed.
 */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>

#include "plugin/hook/attempt.h"

#define P0 2
#define MV0 3
#define BR0 4
#define FOREIGN 77

static struct fake_device *add_on(unsigned int index, const char *name, unsigned int lower)
{
	struct fake_device *device = fake_kernel_add(index, name, "macvlan");

	device->interface.lower = lower;
	return device;
}

/* All of /^p/, /^mv/ and /^br/ are selected, in this world's first process. */
static void start(void)
{
	world_select("/^(p|mv|br)[0-9]/");
	fake_kernel_name_program(FOREIGN, "firewall");
	world_start();
}

/* Something stands on p0 whatever the order of indexes; three high, and ports by their master. */
static void test_order(void **state)
{
	(void)state;
	fake_kernel_add(9, "p0", "");
	add_on(3, "mv0", 9);
	fake_kernel_add(2, "br0", "bridge");
	fake_kernel_device(3)->interface.master = 2;
	start();
	world_steps(1, 0);
	assert_contains(kernel.log, "take 9 p0; open 9 native; take 3 mv0; open 3 native; "
				    "take 2 br0; open 2 native; ");
	assert_true(world_is_attached("p0") && world_is_attached("mv0") &&
		    world_is_attached("br0"));
	assert_int_equal(kernel.detachments, 0);
	assert_lacks(world.told, "failure");
	assert_lacks(world.told, "aside");
}

/* A port joins a bridge that is counted: as every container's veth. */
static void test_port(void **state)
{
	const struct world_view *bridge;
	uint64_t epoch;
	unsigned int slot;

	(void)state;
	fake_kernel_add(BR0, "br0", "bridge");
	start();
	world_steps(2, 5);
	epoch = world_view("br0")->view.epoch;
	slot = world_view("br0")->view.slot;
	world_forget();
	fake_kernel_add(P0, "p0", "veth")->interface.master = BR0;
	fake_kernel_add(5, "p1", "veth")->interface.master = BR0;
	world_steps(1, 0);
	assert_string_equal(world.told,
			    "okay br0: counting again in native mode: its program had stepped "
			    "aside so that p0 below it could be attached to; packets of that "
			    "moment passed without it\n"
			    "news : 2 interfaces came and are counted (p0, p1)\n");
	bridge = world_view("br0");
	assert_true(bridge->view.attached);
	assert_int_equal(bridge->view.epoch, epoch);
	assert_int_equal(bridge->view.slot, slot);
	assert_int_equal(bridge->packets, 5);
	world_forget();
	world_steps(2, 1);
	assert_int_equal(world_view("br0")->packets, 7);
	assert_int_equal(world_view("p0")->packets, 2);
	assert_string_equal(world.told, "");
}

/* The link of the lower one is taken off by force, and comes back. */
static void test_lost(void **state)
{
	(void)state;
	fake_kernel_add(P0, "p0", "");
	add_on(MV0, "mv0", P0);
	start();
	world_steps(2, 5);
	fake_kernel_detach(P0);
	world_forget();
	world_steps(4, 0);
	assert_true(world_is_attached("p0") && world_is_attached("mv0"));
	assert_int_equal(world_times_told("stepped aside"), 1);
	assert_int_equal(world_times_told("somebody else"), 1);
	assert_lacks(world.told, "failure");
}

/*
 * What cannot come back waits as any other: nothing is read of it, it is tried once a step or less,
 * and what was told of it has its end.
 */
static void test_not_back(void **state)
{
	(void)state;
	fake_kernel_add(P0, "p0", "");
	add_on(MV0, "mv0", P0);
	start();
	world_steps(2, 5);
	fake_kernel_detach(P0);
	world_steps(4, 5);
	assert_int_equal(world_times_told("okay mv0: counting again in native mode"), 1);
	fake_kernel_device(MV0)->native_error = fake_kernel_device(MV0)->generic_error = -EPERM;
	fake_kernel_detach(P0);
	/* Attached again when the pause after a loss is over; then the other one is not back. */
	world_steps(6, 0);
	assert_true(world_is_attached("p0"));
	assert_false(world_is_attached("mv0"));
	assert_int_equal(world_times_told("failure mv0: not counted"), 1);
	assert_false(world_reading("mv0")->is_read);
	/* Somebody else takes its hook. */
	fake_kernel_hold(MV0, FOREIGN);
	world_steps(4, 0);
	fake_kernel_forget();
	world_steps(1, 0);
	assert_contains(kernel.log, "open 3 native; ");
	assert_null(strstr(strstr(kernel.log, "open 3") + 1, "open 3"));
	fake_kernel_hold(MV0, 0);
	fake_kernel_device(MV0)->native_error = 0;
	world_steps(2, 5);
	assert_true(world_is_attached("mv0"));
	assert_int_equal(world_times_told("okay mv0: counting in native mode\n"), 2);
}

/* Somebody else's program, at the hook itself or above: that is blamed, and nothing moves. */
static void test_foreign(void **state)
{
	(void)state;
	fake_kernel_add(P0, "p0", "");
	add_on(MV0, "mv0", P0);
	fake_kernel_add(BR0, "br0", "bridge");
	fake_kernel_device(P0)->interface.master = BR0;
	fake_kernel_hold(BR0, FOREIGN);
	start();
	world_steps(5, 0);
	assert_true(world_is_attached("mv0"));
	assert_false(world_is_attached("p0"));
	assert_int_equal(kernel.detachments, 0);
	assert_int_equal(fake_kernel_at_hook(BR0), FOREIGN);
	assert_int_equal(world_times_told("failure p0: not counted: br0 above it has the XDP "
					  "program firewall (id 77)"),
			 1);
	/* It goes, without a notification. */
	fake_kernel_hold(BR0, 0);
	world_steps(1, 0);
	assert_true(world_is_attached("p0") && world_is_attached("mv0") &&
		    world_is_attached("br0"));
	world_forget();
	fake_kernel_detach(P0);
	fake_kernel_hold(P0, FOREIGN);
	world_steps(5, 0);
	assert_int_equal(fake_kernel_at_hook(P0), FOREIGN);
	assert_int_equal(world_times_told("its XDP hook is held by program firewall"), 1);
	assert_lacks(world.told, "stepped aside");
}

/* An upper in another network namespace is invisible: ours steps aside ever more rarely. */
static void test_elsewhere(void **state)
{
	unsigned int detached;

	(void)state;
	fake_kernel_add(P0, "p0", "")->elsewhere = true;
	add_on(MV0, "mv0", P0);
	start();
	world_steps(40, 1);
	assert_int_equal(world_times_told("failure p0: not counted: an interface above it has an "
					  "XDP program, and the kernel allows none below one"),
			 1);
	assert_true(world_is_attached("mv0"));
	/* After one interval, doubling: 1, 2, 4, 8, 16 */
	detached = world_times_told("okay mv0: counting again");
	assert_uint_in_range(detached, 1, 6);
	fake_kernel_device(P0)->elsewhere = false;
	world_steps(40, 1);
	assert_true(world_is_attached("p0"));
}

/* An interface that is made again has nothing to do with why the one before it was in vain. */
static void test_elsewhere_again(void **state)
{
	(void)state;
	world_select("p0");
	fake_kernel_add(BR0, "br0", "bridge");
	start();
	world_steps(1, 1);
	fake_kernel_add(P0, "p0", "veth")->elsewhere = true;
	fake_kernel_device(P0)->interface.master = BR0;
	world_steps(40, 1);
	assert_false(world_is_attached("p0"));
	fake_kernel_remove(P0);
	world_steps(1, 1);
	fake_kernel_add(P0, "p0", "veth")->interface.master = BR0;
	world_steps(1, 1);
	assert_true(world_is_attached("p0"));
	assert_true(world_is_attached("br0"));
}

/* With Persist the pin of the upper one goes with its link, and is there again. */
static void test_pinned(void **state)
{
	(void)state;
	world.settings.persist = true;
	fake_kernel_add(BR0, "br0", "bridge");
	start();
	world_steps(2, 5);
	assert_non_null(fake_kernel_pin("link_4"));
	fake_kernel_add(P0, "p0", "veth")->interface.master = BR0;
	world_steps(1, 0);
	assert_non_null(fake_kernel_pin("link_4"));
	assert_non_null(fake_kernel_pin("link_2"));
	world_restart();
	world_steps(2, 1);
	assert_int_equal(world_view("br0")->packets, 7);
	assert_int_equal(world_view("p0")->packets, 2);
	assert_lacks(world.told, "aside");
}

/* One that runs the program of the last start could not come back, so it stays. */
static void test_outdated(void **state)
{
	(void)state;
	world.settings.persist = true;
	fake_kernel_add(BR0, "br0", "bridge");
	start();
	world_steps(2, 5);
	fake_kernel_device(BR0)->update_error = -EINVAL;
	world_restart();
	world_steps(1, 0);
	fake_kernel_add(P0, "p0", "veth")->interface.master = BR0;
	world_steps(3, 0);
	assert_true(world_is_attached("br0"));
	assert_int_equal(kernel.detachments, 0);
	assert_int_equal(world_times_told("failure p0: not counted: br0 above it has our own"), 1);
}

/* One that calls a user's program stays, for packets would pass without it. */
static void test_next(void **state)
{
	(void)state;
	world.settings.persist = true;
	world.program.program.needs_pins = true;
	fake_kernel_add(BR0, "br0", "bridge");
	start();
	world_steps(2, 5);
	fake_kernel_add(P0, "p0", "veth")->interface.master = BR0;
	world_steps(3, 0);
	assert_true(world_is_attached("br0"));
	assert_int_equal(kernel.detachments, 0);
	assert_int_equal(world_times_told("failure p0: not counted: br0 above it has our own"), 1);
	assert_contains(world.told, "it calls the program of Next");
}

/* --- two programs */

static struct fake_program second_program;
static struct reconcile *second;
static char second_told[4096];

static void tell_second(void *context, const struct event *event)
{
	size_t used = strlen(second_told);

	(void)context;
	assert_true(used + strlen(event->interface) + strlen(event->text) + 4 <
		    sizeof(second_told));
	strcat(strcat(second_told, event->interface), ": ");
	strcat(strcat(second_told, event->text), "\n");
}

static void drop_view(void *context, const struct view *view)
{
	(void)context;
	(void)view;
}

static void steps_of_both(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		world_steps(1, 0);
		reconcile_step(second, &world.listing, world.now);
	}
}

/* The upper one is of another program of this process, which is before it, or behind it. */
static void test_company(void **state)
{
	struct attempt_company company = {0};
	struct reconcile_settings settings;
	struct selection *selection;
	char reason[64];

	(void)state;
	second_told[0] = '\0';
	assert_int_equal(selection_new(&selection), 0);
	assert_int_equal(selection_add(selection, "lower", reason, sizeof(reason)), 0);
	assert_int_equal(selection_add(selection, "/^br/", reason, sizeof(reason)), 0);
	world_select("upper");
	world_select("port");
	fake_kernel_add(2, "upper", "macvlan")->interface.lower = 3;
	fake_kernel_add(3, "lower", "");
	fake_program_init(&second_program, false);
	settings = world.settings;
	world.settings.company = settings.company = &company;
	settings.selection = selection;
	settings.program = &second_program.program;
	settings.sources = (struct source_set){0};
	settings.teller.tell = tell_second;
	settings.taker.take = drop_view;
	world_start();
	assert_int_equal(reconcile_open(&settings, &second), 0);
	steps_of_both(1);
	assert_int_equal(fake_kernel_at_hook(2), world.program.program.id);
	assert_int_equal(fake_kernel_at_hook(3), second_program.program.id);
	assert_contains(world.told, "so that lower below it could be attached to");
	fake_kernel_add(4, "br0", "bridge");
	steps_of_both(1);
	fake_kernel_add(5, "port", "veth")->interface.master = 4;
	steps_of_both(1);
	assert_int_equal(fake_kernel_at_hook(4), second_program.program.id);
	assert_int_equal(fake_kernel_at_hook(5), world.program.program.id);
	assert_contains(second_told, "so that port below it could be attached to");
	assert_lacks(world.told, "not counted: lower");
	/* One ends, and the other one goes on alone. */
	reconcile_close(second);
	selection_free(selection);
	fake_kernel_add(6, "port2", "veth");
	world_steps(2, 0);
	assert_true(world_is_attached("port"));
	world_stop();
}

#define WORLD_TEST(sentence, function)                                                             \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = world_set_up,           \
		.teardown_func = world_tear_down                                                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST("lower interfaces are attached before their uppers, whatever the order",
			   test_order),
		WORLD_TEST("a bridge steps aside once for all ports that join it, and keeps counts",
			   test_port),
		WORLD_TEST("a lower link that is lost comes back below our own", test_lost),
		WORLD_TEST("one that cannot come back is no longer aside", test_not_back),
		WORLD_TEST("another program in the way is named, and nobody steps aside for it",
			   test_foreign),
		WORLD_TEST("for an invisible upper ours steps aside less and less often",
			   test_elsewhere),
		WORLD_TEST("one that is made again need not wait for that", test_elsewhere_again),
		WORLD_TEST("a pinned upper is pinned again", test_pinned),
		WORLD_TEST("an upper that could not come back does not step aside", test_outdated),
		WORLD_TEST("one that calls the program of Next does not step aside", test_next),
		WORLD_TEST("programs of one process step aside for each other", test_company),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
