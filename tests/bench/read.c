// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a reading costs without its dispatch, by number of interfaces and of
 * CPUs, beside reading /proc/net/dev as collectd's interface plugin does; and
 * the memory of the maps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "tests/bench/measure.h"

#include "plugin/counter/totals.h"
#include "plugin/kernel/cpus.h"
#include "plugin/source/windows.h"

#define ROUNDS 41
#define INTERFACES_MAX 1000
#define CPUS_MAX 256
#define SAMPLED 64
/* Indexes that no interface here has. */
#define FIRST_INDEX 2000

/* Adds interfaces to this namespace until it has so many, lo included. */
static void make_interfaces(int have, int wanted)
{
	FILE *batch = popen("ip -batch -", "w");

	if (!batch)
		measure_fail("ip", errno);
	for (int i = have; i < wanted; i += 2)
		fprintf(batch, "link add cxdp-n%d type veth peer name cxdp-n%dp\n", i, i);
	if (pclose(batch) != 0)
		measure_fail("ip -batch", EINVAL);
}

/* Has the compiler compute a value that nothing else asks for. */
static void use(uint64_t value)
{
	__asm__ volatile("" ::"r"(value));
}

/* As collectd 5.12's src/interface.c: fgets(), the name, strsplit(), strtoll() of eight fields. */
static double read_proc(int *ret_interfaces)
{
	uint64_t before = measure_cpu_time();
	FILE *file = fopen("/proc/net/dev", "r");
	char line[1024];

	*ret_interfaces = 0;
	if (!file)
		measure_fail("/proc/net/dev", errno);
	while (fgets(line, sizeof(line), file)) {
		char *fields[16], *rest, *colon = strchr(line, ':');
		int count = 0;

		if (!colon)
			continue;
		for (char *at = strtok_r(colon + 1, " \t\r\n", &rest); at && count < 16;
		     at = strtok_r(NULL, " \t\r\n", &rest))
			fields[count++] = at;
		if (count < 11)
			continue;
		for (int i = 0; i < 4; i++)
			use((uint64_t)(atoll(fields[i]) + atoll(fields[i + 8])));
		(*ret_interfaces)++;
	}
	fclose(file);
	return (double)(measure_cpu_time() - before);
}

static double read_counter(struct counter *counter, const unsigned int *slots, int interfaces)
{
	uint64_t before = measure_cpu_time();
	struct view_reading reading;

	counter_read_ahead(counter_reader(counter), true);
	for (int i = 0; i < interfaces; i++) {
		if (counter_read(counter_reader(counter), slots[i], &reading) != 0)
			measure_fail("counter_read", EIO);
		use(counter_total(&reading.sum).packets);
	}
	counter_read_ahead(counter_reader(counter), false);
	return (double)(measure_cpu_time() - before);
}

static void measure_interfaces(struct counter *counter, const unsigned int *slots, int interfaces)
{
	struct measure ours = {0}, proc = {0};
	char what[96];
	int seen;

	for (int round = 0; round < ROUNDS; round++) {
		measure_add(&ours, read_counter(counter, slots, interfaces) / 1000);
		measure_add(&proc, read_proc(&seen) / 1000);
	}
	if (seen < interfaces || seen > interfaces + 1)
		measure_fail("interfaces in /proc/net/dev", EINVAL);
	snprintf(what, sizeof(what), "reading %d interface%s, us: ours / parsing /proc/net/dev",
		 interfaces, interfaces == 1 ? "" : "s");
	measure_row_ratio(what, interfaces >= 256 ? "<= 0.24" : "", &ours, &proc);
}

/* A value as long as that of a machine with so many CPUs, and its sum. */
static void measure_cpus(unsigned int cpus)
{
	size_t bytes = cpus * RECORD_BYTES(0);
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "cxdp_cpus", 4, (__u32)bytes, 1, NULL);
	struct record_cell cells[CPUS_MAX], no_queues;
	void *values = malloc(bytes);
	struct measure measure = {0};
	const __u32 key = 0;
	struct record sum;
	char what[96];

	if (map < 0 || !values)
		measure_fail("a value for many CPUs", errno);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t before = measure_cpu_time();

		for (int i = 0; i < 100; i++) {
			if (bpf_map_lookup_elem(map, &key, values) < 0)
				measure_fail("bpf_map_lookup_elem", errno);
			counter_sum(values, cpus, 0, &sum, cells, &no_queues);
		}
		measure_add(&measure, (double)(measure_cpu_time() - before) / 100 / 1000);
	}
	snprintf(what, sizeof(what), "reading 1 interface of %u CPUs, us", cpus);
	measure_row(what, "linear", "%.2f", measure_median(&measure), measure_minimum(&measure),
		    "simulated by the length of the value");
	free(values);
}

