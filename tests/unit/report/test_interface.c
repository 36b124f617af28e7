// SPDX-License-Identifier: GPL-2.0-only
/* Readings made by hand, and the value lists and notifications that come of them. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/fail_alloc.h"
#include "plugin/report/interface.h"
#include "plugin/report/notify.h"
#include "plugin/report/self.h"

#define REPORT_CPUS 4
#define REPORT_QUEUES 8
#define REPORT_ALL                                                                                 \
	(RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_QUEUE | RECORD_BY_CPU)
#define REPORT_LARGE 0x7fffffffffffffffULL

/* One interface under observation, and the report that tells of it. */
struct scene {
	struct report_interface_settings settings;
	struct report_dispatch dispatch;
	struct report_interface *report;
	struct record_cell cpus[REPORT_CPUS];
	struct record_cell queues[REPORT_QUEUES];
	struct view_reading reading;
	struct view view;
};

static struct scene scene;

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

static int set_up(void **state)
{
	fake_reset(state);
	memset(&scene, 0, sizeof(scene));
	scene.settings.slots = 4;
	scene.reading = (struct view_reading){.cpus = scene.cpus,
					      .cpu_count = REPORT_CPUS,
					      .queues = scene.queues,
					      .queue_count = REPORT_QUEUES};
	scene.view = (struct view){.name = "eth0",
				   .attached = true,
				   .mode = XDP_LINK_NATIVE,
				   .rx_queues = REPORT_QUEUES,
				   .slot = 1,
				   .epoch = 1,
				   .reading = &scene.reading};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	report_interface_close(scene.report);
	report_dispatch_close(&scene.dispatch);
	return 0;
}

/* Opens with the settings of the scene; counting begins at fake.now. Returns that time. */
static cdtime_t begin(void)
{
	if (!scene.report)
		assert_int_equal(
			report_interface_open(&scene.settings, &scene.dispatch, &scene.report), 0);
	report_interface_begin(scene.report, &scene.view, fake.now);
	assert_int_equal(fake.list_count, 0);
	return fake.now;
}

/* What one reading of one interface reports. */
static void report_round(const struct view *view, cdtime_t now)
{
	report_interface_view(scene.report, view, now);
	report_dispatch_finish(&scene.dispatch);
}

/* Reads once more, an interval later. Returns the time of that. */
static cdtime_t read_next(void)
{
	fake.now += fake.interval;
	fake_forget_lists();
	report_round(&scene.view, fake.now);
	return fake.now;
}

static bool is_series(const struct fake_list *kept, const char *interface, const char *type,
		      const char *instance)
{
	return strcmp(kept->list.plugin_instance, interface) == 0 &&
	       strcmp(kept->list.type, type) == 0 &&
	       strcmp(kept->list.type_instance, instance) == 0;
}

/* How many values of a series were dispatched since the reading began. */
static size_t count_series(const char *type, const char *instance)
{
	size_t count = 0;

	for (size_t i = 0; i < fake.list_count; i++)
		count += is_series(&fake.lists[i], scene.view.name, type, instance);
	return count;
}

/* The value of a series at a time; there is exactly one. */
static const struct fake_list *find(const char *interface, const char *type, const char *instance,
				    cdtime_t time)
{
	const struct fake_list *found = NULL;

	for (size_t i = 0; i < fake.list_count; i++) {
		if (!is_series(&fake.lists[i], interface, type, instance) ||
		    fake.lists[i].list.time != time)
			continue;
		if (found)
			fail_msg("%s/%s-%s is there twice at one time", interface, type, instance);
		found = &fake.lists[i];
	}
	if (!found)
		fail_msg("%s/%s-%s is not there at this time", interface, type, instance);
	return found;
}

static void assert_derive(const char *type, const char *instance, cdtime_t time, uint64_t value)
{
	const struct fake_list *kept = find(scene.view.name, type, instance, time);

	assert_int_equal(kept->source, DS_TYPE_DERIVE);
	assert_int_equal(kept->value.derive, value);
}

