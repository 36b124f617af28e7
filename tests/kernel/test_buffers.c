// SPDX-License-Identifier: GPL-2.0-only
/* Packets of several buffers, as drivers with large MTUs or merged segments hand them over. */
#include <unistd.h>

#include "plugin/kernel/probe.h"
#include "tests/kernel/harness.h"

static struct frame frame;

/* Where there are no packets of several buffers (before Linux 5.18), the kernel must refuse them.
 */
static void run_lengths(const char *name)
{
	/* BPF_PROG_TEST_RUN puts what is beyond the first buffer into others of a page each. */
	const size_t one = harness_one_buffer(), page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t lengths[] = {one,	4096,  one + 1, one + page, one + page + 1,
				  9014, 20000, 40000,	65535};
	const struct frame_sample *sample = frame_sample(name);
	bool frags = counter_info(harness_on_lo.counter)->frags;
	struct frame_expectation expected;

	assert_non_null(sample);
	expected = sample->expected;
	expected.size = RECORD_SIZE_1519_TO_MAX;
	frame_build(sample->steps, &frame);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (lengths[i] > FRAME_MAX)
			continue;
		if (!frags && lengths[i] > one) {
			/* Given them all the same, it counts one buffer. */
			if (probe_has_buff_len())
				continue;
			assert_false(harness_takes(counter_program_fd(harness_on_lo.counter),
						   lengths[i]));
			continue;
		}
		frame_resize(&frame, lengths[i]);
		harness_check(&harness_on_lo, frame.bytes, frame.length, &expected);
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
	run_lengths("LLDP");
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

	return cmocka_run_group_tests(tests, harness_group_open, harness_group_close);
}