static void sampling_row(unsigned int cpus, const char *aim, const struct measure *measure,
			 const char *note)
{
	char what[96];

	snprintf(what, sizeof(what), "ReportPeaks, %d interfaces on %u CPUs, %% of one CPU",
		 SAMPLED, cpus);
	measure_row(what, aim, "%.2f", measure_median(measure), measure_minimum(measure), note);
}

/* What ReportPeaks does at each tick, but for waking up. */
static void measure_sampling(const struct counter *counter)
{
	static struct windows windows[SAMPLED];
	struct record_cell totals[SAMPLED];
	struct measure measure = {0};
	struct counter_totals reader;

	if (counter_totals_open(&reader, counter) != 0)
		measure_fail("counter_totals_open", ENOMEM);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t before = measure_cpu_time();

		for (unsigned int at = 0; at < SAMPLED;) {
			int read = counter_totals_read(&reader, at + 1, SAMPLED - at, &totals[at]);

			if (read < 1)
				measure_fail("counter_totals_read", -read);
			at += (unsigned int)read;
		}
		for (unsigned int i = 0; i < SAMPLED; i++)
			windows_add(&windows[i],
				    &(struct windows_sample){before, before, totals[i]});
		measure_add(&measure, (double)(measure_cpu_time() - before) / WINDOWS_STEP * 100);
	}
	counter_totals_close(&reader);
	sampling_row(cpus_possible(), "<= 1", &measure, "without waking up");
}

/* The same with values as long as those of a machine with so many CPUs. */
static void measure_sampling_many(unsigned int cpus)
{
	size_t bytes = cpus * RECORD_BYTES(0);
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "cxdp_cpus", 4, (__u32)bytes, SAMPLED, NULL);
	char *values = malloc(bytes);
	struct measure measure = {0};

	if (map < 0 || !values)
		measure_fail("values for many CPUs", errno);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t before = measure_cpu_time();

		for (__u32 slot = 0; slot < SAMPLED; slot++) {
			if (bpf_map_lookup_elem(map, &slot, values) < 0)
				measure_fail("bpf_map_lookup_elem", errno);
			for (unsigned int cpu = 0; cpu < cpus; cpu++)
				use(counter_total((const void *)(values + cpu * RECORD_BYTES(0)))
					    .packets);
		}
		measure_add(&measure, (double)(measure_cpu_time() - before) / WINDOWS_STEP * 100);
	}
	sampling_row(cpus, "", &measure, "simulated by the length of the values");
	free(values);
}

static uint64_t memory_of(unsigned int slots)
{
	const struct counter_settings settings = {.breakdowns = RECORD_BY_PROTOCOL, .slots = slots};
	struct counter *counter = measure_counter(&settings);
	uint64_t memory = counter_info(counter)->memory;

	counter_close(counter);
	return memory;
}

static void measure_memory(void)
{
	double each = (double)(memory_of(2048) - memory_of(1024)) / 1024 / cpus_possible();

	measure_row("map memory of one interface and CPU, bytes", "<= 512", "%.0f", each, each,
		    "as the kernel accounts for it, its hash entry included");
}

int main(void)
{
	static const int interfaces[] = {1, 16, 256, INTERFACES_MAX};
	static const unsigned int cpus[] = {2, 16, 64, CPUS_MAX};
	const struct counter_settings settings = {.breakdowns = RECORD_BY_PROTOCOL,
						  .slots = INTERFACES_MAX};
	struct counter *counter;
	unsigned int slots[INTERFACES_MAX], taken = 0;
	int have = 1;

	measure_pin(0);
	measure_memory();
	counter = measure_counter(&settings);
	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
		if (interfaces[i] > have)
			make_interfaces(have, interfaces[i]);
		have = interfaces[i] > have ? interfaces[i] + (interfaces[i] - have) % 2 : have;
		for (; taken < (unsigned int)interfaces[i]; taken++) {
			if (counter_slot_take(counter_slots(counter), FIRST_INDEX + taken, "cxdp",
					      0, 0, &slots[taken]) != 0)
				measure_fail("counter_slot_take", ENOSPC);
		}
		measure_interfaces(counter, slots, interfaces[i]);
	}
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++)
		measure_cpus(cpus[i]);
	measure_sampling(counter);
	measure_sampling_many(64);
	counter_close(counter);
	return 0;
}
