// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet costs in the program alone (BPF_PROG_TEST_RUN): with one kind
 * of header and with eight at random, beside an empty program and the naive counter.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "plugin/counter/image.h"
#include "tests/bench/measure.h"
#include "tests/bench/bench.skel.h"
#include "tests/bench/mix.h"
#include "tests/bench/naive.skel.h"
#include "tests/bench/rivals.skel.h"
#include "tests/lib/frame.h"

/*
 * Where code and data come to lie makes a difference of up to a ns, so all is
 * loaded several times, each time by a process of its own.
 */
#define PASSES 12
#define ROUNDS 10
/* Some ms, less than a time slice. */
#define REPEAT 100000
#define LO 1
/* Indexes of interfaces: of a host with few, and of one on which many came and went. */
#define LOW_INDEX 5
#define HIGH_INDEX 5000

#define EVERY_BREAKDOWN (RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_QUEUE)

enum subject_kind {
	EMPTY,
	OFF,
	DEFAULTS,
	SIGNS,
	CALLING,
	EVERYTHING,
	NAIVE_DEFAULTS,
	NAIVE_EVERYTHING,
	BY_VERDICT,
	BY_SERVICE,
	SUBJECTS
};

struct subject {
	int program, mixed; /* program descriptors */
	struct measure alone, mix;
	struct measure low, high; /* on interfaces of these indexes */
};

static const char *const names[SUBJECTS] = {
	[EMPTY] = "an empty program",
	[OFF] = "packets and bytes only",
	[DEFAULTS] = "default settings",
	[SIGNS] = "default settings and signs",
	[CALLING] = "default settings, and Next an empty program",
	[EVERYTHING] = "everything on",
	[NAIVE_DEFAULTS] = "naive, what the default settings count",
	[NAIVE_EVERYTHING] = "naive, everything",
	[BY_VERDICT] = "packets and bytes by verdict, per CPU",
	[BY_SERVICE] = "packets by port, LRU hash",
};

/* Shared with the processes that measure. */
static struct subject *subjects;

static const char *const mixed_frames[MIX_KINDS] = {
	"IPv4 TCP", "IPv4 UDP",	   "IPv4 ICMP", "IPv6 TCP",
	"IPv6 UDP", "IPv6 ICMPv6", "ARP",	"802.1Q, IPv4 TCP",
};

static void with_frags(struct bpf_program *program, int off)
{
	int err = bpf_program__set_flags(program, BPF_F_XDP_HAS_FRAGS);

	if (!err && off)
		err = bpf_program__set_autoload(program, false);
	if (err)
		measure_fail("bpf_program__set_flags", err);
}

static int load_counter(uint32_t breakdowns, const struct counter_next *next)
{
	static const unsigned int indexes[] = {LO, LOW_INDEX, HIGH_INDEX};
	const struct counter_settings settings = {
		.breakdowns = breakdowns,
		.queues = 8,
		.slots = 64,
		.next = next ? *next : (struct counter_next){0},
	};
	struct counter *counter = measure_counter(&settings);

	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		unsigned int slot;
		int err =
			counter_slot_take(counter_slots(counter), indexes[i], "cxdp", 0, 0, &slot);

		if (err)
			measure_fail("counter_slot_take", err);
	}
	return counter_program_fd(counter);
}

static int load_naive(bool everything)
{
	struct naive *skeleton = naive__open();

	if (!skeleton)
		measure_fail("naive__open", errno);
	skeleton->rodata->naive_everything = everything;
	with_frags(skeleton->progs.xdp_naive, false);
	if (naive__load(skeleton))
		measure_fail("naive__load", errno);
	return bpf_program__fd(skeleton->progs.xdp_naive);
}

static int load_rival(bool by_verdict)
{
	struct rivals *skeleton = rivals__open();

	if (!skeleton)
		measure_fail("rivals__open", errno);
	with_frags(skeleton->progs.xdp_by_verdict, !by_verdict);
	with_frags(skeleton->progs.xdp_by_service, by_verdict);
	if (rivals__load(skeleton))
		measure_fail("rivals__load", errno);
	return bpf_program__fd(by_verdict ? skeleton->progs.xdp_by_verdict
					  : skeleton->progs.xdp_by_service);
}

static int load_empty(void)
{
	struct bench *skeleton = bench__open();

	if (!skeleton)
		measure_fail("bench__open", errno);
	with_frags(skeleton->progs.xdp_empty, false);
	with_frags(skeleton->progs.xdp_drop, true);
	with_frags(skeleton->progs.xdp_send, true);
	with_frags(skeleton->progs.xdp_mix, true);
	if (bench__load(skeleton))
		measure_fail("bench__load", errno);
	return bpf_program__fd(skeleton->progs.xdp_empty);
}

