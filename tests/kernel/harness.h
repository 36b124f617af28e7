/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the program in the kernel share: run a frame with
 * BPF_PROG_TEST_RUN, work out what has to be counted, compare whole records.
 * What is wrong fails the test that calls (cmocka).
 */
#ifndef COLLECTD_XDP_TESTS_KERNEL_HARNESS_H
#define COLLECTD_XDP_TESTS_KERNEL_HARNESS_H

#include <linux/bpf.h>
#include <stdbool.h>

#include "plugin/counter/counter.h"
#include "tests/lib/cmocka.h"
#include "tests/lib/frame.h"

/* The device that packets of BPF_PROG_TEST_RUN come in on: lo of the network namespace. */
#define HARNESS_LO 1
/*
 * How the program finds the length of a packet (enum counter_length), in the environment: by
 * "cast", "helper", "pointers"; or "wire", which is the program for what goes out. A program whose
 * kernel has no such way ends with the status HARNESS_CANNOT, and says what it needs.
 */
#define HARNESS_LENGTH "CXDP_LENGTH"
#define HARNESS_CANNOT 77
/* What that program answers (linux/bpf.h of Linux 6.6). */
#define HARNESS_TCX_NEXT (-1)
/* BPF_PROG_TEST_RUN refuses frames without a whole Ethernet header. */
#define HARNESS_SHORTEST 14

/* A loaded counter, and the slot in which one interface is counted. */
struct harness {
	struct counter *counter;
	unsigned int slot;
};

/* All breakdowns but that by queue, signs, eight slots. */
extern const struct counter_settings harness_settings;

/* Loads a counter with these settings, the interface counted in a slot. */
void harness_open(struct harness *harness, const struct counter_settings *settings,
		  unsigned int ifindex);
void harness_close(struct harness *harness);

/* The harness of tests that need no other, and its fixtures: harness_settings, on HARNESS_LO. */
extern struct harness harness_on_lo;
int harness_group_open(void **state);
int harness_group_close(void **state);

/*
 * Runs the program on a frame that comes in on that queue of the interface;
 * or goes out by the interface; fails unless the verdict lets it and the frame is as it was.
 */
void harness_run_on(int program, unsigned int ifindex, unsigned int queue, const uint8_t *frame,
		    size_t length);
/*
 * Runs a frame on HARNESS_LO of which `first` bytes lie in the first buffer, the rest in others.
 * For a program that takes packets of several buffers (Linux 5.18).
 */
void harness_run_split(int program, const uint8_t *frame, size_t length, size_t first);
/* Whether the kernel runs it: before Linux 5.18 a frame of more than a page is refused. */
bool harness_takes(int program, size_t length);
/*
 * Skips the test that calls where BPF_PROG_TEST_RUN takes no interface or queue:
 * before Linux 5.15.
 */
void harness_needs_context(void);
/*
 * Whether BPF_PROG_TEST_RUN refuses the frame for the program that is tested: of what goes out, IP
 * whose header is cut off (Linux 6.18). harness_check() and harness_check_sum() leave it out.
 */
bool harness_refuses(const uint8_t *frame, size_t length);
/* Whether HARNESS_LENGTH asks for the program for what goes out. */
bool harness_is_outgoing(void);
/* Skips the test that calls where the program counts no queues apart. */
void harness_needs_queues(void);
/* Runs a frame on HARNESS_LO. */
void harness_run(int program, const uint8_t *frame, size_t length);

/* What is in the slot now. */
struct record harness_record(const struct harness *harness);

/* The same of its signs; zeros where they are off. */
struct record_signals harness_signals(const struct harness *harness);

/* Adds to `sum` the signs of a frame of `length`, if they are on. */
void harness_expect_signals(struct record_signals *sum, const struct counter_settings *settings,
			    const struct frame_expectation *expected, size_t length);
bool harness_same_signals(const struct record_signals *expected,
			  const struct record_signals *actual);

/* Adds to `sum` what a frame of `length` has to add to its record under these settings. */
void harness_expect(struct record *sum, const struct counter_settings *settings,
		    const struct frame_expectation *expected, size_t length);

/* Whether two records are the same; what differs is printed, cell by cell. */
bool harness_same(const struct record *expected, const struct record *actual);

/* Runs the frame in the harness; fails unless exactly that was added to the record. */
void harness_check(const struct harness *harness, const uint8_t *frame, size_t length,
		   const struct frame_expectation *expected);

/* All that is counted in the slot. */
struct harness_sum {
	struct record record;
	struct record_signals signs;
};
struct harness_sum harness_sum(const struct harness *harness);

/* The same as harness_check() for many frames: `sum` is what has to be in the slot before, and then
 * after. */
void harness_check_sum(const struct harness *harness, struct harness_sum *sum, const uint8_t *frame,
		       size_t length, const struct frame_expectation *expected);

/* Moves this process into a network namespace of its own, which ends with it. */
void harness_private_network(void);

/* Runs a shell command; fails the test unless it succeeds. */
void harness_command(const char *command);

/* Whether the kernel compiles programs to machine code. */
bool harness_is_jited(void);
/*
 * Whether the kernel's own description of itself has what the ways to the length with a cast take,
 * and programs are compiled. The other skips the test that calls where it has not.
 */
bool harness_has_cast(void);
void harness_needs_cast(void);

/* Instructions of the program after the verifier, and bytes of machine code. */
struct harness_size {
	unsigned int instructions;
	unsigned int machine_bytes;
};
struct harness_size harness_program_size(int program);

/* How many instructions of the program, as the kernel runs it, are of a kind. */
unsigned int harness_count(int program, bool (*is_of_kind)(const struct bpf_insn *));

#endif