static void assert_gauge(const char *interface, const char *type, const char *instance,
			 double value)
{
	const struct fake_list *kept = find(interface, type, instance, fake.now);

	assert_int_equal(kept->source, DS_TYPE_GAUGE);
	assert_true(kept->value.gauge == value);
}

/* One series that starts: its zero, then its value, and no more. */
static void assert_starts(const char *type, const char *instance, cdtime_t before, cdtime_t now,
			  uint64_t value)
{
	assert_int_equal(count_series(type, instance), 2);
	assert_derive(type, instance, before, 0);
	assert_derive(type, instance, now, value);
	assert_true(find(scene.view.name, type, instance, before) <
		    find(scene.view.name, type, instance, now));
}

/* The two series of one cell. */
static void assert_cell_starts(const char *instance, cdtime_t before, cdtime_t now,
			       uint64_t packets, uint64_t octets)
{
	assert_starts("if_rx_packets", instance, before, now, packets);
	assert_starts("if_rx_octets", instance, before, now, octets);
}

static void assert_runs(const char *type, const char *instance, cdtime_t now, uint64_t value)
{
	assert_int_equal(count_series(type, instance), 1);
	assert_derive(type, instance, now, value);
}

static void count_class(enum record_class class, uint64_t packets, uint64_t bytes)
{
	scene.reading.sum.classes[class].packets += packets;
	scene.reading.sum.classes[class].bytes += bytes;
}

static void test_by_default(void **state)
{
	cdtime_t before = begin(), now;

	(void)state;
	count_class(RECORD_UNPARSED, 5, 500);
	now = read_next();
	assert_cell_starts("", before, now, 5, 500);
	assert_gauge("eth0", "gauge", "attached", 1);
	assert_gauge("eth0", "gauge", "native", 1);
	assert_int_equal(fake.list_count, 6);
}

static void test_identity(void **state)
{
	(void)state;
	begin();
	read_next();
	for (size_t i = 0; i < fake.list_count; i++) {
		assert_string_equal(fake.lists[i].list.host, "host.example");
		assert_string_equal(fake.lists[i].list.plugin, "xdp");
		assert_string_equal(fake.lists[i].list.plugin_instance, "eth0");
		/* 0: collectd puts in the interval of the plugin. */
		assert_int_equal(fake.lists[i].list.interval, 0);
		assert_null(fake.lists[i].list.meta);
	}
}

static void test_protocols(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	before = begin();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++)
		count_class(i, 10 + i, 1000 + i);
	scene.reading.sum.vlan_tagged = 31;
	scene.reading.sum.ip_fragments = 32;
	now = read_next();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++) {
		assert_cell_starts(class_instances[i], before, now, 10 + i, 1000 + i);
	}
	assert_starts("if_rx_packets", "vlan-tagged", before, now, 31);
	assert_starts("if_rx_packets", "fragment-ip", before, now, 32);
	/* 11 classes of two series, two more, and the totals, each with a zero; two gauges. */
	assert_int_equal(fake.list_count, 2 * (11 * 2 + 2 + 2) + 2);
}

static void test_sizes_and_casts(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_SIZE;
	scene.settings.breakdowns |= RECORD_BY_CAST;
	before = begin();
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		scene.reading.sum.sizes[i] = 100 + i;
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		scene.reading.sum.casts[i] = 200 + i;
	now = read_next();
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		assert_starts("if_rx_packets", size_instances[i], before, now, 100 + i);
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		assert_starts("if_rx_packets", cast_instances[i], before, now, 200 + i);
	assert_int_equal(fake.list_count, 2 * (7 + 3 + 2) + 2);
}

static void test_queues_and_cpus(void **state)
{
	cdtime_t before, now;
	char instance[32];

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_QUEUE;
	scene.settings.breakdowns |= RECORD_BY_CPU;
	before = begin();
	for (unsigned int i = 0; i < REPORT_CPUS; i++)
		scene.cpus[i] = (struct record_cell){i + 1, 10 * (i + 1)};
	for (unsigned int i = 0; i < REPORT_QUEUES; i++)
		scene.queues[i] = (struct record_cell){i + 50, 60 * (i + 50)};
	now = read_next();
	for (unsigned int i = 0; i < REPORT_CPUS; i++) {
		snprintf(instance, sizeof(instance), "cpu-%u", i);
		assert_cell_starts(instance, before, now, i + 1, 10 * (i + 1));
	}
	for (unsigned int i = 0; i < REPORT_QUEUES; i++) {
		snprintf(instance, sizeof(instance), "queue-%u", i);
		assert_cell_starts(instance, before, now, i + 50, 60 * (i + 50));
	}
	assert_int_equal(fake.list_count, 2 * 2 * (REPORT_CPUS + REPORT_QUEUES + 1) + 2);
}

