// SPDX-License-Identifier: GPL-2.0-only
/* The second kind of hook, for what goes out: the same steps, and what differs from XDP's. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>

#include "plugin/hook/attach.h"
#include "plugin/hook/clean_up.h"

#define ETH0 2
#define ETH1 3
#define UPPER 9
#define FOREIGN 77

static int set_up(void **state)
{
	world_set_up(state);
	world.settings.kind = &tcx_kind;
	return 0;
}

/* Nothing that is in XDP's way is in this one's. */
static void test_attached(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "")->native_error = -EOPNOTSUPP;
	fake_kernel_device(ETH0)->generic_error = -EINVAL;
	fake_kernel_device(ETH0)->elsewhere = true;
	fake_kernel_hold(ETH0, FOREIGN);
	fake_kernel_add(UPPER, "upper", "vlan")->interface.lower = ETH0;
	fake_kernel_hold(UPPER, FOREIGN);
	fake_kernel_add_outgoing(ETH0, FOREIGN);
	world_start();
	world_steps(2, 7);
	assert_string_equal(world.told, "okay eth0: counting at the tcx hook\n");
	assert_true(world_is_attached("eth0"));
	assert_true(world_view("eth0")->view.outgoing);
	assert_int_equal(world_view("eth0")->view.mode, XDP_LINK_AUTO);
	assert_int_equal(world_view("eth0")->packets, 7);
	/* Before the one that was there. */
	assert_int_equal(fake_kernel_outgoing(ETH0), world.program.program.id);
	assert_int_equal(fake_kernel_at_hook(ETH0), FOREIGN);
	/* No source is asked about a program at this hook, nor has anybody to step aside. */
	assert_null(strstr(world.source.log, "held"));
	assert_null(strstr(kernel.log, "detach"));
	world_stop();
	assert_int_equal(fake_kernel_outgoing(ETH0), FOREIGN);
	assert_int_equal(fake_kernel_at_hook(ETH0), FOREIGN);
}

/* It is reported once, and nothing is tried. */
static void test_no_hooks(void **state)
{
	(void)state;
	kernel.no_tcx = true;
	world.settings.persist = true;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(50, 1);
	assert_string_equal(world.told,
			    "warning : nothing is counted: ReportOutgoing needs tcx hooks, which "
			    "this kernel does not have; use Linux 6.6 or later that is built with "
			    "CONFIG_NET_XGRESS, or set ReportOutgoing to false\n");
	assert_null(strstr(kernel.log, "load"));
	assert_null(strstr(kernel.log, "open 2"));
	assert_null(strstr(kernel.log, "pin_dir_open"));
	assert_non_null(world_view("eth0"));
	assert_false(world_is_attached("eth0"));
	/* Each start says so. */
	world_restart();
	world_steps(3, 1);
	assert_int_equal(world_times_told("needs tcx hooks"), 1);
}

/* Whether it has the hooks cannot be known: asked again, and taken to have them until then. */
static void test_hooks_unknown(void **state)
{
	(void)state;
	kernel.broken = "probe";
	kernel.broken_errno = -EPERM;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(1, 1);
	assert_true(world_is_attached("eth0"));
	assert_string_equal(world.told, "okay eth0: counting at the tcx hook\n");
}

