// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames nobody thought of: random bytes, samples with mutations, headers in
 * random order. Each passes unchanged and is counted as the model says, so
 * the sum over the classes is the number of packets sent.
 */
#include <stdio.h>

#include "tests/kernel/harness.h"

#define FRAMES 10000
#define LENGTH_MAX 1600
#define SEED 0x9e3779b97f4a7c15ULL

static struct frame frame;
static uint64_t random_state;

static int open_harness(void **state)
{
	printf("# seed 0x%llx\n", SEED);
	fflush(stdout);
	random_state = SEED;
	return harness_group_open(state);
}

/* xorshift64* (Vigna 2016): the same numbers on every machine. */
static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dULL) >> 32) % limit;
}

static uint16_t random_proto(void)
{
	static const uint16_t protos[] = {0x0800, 0x0800, 0x86dd, 0x86dd, 0x86dd, 0x8100, 0x88a8,
					  0x9100, 0x9200, 0x8847, 0x8848, 0x8864, 0x0806, 0x88cc};

	return protos[random_below(sizeof(protos) / sizeof(protos[0]))];
}

/* Numbers of what follows an IP header, extension headers more often than others. */
static uint8_t random_next(void)
{
	static const uint8_t numbers[] = {0,  0,  43, 43, 44, 44, 60, 60, 51, 51,  6,	6,  17,
					  17, 58, 58, 1,  1,  59, 50, 47, 33, 132, 136, 255};

	return numbers[random_below(sizeof(numbers))];
}

static void random_bytes(void)
{
	frame_start(&frame);
	frame_resize(&frame, HARNESS_SHORTEST + random_below(LENGTH_MAX - HARNESS_SHORTEST));
	for (size_t i = 0; i < frame.length; i++)
		frame.bytes[i] = (uint8_t)random_below(256);
}

/* Most random numbers in the place of an EtherType are none; every other frame has one. */
static void random_frame(void)
{
	random_bytes();
	if (random_below(2)) {
		uint16_t proto = random_proto();

		frame.bytes[12] = (uint8_t)(proto >> 8);
		frame.bytes[13] = (uint8_t)proto;
	}
}

/* One of: a random byte, a bit turned, a number that means something, another length. */
static void mutate(void)
{
	uint8_t *byte = &frame.bytes[random_below((uint32_t)frame.length)];

	switch (random_below(4)) {
	case 0:
		*byte = (uint8_t)random_below(256);
		break;
	case 1:
		*byte ^= (uint8_t)(1U << random_below(8));
		break;
	case 2:
		*byte = random_next();
		break;
	case 3:
		frame_resize(&frame, HARNESS_SHORTEST + random_below((uint32_t)frame.length + 16 -
								     HARNESS_SHORTEST));
		break;
	}
}

static void mutated_frame(void)
{
	do
		frame_build(frame_samples[random_below((uint32_t)frame_sample_count)].steps,
			    &frame);
	while (frame.length < HARNESS_SHORTEST);
	for (uint32_t left = 1 + random_below(4); left; left--)
		mutate();
}

/* What stands behind the header of number `next`, up to the one that is not walked. */
static uint8_t random_chain(uint8_t next)
{
	for (int i = 0; i < 12; i++) {
		uint8_t number = next;

		next = random_next();
		if (number == 51)
			frame_ah(&frame, (uint8_t)random_below(8), next);
		else if (number == 44)
			frame_fragment(&frame, (uint16_t)random_below(16), next);
		else if (number == 0 || number == 43 || number == 60)
			frame_extension(&frame, (uint8_t)random_below(4), next);
		else
			return number;
	}
	return next;
}

/* What stands in the place of the header of layer 4, or a part of it; now and then it is padded. */
static void random_layer4(uint8_t number)
{
	static const uint16_t ports[] = {53, 123, 161, 389, 1900, 5353, 11211, 19, 309, 40000};
	static const uint8_t types[] = {0, 1, 2, 3, 5, 8, 11, 128, 129, 133, 134, 135, 136, 137};

	if (number == 6)
		frame_tcp(&frame, (uint8_t)random_below(256));
	else if (number == 17)
		frame_udp(&frame, ports[random_below(10)]);
	else if (number == 1 || number == 58)
		frame_icmp(&frame, types[random_below(14)]);
	if (random_below(2))
		frame_resize(&frame, frame.length + random_below(30));
	if (random_below(4) == 0 && frame.ip)
		frame.bytes[frame.ip + 3] = (uint8_t)random_below(64);
	if (random_below(4) == 0 && frame.ip)
		frame.bytes[frame.ip + 5] = (uint8_t)random_below(64);
	if (random_below(4) == 0 && frame.ip)
		frame.bytes[frame.ip + 7 + random_below(2)] = (uint8_t)random_below(3);
}

/* A tunnel, where the EtherType is that of one. Returns the EtherType of what is inside; 0: none.
 */
