// SPDX-License-Identifier: GPL-2.0-only
/* Packets of several buffers, as drivers with large MTUs or merged segments hand them over. */
#include "harness.h"

static struct harness harness;
static struct frame frame;

static int open_harness(void **state)
{
	(void)state;
	harness_open(&harness, &harness_settings, HARNESS_LO);
	return 0;
}

static int close_harness(void **state)
{
	(void)state;
	harness_close(&harness);
	return 0;
}

/* BPF_PROG_TEST_RUN puts what is beyond the first 3,520 bytes into buffers of a page each. */
static void run_lengths(const char *name)
{
	static const size_t lengths[] = {3520, 3521, 4096, 7616, 7617, 9014, 20000, 40000, 65535};
	const struct frame_sample *sample = frame_sample(name);
	struct frame_expectation expected;

	if (!counter_info(harness.counter)->frags)
		skip();
	assert_non_null(sample);
	expected = sample->expected;
	expected.size = RECORD_SIZE_1519_TO_MAX;
	frame_build(sample->steps, &frame);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		frame_resize(&frame, lengths[i]);
		harness_check(&harness, frame.bytes, frame.length, &expected);
	}
}

static void test_ipv4(void **state)
{
	(void)state;
	run_lengths("IPv4 TCP");
}

static void test_ipv6(void **state)
{
	(void)state;
	run_lengths("QinQ, IPv6 hop-by-hop, destination, AH, fragment, TCP");
}

static void test_no_ip(void **state)
{
	(void)state;
	run_lengths("MPLS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"IPv4 of up to 17 buffers is counted once, with its whole length", test_ipv4, NULL,
		 NULL, NULL},
		{"IPv6 of up to 17 buffers is counted once, with its whole length", test_ipv6, NULL,
		 NULL, NULL},
		{"no IP in up to 17 buffers is counted once, with its whole length", test_no_ip,
		 NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, open_harness, close_harness);
}
