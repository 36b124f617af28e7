// SPDX-License-Identifier: GPL-2.0-only
/* Per-CPU values, made by hand as the kernel lays them out: their sums, and how they are read. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "plugin/counter/read.h"
#include "tests/unit/fail_alloc.h"
#include "tests/unit/fake_bpf.h"

#define SUM_CPUS_MAX 256
#define SUM_QUEUES_MAX 16
#define SUM_LARGE 0x7fffffffffffffffULL

/* What one lookup in a per-CPU map returns, and what counter_sum() makes of it. */
struct sum {
	unsigned int cpus, queues;
	char *values;
	struct record record;
	struct record_cell cpu_cells[SUM_CPUS_MAX + 1];
	struct record_cell queue_cells[SUM_QUEUES_MAX + 1];
};

/* The cells behind the last ones belong to nobody. */
static struct sum *new_sum(unsigned int cpus, unsigned int queues)
{
	struct sum *sum = malloc(sizeof(*sum));

	assert_non_null(sum);
	memset(sum, 0xa5, sizeof(*sum));
	sum->cpus = cpus;
	sum->queues = queues;
	sum->values = calloc(cpus, RECORD_BYTES(queues));
	assert_non_null(sum->values);
	return sum;
}

static void free_sum(struct sum *sum)
{
	free(sum->values);
	free(sum);
}

static struct record *record_of(const struct sum *sum, unsigned int cpu)
{
	return (void *)(sum->values + (size_t)cpu * RECORD_BYTES(sum->queues));
}

static struct record_cell *queue_of(const struct sum *sum, unsigned int cpu, unsigned int queue)
{
	return (struct record_cell *)(record_of(sum, cpu) + 1) + queue;
}

static void run(struct sum *sum)
{
	counter_sum(sum->values, sum->cpus, sum->queues, &sum->record, sum->cpu_cells,
		    sum->queue_cells);
}

static void assert_cell(const struct record_cell *cell, uint64_t packets, uint64_t bytes)
{
	assert_int_equal(cell->packets, packets);
	assert_int_equal(cell->bytes, bytes);
}

static void assert_untouched(const struct record_cell *cell)
{
	assert_cell(cell, 0xa5a5a5a5a5a5a5a5ULL, 0xa5a5a5a5a5a5a5a5ULL);
}

/* Fills the record of one CPU: class i counts i + 1 packets of 100 bytes, times `factor`. */
static void fill(struct record *record, uint64_t factor)
{
	for (unsigned int i = 0; i < RECORD_CLASSES; i++)
		record->classes[i] = (struct record_cell){factor * (i + 1), factor * (i + 1) * 100};
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		record->sizes[i] = factor * (i + 20);
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		record->casts[i] = factor * (i + 40);
	record->vlan_tagged = factor * 60;
	record->ip_fragments = factor * 70;
	for (unsigned int i = 0; i < RECORD_TUNNELS; i++)
		record->tunnels[i] = factor * (i + 80);
}

static void assert_filled(const struct record *record, uint64_t factor)
{
	for (unsigned int i = 0; i < RECORD_CLASSES; i++)
		assert_cell(&record->classes[i], factor * (i + 1), factor * (i + 1) * 100);
	for (unsigned int i = 0; i < RECORD_SIZES; i++)
		assert_int_equal(record->sizes[i], factor * (i + 20));
	for (unsigned int i = 0; i < RECORD_CASTS; i++)
		assert_int_equal(record->casts[i], factor * (i + 40));
	assert_int_equal(record->vlan_tagged, factor * 60);
	assert_int_equal(record->ip_fragments, factor * 70);
	for (unsigned int i = 0; i < RECORD_TUNNELS; i++)
		assert_int_equal(record->tunnels[i], factor * (i + 80));
}

/* 12 classes: 1 + 2 + ... + 12 = 78. */
static void assert_share(const struct record_cell *cell, uint64_t factor)
{
	assert_cell(cell, factor * 78, factor * 7800);
}

static void test_one_cpu(void **state)
{
	struct sum *sum = new_sum(1, 0);

	(void)state;
	fill(record_of(sum, 0), 3);
	run(sum);
	assert_filled(&sum->record, 3);
	assert_share(&sum->cpu_cells[0], 3);
	assert_untouched(&sum->cpu_cells[1]);
	assert_untouched(&sum->queue_cells[0]);
	free_sum(sum);
}

static void test_idle(void **state)
{
	struct sum *sum = new_sum(4, 2);

	(void)state;
	run(sum);
	assert_filled(&sum->record, 0);
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		assert_cell(&sum->cpu_cells[cpu], 0, 0);
	assert_cell(&sum->queue_cells[0], 0, 0);
	assert_cell(&sum->queue_cells[1], 0, 0);
	free_sum(sum);
}