/* Counts everything that there is. */
static void count_all(void)
{
	for (unsigned int i = 0; i < RECORD_CLASSES; i++)
		count_class(i, 1, 60);
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		scene.reading.sum.sizes[i]++;
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		scene.reading.sum.casts[i]++;
	scene.reading.sum.vlan_tagged++;
	scene.reading.sum.ip_fragments++;
	for (unsigned int i = 0; i < REPORT_CPUS; i++)
		scene.cpus[i].packets++;
	for (unsigned int i = 0; i < REPORT_QUEUES; i++)
		scene.queues[i].packets++;
}

static void test_off(void **state)
{
	(void)state;
	begin();
	count_all();
	read_next();
	for (size_t i = 0; i < fake.list_count; i++) {
		const char *instance = fake.lists[i].list.type_instance;

		if (instance[0] && strcmp(fake.lists[i].list.type, "gauge") != 0)
			fail_msg("%s is dispatched", instance);
	}
}

static void test_late_class(void **state)
{
	cdtime_t second, third, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	begin();
	count_class(RECORD_IPV4_TCP, 1, 60);
	read_next();
	second = read_next();
	assert_int_equal(count_series("if_rx_packets", "proto-arp"), 0);
	assert_int_equal(count_series("if_rx_octets", "proto-arp"), 0);
	count_class(RECORD_ARP, 7, 420);
	third = read_next();
	assert_cell_starts("proto-arp", second, third, 7, 420);
	assert_runs("if_rx_packets", "proto-ipv4_tcp", third, 1);
	assert_runs("if_rx_packets", "", third, 8);
	count_class(RECORD_ARP, 1, 60);
	now = read_next();
	assert_runs("if_rx_packets", "proto-arp", now, 8);
	assert_runs("if_rx_octets", "proto-arp", now, 480);
	now = read_next();
	assert_runs("if_rx_packets", "proto-arp", now, 8);
}

static void test_idle_totals(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene.settings.breakdowns |= RECORD_BY_SIZE;
	before = begin();
	now = read_next();
	assert_cell_starts("", before, now, 0, 0);
	assert_int_equal(fake.list_count, 6);
	now = read_next();
	assert_runs("if_rx_packets", "", now, 0);
	assert_int_equal(fake.list_count, 4);
}

static void test_inactive(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings = (struct report_interface_settings){
		.breakdowns = REPORT_ALL, .options.inactive = true, .slots = 1};
	before = begin();
	now = read_next();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++) {
		assert_cell_starts(class_instances[i], before, now, 0, 0);
	}
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		assert_starts("if_rx_packets", size_instances[i], before, now, 0);
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		assert_starts("if_rx_packets", cast_instances[i], before, now, 0);
	assert_starts("if_rx_packets", "vlan-tagged", before, now, 0);
	assert_starts("if_rx_packets", "fragment-ip", before, now, 0);
	assert_starts("if_rx_octets", "cpu-3", before, now, 0);
	assert_starts("if_rx_octets", "queue-7", before, now, 0);
	assert_int_equal(count_series("if_rx_packets", "cpu-4"), 0);
	assert_int_equal(count_series("if_rx_packets", "queue-8"), 0);
}

/* The counter has cells for 8 queues, this interface has 2: the others are not its. */
static void test_inactive_queues(void **state)
{
	(void)state;
	scene.settings.breakdowns |= RECORD_BY_QUEUE;
	scene.settings.options.inactive = true;
	scene.view.rx_queues = 2;
	begin();
	scene.queues[5].packets = 1;
	read_next();
	assert_int_equal(count_series("if_rx_packets", "queue-0"), 2);
	assert_int_equal(count_series("if_rx_packets", "queue-1"), 2);
	assert_int_equal(count_series("if_rx_packets", "queue-2"), 0);
	assert_int_equal(count_series("if_rx_packets", "queue-5"), 2);
}

