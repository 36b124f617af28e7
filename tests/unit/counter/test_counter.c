// SPDX-License-Identifier: GPL-2.0-only
/* A counter is put together of its parts: what was loaded, slots over its maps, and a reader. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "plugin/counter/counter.h"
#include "tests/unit/fail_alloc.h"
#include "tests/unit/fake_bpf.h"

#define CPUS 2
#define SLOTS 3

static struct {
	int cpus; /* or an error */
	int load_error, info_error;
	bool adopted;
	unsigned int loads, unloads;
	struct counter_settings asked;
	struct counter_maps maps;
} world;

int cpus_measure(unsigned int *ret_cpus)
{
	if (world.cpus < 0)
		return world.cpus;
	*ret_cpus = (unsigned int)world.cpus;
	return 0;
}

int counter_load(const struct counter_settings *settings, const struct pin_dir *pins,
		 struct counter_object *ret_object, struct counter_failure *failure)
{
	assert_ptr_equal(pins, &world);
	world.loads++;
	world.asked = *settings;
	failure->step = "made up";
	if (world.load_error)
		return world.load_error;
	*ret_object = (struct counter_object){
		.program = 44,
		.settings = *settings,
		.info = {.program_id = 5, .adopted = world.adopted},
	};
	return 0;
}

struct counter_maps counter_load_maps(const struct counter_object *object)
{
	assert_int_equal(object->program, 44);
	return world.maps;
}

void counter_unload(struct counter_object *object)
{
	world.unloads += object->program == 44;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	struct bpf_prog_info *program = info;

	(void)length;
	assert_int_equal(fd, 44);
	if (world.info_error)
		return fake_error(world.info_error);
	program->run_time_ns = 1234567890123;
	program->run_cnt = 77;
	return 0;
}

