// SPDX-License-Identifier: GPL-2.0-only
/* When the series of an interface start, and where their zeros stand. */
#include "tests/unit/unit.h"
#include "tests/unit/report/scene.h"
#include "tests/unit/report/values.h"

#include "tests/unit/fail_alloc.h"

static void test_late_class(void **state)
{
	cdtime_t second, third, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene_begin();
	scene_count_class(RECORD_IPV4_TCP, 1, 60);
	scene_read_next();
	second = scene_read_next();
	assert_int_equal(scene_count("if_rx_packets", "proto-arp"), 0);
	assert_int_equal(scene_count("if_rx_octets", "proto-arp"), 0);
	scene_count_class(RECORD_ARP, 7, 420);
	third = scene_read_next();
	scene_assert_cell_starts("proto-arp", second, third, 7, 420);
	scene_assert_goes_on("if_rx_packets", "proto-ipv4_tcp", third, 1);
	scene_assert_goes_on("if_rx_packets", "", third, 8);
	scene_count_class(RECORD_ARP, 1, 60);
	now = scene_read_next();
	scene_assert_goes_on("if_rx_packets", "proto-arp", now, 8);
	scene_assert_goes_on("if_rx_octets", "proto-arp", now, 480);
	now = scene_read_next();
	scene_assert_goes_on("if_rx_packets", "proto-arp", now, 8);
}

/* collectd reads right after init: values so close to their zeros would give no rate. */
static void test_too_early(void **state)
{
	cdtime_t before = scene_begin(), now;

	(void)state;
	scene_count_class(RECORD_IPV4_TCP, 3, 180);
	fake.now = before + fake.interval / 2 - 1;
	scene_round(&scene.view, fake.now);
	assert_int_equal(fake.list_count, 2);
	scene_assert_gauge("gauge", "attached", 1);
	scene_assert_gauge("gauge", "native", 1);
	fake_forget_lists();
	now = before + fake.interval / 2;
	scene_round(&scene.view, now);
	scene_assert_starts("if_rx_packets", "", before, now, 3);
	/* Only the first one: a reading that follows quickly is a reading. */
	fake_forget_lists();
	scene_round(&scene.view, now + 1);
	scene_assert_goes_on("if_rx_packets", "", now + 1, 3);
}

/* An interface that appears later is shown first with its reading. */
static void test_without_begin(void **state)
{
	cdtime_t before = fake.now - fake.interval, now;

	(void)state;
	assert_int_equal(report_interface_open(&scene.settings, &scene.dispatch, &scene.report), 0);
	scene.view.since = before;
	scene_count_class(RECORD_OTHER, 2, 128);
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "", before, now, 2);
}

/* A hook that was busy for long: the zero is as old as the attachment, not as the wait. */
static void test_zero_after_wait(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.view.attached = false;
	scene.view.reading = NULL;
	scene_begin();
	scene_read_next();
	before = scene_read_next() + fake.interval / 4;
	scene.view.since = before;
	scene.view.attached = true;
	scene.view.reading = &scene.reading;
	scene_count_class(RECORD_OTHER, 2, 128);
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "", before, now, 2);
}

/* Once it is attached, a reading that fails moves the zero no further. */
static void test_zero_after_wait_and_failure(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.view.attached = false;
	scene.view.reading = NULL;
	scene_begin();
	before = scene_read_next() + 1;
	scene.view.since = before;
	scene.view.attached = true;
	scene_read_next();
	scene_read_next();
	scene.view.reading = &scene.reading;
	scene_count_class(RECORD_OTHER, 2, 128);
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "", before, now, 2);
}

/* Its last reading may come soon after it began, and there is no other one. */
static void test_departed(void **state)
{
	cdtime_t before, now;

	(void)state;
	before = scene_begin();
	scene_count_class(RECORD_OTHER, 2, 128);
	scene.view.departed = true;
	scene.view.attached = false;
	now = before + fake.interval / 4;
	scene_round(&scene.view, now);
	scene_assert_cell_starts("", before, now, 2, 128);
	assert_int_equal(scene_count("gauge", "attached"), 0);
	assert_int_equal(fake.list_count, 4);
}

/* It was lost after the last reading: what came until then is reported, and that it is lost. */
static void test_read_when_lost(void **state)
{
	cdtime_t now;

	(void)state;
	scene_begin();
	scene_count_class(RECORD_OTHER, 2, 128);
	scene_read_next();
	scene.view.attached = false;
	scene_count_class(RECORD_OTHER, 3, 192);
	now = scene_read_next();
	scene_assert_goes_on("if_rx_packets", "", now, 5);
	scene_assert_gauge("gauge", "attached", 0);
	assert_int_equal(fake.list_count, 3);
}

static void test_missed_reading(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene_begin();
	scene_count_class(RECORD_ARP, 1, 60);
	before = scene_read_next();
	scene.view.reading = NULL;
	scene_read_next();
	assert_int_equal(fake.list_count, 2);
	scene.view.reading = &scene.reading;
	scene_count_class(RECORD_OTHER, 4, 256);
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "proto-other", before, now, 4);
	scene_assert_goes_on("if_rx_packets", "proto-arp", now, 1);
}