/* collectd reads right after init: values so close to their zeros would give no rate. */
static void test_too_early(void **state)
{
	cdtime_t before = begin(), now;

	(void)state;
	count_class(RECORD_IPV4_TCP, 3, 180);
	fake.now = before + fake.interval / 2 - 1;
	report_round(&scene.view, fake.now);
	assert_int_equal(fake.list_count, 2);
	assert_gauge("eth0", "gauge", "attached", 1);
	assert_gauge("eth0", "gauge", "native", 1);
	fake_forget_lists();
	now = before + fake.interval / 2;
	report_round(&scene.view, now);
	assert_starts("if_rx_packets", "", before, now, 3);
	/* Only the first one: a reading that follows quickly is a reading. */
	fake_forget_lists();
	report_round(&scene.view, now + 1);
	assert_runs("if_rx_packets", "", now + 1, 3);
}

/* An interface that appears later is first seen by report_interface_view(). */
static void test_without_begin(void **state)
{
	cdtime_t before, now;

	(void)state;
	assert_int_equal(report_interface_open(&scene.settings, &scene.dispatch, &scene.report), 0);
	scene.view.reading = NULL;
	before = read_next();
	assert_int_equal(fake.list_count, 2);
	scene.view.reading = &scene.reading;
	count_class(RECORD_OTHER, 2, 128);
	now = read_next();
	assert_starts("if_rx_packets", "", before, now, 2);
}

/* A hook that was busy for long: the zero is as old as the attachment, not as the wait. */
static void test_zero_after_wait(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.view.attached = false;
	scene.view.reading = NULL;
	begin();
	read_next();
	read_next();
	scene.view.attached = true;
	before = read_next();
	scene.view.reading = &scene.reading;
	count_class(RECORD_OTHER, 2, 128);
	now = read_next();
	assert_starts("if_rx_packets", "", before, now, 2);
}

static void test_missed_reading(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	begin();
	count_class(RECORD_ARP, 1, 60);
	before = read_next();
	scene.view.reading = NULL;
	read_next();
	assert_int_equal(fake.list_count, 2);
	scene.view.reading = &scene.reading;
	count_class(RECORD_OTHER, 4, 256);
	now = read_next();
	assert_starts("if_rx_packets", "proto-other", before, now, 4);
	assert_runs("if_rx_packets", "proto-arp", now, 1);
}

static void test_new_epoch(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene.settings.breakdowns |= RECORD_BY_CPU;
	begin();
	count_class(RECORD_ARP, 9, 540);
	scene.cpus[0].packets = 9;
	read_next();
	memset(&scene.reading.sum, 0, sizeof(scene.reading.sum));
	scene.cpus[0].packets = 0;
	scene.view.epoch = 2;
	scene.view.reading = NULL;
	before = read_next();
	scene.view.reading = &scene.reading;
	count_class(RECORD_ARP, 2, 120);
	scene.cpus[0].packets = 2;
	now = read_next();
	assert_cell_starts("", before, now, 2, 120);
	assert_starts("if_rx_packets", "proto-arp", before, now, 2);
	assert_starts("if_rx_packets", "cpu-0", before, now, 2);
	assert_int_equal(count_series("if_rx_packets", "cpu-1"), 0);
}

/* With Persist, the collectd before us has reported what is there already. */
static void test_continued(void **state)
{
	cdtime_t start, first, second;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene.view.continued = true;
	count_class(RECORD_ARP, 9, 540);
	start = begin();
	report_round(&scene.view, start + 1);
	first = start + 1;
	assert_runs("if_rx_packets", "", first, 9);
	assert_runs("if_rx_octets", "", first, 540);
	assert_runs("if_rx_packets", "proto-arp", first, 9);
	assert_int_equal(fake.lookups, 0);
	count_class(RECORD_OTHER, 2, 128);
	second = read_next();
	assert_runs("if_rx_packets", "", second, 11);
	assert_starts("if_rx_packets", "proto-other", first, second, 2);
}