/* The counter calls it as it does the program of Next. */
static int load_calling(int program)
{
	const struct counter_next next = {
		.wanted = true,
		.frags = true,
		.array = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "bench_next", sizeof(__u32),
					sizeof(__u32), 1, NULL),
	};
	const __u32 key = 0;

	if (next.array < 0 || bpf_map_update_elem(next.array, &key, &program, BPF_ANY) < 0)
		measure_fail("bpf_map_create", errno);
	return load_counter(RECORD_BY_PROTOCOL, &next);
}

/* A mixer of its own for each program: the jump is a direct one, then. */
static int load_mix(int program)
{
	struct bench *skeleton = bench__open();
	const __u32 key = 0;

	if (!skeleton)
		measure_fail("bench__open", errno);
	for (int i = 0; i < MIX_KINDS; i++) {
		static struct frame frame;

		frame_build(frame_sample(mixed_frames[i])->steps, &frame);
		frame_resize(&frame, sizeof(skeleton->rodata->bench_headers[i]));
		memcpy(skeleton->rodata->bench_headers[i], frame.bytes,
		       sizeof(skeleton->rodata->bench_headers[i]));
	}
	with_frags(skeleton->progs.xdp_empty, true);
	with_frags(skeleton->progs.xdp_drop, true);
	with_frags(skeleton->progs.xdp_send, true);
	with_frags(skeleton->progs.xdp_mix, false);
	if (bench__load(skeleton) ||
	    bpf_map_update_elem(bpf_map__fd(skeleton->maps.next), &key, &program, BPF_ANY) < 0)
		measure_fail("bench__load", errno);
	return bpf_program__fd(skeleton->progs.xdp_mix);
}

/*
 * What is loaded next to what, and runs after what, makes a difference as well:
 * each takes each place in turn.
 */
static struct subject *in_turn(int pass, int i)
{
	return &subjects[(pass + i) % SUBJECTS];
}

static int load_subject(const struct subject *subject)
{
	switch (subject - subjects) {
	case EMPTY:
		return load_empty();
	case OFF:
		return load_counter(0, NULL);
	case DEFAULTS:
		return load_counter(RECORD_BY_PROTOCOL, NULL);
	case SIGNS:
		return load_counter(RECORD_BY_PROTOCOL | RECORD_BY_SIGNAL, NULL);
	case CALLING:
		return load_calling(load_empty());
	case EVERYTHING:
		return load_counter(EVERY_BREAKDOWN, NULL);
	case BY_VERDICT:
	case BY_SERVICE:
		return load_rival(subject - subjects == BY_VERDICT);
	default:
		return load_naive(subject - subjects == NAIVE_EVERYTHING);
	}
}

static void load_all(int pass)
{
	for (int i = 0; i < SUBJECTS; i++) {
		struct subject *subject = in_turn(pass, i);

		subject->program = load_subject(subject);
		subject->mixed = load_mix(subject->program);
		measure_attach(subject->program);
		measure_attach(subject->mixed);
	}
}

static void measure_all(int pass)
{
	static struct frame frame, mixed;

	frame_build(frame_sample("IPv4 TCP")->steps, &frame);
	frame_resize(&frame, 64);
	mixed = frame;
	frame_resize(&mixed, MIX_WORDS * sizeof(__u64));
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < SUBJECTS; i++) {
			struct subject *subject = in_turn(pass, i);

			measure_add(&subject->alone, measure_run(subject->program, frame.bytes,
								 frame.length, REPEAT));
			measure_add(&subject->mix, measure_run(subject->mixed, mixed.bytes,
							       mixed.length, REPEAT / 2));
			measure_add(&subject->low,
				    measure_run_on(subject->program, LOW_INDEX, frame.bytes,
						   frame.length, REPEAT / 2));
			measure_add(&subject->high,
				    measure_run_on(subject->program, HIGH_INDEX, frame.bytes,
						   frame.length, REPEAT / 2));
		}
	}
}

/* What a program costs more than an empty one, against what another costs more. */
static void row_extra(const char *what, const char *target, enum subject_kind of,
		      enum subject_kind to, bool mixed)
{
	const struct measure *list[3];
	const enum subject_kind kinds[3] = {of, to, EMPTY};
	double medians[3], minima[3];
	char remark[128];