static void test_refused(void **state)
{
	static const struct {
		int error;
		const char *text;
	} rows[] = {
		{-ERANGE, "failure eth0: not counted: 63 programs are at its tcx hook"},
		{-EEXIST, "failure eth0: not counted: the counter is at its tcx hook already"},
		{-ENOMEM, "failure eth0: not counted: the kernel has no memory left to attach to "
			  "its tcx hook"},
		{-EBUSY, "failure eth0: not counted: the kernel refuses to attach to its tcx hook "
			 "("},
	};

	(void)state;
	/* What is at the XDP hook explains nothing. */
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(UPPER, "upper", "vlan")->interface.lower = ETH0;
	fake_kernel_hold(UPPER, FOREIGN);
	world_start();
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		unsigned int attempts = 0;

		fake_kernel_device(ETH0)->tcx_error = rows[i].error;
		if (i)
			world_detach(ETH0);
		world_forget();
		world_steps(40, 0);
		assert_int_equal(world_times_told(rows[i].text), 1);
		assert_int_equal(world_times_told("failure"), 1);
		for (const char *at = kernel.log; (at = strstr(at, "open 2 outgoing")); at++)
			attempts++;
		/* Again after 1, 2, 4, 8, 16 intervals. */
		assert_uint_in_range(attempts, 5, 6);
		fake_kernel_device(ETH0)->tcx_error = 0;
		world_steps(300, 0);
		assert_true(world_is_attached("eth0"));
		assert_int_equal(world_times_told("okay eth0: counting at the tcx hook"), 1);
	}
	assert_null(strstr(world.source.log, "held"));
}

/* The list of interfaces says nothing of this hook, so the link is asked when nothing is counted.
 */
static void test_lost(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(2, 1);
	world_forget();
	fake_kernel_hold(ETH0, FOREIGN);
	fake_kernel_report(false);
	world_steps(3, 1);
	assert_string_equal(world.told, "");
	world_detach(ETH0);
	world_steps(3, 0);
	assert_int_equal(world_times_told("warning eth0: no longer counted: somebody else detached "
					  "the counter from the tcx hook; it is attached again"),
			 1);
	assert_int_equal(world_times_told("okay eth0: counting at the tcx hook"), 1);
	assert_int_equal(fake_kernel_outgoing(ETH0), world.program.program.id);
	world_steps(1, 4);
	/* In the same slot. */
	assert_int_equal(world_view("eth0")->packets, 1 + 3 + 4);
}

/* --- Persist */

static int link_at(unsigned int ifindex)
{
	for (int i = 0; i < FAKE_LINKS; i++) {
		if (kernel.links[i].exists && kernel.links[i].ifindex == ifindex)
			return i;
	}
	fail_msg("no link at %u", ifindex);
	return -1;
}

static void test_upgrade(void **state)
{
	int link;

	(void)state;
	world_start_first();
	link = link_at(ETH0);
	world_restart();
	world_steps(1, 3);
	assert_string_equal(
		world.told,
		"okay eth0: counting at the tcx hook, as before the restart: link kept, program "
		"replaced, counts go on\n"
		"okay eth1: counting at the tcx hook, as before the restart: link kept, program "
		"replaced, counts go on\n");
	assert_int_equal(link_at(ETH0), link);
	assert_int_equal(fake_kernel_outgoing(ETH0), world.program.program.id);
	world_steps(1, 0);
	assert_int_equal(world_view("eth0")->packets, 5 + 3);
	assert_true(world_view("eth0")->view.continued);
	assert_int_equal(kernel.detachments, 0);
	assert_null(strstr(kernel.log, "open 2"));
	assert_int_equal((uint32_t)fake_kernel_pin("program")->object, world.program.program.id);
	assert_null(fake_kernel_pin("program_next"));
}

/* As XDP's: it goes on, and is tried again. */
static void test_update_refused(void **state)
{
	uint32_t before;

	(void)state;
	world_start_first();
	before = world.program.program.id;
	fake_kernel_device(ETH0)->update_error = -EINVAL;
	world_restart();
	world_steps(1, 3);
	assert_int_equal(world_times_told("failure eth0: cannot update the program at the tcx hook "
					  "("),
			 1);
	assert_int_equal(fake_kernel_outgoing(ETH0), before);
	fake_kernel_device(ETH0)->update_error = 0;
	world_steps(4, 3);
	assert_int_equal(fake_kernel_outgoing(ETH0), world.program.program.id);
	assert_int_equal(kernel.detachments, 0);
}