static void test_interfaces_apart(void **state)
{
	struct view other;
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	before = begin();
	other = scene.view;
	other.name = "eth1";
	other.slot = 4;
	other.epoch = 2;
	report_interface_begin(scene.report, &other, fake.now);
	count_class(RECORD_ARP, 1, 60);
	read_next();
	now = fake.now;
	report_round(&other, now);
	assert_starts("if_rx_packets", "proto-arp", before, now, 1);
	scene.view.name = "eth1";
	assert_starts("if_rx_packets", "proto-arp", before, now, 1);
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
	begin();
	scene.view.reading = NULL;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		scene.view.attached = rows[i].attached;
		scene.view.mode = rows[i].mode;
		read_next();
		assert_gauge("eth0", "gauge", "attached", rows[i].attached);
		if (rows[i].attached)
			assert_gauge("eth0", "gauge", "native", rows[i].native);
		assert_int_equal(fake.list_count, rows[i].attached ? 2 : 1);
	}
}

/* What is observed is not attached, and both are told; the mode is that of the other program. */
static void test_observing_gauges(void **state)
{
	(void)state;
	scene.settings.observe = true;
	scene.view.attached = false;
	scene.view.mode = XDP_LINK_GENERIC;
	begin();
	scene.view.reading = NULL;
	read_next();
	assert_gauge("eth0", "gauge", "attached", 0);
	assert_gauge("eth0", "gauge", "observing", 0);
	assert_int_equal(fake.list_count, 2);
	scene.view.observing = true;
	read_next();
	assert_gauge("eth0", "gauge", "attached", 0);
	assert_gauge("eth0", "gauge", "observing", 1);
	assert_gauge("eth0", "gauge", "native", 0);
	assert_int_equal(fake.list_count, 3);
}

/* They start with what was seen, each with its zero, and are not there where nothing is observed.
 */
static void test_verdicts(void **state)
{
	struct record_cell verdicts[RECORD_VERDICTS] = {
		[RECORD_DROP] = {5, 500}, [RECORD_PASS] = {7, 700}, [RECORD_TX] = {1, 100}};
	cdtime_t before, now;

	(void)state;
	scene.settings.observe = true;
	scene.view.attached = false;
	scene.view.observing = true;
	before = begin();
	now = read_next();
	assert_int_equal(count_series("if_rx_packets", "verdict-drop"), 0);
	scene.view.verdicts = verdicts;
	before = now;
	now = read_next();
	assert_cell_starts("verdict-drop", before, now, 5, 500);
	assert_cell_starts("verdict-pass", before, now, 7, 700);
	assert_cell_starts("verdict-tx", before, now, 1, 100);
	assert_int_equal(count_series("if_rx_packets", "verdict-aborted"), 0);
	assert_int_equal(count_series("if_rx_packets", "verdict-redirect"), 0);
	verdicts[RECORD_ABORTED] = (struct record_cell){2, 120};
	verdicts[RECORD_REDIRECT] = (struct record_cell){3, 180};
	before = now;
	now = read_next();
	assert_cell_starts("verdict-aborted", before, now, 2, 120);
	assert_cell_starts("verdict-redirect", before, now, 3, 180);
	assert_runs("if_rx_packets", "verdict-drop", now, 5);
}

static void test_absent(void **state)
{
	(void)state;
	assert_int_equal(report_interface_open(&scene.settings, &scene.dispatch, &scene.report), 0);
	scene.view = (struct view){.name = "eth9"};
	report_interface_begin(scene.report, &scene.view, fake.now);
	read_next();
	assert_gauge("eth9", "gauge", "attached", 0);
	assert_int_equal(fake.list_count, 1);
}

static void test_large(void **state)
{
	cdtime_t before = begin(), now;

	(void)state;
	count_class(RECORD_IPV4_UDP, REPORT_LARGE - 1, REPORT_LARGE);
	now = read_next();
	assert_cell_starts("", before, now, REPORT_LARGE - 1, REPORT_LARGE);
}