	for (int i = 0; i < 3; i++) {
		list[i] = mixed ? &subjects[kinds[i]].mix : &subjects[kinds[i]].alone;
		medians[i] = measure_median(list[i]);
		minima[i] = measure_minimum(list[i]);
	}
	snprintf(remark, sizeof(remark), "+%.1f ns / +%.1f ns", minima[0] - minima[2],
		 minima[1] - minima[2]);
	measure_row(what, target, "%.2f", (medians[0] - medians[2]) / (medians[1] - medians[2]),
		    (minima[0] - minima[2]) / (minima[1] - minima[2]), remark);
}

/* What signs cost more than the default settings, against what those cost more than nothing. */
static void row_signs(const char *what, bool mixed)
{
	const enum subject_kind kinds[3] = {SIGNS, DEFAULTS, EMPTY};
	double medians[3], minima[3];
	char remark[128];

	for (int i = 0; i < 3; i++) {
		const struct measure *measure =
			mixed ? &subjects[kinds[i]].mix : &subjects[kinds[i]].alone;

		medians[i] = measure_median(measure);
		minima[i] = measure_minimum(measure);
	}
	snprintf(remark, sizeof(remark), "+%.1f ns / +%.1f ns", minima[0] - minima[1],
		 minima[1] - minima[2]);
	measure_row(what, "<= 0.6", "%.2f", (medians[0] - medians[1]) / (medians[1] - medians[2]),
		    (minima[0] - minima[1]) / (minima[1] - minima[2]), remark);
}

/* What Next costs: the call, and the program that is called. */
static void row_calling(void)
{
	const struct measure *with = &subjects[CALLING].alone, *without = &subjects[DEFAULTS].alone;
	char remark[96];

	snprintf(remark, sizeof(remark), "%.4g / %.4g", measure_median(with),
		 measure_median(without));
	measure_row("tail call extra, to an empty program by Next, ns", "", "%.1f",
		    measure_median(with) - measure_median(without),
		    measure_minimum(with) - measure_minimum(without), remark);
}

/* In a process of its own, with which all that it loads and attaches goes. */
static void run_pass(int pass)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		measure_fail("fork", errno);
	if (child == 0) {
		load_all(pass);
		measure_all(pass);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status != 0)
		measure_fail("a pass", ECHILD);
}

/* What this kernel lets the counter do. */
static void print_about(void)
{
	const struct counter_settings settings = {.breakdowns = RECORD_BY_PROTOCOL, .slots = 1};
	struct counter *counter = measure_counter(&settings);
	const struct counter_info *info = counter_info(counter);

	printf("length by %s, %u instructions verified\n", counter_image_length(info->length),
	       info->instructions);
	counter_close(counter);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "about") == 0) {
		print_about();
		return 0;
	}
	subjects = mmap(NULL, SUBJECTS * sizeof(*subjects), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (subjects == MAP_FAILED)
		measure_fail("mmap", errno);
	measure_pin(0);
	measure_command("ip link add cxdp-low index 5 type veth peer name cxdp-high index 5000");
	for (int pass = 0; pass < PASSES; pass++)
		run_pass(pass);
	for (int i = 0; i < SUBJECTS; i++)
		fprintf(stderr, "%-40s uniform %6.2f min %6.2f  mixed %6.2f min %6.2f\n", names[i],
			measure_median(&subjects[i].alone), measure_minimum(&subjects[i].alone),
			measure_median(&subjects[i].mix), measure_minimum(&subjects[i].mix));
	measure_row_ratio("packets and bytes only / an empty program", "<= 1.10",
			  &subjects[OFF].alone, &subjects[EMPTY].alone);
	row_extra("packets and bytes only: extra / extra of packets and bytes by verdict", "<= 1.6",
		  OFF, BY_VERDICT, false);
	row_extra("default settings, uniform traffic: extra / extra of the naive counter",
		  "<= 0.33", DEFAULTS, NAIVE_DEFAULTS, false);
	row_extra("default settings, mixed traffic: extra / extra of the naive counter", "<= 0.25",
		  DEFAULTS, NAIVE_DEFAULTS, true);
	row_extra("everything on, uniform traffic: extra / extra of the naive counter", "",
		  EVERYTHING, NAIVE_EVERYTHING, false);
	row_extra("everything on, mixed traffic: extra / extra of the naive counter", "<= 0.32",
		  EVERYTHING, NAIVE_EVERYTHING, true);
	measure_row_ratio("default settings, interface index 5,000 / index 5", "<= 1.05",
			  &subjects[DEFAULTS].high, &subjects[DEFAULTS].low);
	row_extra("default settings, uniform traffic: extra / extra of packets by port, LRU hash",
		  "<= 0.15", DEFAULTS, BY_SERVICE, false);
	row_signs("ReportSignals, uniform traffic: extra / extra of the default settings", false);
	row_signs("ReportSignals, mixed traffic: extra / extra of the default settings", true);
	row_calling();
	return 0;
}
