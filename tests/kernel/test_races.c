// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs count at the same time: the counter loses nothing. A program with a
 * plain ++ on a shared counter does, in the same test, which shows that the
 * test would see a loss.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "tests/kernel/harness.h"
#include "tests/lib/shared.skel.h"

#define THREADS 2
#define REPEAT 2000000
#define ROUNDS_MAX 20

struct runner {
	pthread_t thread;
	pthread_barrier_t *start;
	int cpu;
	int program;
	const struct frame *frame;
	int result; /* 0, or what went wrong */
};

static struct frame frame;

/* Sends REPEAT packets from one CPU. Fails by its result: cmocka asserts in its own thread only. */
static void *send_packets(void *argument)
{
	struct runner *runner = argument;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = runner->frame->bytes,
		    .data_size_in = (__u32)runner->frame->length, .repeat = REPEAT);
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(runner->cpu, &cpus);
	runner->result = pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	pthread_barrier_wait(runner->start);
	if (runner->result == 0)
		runner->result = bpf_prog_test_run_opts(runner->program, &run);
	if (runner->result == 0 && run.retval != XDP_PASS)
		runner->result = -1;
	return NULL;
}

/* The first two CPUs this process may use; skips where there is but one. */
static void choose_cpus(int cpus[THREADS])
{
	cpu_set_t allowed;
	int found = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE && found < THREADS; cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			cpus[found++] = cpu;
	}
	if (found < THREADS) {
		printf("# needs %d CPUs\n", THREADS);
		skip();
	}
}

/* Sends THREADS x REPEAT packets to the program, from as many CPUs at once. */
static void send_from_two_cpus(int program)
{
	struct runner runners[THREADS];
	pthread_barrier_t start;
	int cpus[THREADS];

	choose_cpus(cpus);
	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++) {
		runners[i] = (struct runner){
			.start = &start,
			.cpu = cpus[i],
			.program = program,
			.frame = &frame,
		};
		assert_int_equal(
			pthread_create(&runners[i].thread, NULL, send_packets, &runners[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(runners[i].thread, NULL), 0);
		assert_int_equal(runners[i].result, 0);
	}
	pthread_barrier_destroy(&start);
}

static void test_shared_counter_loses(void **state)
{
	struct shared *skeleton = shared__open_and_load();
	uint64_t sent = 0, counted = 0;
	const __u32 key = 0;

	(void)state;
	assert_non_null(skeleton);
	frame_build(frame_sample("IPv4 TCP")->steps, &frame);
	/* On a busy machine the two may take turns; then again. */
	for (int round = 0; round < ROUNDS_MAX && counted == sent; round++) {
		send_from_two_cpus(bpf_program__fd(skeleton->progs.xdp_shared));
		sent += (uint64_t)THREADS * REPEAT;
		assert_int_equal(
			bpf_map_lookup_elem(bpf_map__fd(skeleton->maps.packets), &key, &counted),
			0);
	}
	shared__destroy(skeleton);
	printf("# a shared ++ lost %.1f %% of %llu packets\n",
	       100 * (1 - (double)counted / (double)sent), (unsigned long long)sent);
	fflush(stdout);
	/* Emulated CPUs (tests/vm/guest) may never run at the same time; what is counted says
	 * nothing then. */
	if (counted == sent && getenv("CXDP_EMULATED")) {
		printf("# needs two CPUs that run at the same time\n");
		fflush(stdout);
		skip();
	}
	assert_true(counted < sent);
}

static void check_all_counted(const char *name)
{
	const struct frame_sample *sample = frame_sample(name);
	struct record expected = {0}, actual;
	struct harness harness;

	frame_build(sample->steps, &frame);
	harness_open(&harness, &harness_settings, HARNESS_LO);
	send_from_two_cpus(counter_program_fd(harness.counter));
	for (int i = 0; i < THREADS * REPEAT; i++)
		harness_expect(&expected, &harness_settings, &sample->expected, frame.length);
	actual = harness_record(&harness);
	harness_close(&harness);
	assert_true(harness_same(&expected, &actual));
}

static void test_counter_loses_nothing(void **state)
{
	(void)state;
	check_all_counted("IPv4 TCP");
	check_all_counted("QinQ, IPv6 hop-by-hop, destination, AH, fragment, TCP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"a plain ++ on a shared counter loses packets of two CPUs",
		 test_shared_counter_loses, NULL, NULL, NULL},
		{"the counter loses none of 8,000,000 packets of two CPUs",
		 test_counter_loses_nothing, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