static void test_new_epoch(void **state)
{
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene.settings.breakdowns |= RECORD_BY_CPU;
	scene_begin();
	scene_count_class(RECORD_ARP, 9, 540);
	scene.cpus[0].packets = 9;
	scene_read_next();
	memset(&scene.reading.sum, 0, sizeof(scene.reading.sum));
	scene.cpus[0].packets = 0;
	scene.view.epoch = 2;
	scene.view.reading = NULL;
	before = scene.view.since = scene_read_next();
	scene.view.reading = &scene.reading;
	scene_count_class(RECORD_ARP, 2, 120);
	scene.cpus[0].packets = 2;
	now = scene_read_next();
	scene_assert_cell_starts("", before, now, 2, 120);
	scene_assert_starts("if_rx_packets", "proto-arp", before, now, 2);
	scene_assert_starts("if_rx_packets", "cpu-0", before, now, 2);
	assert_int_equal(scene_count("if_rx_packets", "cpu-1"), 0);
}

/* With Persist, the collectd before us has reported what is there already. */
static void test_continued(void **state)
{
	cdtime_t start, first, second;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene.view.continued = true;
	scene_count_class(RECORD_ARP, 9, 540);
	start = scene_begin();
	scene_round(&scene.view, start + 1);
	first = start + 1;
	scene_assert_goes_on("if_rx_packets", "", first, 9);
	scene_assert_goes_on("if_rx_octets", "", first, 540);
	scene_assert_goes_on("if_rx_packets", "proto-arp", first, 9);
	assert_int_equal(fake.lookups, 0);
	scene_count_class(RECORD_OTHER, 2, 128);
	second = scene_read_next();
	scene_assert_goes_on("if_rx_packets", "", second, 11);
	scene_assert_starts("if_rx_packets", "proto-other", first, second, 2);
}

static void test_interfaces_apart(void **state)
{
	struct view other;
	cdtime_t before, now;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	before = scene_begin();
	other = scene.view;
	other.name = "eth1";
	other.slot = 4;
	other.epoch = 2;
	scene_count_class(RECORD_ARP, 1, 60);
	scene_read_next();
	now = fake.now;
	scene_round(&other, now);
	scene_assert_starts("if_rx_packets", "proto-arp", before, now, 1);
	scene.view.name = "eth1";
	scene_assert_starts("if_rx_packets", "proto-arp", before, now, 1);
}

/* All zeros, and what runs, go before the first wait. */
static void test_order(void **state)
{
	cdtime_t before, now;
	size_t last_zero = 0, running = 0, first_value = 0;

	(void)state;
	scene.settings.breakdowns |= RECORD_BY_PROTOCOL;
	scene_begin();
	before = scene_read_next();
	for (unsigned int i = 0; i < RECORD_UNPARSED; i++)
		scene_count_class(i, 1, 60);
	now = scene_read_next();
	for (size_t i = 0; i < fake.list_count; i++) {
		const value_list_t *list = &fake.lists[i].list;

		if (list->time == before)
			last_zero = i;
		else if (values_is(&fake.lists[i], "eth0", "if_rx_octets", ""))
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

/* The interval is skipped, and the next one makes up for it. */
static void test_no_memory_for_cpus(void **state)
{
	cdtime_t before = scene_begin(), now;

	(void)state;
	scene_count_class(RECORD_OTHER, 1, 60);
	fail_alloc(1);
	scene_read_next();
	assert_true(fail_alloc_happened());
	assert_int_equal(fake.list_count, 2);
	now = scene_read_next();
	scene_assert_starts("if_rx_packets", "", before, now, 1);
}

/* It goes at once, behind its zero; the other one of the cell waits. */
static void test_no_memory_for_first(void **state)
{
	cdtime_t before = scene_begin(), now;

	(void)state;
	scene_count_class(RECORD_OTHER, 1, 60);
	fake.cache_delay = 2;
	fail_alloc(2);
	now = scene_read_next();
	assert_true(fail_alloc_happened());
	scene_assert_cell_starts("", before, now, 1, 60);
	assert_false(values_find("eth0", "if_rx_packets", "", now)->zero_arrived);
	assert_true(values_find("eth0", "if_rx_octets", "", now)->zero_arrived);
}

// clang-format off
#define REPORT_TEST(sentence, function) {(sentence), (function), scene_set_up, scene_tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST(
			"a class that counts first in the third reading starts with one zero at "
			"the time of the second",
			test_late_class),
		REPORT_TEST("a first reading within half an interval gives no counts",
			    test_too_early),
		REPORT_TEST("an interface first seen in a reading starts with a zero where its "
			    "counting began",
			    test_without_begin),
		REPORT_TEST("a series that starts after a long wait has a zero no older than its "
			    "attachment",
			    test_zero_after_wait),
		REPORT_TEST("readings that fail after the attachment leave the zero there",
			    test_zero_after_wait_and_failure),
		REPORT_TEST("of an interface that left, the last reading gives counts and no state",
			    test_departed),
		REPORT_TEST("what came before the hook was lost is reported", test_read_when_lost),
		REPORT_TEST("a reading that failed leaves no gap: zeros stand at the last good one",
			    test_missed_reading),
		REPORT_TEST("a new epoch starts all series again with zeros", test_new_epoch),
		REPORT_TEST("counts that go on from before a restart go on without a zero",
			    test_continued),
		REPORT_TEST("what one interface has started, another has not",
			    test_interfaces_apart),
		REPORT_TEST("zeros and what runs go first, then what starts", test_order),
		REPORT_TEST("without memory for a first reading, the second makes up for it",
			    test_no_memory_for_cpus),
		REPORT_TEST("without memory a first value goes at once, and none is lost",
			    test_no_memory_for_first),
	};

	return cmocka_run_group_tests_name("report/interface, starts", tests, NULL, NULL);
}
