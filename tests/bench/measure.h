/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the measurements share: rounds of timings, their median and minimum,
 * rows of the table, programs that run as fast as attached ones. Whatever
 * fails ends the program: a measurement that is not whole is none.
 */
#ifndef COLLECTD_XDP_BENCH_MEASURE_H
#define COLLECTD_XDP_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/counter/counter.h"

#define MEASURE_ROUNDS_MAX 128

/* What was measured in one round after the other, in whatever unit. */
struct measure {
	double values[MEASURE_ROUNDS_MAX];
	int rounds;
};

_Noreturn void measure_fail(const char *what, int err);

void measure_add(struct measure *measure, double value);
double measure_median(const struct measure *measure);
double measure_minimum(const struct measure *measure);

/* Monotonic time, and CPU time of this thread, in ns. */
uint64_t measure_now(void);
uint64_t measure_cpu_time(void);

/* Rows of the table: | what | target | median | minimum | remark |, `format` for both numbers. */
void measure_row(const char *what, const char *target, const char *format, double median,
		 double minimum, const char *remark);

/* A row of a ratio: of the medians, and of the minima. */
void measure_row_ratio(const char *what, const char *target, const struct measure *of,
		       const struct measure *to);

/* Binds this thread to the CPU, one of those that it may use, counted from 0. */
void measure_pin(int cpu);

/* Runs a shell command. */
void measure_command(const char *command);

/* Loads the counter. */
struct counter *measure_counter(const struct counter_settings *settings);

/*
 * Attaches the program to an interface of its own, where no packets come in. Else
 * BPF_PROG_TEST_RUN would wait for a grace period with each call, and programs
 * outside of the kernel's XDP dispatcher run at the cost of an indirect call.
 */
void measure_attach(int program);

/* Runs the program `repeat` times on a frame that comes in on lo; returns ns per packet. */
double measure_run(int program, const void *frame, size_t length, unsigned int repeat);
/* The same on a frame that comes in on the interface of this index (Linux 5.15). */
double measure_run_on(int program, unsigned int ifindex, const void *frame, size_t length,
		      unsigned int repeat);

#endif