/* 1 + 2 + ... + 256 = 32896. */
static void test_many_cpus(void **state)
{
	struct sum *sum = new_sum(256, 0);

	(void)state;
	for (unsigned int cpu = 0; cpu < 256; cpu++)
		fill(record_of(sum, cpu), cpu + 1);
	run(sum);
	assert_filled(&sum->record, 32896);
	for (unsigned int cpu = 0; cpu < 256; cpu++)
		assert_share(&sum->cpu_cells[cpu], cpu + 1);
	assert_untouched(&sum->cpu_cells[256]);
	free_sum(sum);
}

/* 3 cells make the value 368 bytes long, which the contract rounds up to 384. */
static void test_queues(void **state)
{
	struct sum *sum = new_sum(2, 3);

	(void)state;
	assert_int_equal(RECORD_BYTES(3), 384);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		fill(record_of(sum, cpu), 1);
		for (unsigned int queue = 0; queue < 3; queue++)
			*queue_of(sum, cpu, queue) =
				(struct record_cell){10 * cpu + queue, 1000 * cpu + queue};
	}
	run(sum);
	assert_filled(&sum->record, 2);
	assert_share(&sum->cpu_cells[0], 1);
	assert_share(&sum->cpu_cells[1], 1);
	assert_cell(&sum->queue_cells[0], 10, 1000);
	assert_cell(&sum->queue_cells[1], 12, 1002);
	assert_cell(&sum->queue_cells[2], 14, 1004);
	assert_untouched(&sum->queue_cells[3]);
	free_sum(sum);
}

/* 256 CPUs with 16 queues: queue q counts cpu + q; 0 + 1 + ... + 255 = 32640. */
static void test_many_cpus_and_queues(void **state)
{
	struct sum *sum = new_sum(256, SUM_QUEUES_MAX);

	(void)state;
	for (unsigned int cpu = 0; cpu < 256; cpu++)
		for (unsigned int queue = 0; queue < SUM_QUEUES_MAX; queue++)
			*queue_of(sum, cpu, queue) = (struct record_cell){cpu + queue, cpu};
	run(sum);
	assert_filled(&sum->record, 0);
	for (unsigned int queue = 0; queue < SUM_QUEUES_MAX; queue++)
		assert_cell(&sum->queue_cells[queue], 32640 + 256 * queue, 32640);
	assert_untouched(&sum->queue_cells[SUM_QUEUES_MAX]);
	free_sum(sum);
}

static void test_large_values(void **state)
{
	struct sum *sum = new_sum(3, 1);

	(void)state;
	for (unsigned int cpu = 0; cpu < 3; cpu++) {
		uint64_t share = cpu == 2 ? 1 : SUM_LARGE / 2;

		record_of(sum, cpu)->classes[RECORD_IPV6_UDP] =
			(struct record_cell){share, share - 1};
		*queue_of(sum, cpu, 0) = (struct record_cell){share, share - 1};
	}
	run(sum);
	assert_cell(&sum->record.classes[RECORD_IPV6_UDP], SUM_LARGE, SUM_LARGE - 3);
	assert_cell(&sum->queue_cells[0], SUM_LARGE, SUM_LARGE - 3);
	assert_cell(&sum->cpu_cells[0], SUM_LARGE / 2, SUM_LARGE / 2 - 1);
	free_sum(sum);
}

static void test_written_over(void **state)
{
	struct sum *sum = new_sum(2, 1);

	(void)state;
	fill(record_of(sum, 0), 5);
	*queue_of(sum, 1, 0) = (struct record_cell){7, 8};
	run(sum);
	run(sum);
	assert_filled(&sum->record, 5);
	assert_share(&sum->cpu_cells[0], 5);
	assert_cell(&sum->cpu_cells[1], 0, 0);
	assert_cell(&sum->queue_cells[0], 7, 8);
	free_sum(sum);
}

static void test_total(void **state)
{
	struct record record = {0};
	struct record_cell total;

	(void)state;
	total = counter_total(&record);
	assert_cell(&total, 0, 0);
	for (unsigned int i = 0; i < RECORD_CLASSES; i++) {
		record = (struct record){0};
		record.classes[i] = (struct record_cell){SUM_LARGE, 64};
		total = counter_total(&record);
		assert_cell(&total, SUM_LARGE, 64);
	}
	fill(&record, 2);
	total = counter_total(&record);
	assert_share(&total, 2);
}

/* --- readings, with maps that are made up */

#define READ_SLOTS 70
#define READ_CPUS 2
#define READ_QUEUES 3