/* The number of series dispatched at least once. */
static size_t distinct_series(void)
{
	size_t count = 0;

	for (size_t i = 0; i < fake.list_count; i++) {
		const value_list_t *list = &fake.lists[i].list;
		bool known = false;

		for (size_t j = 0; j < i && !known; j++)
			known = is_series(&fake.lists[j], list->plugin_instance, list->type,
					  list->type_instance);
		count += !known;
	}
	return count;
}

static void assert_series_max(const struct report_interface_settings *settings)
{
	struct view other;
	struct report_interface *report = NULL;

	fake_reset(NULL);
	assert_int_equal(report_interface_open(settings, &scene.dispatch, &report), 0);
	other = scene.view;
	other.name = "eth1";
	other.slot = 2;
	report_interface_begin(report, &scene.view, fake.now);
	report_interface_begin(report, &other, fake.now);
	fake.now += fake.interval;
	report_interface_view(report, &scene.view, fake.now);
	report_interface_view(report, &other, fake.now);
	report_dispatch_finish(&scene.dispatch);
	assert_int_equal(report_interface_series_max(settings, REPORT_CPUS, REPORT_QUEUES),
			 distinct_series());
	report_interface_close(report);
}

static void test_series_max(void **state)
{
	static const struct record_cell verdicts[RECORD_VERDICTS] = {
		{1, 60}, {1, 60}, {1, 60}, {1, 60}, {1, 60}};

	(void)state;
	count_all();
	for (unsigned int on = 0; on < 64; on++) {
		const bool observed = on & 32;
		const struct report_interface_settings settings = {
			.breakdowns = on & REPORT_ALL, .observe = observed, .slots = 2};

		scene.view.attached = !observed;
		scene.view.observing = observed;
		scene.view.verdicts = observed ? verdicts : NULL;

		assert_series_max(&settings);
	}
}

/* collectd's write threads may take a zero and its value in either order. */
static void test_value_waits_for_zero(void **state)
{
	cdtime_t now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	begin();
	fake.cache_delay = 2;
	count_class(RECORD_IPV6_TCP, 5, 500);
	now = read_next();
	assert_true(find("eth0", "if_rx_packets", "", now)->zero_arrived);
	assert_true(find("eth0", "if_rx_octets", "", now)->zero_arrived);
	assert_true(find("eth0", "if_rx_packets", "proto-ipv6_tcp", now)->zero_arrived);
	assert_true(find("eth0", "if_rx_octets", "proto-ipv6_tcp", now)->zero_arrived);
	/* Two lookups in vain and one that finds it, for each of the four. */
	assert_int_equal(fake.lookups, 4 * 3);
}

/* All zeros, and what runs, go before the first wait. */
static void test_order(void **state)
{
	cdtime_t before, now;
	size_t last_zero = 0, running = 0, first_value = 0;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	begin();
	before = read_next();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++)
		count_class(i, 1, 60);
	now = read_next();
	for (size_t i = 0; i < fake.list_count; i++) {
		const value_list_t *list = &fake.lists[i].list;

		if (list->time == before)
			last_zero = i;
		else if (is_series(&fake.lists[i], "eth0", "if_rx_octets", ""))
			running = i;
		else if (list->time == now && !first_value && strcmp(list->type, "gauge") != 0 &&
			 list->type_instance[0])
			first_value = i;
	}
	assert_true(last_zero > 0);
	assert_true(last_zero < first_value);
	assert_true(running > 0);
	assert_true(running < first_value);
}

static void test_no_wait_while_running(void **state)
{
	(void)state;
	begin();
	count_class(RECORD_OTHER, 1, 60);
	read_next();
	fake.lookups = 0;
	read_next();
	assert_int_equal(fake.lookups, 0);
}

static void test_zero_never_arrives(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	before = begin();
	fake.cache_delay = FAKE_NEVER;
	count_class(RECORD_IPV6_TCP, 5, 500);
	now = read_next();
	assert_starts("if_rx_packets", "", before, now, 5);
	assert_cell_starts("proto-ipv6_tcp", before, now, 5, 500);
	assert_false(find("eth0", "if_rx_packets", "", now)->zero_arrived);
	/* The wait is shared: it does not grow with the number of series. */
	assert_true(fake.lookups <= 250);
}

