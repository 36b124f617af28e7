// SPDX-License-Identifier: GPL-2.0-only
/* The one list: what is reported when it cannot be read, and that it is kept. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/hook/listing.h"
#include "tests/unit/hook/fake_kernel.h"

static char told[1024];
static enum event_severity severity;

static void on_event(void *context, const struct event *event)
{
	(void)context;
	severity = event->severity;
	assert_string_equal(event->interface, "");
	snprintf(told, sizeof(told), "%s", event->text);
}

static const struct event_teller teller = {.tell = on_event};

static void refresh(struct listing *listing)
{
	told[0] = '\0';
	listing_refresh(listing, &teller);
}

static void test_news(void **state)
{
	struct listing listing = {0};
	size_t count;

	(void)state;
	fake_kernel_reset();
	fake_kernel_add(2, "eth0", "");
	refresh(&listing);
	assert_int_equal(listing.news, INTERFACES_CHANGED);
	assert_true(listing.known);
	interfaces_list(listing.interfaces, &count);
	assert_int_equal(count, 1);
	refresh(&listing);
	assert_int_equal(listing.news, INTERFACES_SAME);
	fake_kernel_report(true);
	refresh(&listing);
	assert_int_equal(listing.news, INTERFACES_UNCERTAIN);
	assert_string_equal(told, "");
	assert_int_equal(kernel.opened, 1);
	listing_close(&listing);
	assert_int_equal(kernel.opened, 0);
	assert_null(listing.interfaces);
	listing_close(&listing);
}

/* A chain of devices with indexes in no order, ports, and one beside them. */
static void test_depths(void **state)
{
	struct listing listing = {0};

	(void)state;
	fake_kernel_reset();
	fake_kernel_add(9, "eth0", "")->interface.master = 7;
	fake_kernel_add(8, "eth1", "")->interface.master = 7;
	fake_kernel_add(7, "bond0", "bond");
	fake_kernel_add(3, "vlan5", "vlan")->interface.lower = 7;
	fake_kernel_add(5, "mv0", "macvlan")->interface.lower = 3;
	fake_kernel_add(6, "eth2", "");
	/* Below it there is none that is in the list. */
	fake_kernel_add(4, "mv1", "macvlan")->interface.lower = 99;
	refresh(&listing);
	assert_int_equal(listing.deepest, 3);
	assert_int_equal(listing_depth(&listing, 9), 0);
	assert_int_equal(listing_depth(&listing, 8), 0);
	assert_int_equal(listing_depth(&listing, 7), 1);
	assert_int_equal(listing_depth(&listing, 3), 2);
	assert_int_equal(listing_depth(&listing, 5), 3);
	assert_int_equal(listing_depth(&listing, 6), 0);
	assert_int_equal(listing_depth(&listing, 4), 0);
	assert_int_equal(listing_depth(&listing, 99), 0);
	fake_kernel_remove(7);
	refresh(&listing);
	assert_int_equal(listing.deepest, 1);
	assert_int_equal(listing_depth(&listing, 3), 0);
	assert_int_equal(listing_depth(&listing, 5), 1);
	/* Nonsense ends, too. */
	fake_kernel_device(3)->interface.lower = 5;
	fake_kernel_report(false);
	refresh(&listing);
	listing_close(&listing);
	assert_int_equal(listing.deepest, 0);
}

static void test_no_socket(void **state)
{
	struct listing listing = {0};

	(void)state;
	fake_kernel_reset();
	kernel.broken = "interfaces_open";
	kernel.broken_errno = -EAFNOSUPPORT;
	refresh(&listing);
	assert_int_equal(severity, EVENT_FAILURE);
	assert_contains(told, "nothing is counted: the kernel's list of interfaces cannot be read");
	assert_false(listing.known);
	assert_int_equal(listing.news, INTERFACES_SAME);
	refresh(&listing);
	assert_string_equal(told, "");
	kernel.broken_errno = -EMFILE;
	refresh(&listing);
	assert_contains(told, "raise LimitNOFILE");
	kernel.broken = NULL;
	refresh(&listing);
	assert_int_equal(severity, EVENT_OKAY);
	assert_string_equal(told, "the list of interfaces can be read again");
	assert_true(listing.known);
	listing_close(&listing);
}

static void test_no_answer(void **state)
{
	struct listing listing = {0};

	(void)state;
	fake_kernel_reset();
	refresh(&listing);
	fake_kernel_report(false);
	kernel.broken = "refresh";
	kernel.broken_errno = -ETIMEDOUT;
	refresh(&listing);
	assert_int_equal(severity, EVENT_WARNING);
	assert_contains(told, "interfaces that come or go are not noticed until it can");
	assert_true(listing.known);
	assert_int_equal(listing.news, INTERFACES_SAME);
	kernel.broken = NULL;
	refresh(&listing);
	assert_int_equal(listing.news, INTERFACES_CHANGED);
	listing_close(&listing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("news are of one refresh, and the sockets are opened once", test_news),
		UNIT_TEST("an interface is as deep as the chain below it, whatever the indexes",
			  test_depths),
		UNIT_TEST(
			"a list that was never read counts nothing, which is logged once per cause",
			test_no_socket),
		UNIT_TEST("a list that was read is kept, and read again when that works",
			  test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
