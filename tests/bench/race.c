// SPDX-License-Identifier: GPL-2.0-only
/* What is lost when two CPUs count at the same time; beside it, with a plain ++ on a shared
 * counter. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tests/bench/measure.h"
#include "tests/lib/shared.skel.h"
#include "tests/lib/frame.h"

#define THREADS 2
#define EACH 20000000
#define SLICE 1000000
#define LO 1

struct sender {
	pthread_t thread;
	int cpu;
	int program;
	pthread_barrier_t *start;
};

static struct frame frame;

static void *send_frames(void *argument)
{
	const struct sender *sender = argument;

	measure_pin(sender->cpu);
	pthread_barrier_wait(sender->start);
	for (int sent = 0; sent < EACH; sent += SLICE)
		measure_run(sender->program, frame.bytes, frame.length, SLICE);
	return NULL;
}

static void send_from_all(int program)
{
	struct sender senders[THREADS];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		senders[i] = (struct sender){.cpu = i, .program = program, .start = &start};
		if (pthread_create(&senders[i].thread, NULL, send_frames, &senders[i]) != 0)
			measure_fail("pthread_create", EAGAIN);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(senders[i].thread, NULL);
	pthread_barrier_destroy(&start);
}

static uint64_t count_shared(void)
{
	struct shared *skeleton = shared__open_and_load();
	const __u32 key = 0;
	uint64_t packets;

	if (!skeleton)
		measure_fail("shared", errno);
	measure_attach(bpf_program__fd(skeleton->progs.xdp_shared));
	send_from_all(bpf_program__fd(skeleton->progs.xdp_shared));
	if (bpf_map_lookup_elem(bpf_map__fd(skeleton->maps.packets), &key, &packets) < 0)
		measure_fail("bpf_map_lookup_elem", errno);
	shared__destroy(skeleton);
	return packets;
}

static uint64_t count_ours(void)
{
	const struct counter_settings settings = {.breakdowns = RECORD_BY_PROTOCOL, .slots = 64};
	struct counter *counter = measure_counter(&settings);
	struct view_reading reading;
	unsigned int slot;
	uint64_t packets;

	if (counter_slot_take(counter_slots(counter), LO, "lo", 0, 0, &slot) != 0)
		measure_fail("counter_slot_take", ENOSPC);
	measure_attach(counter_program_fd(counter));
	send_from_all(counter_program_fd(counter));
	if (counter_read(counter_reader(counter), slot, &reading) != 0)
		measure_fail("counter_read", EIO);
	packets = counter_total(&reading.sum).packets;
	counter_close(counter);
	return packets;
}

int main(void)
{
	const double sent = (double)THREADS * EACH;
	double ours, shared;
	char remark[96];

	frame_build(frame_sample("IPv4 TCP")->steps, &frame);
	ours = sent - (double)count_ours();
	shared = sent - (double)count_shared();
	snprintf(remark, sizeof(remark), "a plain ++ on a shared counter lost %.0f (%.1f %%)",
		 shared, 100 * shared / sent);
	measure_row("packets lost of 2 CPUs x 20,000,000", "0", "%.0f", ours, ours, remark);
	return 0;
}