/* What is no longer wanted goes; of others, at the same hook, nothing does. */
static void test_persist_off(void **state)
{
	(void)state;
	world_start_first();
	fake_kernel_add_outgoing(ETH0, FOREIGN);
	world.settings.persist = false;
	world_restart();
	world_steps(1, 0);
	assert_int_equal(world_times_told("2 pinned links"), 1);
	assert_null(fake_kernel_pin("link_2"));
	assert_null(fake_kernel_pin("program"));
	world_stop();
	assert_int_equal(fake_kernel_outgoing(ETH0), FOREIGN);
	assert_int_equal(fake_kernel_outgoing(ETH1), 0);
}

/* A pinned link of the other kind is none of ours, whatever it runs. */
static void test_other_kind(void **state)
{
	(void)state;
	world_start_first();
	world_stop();
	fake_kernel_put_pin(
		"link_2", PIN_DIR_LINK,
		fake_kernel_put_link("other", ETH0, (uint32_t)fake_kernel_pin("program")->object));
	world_forget();
	world_start();
	world_steps(1, 0);
	assert_int_equal(fake_kernel_at_hook(ETH0),
			 (uint32_t)kernel.links[fake_kernel_device(ETH0)->link].program_id);
	assert_true(fake_kernel_device(ETH0)->link >= 0);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_times_told("are not of this plugin"), 1);
}

/*
 * Its interface went to another network namespace while nobody ran, and another one has its index
 * here: the link says the same as before.
 */
static void test_moved(void **state)
{
	int link;

	(void)state;
	world_start_first();
	link = link_at(ETH0);
	world_stop();
	kernel.links[link].elsewhere = true;
	world_forget();
	world_start();
	world_steps(1, 3);
	assert_int_equal(world_times_told("warning eth0: its pinned link is not taken over (it is "
					  "of another interface or mode)"),
			 1);
	assert_int_equal(world_times_told("okay eth0: counting at the tcx hook\n"), 1);
	assert_int_equal(world_times_told("okay eth1: counting at the tcx hook, as before"), 1);
	assert_int_equal(fake_kernel_outgoing(ETH0), world.program.program.id);
	world_steps(1, 4);
	assert_int_equal(world_view("eth0")->packets, 4);
	assert_int_equal(kernel.detachments, 1);
}

/* The same while it runs, and the reports of it are lost. */
static void test_moved_unreported(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	world_steps(2, 3);
	fake_kernel_report(true);
	world_steps(1, 1);
	assert_int_equal(world_view("eth0")->packets, 4);
	kernel.links[link_at(ETH0)].elsewhere = true;
	fake_kernel_report(true);
	world_steps(1, 0);
	assert_int_equal(fake_kernel_outgoing(ETH0), world.program.program.id);
	world_steps(1, 5);
	assert_true(world_is_attached("eth0"));
	assert_int_equal(world_view("eth0")->packets, 5);
}

/* --- what is no longer configured */

static void on_event(void *name, const struct event *event)
{
	world.settings.teller.tell(name, event);
}

static void on_other_event(void *name, const struct event *event)
{
	(void)name;
	(void)event;
	fail_msg("the event is not of this place");
}

/* ReportOutgoing was switched off: its links are known by the kind of their place. */
static void test_clean_up(void **state)
{
	const struct clean_up_settings settings = {.kind = &xdp_kind,
						   .owner = "/run/world.pid",
						   .persist = true,
						   .tell = on_other_event};
	const struct clean_up_place place = {.operations = world.program.program.operations,
					     .kind = &tcx_kind,
					     .directory = "/pins",
					     .name = "",
					     .tell = on_event,
					     .forget = true};
	struct clean_up *clean_up;

	(void)state;
	world_start_first();
	world_stop();
	fake_kernel_add_outgoing(ETH0, FOREIGN);
	world_forget();
	assert_int_equal(clean_up_open(&settings, &clean_up), 0);
	assert_int_equal(clean_up_add(clean_up, &place), 0);
	clean_up_step(clean_up);
	clean_up_close(clean_up);
	assert_int_equal(world_times_told("2 pinned links"), 1);
	assert_null(fake_kernel_pin("program"));
	assert_null(fake_kernel_pin("link_2"));
	assert_int_equal(fake_kernel_outgoing(ETH0), FOREIGN);
	assert_int_equal(fake_kernel_outgoing(ETH1), 0);
	assert_int_equal(kernel.detachments, 2);
}

