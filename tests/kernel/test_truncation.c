// SPDX-License-Identifier: GPL-2.0-only
/* Frames cut off at every length: malformed up to the byte that completes the last header. */
#include <stdio.h>

#include "tests/kernel/harness.h"

static struct frame frame;

/* From this length on, up to the next one, the frame is counted so; written by hand. */
struct stage {
	size_t from;
	enum record_class class;
	bool tagged;
	bool fragment;
	bool pppoe, mpls;
};

#define STAGES 6

/* Cuts the frame at every length, longest first. */
static void cut(const char *name, const struct stage stages[STAGES])
{
	const struct frame_sample *sample = frame_sample(name);
	int at = STAGES - 1;

	assert_non_null(sample);
	frame_build(sample->steps, &frame);
	for (size_t length = frame.length; length >= HARNESS_SHORTEST; length--) {
		struct frame_expectation expected = frame_model(frame.bytes, length);

		while (at > 0 && (stages[at].from == 0 || stages[at].from > length))
			at--;
		assert_int_equal(expected.class, stages[at].class);
		assert_int_equal(expected.tagged, stages[at].tagged);
		assert_int_equal(expected.fragment, stages[at].fragment);
		assert_int_equal(expected.pppoe, stages[at].pppoe);
		assert_int_equal(expected.mpls, stages[at].mpls);
		harness_check(&harness_on_lo, frame.bytes, length, &expected);
	}
}

static void test_tag_and_ipv4_with_options(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 4, .class = RECORD_MALFORMED, .tagged = true},
		{.from = 14 + 4 + 32, .class = RECORD_IPV4_UDP, .tagged = true},
	};

	(void)state;
	cut("802.1Q, IPv4 options, UDP", stages);
}

static void test_two_tags_and_a_chain_of_ipv6(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 4, .class = RECORD_MALFORMED, .tagged = true},
		{.from = 14 + 8 + 40 + 8 + 16 + 24 + 8,
		 .class = RECORD_IPV6_TCP,
		 .tagged = true,
		 .fragment = true},
	};

	(void)state;
	cut("QinQ, IPv6 hop-by-hop, destination, AH, fragment, TCP", stages);
}

static void test_first_fragment_of_ipv6(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 40 + 8, .class = RECORD_MALFORMED, .fragment = true},
		{.from = 14 + 40 + 8 + 8, .class = RECORD_IPV6_UDP, .fragment = true},
	};

	(void)state;
	cut("IPv6 first fragment, destination, UDP", stages);
}

static void test_fragment_of_ipv4(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 4, .class = RECORD_MALFORMED, .tagged = true},
		{.from = 14 + 4 + 24, .class = RECORD_IPV4_UDP, .tagged = true, .fragment = true},
	};

	(void)state;
	cut("IPv4 tagged fragment", stages);
}

static void test_longest_extension_header(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 40 + 2048, .class = RECORD_IPV6_TCP},
	};

	(void)state;
	cut("IPv6 extension of 2048 bytes, TCP", stages);
}

static void test_pppoe(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 8, .class = RECORD_MALFORMED, .pppoe = true},
		{.from = 14 + 8 + 28, .class = RECORD_IPV4_UDP, .pppoe = true},
	};

	(void)state;
	cut("PPPoE, IPv4 UDP with options", stages);
}

static void test_mpls(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 4, .class = RECORD_MALFORMED, .mpls = true},
		{.from = 14 + 16 + 40 + 8,
		 .class = RECORD_IPV6_UDP,
		 .fragment = true,
		 .mpls = true},
	};

	(void)state;
	cut("MPLS of 4 labels, IPv6 fragment, UDP", stages);
}

static void test_tags_and_mpls(void **state)
{
	const struct stage stages[STAGES] = {
		{.from = 14, .class = RECORD_MALFORMED},
		{.from = 14 + 4, .class = RECORD_MALFORMED, .tagged = true},
		{.from = 14 + 8 + 4, .class = RECORD_MALFORMED, .tagged = true, .mpls = true},
		{.from = 14 + 8 + 12 + 40 + 24,
		 .class = RECORD_IPV6_TCP,
		 .tagged = true,
		 .mpls = true},
	};

	(void)state;
	cut("QinQ, MPLS of 3 labels, IPv6 AH, TCP", stages);
}

static void test_arp(void **state)
{
	const struct stage stages[STAGES] = {{.from = 14, .class = RECORD_ARP}};

	(void)state;
	cut("ARP", stages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"a tag and IPv4 with options, cut at every length", test_tag_and_ipv4_with_options,
		 NULL, NULL, NULL},
		{"two tags and a chain of IPv6 headers, cut at every length",
		 test_two_tags_and_a_chain_of_ipv6, NULL, NULL, NULL},
		{"the first fragment of an IPv6 packet, cut at every length",
		 test_first_fragment_of_ipv6, NULL, NULL, NULL},
		{"a fragment of an IPv4 packet, cut at every length", test_fragment_of_ipv4, NULL,
		 NULL, NULL},
		{"the longest extension header, cut at every length", test_longest_extension_header,
		 NULL, NULL, NULL},
		{"a PPPoE session, cut at every length", test_pppoe, NULL, NULL, NULL},
		{"a stack of MPLS labels, cut at every length", test_mpls, NULL, NULL, NULL},
		{"two tags and a stack of MPLS labels, cut at every length", test_tags_and_mpls,
		 NULL, NULL, NULL},
		{"ARP, cut at every length", test_arp, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, harness_group_open, harness_group_close);
}
