// SPDX-License-Identifier: GPL-2.0-only
/* The list of interfaces where what the kernel says of one is longer than what it says of many. */
#include <stdio.h>
#include <string.h>

#include "plugin/kernel/interfaces.h"
#include "tests/kernel/harness.h"

/* Of 125 characters each: more than 32 KiB of a message. */
#define NAMES 300
#define NAME "cxdp-%0120u"

static struct interfaces *interfaces;

/* `ip link property add` or `del` of all names of an interface. */
static void change_names(const char *change)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "for i in $(seq 0 %u); do printf 'link property %s dev cxdp-many altname "
		 "cxdp-%%0120u\\n' $i; done | ip -batch -",
		 NAMES - 1, change);
	harness_command(command);
}

static int open_list(void **state)
{
	(void)state;
	harness_private_network();
	harness_command("ip link add cxdp-many type veth peer name cxdp-other && "
			"ip link set cxdp-many up");
	return interfaces_open(&interfaces);
}

static int close_list(void **state)
{
	(void)state;
	interfaces_close(interfaces);
	return 0;
}

/* All names of the interface, each once. */
static void expect_names(const struct interface *interface, unsigned int count)
{
	const char *name = NULL;
	unsigned int seen = 0;
	char wanted[INTERFACE_ALTERNATIVE_SIZE];

	while ((name = interface_next_alternative(interface, name)))
		seen++;
	assert_int_equal(seen, count);
	for (unsigned int i = 0; i < count; i++) {
		snprintf(wanted, sizeof(wanted), NAME, i);
		assert_true(interface_has_name(interface, wanted));
	}
	assert_true(interface_has_name(interface, "cxdp-many"));
	assert_false(interface_has_name(interface, "cxdp-other"));
}

static const struct interface *find(const char *name)
{
	size_t count;
	const struct interface *list = interfaces_list(interfaces, &count);

	/* lo, and the two. */
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	fail();
	return NULL;
}

static void expect_listed(enum interfaces_news news, unsigned int names)
{
	struct interface asked;

	assert_int_equal(news, INTERFACES_CHANGED);
	expect_names(find("cxdp-many"), names);
	assert_null(find("cxdp-other")->alternatives);
	assert_int_equal(interfaces_query(interfaces, find("cxdp-many")->index, &asked), 0);
	expect_names(&asked, names);
	assert_int_equal(interfaces_refresh(interfaces, &news), 0);
	assert_int_equal(news, INTERFACES_SAME);
}

/* No report is lost for its length. */
static void expect_changed(unsigned int names)
{
	enum interfaces_news news;

	assert_int_equal(interfaces_refresh(interfaces, &news), 0);
	expect_listed(news, names);
}

/* 300 reports of up to 40 KiB do not fit into the socket's buffer, so some may be lost. */
static void expect_listed_at_last(unsigned int names)
{
	enum interfaces_news news;

	assert_int_equal(interfaces_refresh(interfaces, &news), 0);
	assert_int_not_equal(news, INTERFACES_SAME);
	expect_listed(INTERFACES_CHANGED, names);
}

static void test_an_interface_of_300_names_is_listed_asked_for_and_followed(void **state)
{
	(void)state;
	change_names("add");
	expect_listed_at_last(NAMES);
	harness_command("ip link set cxdp-many mtu 1400");
	expect_changed(NAMES);
	assert_int_equal(find("cxdp-many")->mtu, 1400);
	/* As many reports of that length wait at once. */
	harness_command("ip link set cxdp-many mtu 1401 && ip link set cxdp-other mtu 1402 && "
			"ip link property add dev cxdp-other altname cxdp-short && "
			"ip link property del dev cxdp-other altname cxdp-short");
	expect_changed(NAMES);
	change_names("del");
	expect_listed_at_last(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_interface_of_300_names_is_listed_asked_for_and_followed),
	};

	return cmocka_run_group_tests(tests, open_list, close_list);
}