static void test_self(void **state)
{
	struct report_self self = {.read_seconds = 0.25,
				   .memory = 1 << 20,
				   .interfaces = 3,
				   .instructions = 1234,
				   .is_timed = true,
				   .run_time_ns = 5000000999,
				   .run_count = 123456789012};

	(void)state;
	report_self(&self, fake.now);
	assert_gauge("", "duration", "read", 0.25);
	assert_gauge("", "memory", "maps", 1048576);
	assert_gauge("", "gauge", "interfaces", 3);
	assert_gauge("", "gauge", "instructions", 1234);
	scene.view.name = "";
	assert_derive("total_time_in_ms", "program", fake.now, 5000);
	assert_derive("invocations", "program", fake.now, 123456789012);
	assert_int_equal(fake.list_count, 6);
	for (size_t i = 0; i < fake.list_count; i++)
		assert_string_equal(fake.lists[i].list.plugin, "xdp");
}

static void test_self_unknown(void **state)
{
	const struct report_self self = {.read_seconds = 0.5};

	(void)state;
	report_self(&self, fake.now);
	assert_gauge("", "duration", "read", 0.5);
	assert_gauge("", "memory", "maps", 0);
	assert_gauge("", "gauge", "interfaces", 0);
	assert_int_equal(fake.list_count, 3);
}

static void test_event(void **state)
{
	static const struct {
		enum event_severity severity;
		int log, notification;
	} rows[] = {
		{EVENT_OKAY, LOG_INFO, NOTIF_OKAY},
		{EVENT_WARNING, LOG_WARNING, NOTIF_WARNING},
		{EVENT_FAILURE, LOG_ERR, NOTIF_FAILURE},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		const struct event event = {rows[i].severity, "eth0",
					    "what happened: cause; what to do"};

		report_notify(&event);
		assert_int_equal(fake.logs[i].level, rows[i].log);
		assert_string_equal(fake.logs[i].text,
				    "xdp plugin: eth0: what happened: cause; what to do.");
		assert_int_equal(fake.notifications[i].severity, rows[i].notification);
		assert_string_equal(fake.notifications[i].message,
				    "eth0: what happened: cause; what to do");
		assert_string_equal(fake.notifications[i].host, "host.example");
		assert_string_equal(fake.notifications[i].plugin, "xdp");
		assert_string_equal(fake.notifications[i].plugin_instance, "eth0");
		assert_string_equal(fake.notifications[i].type, "gauge");
		assert_string_equal(fake.notifications[i].type_instance, "attached");
		assert_true(fake.notifications[i].time == fake.now);
		assert_null(fake.notifications[i].meta);
	}
	assert_int_equal(fake.log_count, 3);
	assert_int_equal(fake.notification_count, 3);
	assert_int_equal(fake.list_count, 0);
}

static void test_event_of_all(void **state)
{
	const struct event event = {EVENT_WARNING, "", "100%s of it; do that"};

	(void)state;
	report_notify(&event);
	assert_string_equal(fake.logs[0].text, "xdp plugin: 100%s of it; do that.");
	assert_string_equal(fake.notifications[0].message, "100%s of it; do that");
	assert_string_equal(fake.notifications[0].plugin_instance, "");
}

