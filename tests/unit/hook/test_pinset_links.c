// SPDX-License-Identifier: GPL-2.0-only
/* Names of the pins of links, there and back. */
#include "tests/unit/unit.h"

#include "plugin/hook/attach.h"
#include "plugin/hook/pinset.h"
#include "tests/unit/hook/fake_kernel.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		unsigned int ifindex;
	} rows[] = {
		{"link_1", 1},
		{"link_7", 7},
		{"link_2147483647", 2147483647},
		{"link_2147483648", 0},
		{"link_0", 0},
		{"link_", 0},
		{"link_07", 0},
		{"link_+7", 0},
		{"link_ 7", 0},
		{"link_7a", 0},
		{"link_-7", 0},
		{"link7", 0},
		{"lin_7", 0},
		{"link_out_7", 0},
		{"program", 0},
		{"", 0},
		{"link_4294967297", 0},
		{"xlink_7", 0},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++)
		assert_int_equal(pinset_link_ifindex(&xdp_kind, rows[i].name), rows[i].ifindex);
}

static void test_round_trip(void **state)
{
	struct pin_dir *pins;
	struct interface interface;
	int program, link, found;

	(void)state;
	fake_kernel_reset();
	interface = fake_kernel_add(12, "eth0", "")->interface;
	program = fake_kernel_open(PIN_DIR_PROGRAM, 1001);
	assert_int_equal(pin_dir_open("/pins", "/run/world.pid", PIN_DIR_MADE, &pins, NULL), 0);
	assert_int_equal(xdp_link_open(program, interface.index, XDP_LINK_NATIVE, &link), 0);
	assert_int_equal(pinset_put_link(&xdp_kind, pins, 12, link), 0);
	assert_non_null(fake_kernel_pin("link_12"));
	assert_int_equal(pinset_get_link(&xdp_kind, pins, 12, &found), 0);
	assert_int_equal(xdp_link_check(found, 12), 0);
	assert_true(pinset_get_link(&xdp_kind, pins, 13, &found) < 0);
	assert_int_equal(pinset_drop_link(&xdp_kind, pins, 12), 0);
	assert_null(fake_kernel_pin("link_12"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("an index has one name, and no other name is that of a link", test_names),
		UNIT_TEST("what is pinned for an interface is found by its index", test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
