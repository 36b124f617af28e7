// SPDX-License-Identifier: GPL-2.0-only
/* Views made by hand, and the values that come of them. */
#include "tests/unit/unit.h"
#include "tests/unit/report/scene.h"
#include "tests/unit/report/values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/fail_alloc.h"

/* Names as the operator sees them: the manual. */
static const char *const class_instances[RECORD_CLASSES] = {
	[RECORD_IPV4_TCP] = "proto-ipv4_tcp",
	[RECORD_IPV4_UDP] = "proto-ipv4_udp",
	[RECORD_IPV4_ICMP] = "proto-ipv4_icmp",
	[RECORD_IPV4_OTHER] = "proto-ipv4_other",
	[RECORD_IPV6_TCP] = "proto-ipv6_tcp",
	[RECORD_IPV6_UDP] = "proto-ipv6_udp",
	[RECORD_IPV6_ICMP] = "proto-ipv6_icmp",
	[RECORD_IPV6_OTHER] = "proto-ipv6_other",
	[RECORD_ARP] = "proto-arp",
	[RECORD_OTHER] = "proto-other",
	[RECORD_MALFORMED] = "proto-malformed",
};

static const char *const size_instances[RECORD_SIZES] = {
	[RECORD_SIZE_1_TO_64] = "size-1_to_64",
	[RECORD_SIZE_65_TO_127] = "size-65_to_127",
	[RECORD_SIZE_128_TO_255] = "size-128_to_255",
	[RECORD_SIZE_256_TO_511] = "size-256_to_511",
	[RECORD_SIZE_512_TO_1023] = "size-512_to_1023",
	[RECORD_SIZE_1024_TO_1518] = "size-1024_to_1518",
	[RECORD_SIZE_1519_TO_MAX] = "size-1519_to_max",
};

static const char *const cast_instances[RECORD_CASTS] = {
	[RECORD_UNICAST] = "cast-unicast",
	[RECORD_MULTICAST] = "cast-multicast",
	[RECORD_BROADCAST] = "cast-broadcast",
};

static void test_by_default(void **state)
{
	cdtime_t before = scene_begin(), now;

	(void)state;
	scene_count_class(RECORD_UNPARSED, 5, 500);
	now = scene_read_next();
	scene_assert_cell_starts("", before, now, 5, 500);
	scene_assert_gauge("gauge", "attached", 1);
	scene_assert_gauge("gauge", "native", 1);
	assert_int_equal(fake.list_count, 6);
}

static void test_protocols(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	before = scene_begin();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++)
		scene_count_class(i, 10 + i, 1000 + i);
	scene.reading.sum.vlan_tagged = 31;
	scene.reading.sum.ip_fragments = 32;
	scene.reading.sum.tunnels[RECORD_PPPOE] = 33;
	scene.reading.sum.tunnels[RECORD_MPLS] = 34;
	now = scene_read_next();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++) {
		scene_assert_cell_starts(class_instances[i], before, now, 10 + i, 1000 + i);
	}
	scene_assert_starts("if_rx_packets", "vlan-tagged", before, now, 31);
	scene_assert_starts("if_rx_packets", "fragment-ip", before, now, 32);
	scene_assert_starts("if_rx_packets", "tunnel-pppoe", before, now, 33);
	scene_assert_starts("if_rx_packets", "tunnel-mpls", before, now, 34);
	/* 11 classes of two series, four more, and the totals, each with a zero; two gauges. */
	assert_int_equal(fake.list_count, 2 * (11 * 2 + 4 + 2) + 2);
}

static void test_sizes_and_casts(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_SIZE;
	scene.settings.breakdowns |= RECORD_BY_CAST;
	before = scene_begin();
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		scene.reading.sum.sizes[i] = 100 + i;
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		scene.reading.sum.casts[i] = 200 + i;
	now = scene_read_next();
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		scene_assert_starts("if_rx_packets", size_instances[i], before, now, 100 + i);
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		scene_assert_starts("if_rx_packets", cast_instances[i], before, now, 200 + i);
	assert_int_equal(fake.list_count, 2 * (7 + 3 + 2) + 2);
}

static void test_queues_and_cpus(void **state)
{
	cdtime_t before, now;
	char instance[32];

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_QUEUE;
	scene.settings.breakdowns |= RECORD_BY_CPU;
	before = scene_begin();
	for (unsigned int i = 0; i < SCENE_CPUS; i++)
		scene.cpus[i] = (struct record_cell){i + 1, 10 * (i + 1)};
	for (unsigned int i = 0; i < SCENE_QUEUES; i++)
		scene.queues[i] = (struct record_cell){i + 50, 60 * (i + 50)};
	now = scene_read_next();
	for (unsigned int i = 0; i < SCENE_CPUS; i++) {
		snprintf(instance, sizeof(instance), "cpu-%u", i);
		scene_assert_cell_starts(instance, before, now, i + 1, 10 * (i + 1));
	}
	for (unsigned int i = 0; i < SCENE_QUEUES; i++) {
		snprintf(instance, sizeof(instance), "queue-%u", i);
		scene_assert_cell_starts(instance, before, now, i + 50, 60 * (i + 50));
	}
	assert_int_equal(fake.list_count, 2 * 2 * (SCENE_CPUS + SCENE_QUEUES + 1) + 2);
}

