// SPDX-License-Identifier: GPL-2.0-only
/* Rounds of timings, rows of the table, programs to be timed. */
#include "tests/bench/measure.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/xdp_link.h"

_Noreturn void measure_fail(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

void measure_add(struct measure *measure, double value)
{
	if (measure->rounds == MEASURE_ROUNDS_MAX)
		measure_fail("measure_add", ENOSPC);
	measure->values[measure->rounds++] = value;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double measure_median(const struct measure *measure)
{
	struct measure sorted = *measure;
	int half = sorted.rounds / 2;

	qsort(sorted.values, (size_t)sorted.rounds, sizeof(sorted.values[0]), compare);
	if (sorted.rounds % 2)
		return sorted.values[half];
	return (sorted.values[half - 1] + sorted.values[half]) / 2;
}

double measure_minimum(const struct measure *measure)
{
	double minimum = measure->values[0];

	for (int i = 1; i < measure->rounds; i++) {
		if (measure->values[i] < minimum)
			minimum = measure->values[i];
	}
	return minimum;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

uint64_t measure_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t measure_cpu_time(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void measure_row(const char *what, const char *target, const char *format, double median,
		 double minimum, const char *remark)
{
	char cells[2][32];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(cells[0], sizeof(cells[0]), format, median);
	snprintf(cells[1], sizeof(cells[1]), format, minimum);
#pragma GCC diagnostic pop
	printf("| %s | %s | %s | %s | %s |\n", what, target, cells[0], cells[1], remark);
	fflush(stdout);
}

void measure_row_ratio(const char *what, const char *target, const struct measure *of,
		       const struct measure *to)
{
	char remark[96];

	snprintf(remark, sizeof(remark), "%.4g / %.4g", measure_median(of), measure_median(to));
	measure_row(what, target, "%.2f", measure_median(of) / measure_median(to),
		    measure_minimum(of) / measure_minimum(to), remark);
}

void measure_pin(int cpu)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		measure_fail("sched_getaffinity", errno);
	CPU_ZERO(&one);
	for (int at = 0; at < CPU_SETSIZE; at++) {
		if (CPU_ISSET(at, &allowed) && cpu-- == 0)
			CPU_SET(at, &one);
	}
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		measure_fail("sched_setaffinity", errno);
}

void measure_command(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "%s: failed\n", command);
		exit(1);
	}
}

struct counter *measure_counter(const struct counter_settings *settings)
{
	struct counter_failure failure;
	struct counter *counter;
	int err = counter_open(settings, NULL, &counter, &failure);

	if (err) {
		fputs(failure.log.libbpf, stderr);
		measure_fail(failure.step, err);
	}
	return counter;
}

void measure_attach(int program)
{
	static int count;
	char name[IF_NAMESIZE], command[128];
	int link, err, attempts = 100;

	snprintf(name, sizeof(name), "cxdp-run%d", count++);
	snprintf(command, sizeof(command), "ip link add %s type veth peer name %sp", name, name);
	if (!if_nametoindex(name))
		measure_command(command);
	/*
	 * The link is closed when this process ends, and so was that of the one
	 * before: the kernel may not be done with it yet.
	 */
	do {
		err = xdp_link_open(program, if_nametoindex(name), XDP_LINK_GENERIC, &link);
	} while (err == -EBUSY && attempts-- > 0 && usleep(10000) == 0);
	if (err)
		measure_fail(name, err);
}

static double run(int program, struct bpf_test_run_opts *options)
{
	/* The kernel's own figure is in whole ns. CPU time: others may want this CPU, too. */
	uint64_t before = measure_cpu_time();
	int err = bpf_prog_test_run_opts(program, options);

	if (err)
		measure_fail("BPF_PROG_TEST_RUN", err);
	if (options->retval != XDP_PASS)
		measure_fail("verdict", EBADMSG);
	return (double)(measure_cpu_time() - before) / options->repeat;
}

double measure_run(int program, const void *frame, size_t length, unsigned int repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)length,
		    .repeat = (int)repeat);

	return run(program, &options);
}

double measure_run_on(int program, unsigned int ifindex, const void *frame, size_t length,
		      unsigned int repeat)
{
	struct xdp_md context = {.data_end = (__u32)length, .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)length,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = (int)repeat);

	return run(program, &options);
}