static struct counter_slots slots;
static struct counter_reader reader;

/* A record says which slot it is of, and at which moment. */
static void write_record(unsigned int slot, uint64_t moment)
{
	char *value = fake_value(fake_map(slots.maps.records), slot - 1, false);

	for (unsigned int cpu = 0; cpu < READ_CPUS; cpu++) {
		struct record *record = (void *)(value + cpu * RECORD_BYTES(READ_QUEUES));
		struct record_cell *queues = (void *)(record + 1);

		record->classes[RECORD_ARP].packets = slot * 100 + cpu;
		record->classes[RECORD_ARP].bytes = moment;
		for (unsigned int queue = 0; queue < READ_QUEUES; queue++)
			queues[queue].packets = slot * 1000 + queue;
	}
}

static int open_reader(void **state)
{
	(void)state;
	fake_bpf_reset();
	assert_int_equal(
		counter_slots_open(&slots, READ_SLOTS, READ_CPUS * RECORD_BYTES(READ_QUEUES)), 0);
	slots.maps.records =
		fake_map_new(false, READ_CPUS * RECORD_BYTES(READ_QUEUES), READ_SLOTS, 0);
	for (unsigned int slot = 1; slot <= READ_SLOTS; slot++) {
		slots.slots[slot - 1].state = COUNTER_SLOT_USED;
		write_record(slot, 1);
	}
	assert_int_equal(counter_read_open(&reader, &slots, READ_CPUS, READ_QUEUES), 0);
	return 0;
}

static int close_reader(void **state)
{
	(void)state;
	counter_read_close(&reader);
	counter_slots_close(&slots);
	fake_bpf_reset();
	return 0;
}

/* Reads a slot: its own record, of this moment. */
static void expect_reading(unsigned int slot, uint64_t moment)
{
	struct view_reading reading;

	assert_int_equal(counter_read(&reader, slot, &reading), 0);
	assert_int_equal(counter_total(&reading.sum).packets, slot * 200 + 1);
	assert_int_equal(counter_total(&reading.sum).bytes, READ_CPUS * moment);
	assert_int_equal(reading.cpu_count, READ_CPUS);
	assert_int_equal(reading.queue_count, READ_QUEUES);
	for (unsigned int cpu = 0; cpu < READ_CPUS; cpu++)
		assert_int_equal(reading.cpus[cpu].packets, slot * 100 + cpu);
	for (unsigned int queue = 0; queue < READ_QUEUES; queue++)
		assert_int_equal(reading.queues[queue].packets, 2 * (slot * 1000 + queue));
}

static void expect_calls(unsigned int lookups, unsigned int batches)
{
	assert_int_equal(fake_bpf.lookups, lookups);
	assert_int_equal(fake_bpf.batches, batches);
}

static void test_read_one(void **state)
{
	struct view_reading reading;

	(void)state;
	expect_reading(1, 1);
	expect_reading(READ_SLOTS, 1);
	write_record(1, 2);
	expect_reading(1, 2);
	expect_calls(3, 0);
	fake_bpf_fail(1, -EMFILE);
	assert_int_equal(counter_read(&reader, 1, &reading), -EMFILE);
}

static void test_read_ahead(void **state)
{
	(void)state;
	assert_uint_in_range(COUNTER_READ_MAX, READ_SLOTS / 2 + 1, READ_SLOTS - 2);
	counter_read_ahead(&reader, true);
	for (unsigned int slot = 1; slot <= READ_SLOTS; slot++)
		expect_reading(slot, 1);
	expect_calls(0, 2);
	/* The same slots once more are not older than the moment of the switch. */
	for (unsigned int slot = 1; slot <= READ_SLOTS; slot++)
		write_record(slot, 2);
	counter_read_ahead(&reader, true);
	for (unsigned int slot = 1; slot <= READ_SLOTS; slot++)
		expect_reading(slot, 2);
	expect_calls(0, 4);
	/* And off, each is read at the moment when it is asked for. */
	counter_read_ahead(&reader, false);
	write_record(2, 3);
	expect_reading(1, 2);
	expect_reading(2, 3);
	expect_calls(2, 4);
}

/* Slots that nobody uses are not read, nor is anything read beyond the last slot. */
static void test_read_gaps(void **state)
{
	(void)state;
	slots.slots[3 - 1].state = COUNTER_SLOT_RESTING;
	slots.slots[5 - 1].state = COUNTER_SLOT_EMPTY;
	slots.slots[READ_SLOTS - 2].state = COUNTER_SLOT_LEFT;
	counter_read_ahead(&reader, true);
	expect_reading(1, 1);
	expect_calls(0, 1);
	write_record(2, 2);
	expect_reading(2, 1);
	expect_calls(0, 1);
	/* One alone takes a lookup. */
	expect_reading(4, 1);
	expect_calls(1, 1);
	expect_reading(6, 1);
	expect_calls(1, 2);
	expect_reading(READ_SLOTS, 1);
	expect_calls(2, 2);
}