static void test_off(void **state)
{
	(void)state;
	scene_begin();
	scene_count_all();
	scene_read_next();
	for (size_t i = 0; i < fake.list_count; i++) {
		const char *instance = fake.lists[i].list.type_instance;

		if (instance[0] && strcmp(fake.lists[i].list.type, "gauge") != 0)
			fail_msg("%s is dispatched", instance);
	}
}

static void test_idle_totals(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene.settings.breakdowns |= RECORD_BY_SIZE;
	before = scene_begin();
	now = scene_read_next();
	scene_assert_cell_starts("", before, now, 0, 0);
	assert_int_equal(fake.list_count, 6);
	now = scene_read_next();
	scene_assert_goes_on("if_rx_packets", "", now, 0);
	assert_int_equal(fake.list_count, 4);
}

static void test_inactive(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings = (struct report_interface_settings){
		.breakdowns = SCENE_ALL, .options.inactive = true, .slots = 1};
	before = scene_begin();
	now = scene_read_next();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++) {
		scene_assert_cell_starts(class_instances[i], before, now, 0, 0);
	}
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		scene_assert_starts("if_rx_packets", size_instances[i], before, now, 0);
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		scene_assert_starts("if_rx_packets", cast_instances[i], before, now, 0);
	scene_assert_starts("if_rx_packets", "vlan-tagged", before, now, 0);
	scene_assert_starts("if_rx_packets", "fragment-ip", before, now, 0);
	scene_assert_starts("if_rx_octets", "cpu-3", before, now, 0);
	scene_assert_starts("if_rx_octets", "queue-7", before, now, 0);
	assert_int_equal(scene_count("if_rx_packets", "cpu-4"), 0);
	assert_int_equal(scene_count("if_rx_packets", "queue-8"), 0);
}

/* The counter has cells for 8 queues, this interface has 2: the others are not its. */
static void test_inactive_queues(void **state)
{
	(void)state;
	scene.settings.breakdowns |= RECORD_BY_QUEUE;
	scene.settings.options.inactive = true;
	scene.view.rx_queues = 2;
	scene_begin();
	scene.queues[5].packets = 1;
	scene_read_next();
	assert_int_equal(scene_count("if_rx_packets", "queue-0"), 2);
	assert_int_equal(scene_count("if_rx_packets", "queue-1"), 2);
	assert_int_equal(scene_count("if_rx_packets", "queue-2"), 0);
	assert_int_equal(scene_count("if_rx_packets", "queue-5"), 2);
}

static void test_gauges(void **state)
{
	static const struct {
		bool attached;
		enum xdp_link_mode mode;
		double native;
	} rows[] = {
		{true, XDP_LINK_NATIVE, 1},
		{true, XDP_LINK_OFFLOAD, 1},
		{true, XDP_LINK_GENERIC, 0},
		{false, XDP_LINK_NATIVE, -1},
	};

	(void)state;
	scene_begin();
	scene.view.reading = NULL;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		scene.view.attached = rows[i].attached;
		scene.view.mode = rows[i].mode;
		scene_read_next();
		scene_assert_gauge("gauge", "attached", rows[i].attached);
		if (rows[i].attached)
			scene_assert_gauge("gauge", "native", rows[i].native);
		assert_int_equal(fake.list_count, rows[i].attached ? 2 : 1);
	}
}