static uint16_t random_tunnel(uint16_t proto)
{
	static const uint16_t inside[] = {0x0800, 0x86dd, 0};
	uint16_t chosen = inside[random_below(3)];
	uint32_t labels = random_below(6);

	if (proto == 0x8864) {
		frame_pppoe(&frame, chosen == 0x0800 ? 0x0021 : chosen ? 0x0057 : 0xc021);
		return chosen;
	}
	if (proto != 0x8847 && proto != 0x8848)
		return proto;
	for (uint32_t i = 0; i < labels; i++)
		frame_label(&frame, random_below(1U << 20), i == labels - 1 && random_below(8));
	return chosen;
}

/* Headers that fit each other, in random order and number; now and then cut off. */
static void random_headers(void)
{
	uint8_t destination[6] = {0}, source[6] = {0}, next = random_next();
	uint16_t proto = random_proto();

	destination[0] = (uint8_t)random_below(4);
	frame_start(&frame);
	frame_ethernet(&frame, destination, source, proto);
	for (int tags = 0;
	     (proto == 0x8100 || proto == 0x88a8 || proto == 0x9100 || proto == 0x9200) && tags < 4;
	     tags++) {
		proto = random_proto();
		frame_tag(&frame, (uint16_t)random_below(4096), proto);
	}
	proto = random_tunnel(proto);
	if (proto == 0x0800)
		frame_ipv4(&frame, 4 * random_below(11), next,
			   (uint16_t)(random_below(8) << 13 | random_below(2)));
	if (proto == 0x86dd)
		frame_ipv6(&frame, next);
	next = random_chain(next);
	random_layer4(next);
	if (random_below(4) == 0)
		frame_resize(&frame, HARNESS_SHORTEST + random_below((uint32_t)frame.length + 1 -
								     HARNESS_SHORTEST));
}

/* Runs FRAMES frames; after each its record is compared with the model's. */
static void run_frames(void (*make)(void))
{
	struct record before = harness_record(&harness_on_lo), after;
	struct harness_sum sum = harness_sum(&harness_on_lo);
	unsigned int refused = 0;

	for (int i = 0; i < FRAMES; i++) {
		struct frame_expectation expected;

		make();
		expected = frame_model(frame.bytes, frame.length);
		refused += harness_refuses(frame.bytes, frame.length);
		harness_check_sum(&harness_on_lo, &sum, frame.bytes, frame.length, &expected);
	}
	after = harness_record(&harness_on_lo);
	assert_int_equal(counter_total(&after).packets - counter_total(&before).packets,
			 FRAMES - refused);
}

/* The program without signs is another one. */
static void run_without_signs(void)
{
	struct counter_settings settings = harness_settings;
	struct harness_sum sum = {0};
	struct harness harness;

	settings.breakdowns &= ~RECORD_BY_SIGNAL;
	harness_open(&harness, &settings, HARNESS_LO);
	for (int i = 0; i < FRAMES; i++) {
		struct frame_expectation expected;

		if (i % 2)
			random_headers();
		else
			mutated_frame();
		expected = frame_model(frame.bytes, frame.length);
		harness_check_sum(&harness, &sum, frame.bytes, frame.length, &expected);
	}
	harness_close(&harness);
}

/* What the frames were, so that a generator that makes only one kind is seen. */
static void assert_every_class_was_seen(void)
{
	struct record record = harness_record(&harness_on_lo);
	struct record_signals signs = harness_signals(&harness_on_lo);

	for (int class = 0; class < RECORD_UNPARSED; class ++)
		assert_true(record.classes[class].packets > 100);
	assert_true(record.vlan_tagged > 100);
	assert_true(record.ip_fragments > 100);
	assert_true(record.tunnels[RECORD_PPPOE] > 100);
	assert_true(record.tunnels[RECORD_MPLS] > 100);
	for (int sign = RECORD_NO_SIGNAL + 1; sign < RECORD_SIGNALS; sign++)
		assert_true(signs.cells[sign].packets > 0);
}

static void test_random(void **state)
{
	(void)state;
	run_frames(random_frame);
}

static void test_mutated(void **state)
{
	(void)state;
	run_frames(mutated_frame);
}

static void test_headers(void **state)
{
	(void)state;
	run_frames(random_headers);
	assert_every_class_was_seen();
}

static void test_without_signs(void **state)
{
	(void)state;
	run_without_signs();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"10,000 random frames are counted as the model says", test_random, NULL, NULL,
		 NULL},
		{"10,000 mutated frames are counted as the model says", test_mutated, NULL, NULL,
		 NULL},
		{"10,000 frames of headers in random order are counted as the model says",
		 test_headers, NULL, NULL, NULL},
		{"10,000 frames are counted as the model says without signs, too",
		 test_without_signs, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, open_harness, harness_group_close);
}