/* --- whether counts can be true */

/* So many intervals, in each of which so much is counted, received and sent. */
static void pass(unsigned int intervals, uint64_t counted, uint64_t received, uint64_t sent,
		 uint64_t sent_bytes)
{
	struct fake_device *device = fake_kernel_device(ETH0);

	while (intervals--) {
		device->received += received;
		device->sent += sent;
		device->sent_bytes += sent_bytes;
		world_steps(1, counted);
	}
}

static void test_counts(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	/* As it is. What is received is nothing to compare with. */
	pass(20, 100, 9000, 100, 100ULL * FAKE_BYTES);
	assert_string_equal(world.told, "okay eth0: counting at the tcx hook\n");
	/* The driver counts what it is to cut as one, with all its bytes. */
	pass(800, 4500, 0, 100, 4500ULL * FAKE_BYTES);
	assert_string_equal(world.told, "okay eth0: counting at the tcx hook\n");
	/* Dropped behind it, or seen twice. */
	world_forget();
	pass(800, 200, 0, 100, 100ULL * FAKE_BYTES);
	assert_int_equal(
		world_times_told("warning eth0: its counts are higher than what is sent: "), 1);
	assert_int_equal(world_times_told("\n"), 1);
	world_forget();
	pass(800, 100, 0, 100, 100ULL * FAKE_BYTES);
	assert_string_equal(world.told, "okay eth0: its counts agree with the kernel's again\n");
}

static void test_counts_stand_still(void **state)
{
	(void)state;
	fake_kernel_add(ETH0, "eth0", "");
	world_start();
	pass(20, 0, 0, 1000, 100000);
	assert_int_equal(world_times_told("warning eth0: its counts stand still: the counter saw 0 "
					  "of the "),
			 1);
	assert_int_equal(world_times_told("bpftool net"), 1);
}

// clang-format off
#define OUTGOING_TEST(sentence, function) {(sentence), (function), set_up, world_tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		OUTGOING_TEST("what is in XDP's way is not in that of the tcx hook", test_attached),
		OUTGOING_TEST("a kernel without tcx hooks is reported once, and nothing is tried",
			      test_no_hooks),
		OUTGOING_TEST("a kernel that does not answer is taken to have them",
			      test_hooks_unknown),
		OUTGOING_TEST("a refusal is explained, tried again after pauses, and is over",
			      test_refused),
		OUTGOING_TEST("one that somebody detached is attached again, and counts go on",
			      test_lost),
		OUTGOING_TEST("Persist: an upgrade keeps the links and their counts", test_upgrade),
		OUTGOING_TEST("Persist: what refuses the new program keeps the old one",
			      test_update_refused),
		OUTGOING_TEST("Persist off: its own links go, and nobody else's", test_persist_off),
		OUTGOING_TEST("a pinned link of XDP is not one of this kind", test_other_kind),
		OUTGOING_TEST("Persist: the link of one that moved away is not taken over",
			      test_moved),
		OUTGOING_TEST("where reports were lost, the hook is asked who is there",
			      test_moved_unreported),
		OUTGOING_TEST("switched off, what is pinned is detached and removed",
			      test_clean_up),
		OUTGOING_TEST("counts are compared with what is sent, by packets and by bytes",
			      test_counts),
		OUTGOING_TEST("counts that stand still while packets are sent are reported",
			      test_counts_stand_still),
	};

	return cmocka_run_group_tests_name("hook/outgoing", tests, NULL, NULL);
}