static void test_long_event(void **state)
{
	char text[1024];
	const struct event event = {EVENT_FAILURE, "eth0", text};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	report_notify(&event);
	assert_int_equal(strlen(fake.logs[0].text),
			 strlen("xdp plugin: eth0: .") + sizeof(text) - 1);
	assert_int_equal(strlen(fake.notifications[0].message), NOTIF_MAX_MSG_LEN - 1);
	assert_int_equal(strncmp(fake.notifications[0].message, "eth0: xxxx", 10), 0);
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

/* The interval is skipped, and the next one makes up for it. */
static void test_no_memory_for_cpus(void **state)
{
	cdtime_t before = begin(), now;

	(void)state;
	count_class(RECORD_OTHER, 1, 60);
	fail_alloc(1);
	read_next();
	assert_true(fail_alloc_happened());
	assert_int_equal(fake.list_count, 2);
	now = read_next();
	assert_starts("if_rx_packets", "", before, now, 1);
}

/* It goes at once, behind its zero; the other one of the cell waits. */
static void test_no_memory_for_first(void **state)
{
	cdtime_t before = begin(), now;

	(void)state;
	count_class(RECORD_OTHER, 1, 60);
	fake.cache_delay = 2;
	fail_alloc(3);
	now = read_next();
	assert_true(fail_alloc_happened());
	assert_cell_starts("", before, now, 1, 60);
	assert_false(find("eth0", "if_rx_packets", "", now)->zero_arrived);
	assert_true(find("eth0", "if_rx_octets", "", now)->zero_arrived);
}

// clang-format off
#define REPORT_TEST(sentence, function) {(sentence), (function), set_up, tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST("totals and two gauges are all there is by default", test_by_default),
		REPORT_TEST("host, plugin and instance are set, time and interval are collectd's",
			    test_identity),
		REPORT_TEST("ReportProtocols gives each class, tags and fragments by name",
			    test_protocols),
		REPORT_TEST("ReportSizes and ReportCast give packets by name",
			    test_sizes_and_casts),
		REPORT_TEST("ReportQueues and ReportCPUs give packets and octets by number",
			    test_queues_and_cpus),
		REPORT_TEST("a breakdown that is off gives no value", test_off),
		REPORT_TEST(
			"a class that counts first in the third reading starts with one zero at "
			"the time of the second",
			test_late_class),
		REPORT_TEST("an idle interface gives totals from zero, and nothing never seen",
			    test_idle_totals),
		REPORT_TEST("ReportInactive gives every series at once", test_inactive),
		REPORT_TEST(
			"ReportInactive gives the queues that the interface has, and those seen",
			test_inactive_queues),
		REPORT_TEST("a first reading within half an interval gives no counts",
			    test_too_early),
		REPORT_TEST("an interface first seen in a reading starts with a zero there",
			    test_without_begin),
		REPORT_TEST("a series that starts after a long wait has a zero no older than its "
			    "attachment",
			    test_zero_after_wait),
		REPORT_TEST("a reading that failed leaves no gap: zeros stand at the last good one",
			    test_missed_reading),
		REPORT_TEST("a new epoch starts all series again with zeros", test_new_epoch),
		REPORT_TEST("counts that go on from before a restart go on without a zero",
			    test_continued),
		REPORT_TEST("what one interface has started, another has not",
			    test_interfaces_apart),
		REPORT_TEST("attached and native follow state and mode", test_gauges),
		REPORT_TEST("observing is told while it is not attached, if it may be",
			    test_observing_gauges),
		REPORT_TEST("verdicts start when they are first seen, packets and octets",
			    test_verdicts),
		REPORT_TEST("an absent interface is not attached, and that is all", test_absent),
		REPORT_TEST("values near 2^63 stay exact", test_large),
		REPORT_TEST("the number of series foretold is the number seen when all is seen",
			    test_series_max),
		REPORT_TEST("a first value is dispatched when its zero has arrived",
			    test_value_waits_for_zero),
		REPORT_TEST("zeros and what runs go first, then what starts", test_order),
		REPORT_TEST("what runs does not ask the cache", test_no_wait_while_running),
		REPORT_TEST(
			"a zero that never arrives holds its value back for a bounded time only",
			test_zero_never_arrives),
		REPORT_TEST("ReportSelf gives the plugin's own cost with bpf statistics",
			    test_self),
		REPORT_TEST("ReportSelf leaves out what is not known", test_self_unknown),
		REPORT_TEST("an event is one log line and one notification", test_event),
		REPORT_TEST("an event of no interface names none, and is no format",
			    test_event_of_all),
		REPORT_TEST("a long event is whole in the log and cut off in the notification",
			    test_long_event),
		REPORT_TEST("without memory it does not open, and leaks nothing", test_no_memory),
		REPORT_TEST("without memory for a first reading, the second makes up for it",
			    test_no_memory_for_cpus),
		REPORT_TEST("without memory a first value goes at once, and none is lost",
			    test_no_memory_for_first),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
