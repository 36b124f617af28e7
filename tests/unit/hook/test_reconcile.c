// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state machine of one interface as a table: what it was, what happens, what it is after one
 * step, which calls that took, and what was reported.
 */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include <linux/if_arp.h>

#define ETH0 2
#define FOREIGN 77
#define FOREIGN_NEXT 78

/* --- what it was */

static void given_absent(void)
{
	world_start();
	world_steps(1, 0);
	assert_false(world_is_attached("eth0"));
}

static void given_attached(void)
{
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(2, 5);
	assert_true(world_is_attached("eth0"));
}

/* Selected by an expression, so that it may have another name. */
static void given_unnamed(void)
{
	world_select("/^eth/");
	fake_kernel_add(3, "eth1", "");
	given_attached();
	assert_true(world_is_attached("eth1"));
}

static void given_pinned(void)
{
	world.settings.persist = true;
	given_attached();
	assert_non_null(fake_kernel_pin("link_2"));
}

static void given_held(void)
{
	fake_kernel_name_program(FOREIGN, "firewall");
	fake_kernel_name_program(FOREIGN_NEXT, "firewall_next");
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_hold(ETH0, FOREIGN);
	world_start();
	world_steps(2, 5);
	assert_false(world_is_attached("eth0"));
}

static void given_observed(void)
{
	world.source.answer = SOURCE_COUNTS;
	given_held();
	assert_true(world_view("eth0")->view.observing);
}

static void given_refused_by_driver(void)
{
	struct fake_device *device = fake_kernel_add(ETH0, "eth0", "");

	device->native_error = -EINVAL;
	device->generic_error = -ERANGE;
	world_start();
	world_steps(2, 0);
}

static void given_without_ethernet(void)
{
	fake_kernel_add(ETH0, "eth0", "")->interface.type = ARPHRD_NONE;
	world_start();
	world_steps(1, 0);
}

/* --- what happens */

static void nothing(void)
{
}

static void packets(void)
{
	fake_program_count(ETH0, 3);
}

static void appears(void)
{
	fake_kernel_add(ETH0, "eth0", "");
}

static void another_appears(void)
{
	fake_kernel_add(9, "eth9", "");
}

static void goes(void)
{
	fake_kernel_remove(ETH0);
}

static void is_made_again(void)
{
	fake_kernel_remove(ETH0);
	fake_kernel_add(ETH0, "eth0", "");
}

static void is_renamed(void)
{
	snprintf(fake_kernel_device(ETH0)->interface.name, IF_NAMESIZE, "%s", "eth7");
	fake_kernel_report(false);
}

static void is_renamed_away(void)
{
	snprintf(fake_kernel_device(ETH0)->interface.name, IF_NAMESIZE, "%s", "lan0");
	fake_kernel_report(false);
}

static void is_detached(void)
{
	fake_kernel_detach(ETH0);
}

static void is_detached_and_reported(void)
{
	fake_kernel_detach(ETH0);
	fake_kernel_report(false);
}

static void is_replaced(void)
{
	fake_kernel_detach(ETH0);
	fake_kernel_hold(ETH0, FOREIGN);
	fake_kernel_report(false);
}

static void reports_are_lost(void)
{
	fake_kernel_report(true);
}

static void is_detached_and_reports_are_lost(void)
{
	fake_kernel_detach(ETH0);
	fake_kernel_report(true);
}

static void moves_away(void)
{
	struct fake_device *device = fake_kernel_device(ETH0);

	kernel.links[device->link].ifindex = 9;
	device->link = -1;
}

static void holder_leaves(void)
{
	fake_kernel_hold(ETH0, 0);
}

static void holder_is_replaced(void)
{
	fake_kernel_hold(ETH0, FOREIGN_NEXT);
}

static void is_set_up(void)
{
	fake_kernel_device(ETH0)->interface.flags |= IFF_UP;
	fake_kernel_report(false);
}

static void has_a_carrier(void)
{
	fake_kernel_device(ETH0)->interface.flags |= IFF_RUNNING;
	fake_kernel_report(false);
}

static void becomes_usable(void)
{
	fake_kernel_device(ETH0)->native_error = 0;
	fake_kernel_device(ETH0)->interface.mtu = 1400;
	fake_kernel_report(false);
}

static void cannot_be_read(void)
{
	kernel.broken = "read";
	kernel.broken_errno = -ENOMEM;
}

