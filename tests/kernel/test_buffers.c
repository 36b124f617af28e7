// SPDX-License-Identifier: GPL-2.0-only
/* Packets of several buffers, as drivers with large MTUs or merged segments hand them over. */
#include "plugin/kernel/probe.h"
#include "tests/kernel/harness.h"

static struct frame frame;

/* The line of the cache of Debian's kernels (L1_CACHE_BYTES). */
#if defined(__s390x__)
#define CACHE_LINE 256
#elif defined(__powerpc64__)
#define CACHE_LINE 128
#else
#define CACHE_LINE 64
#endif

/* BPF_PROG_TEST_RUN puts what is beyond this into buffers of a page each: of 4096 bytes, 256 are
 * kept free in front, and behind the 320 of struct skb_shared_info, in whole lines of the cache. */
#define ONE_BUFFER (4096 - 256 - (320 + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE)

/* Where there are no packets of several buffers (before Linux 5.18), the kernel must refuse them.
 */
static void run_lengths(const char *name)
{
	static const size_t lengths[] = {ONE_BUFFER, ONE_BUFFER + 1, 4096,  7616, 7617,
					 9014,	     20000,	     40000, 65535};
	const struct frame_sample *sample = frame_sample(name);
	bool frags = counter_info(harness_on_lo.counter)->frags;
	struct frame_expectation expected;

	assert_non_null(sample);
	expected = sample->expected;
	expected.size = RECORD_SIZE_1519_TO_MAX;
	frame_build(sample->steps, &frame);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (!frags && lengths[i] > ONE_BUFFER) {
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
