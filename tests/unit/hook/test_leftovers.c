// SPDX-License-Identifier: GPL-2.0-only
/* Which pinned links are ours, and what becomes of those that nobody wants. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>

#include "plugin/hook/leftovers.h"
#include "plugin/hook/attach.h"

#define OURS 500
#define OURS_NEXT 501
#define FOREIGN 77

static struct fake_program fake;
static struct pin_dir *pins;
static struct leftovers leftovers;

static int set_up(void **state)
{
	world_set_up(state);
	fake_program_init(&fake, true);
	for (unsigned int i = 2; i < 7; i++)
		fake_kernel_add(i, "eth", "");
	fake_kernel_put_pin("program", PIN_DIR_PROGRAM, OURS);
	fake_kernel_put_pin("program_next", PIN_DIR_PROGRAM, OURS_NEXT);
	fake_kernel_put_pin("map", PIN_DIR_MAP, 1);
	fake_kernel_name_program(FOREIGN, "firewall");
	assert_int_equal(pin_dir_open("/pins", "/run/world.pid", PIN_DIR_MADE, &pins, NULL), 0);
	leftovers = (struct leftovers){.kind = &xdp_kind,
				       .operations = fake.program.operations,
				       .program = &fake.program,
				       .teller = &world.settings.teller,
				       .pins = pins};
	return 0;
}

static int tear_down(void **state)
{
	pin_dir_close(pins);
	return world_tear_down(state);
}

static int open_link(unsigned int ifindex)
{
	struct xdp_link_info info;
	int link = -1;
	int err = leftovers_open(&leftovers, ifindex, &link, &info);

	if (!err) {
		assert_int_equal(info.ifindex, ifindex);
		xdp_link_close(link);
	}
	assert_int_equal(fake_kernel_open_fds(), 0);
	return err;
}

static void test_open(void **state)
{
	(void)state;
	fake_kernel_put_link("link_2", 2, OURS);
	fake_kernel_put_link("link_3", 3, OURS_NEXT);
	fake_kernel_put_link("link_4", 4, FOREIGN);
	fake_kernel_put_pin("link_5", PIN_DIR_MAP, 9);
	assert_int_equal(leftovers_ask(&leftovers), 0);
	assert_int_equal(open_link(2), 0);
	assert_int_equal(open_link(3), 0);
	assert_int_equal(open_link(4), -EPERM);
	assert_int_equal(open_link(5), -EPERM);
	assert_int_equal(open_link(6), -ENOENT);
	kernel.broken = "inspect";
	kernel.broken_errno = -ENOMEM;
	assert_int_equal(open_link(2), -ENOMEM);
	kernel.broken_errno = -EINVAL;
	assert_int_equal(open_link(2), -EPERM);
	kernel.broken = "get";
	assert_int_equal(open_link(2), -EPERM);
	kernel.broken_errno = -EMFILE;
	assert_int_equal(open_link(2), -EMFILE);
}

/* Neither pinned nor known by its name. */
static void test_known(void **state)
{
	(void)state;
	fake_kernel_put_link("link_2", 2, 600);
	fake_kernel_put_link("link_3", 3, 601);
	fake_kernel_put_link("link_4", 4, 602);
	fake_kernel_name_program(601, "other_name");
	fake_kernel_name_program(602, "");
	assert_int_equal(leftovers_ask(&leftovers), 0);
	assert_int_equal(open_link(2), -EPERM);
	fake.program.id = 600;
	assert_int_equal(open_link(2), -EPERM);
	fake.program.loaded = true;
	assert_int_equal(open_link(2), 0);
	assert_int_equal(open_link(3), -EPERM);
	fake.program.alias = "other_name";
	assert_int_equal(open_link(3), 0);
	/* A program without a name that may be asked for is not ours. */
	fake.program.name[0] = '\0';
	assert_int_equal(open_link(4), -EPERM);
	leftovers.program = NULL;
	assert_int_equal(open_link(3), -EPERM);
}