/* In whatever order they come, no slot is read twice with others. */
static void test_read_backwards(void **state)
{
	(void)state;
	counter_read_ahead(&reader, true);
	expect_reading(10, 1);
	expect_calls(0, 1);
	expect_reading(9, 1);
	expect_calls(1, 1);
	expect_reading(1, 1);
	expect_calls(2, 1);
	expect_reading(11, 1);
	expect_calls(2, 1);
}

/* A kernel without batches (before Linux 5.13) is asked once. */
static void test_no_batches(void **state)
{
	(void)state;
	fake_bpf.fail_batch = true;
	fake_bpf.error = -ENOTSUP;
	counter_read_ahead(&reader, true);
	for (unsigned int slot = 1; slot <= READ_SLOTS; slot++)
		expect_reading(slot, 1);
	expect_calls(READ_SLOTS, 1);
	fake_bpf.fail_batch = false;
	counter_read_ahead(&reader, true);
	for (unsigned int slot = 1; slot <= READ_SLOTS; slot++)
		expect_reading(slot, 1);
	expect_calls(2 * READ_SLOTS, 1);
}

/* One that is short of memory now is asked again. */
static void test_batch_fails_once(void **state)
{
	(void)state;
	fake_bpf_fail(1, -ENOMEM);
	counter_read_ahead(&reader, true);
	expect_reading(1, 1);
	expect_calls(1, 1);
	expect_reading(2, 1);
	expect_reading(3, 1);
	expect_calls(1, 2);
}

/* Fewer values than were asked for are not taken for those of other slots. */
static void test_short_batch(void **state)
{
	(void)state;
	fake_bpf.batch_short = 1;
	counter_read_ahead(&reader, true);
	for (unsigned int slot = 1; slot <= 4; slot++)
		expect_reading(slot, 1);
	expect_calls(4, 1);
}

/* Values that fill the cache are read one by one, and short ones at most 64 at a time. */
static void test_window(void **state)
{
	struct counter_reader other;

	(void)state;
	assert_int_equal(counter_read_open(&other, &slots, 256, 0), 0);
	assert_int_equal(other.window.max, 1);
	counter_read_close(&other);
	assert_int_equal(counter_read_open(&other, &slots, 1, 0), 0);
	assert_int_equal(other.window.max, 64);
	counter_read_close(&other);
	assert_int_equal(counter_read_open(&other, &slots, 102, 0), 0);
	assert_int_equal(other.window.max, 2);
	counter_read_close(&other);
}

static void test_open_fails(void **state)
{
	struct counter_reader other;
	bool happened = true;

	(void)state;
	for (unsigned int n = 1; happened; n++) {
		int err;

		fail_alloc(n);
		err = counter_read_open(&other, &slots, 2, 2);
		happened = fail_alloc_happened();
		assert_int_equal(err, happened ? -ENOMEM : 0);
		counter_read_close(&other);
	}
}

// clang-format off
#define READ_TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = open_reader, .teardown_func = close_reader}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("the sum over one CPU is its record", test_one_cpu),
		UNIT_TEST("the sum over idle CPUs is zero", test_idle),
		UNIT_TEST("256 CPUs add up, and each keeps its share", test_many_cpus),
		UNIT_TEST("queues add up over CPUs, behind records of whole cache lines",
			  test_queues),
		UNIT_TEST("16 queues of 256 CPUs add up", test_many_cpus_and_queues),
		UNIT_TEST("values near 2^63 stay exact", test_large_values),
		UNIT_TEST("a second sum does not add to the first", test_written_over),
		UNIT_TEST("a total is all classes and nothing else", test_total),
		READ_TEST("a slot is read with one call, and a failure is reported", test_read_one),
		READ_TEST("read ahead, slots in use take one call for as many as fit",
			  test_read_ahead),
		READ_TEST("slots that are not in use end what is read at once", test_read_gaps),
		READ_TEST("no slot is read twice with others, in whatever order",
			  test_read_backwards),
		READ_TEST("a kernel without batches is asked once", test_no_batches),
		READ_TEST("a batch that fails for want of memory is tried again",
			  test_batch_fails_once),
		READ_TEST("a batch that brings too few is not used", test_short_batch),
		READ_TEST("how many are read at once follows from the bytes of a value",
			  test_window),
		READ_TEST("memory that is not there is reported", test_open_fails),
	};

	return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