/* One interface in both directions, as two counters show it: its slots differ. */
static void test_outgoing(void **state)
{
	struct report_interface_settings settings = scene.settings;
	struct report_interface *outgoing, *incoming;
	cdtime_t before, now;

	(void)state;
	settings.breakdowns = scene.settings.breakdowns =
		RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_CPU;
	settings.outgoing = true;
	assert_int_equal(report_interface_open(&settings, &scene.dispatch, &outgoing), 0);
	before = scene_begin();
	incoming = scene.report;
	scene_count_class(RECORD_IPV4_TCP, 5, 500);
	now = scene_read_next();
	scene_assert_cell_starts("proto-ipv4_tcp", before, now, 5, 500);
	scene.reading.sum = (struct record){.vlan_tagged = 3};
	scene_count_class(RECORD_ARP, 7, 420);
	scene.reading.sum.sizes[RECORD_SIZE_1_TO_64] = 7;
	scene.reading.sum.casts[RECORD_BROADCAST] = 7;
	scene.cpus[1] = (struct record_cell){7, 420};
	scene.view.outgoing = true;
	scene.view.slot = 2;
	fake_forget_lists();
	scene.report = outgoing;
	scene_round(&scene.view, now);
	scene.report = incoming;
	report_interface_close(outgoing);
	scene_assert_starts("if_tx_packets", "", before, now, 7);
	scene_assert_starts("if_tx_octets", "", before, now, 420);
	scene_assert_starts("if_tx_packets", "proto-arp", before, now, 7);
	scene_assert_starts("if_tx_octets", "proto-arp", before, now, 420);
	scene_assert_starts("if_tx_packets", "vlan-tagged", before, now, 3);
	scene_assert_starts("if_tx_packets", "size-1_to_64", before, now, 7);
	scene_assert_starts("if_tx_packets", "cast-broadcast", before, now, 7);
	scene_assert_starts("if_tx_packets", "cpu-1", before, now, 7);
	scene_assert_starts("if_tx_octets", "cpu-1", before, now, 420);
	scene_assert_gauge("gauge", "attached_outgoing", 1);
	/* Nothing else: no gauge of the XDP hook, and nothing of what comes in. */
	assert_int_equal(fake.list_count, 2 * 9 + 1);
}

static void test_absent(void **state)
{
	(void)state;
	assert_int_equal(report_interface_open(&scene.settings, &scene.dispatch, &scene.report), 0);
	scene.view = (struct view){.name = "eth9"};
	scene_read_next();
	scene_assert_gauge("gauge", "attached", 0);
	assert_int_equal(fake.list_count, 1);
}

static void assert_series_max(const struct report_interface_settings *settings)
{
	struct view other;
	struct report_interface *report = NULL;

	fake_reset(NULL);
	assert_int_equal(report_interface_open(settings, &scene.dispatch, &report), 0);
	scene.view.since = fake.now - fake.interval;
	other = scene.view;
	other.name = "eth1";
	other.slot = 2;
	scene.report = report;
	scene_round(&scene.view, fake.now);
	scene_round(&other, fake.now);
	scene.report = NULL;
	assert_int_equal(2 * report_interface_series_max(settings, SCENE_CPUS, SCENE_QUEUES),
			 values_series());
	report_interface_close(report);
}

static void stop_observing(void)
{
	scene.settings.source_count = 0;
	scene.view.source_count = 0;
}

static void test_series_max(void **state)
{
	static const struct record_cell verdicts[RECORD_VERDICTS] = {
		{1, 60}, {1, 60}, {1, 60}, {1, 60}, {1, 60}};

	(void)state;
	scene_count_all();
	/* What goes out is never observed. */
	for (unsigned int on = 0; on < 96; on++) {
		const bool observed = on & 32;

		if (observed)
			scene_observe(verdicts);
		if (on == 64)
			stop_observing();
		scene.settings.outgoing = scene.view.outgoing = on & 64;
		scene.settings.breakdowns = on & SCENE_ALL;
		scene.settings.slots = 2;
		scene.view.attached = !observed;
		scene.view.observing = observed;
		assert_series_max(&scene.settings);
	}
}

static void test_no_memory(void **state)
{
	unsigned int failed = 0;

	(void)state;
	for (unsigned int n = 1;; n++) {
		int err;

		fail_alloc(n);
		err = report_interface_open(&scene.settings, &scene.dispatch, &scene.report);
		if (!fail_alloc_happened()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_null(scene.report);
		failed++;
	}
	assert_int_equal(failed, 2);
	report_interface_close(NULL);
}

// clang-format off
#define REPORT_TEST(sentence, function) {(sentence), (function), scene_set_up, scene_tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST("totals and two gauges are all there is by default", test_by_default),
		REPORT_TEST("ReportProtocols gives each class, tags and fragments by name",
			    test_protocols),
		REPORT_TEST("ReportSizes and ReportCast give packets by name",
			    test_sizes_and_casts),
		REPORT_TEST("ReportQueues and ReportCPUs give packets and octets by number",
			    test_queues_and_cpus),
		REPORT_TEST("a breakdown that is off gives no value", test_off),
		REPORT_TEST("an idle interface gives totals from zero, and nothing never seen",
			    test_idle_totals),
		REPORT_TEST("ReportInactive gives every series at once", test_inactive),
		REPORT_TEST(
			"ReportInactive gives the queues that the interface has, and those seen",
			test_inactive_queues),
		REPORT_TEST("attached and native follow state and mode", test_gauges),
		REPORT_TEST("what goes out has the same names, of tx, and a gauge of its own",
			    test_outgoing),
		REPORT_TEST("an absent interface is not attached, and that is all", test_absent),
		REPORT_TEST("the number of series foretold is the number seen when all is seen",
			    test_series_max),
		REPORT_TEST("without memory it does not open, and leaks nothing", test_no_memory),
	};

	return cmocka_run_group_tests_name("report/interface", tests, NULL, NULL);
}