static void test_ask(void **state)
{
	(void)state;
	kernel.broken = "pinned";
	kernel.broken_errno = -ENOMEM;
	assert_int_equal(leftovers_ask(&leftovers), -ENOMEM);
	/* It is never known: names are left. */
	kernel.broken_errno = -EPERM;
	assert_int_equal(leftovers_ask(&leftovers), 0);
}

static void test_drop(void **state)
{
	struct watch list[3] = {
		{.state = WATCH_WAITING, .interface.index = 2, .link.fd = 7},
		{.state = WATCH_ABSENT, .interface.index = 3, .link.fd = -1},
		{.state = WATCH_WAITING, .interface.index = 4, .link.fd = -1},
	};
	const struct watches watches = {.list = list, .count = 3, .capacity = 3};

	(void)state;
	fake_kernel_put_link("link_2", 2, OURS);
	fake_kernel_put_link("link_3", 3, OURS);
	fake_kernel_put_link("link_4", 4, FOREIGN);
	fake_kernel_put_link("link_5", 5, FOREIGN);
	fake_kernel_put_pin("something", PIN_DIR_MAP, 3);
	leftovers.watches = &watches;
	assert_int_equal(leftovers_ask(&leftovers), 0);
	assert_int_equal(leftovers_drop(&leftovers), 0);
	assert_int_equal(leftovers.dropped, 1);
	/* What holds the name of a watched one, a link that is unwanted, and a map. */
	assert_int_equal(leftovers.foreign, 3);
	assert_non_null(fake_kernel_pin("link_2"));
	assert_null(fake_kernel_pin("link_3"));
	assert_non_null(fake_kernel_pin("link_4"));
	assert_non_null(fake_kernel_pin("link_5"));
	assert_int_equal(fake_kernel_at_hook(2), OURS);
	assert_int_equal(fake_kernel_at_hook(3), 0);
	assert_int_equal(kernel.detachments, 1);
	assert_string_equal(world.told,
			    "okay : 1 pinned links in /pins/net-1 are no longer wanted: detached "
			    "and removed\nwarning : 3 pins in /pins/net-1 are not of this plugin "
			    "and stay; remove them by hand if nobody needs them\n");
}

static void test_nothing_left(void **state)
{
	(void)state;
	assert_int_equal(leftovers_ask(&leftovers), 0);
	assert_int_equal(leftovers_drop(&leftovers), 0);
	assert_string_equal(world.told, "");
}

static void test_transient(void **state)
{
	static const char *const calls[] = {"list", "get", "inspect", "unpin"};

	for (size_t i = 0; i < UNIT_LENGTH(calls); i++) {
		tear_down(state);
		set_up(state);
		fake_kernel_put_link("link_2", 2, OURS);
		fake_kernel_put_link("other", 3, FOREIGN);
		assert_int_equal(leftovers_ask(&leftovers), 0);
		kernel.broken = calls[i];
		kernel.broken_errno = -EAGAIN;
		assert_int_equal(leftovers_drop(&leftovers), -EAGAIN);
		/* What is not ours is told of when all was seen. */
		assert_string_equal(world.told, "");
		assert_non_null(fake_kernel_pin("link_2"));
		assert_int_equal(fake_kernel_open_fds(), 0);
	}
}

#define LEFTOVERS_TEST(sentence, function)                                                         \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEFTOVERS_TEST("a link is ours if its program is pinned as ours", test_open),
		LEFTOVERS_TEST("or if it is loaded, or has our name", test_known),
		LEFTOVERS_TEST("what is not known now may be at another attempt", test_ask),
		LEFTOVERS_TEST("what is ours and unwanted goes, the rest stays", test_drop),
		LEFTOVERS_TEST("where nothing is left, nothing is reported", test_nothing_left),
		LEFTOVERS_TEST("what may pass is tried again", test_transient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
