// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet costs from a veth's ring to the stack (PASS) or to its end in
 * the driver (DROP): the counter beside an empty program, both native, fed by
 * XDP live frames. Every frame has to arrive. And what ReportFate adds to frames that are
 * redirected in bulks of 16, each of which has to be counted.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/xdp_link.h"
#include "plugin/source/tracepoints.h"
#include "tests/bench/measure.h"
#include "tests/bench/bench.skel.h"
#include "tests/bench/counting_drop.skel.h"
#include "tests/lib/frame.h"

#define ROUNDS 31
#define FRAMES 20000

enum subject { PASS_EMPTY, PASS_COUNTING, DROP_EMPTY, DROP_COUNTING, SUBJECTS };

struct live {
	unsigned int tx, rx; /* the two ends of a veth, in the namespace of this process */
	int send;
	int programs[SUBJECTS];
	struct counter *counter;
	unsigned int slot, tx_slot;
	struct measure measures[SUBJECTS];
	struct measure without, with; /* ReportFate */
};

static struct frame frame;

static void load_bench(struct live *live)
{
	struct bench *skeleton = bench__open();

	if (!skeleton)
		measure_fail("bench__open", errno);
	skeleton->rodata->bench_target = live->tx;
	if (bpf_program__set_autoload(skeleton->progs.xdp_mix, false) || bench__load(skeleton))
		measure_fail("bench__load", errno);
	live->programs[PASS_EMPTY] = bpf_program__fd(skeleton->progs.xdp_empty);
	live->programs[DROP_EMPTY] = bpf_program__fd(skeleton->progs.xdp_drop);
	live->send = bpf_program__fd(skeleton->progs.xdp_send);
	measure_attach(live->send);
}

static void load_counters(struct live *live)
{
	const struct counter_settings settings = {.breakdowns = RECORD_BY_PROTOCOL, .slots = 64};
	struct counting_drop *drop = counting_drop__open_and_load();
	int err;

	live->counter = measure_counter(&settings);
	err = counter_slot_take(counter_slots(live->counter), live->rx, "cxdp-rx", 0, 0,
				&live->slot);
	if (!err)
		err = counter_slot_take(counter_slots(live->counter), live->tx, "cxdp-tx", 0, 0,
					&live->tx_slot);
	if (err)
		measure_fail("counter_slot_take", err);
	live->programs[PASS_COUNTING] = counter_program_fd(live->counter);
	if (!drop)
		measure_fail("counting_drop", errno);
	drop->bss->slots[live->rx] = 1;
	live->programs[DROP_COUNTING] = bpf_program__fd(drop->progs.xdp_count);
}

static uint64_t counted(const struct live *live)
{
	struct view_reading reading;
	int err = counter_read(counter_reader(live->counter), live->slot, &reading);

	if (err)
		measure_fail("counter_read", err);
	return counter_total(&reading.sum).packets;
}

/* The receiver runs in softirqs of this thread, so the time is that of both ends. */
static double send_frames(const struct live *live)
{
	struct xdp_md context = {.data_end = (__u32)frame.length, .ingress_ifindex = live->tx};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.bytes,
		    .data_size_in = (__u32)frame.length, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = FRAMES,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	uint64_t before = measure_cpu_time();
	int err = bpf_prog_test_run_opts(live->send, &run);

	if (err)
		measure_fail("BPF_F_TEST_XDP_LIVE_FRAMES", err);
	return (double)(measure_cpu_time() - before) / FRAMES;
}

/* Frames that end in the driver behind the redirect, with what ReportFate loads. */
static void measure_fate(struct live *live)
{
	struct tracepoints_failure failure;
	struct tracepoints *tracepoints;
	uint64_t before[FATE_CELLS], after[FATE_CELLS];
	int err = tracepoints_open(live->counter, &tracepoints, &failure);

	if (!err)
		err = tracepoints_read(tracepoints, live->tx_slot, before);
	if (err)
		measure_fail("tracepoints", err);
	measure_add(&live->with, send_frames(live));
	err = tracepoints_read(tracepoints, live->tx_slot, after);
	if (err || after[FATE_SENT] - before[FATE_SENT] != FRAMES)
		measure_fail("counting redirects", err);
	tracepoints_close(tracepoints);
}

static void measure_all(struct live *live)
{
	int link, err = xdp_link_open(live->programs[PASS_EMPTY], live->rx, XDP_LINK_NATIVE, &link);

	if (err)
		measure_fail("attaching", err);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < SUBJECTS; i++) {
			err = xdp_link_update(link, live->programs[i]);
			if (err)
				measure_fail("xdp_link_update", err);
			measure_add(&live->measures[i], send_frames(live));
		}
	}
	err = xdp_link_update(link, live->programs[DROP_EMPTY]);
	if (err)
		measure_fail("xdp_link_update", err);
	for (int round = 0; round < ROUNDS; round++) {
		measure_add(&live->without, send_frames(live));
		measure_fate(live);
	}
	xdp_link_close(link);
}

int main(void)
{
	static struct live live;
	uint64_t sent = (uint64_t)ROUNDS * FRAMES;

	measure_pin(0);
	measure_command("ip link add cxdp-tx type veth peer name cxdp-rx &&"
			"ip link set cxdp-tx arp off up && ip link set cxdp-rx arp off up");
	live.tx = if_nametoindex("cxdp-tx");
	live.rx = if_nametoindex("cxdp-rx");
	frame_build(frame_sample("IPv4 TCP")->steps, &frame);
	load_bench(&live);
	load_counters(&live);
	measure_all(&live);
	if (counted(&live) < sent)
		fprintf(stderr, "live: %" PRIu64 " of %" PRIu64 " frames arrived\n", counted(&live),
			sent);
	measure_row_ratio("veth, native, PASS, ns: default settings / an empty program", "<= 1.02",
			  &live.measures[PASS_COUNTING], &live.measures[PASS_EMPTY]);
	measure_row_ratio("veth, native, DROP, ns: the same counting / dropping only", "<= 1.04",
			  &live.measures[DROP_COUNTING], &live.measures[DROP_EMPTY]);
	measure_row_ratio("veth, redirected in bulks of 16, ns: with ReportFate / without",
			  "<= 1.1", &live.with, &live.without);
	return 0;
}