static void does_not_answer(void)
{
	kernel.broken = "check";
	kernel.broken_errno = -EIO;
}

static void list_fails(void)
{
	kernel.broken = "refresh";
	kernel.broken_errno = -ENOBUFS;
}

enum shown { ABSENT, WAITING, OBSERVED, ATTACHED };

static const struct row {
	const char *sentence;
	void (*given)(void);
	void (*event)(void);
	enum shown shown;
	const char *calls;
	const char *told;
} rows[] = {
	{"absent: nothing happens", given_absent, nothing, ABSENT, "dispatched; refresh; ", ""},
	{"absent: appears", given_absent, appears, ATTACHED,
	 "dispatched; refresh; take 2 eth0; open 2 native; ",
	 "okay eth0: counting in native mode\n"},
	{"absent: another appears", given_absent, another_appears, ABSENT, "dispatched; refresh; ",
	 ""},
	{"attached: nothing happens", given_attached, nothing, ATTACHED,
	 "read 1; dispatched; refresh; check 2; ", ""},
	{"attached: packets come", given_attached, packets, ATTACHED,
	 "read 1; dispatched; refresh; ", ""},
	{"attached: another appears", given_attached, another_appears, ATTACHED,
	 "read 1; dispatched; refresh; check 2; ", ""},
	{"attached: goes", given_attached, goes, ABSENT, "read 1; dispatched; refresh; query 2; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\n"},
	{"attached: is made again with the same index", given_attached, is_made_again, ATTACHED,
	 "read 1; dispatched; refresh; read 1; take 2 eth0; open 2 native; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\nokay eth0: counting in native mode\n"},
	{"attached, named: is renamed", given_attached, is_renamed, ABSENT,
	 "read 1; dispatched; refresh; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\n"},
	{"attached: is detached", given_attached, is_detached, WAITING,
	 "read 1; dispatched; refresh; check 2; query 2; ",
	 "warning eth0: no longer counted: the counter was detached from the hook by somebody "
	 "else; it is attached again unless another program is there\n"},
	{"attached: is detached, which is reported", given_attached, is_detached_and_reported,
	 WAITING, "read 1; dispatched; refresh; check 2; ",
	 "warning eth0: no longer counted: the counter was detached from the hook by somebody "
	 "else; it is attached again unless another program is there\n"},
	{"attached: is replaced", given_attached, is_replaced, WAITING,
	 "read 1; dispatched; refresh; check 2; ",
	 "warning eth0: no longer counted: the counter was detached from the hook by somebody "
	 "else; it is attached again unless another program is there\n"},
	{"attached: reports are lost", given_attached, reports_are_lost, ATTACHED,
	 "read 1; dispatched; refresh; check 2; check 2; ", ""},
	{"attached: is detached, and reports are lost", given_attached,
	 is_detached_and_reports_are_lost, ATTACHED,
	 "read 1; dispatched; refresh; check 2; read 1; take 2 eth0; open 2 native; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\nokay eth0: counting in native mode\n"},
	{"attached: its link is in another namespace", given_attached, moves_away, WAITING,
	 "read 1; dispatched; refresh; check 2; query 2; ",
	 "warning eth0: no longer counted: the counter was detached from the hook by somebody "
	 "else; it is attached again unless another program is there\n"},
	{"attached: cannot be read", given_attached, cannot_be_read, ATTACHED,
	 "read 1; dispatched; refresh; ",
	 "failure eth0: its counts cannot be read (errno 12, Cannot allocate memory): no values "
	 "until they can; the counter goes on\n"},
	{"attached: its link does not answer", given_attached, does_not_answer, ATTACHED,
	 "read 1; dispatched; refresh; check 2; ",
	 "warning eth0: its link cannot be asked whether it is still at the hook (errno 5, "
	 "Input/output error): counting goes on; a loss of the hook is not noticed until it can\n"},
	{"attached: the list cannot be read", given_attached, list_fails, ATTACHED,
	 "read 1; dispatched; refresh; check 2; ",
	 "warning : the kernel's list of interfaces cannot be read (errno 105, No buffer space "
	 "available); interfaces that come or go are not noticed until it can; give collectd more "
	 "memory\n"},
	{"unnamed, attached: goes", given_unnamed, goes, ABSENT,
	 "read 1; read 2; dispatched; refresh; query 2; check 3; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\n"},
	{"pinned: nothing happens", given_pinned, nothing, ATTACHED,
	 "read 1; dispatched; refresh; check 2; ", ""},
	{"pinned: goes", given_pinned, goes, ABSENT,
	 "read 1; dispatched; refresh; query 2; detach 0; unpin link_2; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\n"},
	{"pinned: is renamed away", given_pinned, is_renamed_away, ABSENT,
	 "read 1; dispatched; refresh; detach 2; unpin link_2; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\n"},
	{"held: nothing happens", given_held, nothing, WAITING,
	 "dispatched; refresh; open 2 native; query 2; ", ""},
	{"held: the holder leaves", given_held, holder_leaves, ATTACHED,
	 "dispatched; refresh; open 2 native; ", "okay eth0: counting in native mode\n"},
	{"held: the holder is replaced", given_held, holder_is_replaced, WAITING,
	 "dispatched; refresh; open 2 native; query 2; program 78; ",
	 "failure eth0: not counted: its XDP hook is held by program firewall_next (id 78, tag "
	 "000000000000004e, native mode), which stays; to count here, ask its owner to detach "
	 "it\n"},
	{"held: goes", given_held, goes, ABSENT, "dispatched; refresh; query 2; ",
	 "warning eth0: not counted: there is no interface of this name; it is counted when it "
	 "appears, or correct the name\n"},
	{"observed: nothing happens", given_observed, nothing, OBSERVED,
	 "read 1; dispatched; refresh; open 2 native; query 2; ", ""},
	{"observed: the holder leaves", given_observed, holder_leaves, ATTACHED,
	 "read 1; dispatched; refresh; open 2 native; ", "okay eth0: counting in native mode\n"},
	{"observed: the holder is replaced", given_observed, holder_is_replaced, OBSERVED,
	 "read 1; dispatched; refresh; open 2 native; query 2; ", ""},
	{"observed: goes", given_observed, goes, ABSENT, "read 1; dispatched; refresh; query 2; ",
	 "warning eth0: no longer counted: the interface went away or was renamed; it is counted "
	 "again when it is back\n"},
	{"refused by its driver: nothing happens", given_refused_by_driver, nothing, WAITING,
	 "dispatched; refresh; ", ""},
	{"refused by its driver: gets a carrier", given_refused_by_driver, has_a_carrier, WAITING,
	 "dispatched; refresh; ", ""},
	{"refused by its driver: is set up", given_refused_by_driver, is_set_up, WAITING,
	 "dispatched; refresh; open 2 native; open 2 generic; ", ""},
	{"refused by its driver: becomes usable", given_refused_by_driver, becomes_usable, ATTACHED,
	 "dispatched; refresh; open 2 native; ", "okay eth0: counting in native mode\n"},
	{"without Ethernet: nothing happens", given_without_ethernet, nothing, WAITING,
	 "dispatched; refresh; ", ""},
	{"without Ethernet: is made again with it", given_without_ethernet, is_made_again, ATTACHED,
	 "dispatched; refresh; take 2 eth0; open 2 native; ",
	 "okay eth0: counting in native mode\n"},
};