static int setup(void **state)
{
	const size_t value = CPUS * RECORD_BYTES(4);

	(void)state;
	fake_bpf_reset();
	memset(&world, 0, sizeof(world));
	world.cpus = CPUS;
	world.maps = (struct counter_maps){
		.records = fake_map_new(false, value, SLOTS, 0),
		.slots = fake_map_new(false, 4, 1, RECORD_NEAR_INDEXES * sizeof(uint32_t)),
		.far_slots = fake_map_new(true, 4, SLOTS, 0),
		.owners = fake_map_new(false, sizeof(struct record_owner), SLOTS, 0),
		.signals = -1,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_bpf_reset();
	return 0;
}

static const struct counter_settings by_queue = {
	.slots = SLOTS, .breakdowns = RECORD_BY_QUEUE, .queues = 4};
static struct counter_failure failure;

static struct counter *open_counter(void)
{
	struct counter *counter = NULL;

	assert_int_equal(counter_open(&by_queue, (const void *)&world, &counter, &failure), 0);
	assert_non_null(counter);
	return counter;
}

static void test_open(void **state)
{
	struct counter *counter = open_counter();
	struct view_reading reading;
	unsigned int slot;

	(void)state;
	assert_int_equal(counter_program_fd(counter), 44);
	assert_string_equal(counter_program_name(counter), "xdp_count");
	assert_int_equal(counter_info(counter)->program_id, 5);
	assert_int_equal(counter_info(counter)->cpus, CPUS);
	assert_int_equal(counter_settings(counter)->queues, 4);
	assert_int_equal(counter_object(counter)->program, 44);
	assert_int_equal(counter_maps(counter).records, world.maps.records);
	assert_int_equal(counter_maps(counter).owners, world.maps.owners);
	assert_int_equal(counter_slot_take(counter_slots(counter), 9, "eth0", 0, 0, &slot), 0);
	assert_int_equal(counter_read(counter_reader(counter), slot, &reading), 0);
	assert_int_equal(reading.cpu_count, CPUS);
	assert_int_equal(reading.queue_count, 4);
	/* A map that goes with the records; this one is not there to be cleared. */
	counter_accompany(counter, 1000);
	for (unsigned int i = 1; i < SLOTS; i++)
		assert_int_equal(
			counter_slot_take(counter_slots(counter), 9 + i, "eth", 0, 0, &slot), 0);
	counter_slot_release(counter_slots(counter), 1, 0);
	assert_int_equal(counter_slot_take(counter_slots(counter), 20, "eth", 0, 0, &slot), -EBADF);
	counter_accompany(counter, -1);
	assert_int_equal(counter_slot_take(counter_slots(counter), 20, "eth", 0, 0, &slot), 0);
	counter_close(counter);
	assert_int_equal(world.unloads, 1);
	counter_close(NULL);
}

static void test_settings(void **state)
{
	struct counter_settings settings = by_queue;
	struct counter *counter;

	(void)state;
	settings.breakdowns = RECORD_BY_SIZE;
	assert_int_equal(counter_open(&settings, (const void *)&world, &counter, &failure), 0);
	assert_int_equal(world.asked.queues, 0);
	assert_int_equal(counter_settings(counter)->queues, 0);
	counter_close(counter);
	settings.next.wanted = true;
	assert_int_equal(counter_open(&settings, (const void *)&world, &counter, &failure), 0);
	assert_string_equal(counter_program_name(counter), "xdp_count_next");
	counter_close(counter);
}

/* What is in the maps is looked at only where they were used before. */
static void test_adopted(void **state)
{
	const struct record_owner owner = {.name = "eth0", .ifindex = 9};
	struct counter *counter;
	unsigned int slot;

	(void)state;
	memcpy(fake_value(fake_map(world.maps.owners), 1, false), &owner, sizeof(owner));
	counter = open_counter();
	counter_slots(counter)->near[9] = 2;
	assert_int_equal(fake_bpf.lookups, 0);
	assert_int_equal(counter_slot_adopt(counter_slots(counter), 9, "eth0", &slot), -ENOENT);
	counter_close(counter);
	world.adopted = true;
	counter = open_counter();
	assert_int_equal(counter_slot_adopt(counter_slots(counter), 9, "eth0", &slot), 0);
	assert_int_equal(slot, 2);
	counter_close(counter);
}

static void expect_failure(int err, const char *step, unsigned int unloads)
{
	struct counter *counter = NULL;

	world.unloads = 0;
	assert_int_equal(counter_open(&by_queue, (const void *)&world, &counter, &failure), err);
	assert_null(counter);
	assert_string_equal(failure.step, step);
	assert_int_equal(world.unloads, unloads);
}

static void test_failures(void **state)
{
	bool happened = true;
	int slots = world.maps.slots;

	(void)state;
	world.cpus = -EPERM;
	expect_failure(-EPERM, "measuring a per-CPU map", 0);
	assert_int_equal(world.loads, 0);
	world.cpus = CPUS;
	world.load_error = -E2BIG;
	expect_failure(-E2BIG, "made up", 0);
	world.load_error = 0;
	world.maps.slots = -1;
	expect_failure(-EBADF, "loading the counter", 1);
	world.maps.slots = slots;
	world.adopted = true;
	fake_bpf_fail(1, -ENOMEM);
	expect_failure(-ENOMEM, "asking about the counter", 1);
	fake_bpf_fail(0, 0);
	world.loads = 0;
	for (unsigned int n = 1; happened; n++) {
		struct counter *counter = NULL;
		int err;

		fail_alloc(n);
		err = counter_open(&by_queue, (const void *)&world, &counter, &failure);
		happened = fail_alloc_happened();
		assert_int_equal(err, happened ? -ENOMEM : 0);
		if (happened)
			assert_string_equal(failure.step, "allocating memory");
		counter_close(counter);
	}
	/* All that is needed is there before anything is loaded. */
	assert_int_equal(world.loads, 1);
}

static void test_statistics(void **state)
{
	struct counter *counter = open_counter();
	struct counter_statistics statistics;

	(void)state;
	assert_int_equal(counter_statistics(counter, &statistics), 0);
	assert_int_equal(statistics.run_time_ns, 1234567890123);
	assert_int_equal(statistics.run_count, 77);
	world.info_error = -EPERM;
	assert_int_equal(counter_statistics(counter, &statistics), -EPERM);
	counter_close(counter);
}

static void test_memory(void **state)
{
	struct counter_settings settings = {.slots = 64};
	uint64_t base = counter_memory(&settings, 1), two = counter_memory(&settings, 2);

	(void)state;
	/* Records of 64 slots, and 65536 indexes of 2 bytes. */
	assert_uint_in_range(base, 64 * 320 + 65536 * 2, 64 * 320 + 65536 * 2 + 64 * 128);
	assert_int_equal(two - base, 64 * 320);
	settings.queues = 4;
	assert_int_equal(counter_memory(&settings, 1) - base, 64 * 4 * 16);
	base = counter_memory(&settings, 2);
	settings.breakdowns |= RECORD_BY_SIGNAL;
	assert_int_equal(counter_memory(&settings, 2) - base,
			 64 * 2 * sizeof(struct record_signals));
	settings.slots = 4096;
	settings.queues = 1024;
	assert_true(counter_memory(&settings, 1024) > UINT64_C(4096) * 1024 * 16 * 1024);
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("slots and readings are over the maps that were loaded", test_open),
		TEST("queues are counted only where they are asked for", test_settings),
		TEST("slots of a process before are looked at where its maps are used", test_adopted),
		TEST("a step that fails is named, and what was loaded is let go of", test_failures),
		TEST("how often and how long the program ran is the kernel's to tell", test_statistics),
		TEST("the bytes of the maps grow with slots, queues and CPUs", test_memory),
	};

	return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
