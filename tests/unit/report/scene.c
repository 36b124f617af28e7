// SPDX-License-Identifier: GPL-2.0-only
/* The scene, and what is asserted of its interface. */
#include "tests/unit/unit.h"
#include "tests/unit/report/scene.h"
#include "tests/unit/report/values.h"

struct scene scene;

int scene_set_up(void **state)
{
	fake_reset(state);
	memset(&scene, 0, sizeof(scene));
	scene.settings.slots = 4;
	scene.reading = (struct view_reading){.cpus = scene.cpus,
					      .cpu_count = SCENE_CPUS,
					      .queues = scene.queues,
					      .queue_count = SCENE_QUEUES};
	scene.view = (struct view){.name = "eth0",
				   .attached = true,
				   .mode = XDP_LINK_NATIVE,
				   .rx_queues = SCENE_QUEUES,
				   .slot = 1,
				   .epoch = 1,
				   .reading = &scene.reading};
	return 0;
}

int scene_tear_down(void **state)
{
	(void)state;
	report_interface_close(scene.report);
	report_dispatch_close(&scene.dispatch);
	sources_close(&scene.sources);
	return 0;
}

void scene_observe(const struct record_cell *verdicts)
{
	const struct sources_settings settings = {.breakdowns = RECORD_BY_VERDICT,
						  .each = {.slots = 1, .interval_ns = 1}};

	if (!scene.sources.count)
		assert_int_equal(sources_open(&settings, &scene.sources), 0);
	scene.settings.sources = scene.sources.list;
	scene.settings.source_count = scene.sources.count;
	scene.observed = (struct view_source){.source = scene.sources.list[0], .cells = verdicts};
	scene.view.sources = &scene.observed;
	scene.view.source_count = 1;
}

/* Opens with the settings of the scene; counting begins at fake.now. Returns that time. */
cdtime_t scene_begin(void)
{
	if (!scene.report)
		assert_int_equal(
			report_interface_open(&scene.settings, &scene.dispatch, &scene.report), 0);
	scene.view.since = fake.now;
	assert_int_equal(fake.list_count, 0);
	return fake.now;
}

/* What one reading of one interface reports. */
void scene_round(const struct view *view, cdtime_t now)
{
	struct view_reading reading;
	struct view timed = *view;
	struct view_source sources[4];

	assert_true(view->source_count <= 4);
	timed.time = now;
	if (view->reading) {
		reading = *view->reading;
		reading.time = now;
		timed.reading = &reading;
	}
	for (size_t i = 0; i < view->source_count; i++) {
		sources[i] = view->sources[i];
		sources[i].time = now;
	}
	timed.sources = sources;
	report_interface_view(scene.report, &timed);
	report_dispatch_finish(&scene.dispatch);
}

/* Reads once more, an interval later. Returns the time of that. */
cdtime_t scene_read_next(void)
{
	fake.now += fake.interval;
	fake_forget_lists();
	scene_round(&scene.view, fake.now);
	return fake.now;
}

/* The series of the interface of the scene. */
size_t scene_count(const char *type, const char *instance)
{
	return values_count(scene.view.name, type, instance);
}

void scene_assert_gauge(const char *type, const char *instance, double value)
{
	values_assert_gauge(scene.view.name, type, instance, fake.now, value);
}

void scene_assert_starts(const char *type, const char *instance, cdtime_t before, cdtime_t now,
			 uint64_t value)
{
	values_assert_starts(scene.view.name, type, instance, before, now, value);
}

/* The two series of one cell. */
void scene_assert_cell_starts(const char *instance, cdtime_t before, cdtime_t now, uint64_t packets,
			      uint64_t octets)
{
	scene_assert_starts("if_rx_packets", instance, before, now, packets);
	scene_assert_starts("if_rx_octets", instance, before, now, octets);
}

void scene_assert_goes_on(const char *type, const char *instance, cdtime_t now, uint64_t value)
{
	values_assert_goes_on(scene.view.name, type, instance, now, value);
}

void scene_count_class(enum record_class class, uint64_t packets, uint64_t bytes)
{
	scene.reading.sum.classes[class].packets += packets;
	scene.reading.sum.classes[class].bytes += bytes;
}

/* Counts everything that there is. */
void scene_count_all(void)
{
	for (unsigned int i = 0; i < RECORD_CLASSES; i++)
		scene_count_class(i, 1, 60);
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		scene.reading.sum.sizes[i]++;
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		scene.reading.sum.casts[i]++;
	scene.reading.sum.vlan_tagged++;
	scene.reading.sum.ip_fragments++;
	for (unsigned int i = 0; i < RECORD_TUNNELS; i++)
		scene.reading.sum.tunnels[i]++;
	for (unsigned int i = 0; i < SCENE_CPUS; i++)
		scene.cpus[i].packets++;
	for (unsigned int i = 0; i < SCENE_QUEUES; i++)
		scene.queues[i].packets++;
}