static enum shown shown(const struct world_view *view)
{
	if (!view || (!view->view.slot && !view->view.attached))
		return fake_kernel_is_there(ETH0, "eth0") ? WAITING : ABSENT;
	if (view->view.attached)
		return ATTACHED;
	return view->view.observing ? OBSERVED : WAITING;
}

static void test_row(void **state)
{
	const struct row *row = *state;

	row->given();
	world_forget();
	row->event();
	world_steps(1, 0);
	assert_string_equal(kernel.log, row->calls);
	assert_string_equal(world.told, row->told);
	assert_int_equal(shown(world_view("eth0")), row->shown);
	/* And nothing more of it is reported, while nothing else happens. */
	world_forget();
	if (row->shown != WAITING || row->event == nothing) {
		world_steps(3, 1);
		assert_string_equal(world.told, "");
	}
	kernel.broken = NULL;
}

static int set_up_row(void **state)
{
	void *row = *state;
	int err = world_set_up(state);

	*state = row;
	return err;
}

int main(void)
{
	static struct CMUnitTest tests[UNIT_LENGTH(rows)];

	for (size_t i = 0; i < UNIT_LENGTH(rows); i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].sentence,
					       .test_func = test_row,
					       .setup_func = set_up_row,
					       .teardown_func = world_tear_down,
					       .initial_state = (void *)(uintptr_t)&rows[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
