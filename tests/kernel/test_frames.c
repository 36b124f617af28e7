// SPDX-License-Identifier: GPL-2.0-only
/* Every sample frame is passed on unchanged, and counted as its table says. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/kernel/harness.h"

static struct frame frame;

static void test_sample(void **state)
{
	const struct frame_sample *sample = *state;

	frame_build(sample->steps, &frame);
	harness_check(&harness_on_lo, frame.bytes, frame.length, &sample->expected);
}

/* The model is the oracle of other tests; what was written by hand is its own. */
static void test_model_says_what_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < frame_sample_count; i++) {
		const struct frame_expectation *expected = &frame_samples[i].expected;
		struct frame_expectation model;

		frame_build(frame_samples[i].steps, &frame);
		model = frame_model(frame.bytes, frame.length);
		if (model.class != expected->class || model.size != expected->size ||
		    model.cast != expected->cast || model.tagged != expected->tagged ||
		    model.fragment != expected->fragment || model.pppoe != expected->pppoe ||
		    model.mpls != expected->mpls || model.signs != expected->signs)
			fail_msg("the model is wrong about \"%s\"", frame_samples[i].name);
	}
}

static void test_table_has_each_class_size_cast_and_sign(void **state)
{
	unsigned int classes = 0, sizes = 0, casts = 0, signs = 0;

	(void)state;
	for (size_t i = 0; i < frame_sample_count; i++) {
		const struct frame_expectation *expected = &frame_samples[i].expected;

		classes |= 1U << expected->class;
		sizes |= 1U << expected->size;
		signs |= expected->signs;
		casts |= 1U << (expected->cast - FRAME_NO_CAST);
	}
	assert_int_equal(classes, (1U << RECORD_UNPARSED) - 1);
	assert_int_equal(sizes, (1U << RECORD_SIZES) - 1);
	assert_int_equal(signs, (1U << RECORD_SIGNALS) - 2);
	assert_int_equal(casts, (1U << (RECORD_CASTS + 1)) - 1);
}

int main(void)
{
	struct CMUnitTest tests[frame_sample_count + 2];
	size_t count = 0;

	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_model_says_what_the_table_says);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(test_table_has_each_class_size_cast_and_sign);
	for (size_t i = 0; i < frame_sample_count; i++) {
		frame_build(frame_samples[i].steps, &frame);
		if (frame.length >= HARNESS_SHORTEST)
			tests[count++] = (struct CMUnitTest){
				.name = frame_samples[i].name,
				.test_func = test_sample,
				.initial_state = (void *)&frame_samples[i],
			};
	}
	return _cmocka_run_group_tests("frames", tests, count, harness_group_open,
				       harness_group_close);
}
