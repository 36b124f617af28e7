// SPDX-License-Identifier: GPL-2.0-only
/* On which interface and queue a packet came in decides where it is counted. */
#include "tests/kernel/harness.h"

/* Indexes of devices that come with the private network namespace, besides lo. */
enum { QUEUED = 77, LAST_NEAR = 65535, FIRST_FAR, FAR = 70000 };
_Static_assert((int)FIRST_FAR == RECORD_NEAR_INDEXES, "the edge of the array");

#define DEVICE_QUEUES 4

static struct frame frame;

static int make_devices(void **state)
{
	(void)state;
	harness_private_network();
	harness_command("ip link add cxdp-queued index 77 numrxqueues 4 type veth "
			"peer name cxdp-near index 65535 && "
			"ip link add cxdp-first index 65536 type veth "
			"peer name cxdp-far index 70000");
	frame_build(frame_sample("IPv4 TCP")->steps, &frame);
	return 0;
}

/* The frame, counted `times` in a record of its own. */
static struct record times_the_frame(unsigned int times)
{
	const struct frame_expectation expected = frame_sample("IPv4 TCP")->expected;
	struct record record = {0};

	while (times--)
		harness_expect(&record, &harness_settings, &expected, frame.length);
	return record;
}

static void run_on(const struct harness *harness, unsigned int ifindex)
{
	harness_run_on(counter_program_fd(harness->counter), ifindex, 0, frame.bytes, frame.length);
}

static void assert_counted(const struct harness *harness, unsigned int slot, unsigned int times)
{
	const struct harness of_slot = {.counter = harness->counter, .slot = slot};
	struct record expected = times_the_frame(times), actual = harness_record(&of_slot);

	assert_true(harness_same(&expected, &actual));
}

static void test_each_in_its_slot(void **state)
{
	static const unsigned int indexes[] = {HARNESS_LO, QUEUED, LAST_NEAR, FIRST_FAR, FAR};
	enum { INDEXES = sizeof(indexes) / sizeof(indexes[0]) };
	unsigned int slots[INDEXES];
	struct harness harness;

	(void)state;
	harness_needs_context();
	harness_open(&harness, &harness_settings, indexes[0]);
	slots[0] = harness.slot;
	for (int i = 1; i < INDEXES; i++)
		assert_int_equal(counter_slot_take(counter_slots(harness.counter), indexes[i],
						   "cxdp", 0, 0, &slots[i]),
				 0);
	for (int i = 0; i < INDEXES; i++) {
		for (int times = 0; times <= i; times++)
			run_on(&harness, indexes[i]);
	}
	for (int i = 0; i < INDEXES; i++)
		assert_counted(&harness, slots[i], (unsigned int)i + 1);
	harness_close(&harness);
}

/* Gives the interface that is counted up, and takes `ifindex` in its place. */
static void count_instead(struct harness *harness, unsigned int ifindex)
{
	counter_slot_release(counter_slots(harness->counter), harness->slot, 0);
	assert_int_equal(counter_slot_take(counter_slots(harness->counter), ifindex, "cxdp", 0, 0,
					   &harness->slot),
			 0);
}

/* Fails unless packets of `others` pass and are in no slot. */
static void check_not_ours(const struct harness *harness, const unsigned int *others, int count)
{
	for (int i = 0; i < count; i++)
		run_on(harness, others[i]);
	for (unsigned int slot = 1; slot <= harness_settings.slots; slot++)
		assert_counted(harness, slot, 0);
}

static void test_without_a_slot(void **state)
{
	struct harness harness;

	(void)state;
	harness_needs_context();
	harness_open(&harness, &harness_settings, HARNESS_LO);
	check_not_ours(&harness, (const unsigned int[]){QUEUED, LAST_NEAR, FIRST_FAR, FAR}, 4);
	count_instead(&harness, FAR);
	check_not_ours(&harness, (const unsigned int[]){HARNESS_LO, LAST_NEAR, FIRST_FAR}, 3);
	harness_close(&harness);
}

static void check_released(const struct harness *harness, unsigned int ifindex)
{
	run_on(harness, ifindex);
	counter_slot_release(counter_slots(harness->counter), harness->slot, 1);
	run_on(harness, ifindex);
	assert_counted(harness, harness->slot, 1);
}

static void test_released(void **state)
{
	struct harness harness;

	(void)state;
	harness_needs_context();
	harness_open(&harness, &harness_settings, QUEUED);
	check_released(&harness, QUEUED);
	assert_int_equal(
		counter_slot_take(counter_slots(harness.counter), FAR, "cxdp", 1, 0, &harness.slot),
		0);
	check_released(&harness, FAR);
	harness_close(&harness);
}

static void test_queues(void **state)
{
	static const unsigned int packets[DEVICE_QUEUES] = {1, 2, 3, 4};
	struct counter_settings settings = harness_settings;
	struct view_reading reading;
	struct harness harness;

	(void)state;
	harness_needs_context();
	harness_needs_queues();
	settings.breakdowns |= RECORD_BY_QUEUE;
	settings.queues = DEVICE_QUEUES - 1;
	harness_open(&harness, &settings, QUEUED);
	for (unsigned int queue = 0; queue < DEVICE_QUEUES; queue++) {
		for (unsigned int times = 0; times < packets[queue]; times++)
			harness_run_on(counter_program_fd(harness.counter), QUEUED, queue,
				       frame.bytes, frame.length);
	}
	assert_int_equal(counter_read(counter_reader(harness.counter), harness.slot, &reading), 0);
	assert_int_equal(reading.queue_count, settings.queues);
	for (unsigned int queue = 0; queue < settings.queues; queue++) {
		assert_int_equal(reading.queues[queue].packets, packets[queue]);
		assert_int_equal(reading.queues[queue].bytes, packets[queue] * frame.length);
	}
	/* The last queue has no cell; its packets are in all the rest. */
	assert_counted(&harness, harness.slot, 1 + 2 + 3 + 4);
	harness_close(&harness);
}

static void test_neighbours(void **state)
{
	struct counter_settings settings = harness_settings;
	struct view_reading reading;
	struct harness harness;
	unsigned int neighbour;

	(void)state;
	harness_needs_context();
	harness_needs_queues();
	settings.breakdowns |= RECORD_BY_QUEUE;
	settings.queues = DEVICE_QUEUES;
	harness_open(&harness, &settings, QUEUED);
	assert_int_equal(
		counter_slot_take(counter_slots(harness.counter), FAR, "cxdp", 0, 0, &neighbour),
		0);
	for (unsigned int queue = 0; queue < DEVICE_QUEUES; queue++)
		harness_run_on(counter_program_fd(harness.counter), QUEUED, queue, frame.bytes,
			       frame.length);
	assert_int_equal(counter_read(counter_reader(harness.counter), neighbour, &reading), 0);
	for (unsigned int queue = 0; queue < settings.queues; queue++)
		assert_int_equal(reading.queues[queue].packets, 0);
	assert_counted(&harness, neighbour, 0);
	harness_close(&harness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"each interface is counted in its own slot, below and above the edge of the array",
		 test_each_in_its_slot, NULL, NULL, NULL},
		{"an interface without a slot passes and is counted nowhere", test_without_a_slot,
		 NULL, NULL, NULL},
		{"an interface whose slot was released counts no more", test_released, NULL, NULL,
		 NULL},
		{"each queue is counted in its own cell, one beyond the cells in the totals alone",
		 test_queues, NULL, NULL, NULL},
		{"the cells of the queues do not reach into the next slot", test_neighbours, NULL,
		 NULL, NULL},
	};

	return cmocka_run_group_tests(tests, make_devices, NULL);
}
