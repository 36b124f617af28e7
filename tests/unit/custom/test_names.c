// SPDX-License-Identifier: GPL-2.0-only
/*
 * Type instances; and that no two values get one name, for all short prefixes, labels and keys
 * of few characters, against what the configuration lets pass.
 */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "plugin/custom/names.h"

static void test_values(void **state)
{
	struct map_block block = {.prefix = (char *)"", .form = KEY_FORM_IPV4};
	char text[CUSTOM_NAMES_VALUE];

	(void)state;
	custom_names_value(&block, "\300\0\2\1", 0, 4, text);
	assert_string_equal(text, "192.0.2.1");
	block.prefix = (char *)"from";
	custom_names_value(&block, "\300\0\2\1", 0, 4, text);
	assert_string_equal(text, "from-192.0.2.1");
}

/* The longest prefix and the longest key are written whole, below collectd's 128 characters. */
static void test_longest(void **state)
{
	char prefix[MAP_BLOCK_PREFIX_MAX + 1] = "", text[CUSTOM_NAMES_VALUE];
	const struct map_block block = {.prefix = prefix, .form = KEY_FORM_STRING};
	uint8_t key[32];

	(void)state;
	memset(prefix, 'p', sizeof(prefix) - 1);
	memset(key, 0xfe, sizeof(key));
	custom_names_value(&block, key, 0, sizeof(key), text);
	assert_int_equal(strlen(text), MAP_BLOCK_PREFIX_MAX + 1 + 3 * sizeof(key));
	assert_true(strlen(text) < 128);
}

/* A map of maps: the outer key by its size, or as it is configured. */
static void test_outer(void **state)
{
	static const uint8_t key[] = {192, 0, 2, 1, 0, 0, 0, 0};
	struct map_block block = {.prefix = (char *)"v"};
	char text[CUSTOM_NAMES_VALUE];
	const uint32_t keys[] = {7, 9};

	(void)state;
	custom_names_value(&block, keys, 4, 8, text);
	assert_string_equal(text, "v-7-9");
	block.outer = (enum map_block_outer)(MAP_BLOCK_OUTER_FORM + KEY_FORM_IPV4);
	custom_names_value(&block, key, 4, 8, text);
	assert_string_equal(text, "v-192.0.2.1-0");
	block.outer = MAP_BLOCK_OUTER_AUTO;
	block.prefix = (char *)"";
	block.form = KEY_FORM_HEX;
	custom_names_value(&block, key, 3, 8, text);
	assert_string_equal(text, "c00002-0100000000");
}

/* Both keys fit their forms, and their longest texts below collectd's 128 characters. */
static void test_outer_fits(void **state)
{
	struct map_block block = {.prefix = (char *)"", .form = KEY_FORM_HEX};
	const char *wanted = NULL;

	(void)state;
	assert_true(custom_names_outer_fits(&block, 4, 16, &wanted));
	assert_true(custom_names_outer_fits(&block, 16, 31, &wanted));
	assert_false(custom_names_outer_fits(&block, 16, 32, &wanted));
	assert_contains(wanted, "of both keys");
	assert_false(custom_names_outer_fits(&block, 16, 33, &wanted));
	assert_contains(wanted, "with the inner one");
	block.outer = (enum map_block_outer)(MAP_BLOCK_OUTER_FORM + KEY_FORM_MAC);
	assert_false(custom_names_outer_fits(&block, 4, 4, &wanted));
	assert_string_equal(wanted, "6 bytes");
	assert_true(custom_names_outer_fits(&block, 6, 4, &wanted));
}

/* Few words, so that they often continue each other. */
static const char *const words[] = {"", "a", "b", "a-b", "a-1", "b-a", "a-b-a", "1", "a-b-1"};

#define NAMES_KEYS 12

/* Names of a map under all keys: numbers 0 to 11, or strings of "a", "b", "1" and "-". */
static void name_all(const struct map_block *block, char names[NAMES_KEYS][CUSTOM_NAMES_VALUE])
{
	static const char *const strings[NAMES_KEYS] = {"a",   "b",   "1",   "a-a", "b-1",   "a-b",
							"b-a", "1-1", "a-1", "b-b", "a-b-1", "-"};

	for (uint32_t i = 0; i < NAMES_KEYS; i++) {
		char string[8] = "";

		memcpy(string, strings[i], strlen(strings[i]));
		if (block->form == KEY_FORM_STRING)
			custom_names_value(block, string, 0, sizeof(string), names[i]);
		else
			custom_names_value(block, &i, 0, sizeof(i), names[i]);
	}
}

static bool meet(const struct map_block *one, const struct map_block *other)
{
	char of_one[NAMES_KEYS][CUSTOM_NAMES_VALUE], of_other[NAMES_KEYS][CUSTOM_NAMES_VALUE];

	name_all(one, of_one);
	name_all(other, of_other);
	for (size_t i = 0; i < NAMES_KEYS; i++) {
		for (size_t j = 0; j < NAMES_KEYS; j++) {
			if (strcmp(of_one[i], of_other[j]) == 0)
				return true;
		}
	}
	return false;
}

/* The i-th of all maps: a prefix, numbers or strings, and for numbers a label or none. */
static struct map_block make(size_t i, struct key_form_label *label)
{
	const size_t prefix = i % UNIT_LENGTH(words), rest = i / UNIT_LENGTH(words);
	struct map_block block = {.type = (char *)"gauge", .prefix = (char *)words[prefix]};

	if (rest == UNIT_LENGTH(words)) {
		block.form = KEY_FORM_STRING;
	} else if (words[rest][0]) {
		*label = (struct key_form_label){.key = 1, .text = (char *)words[rest]};
		block.labels = label;
		block.label_count = 1;
	}
	return block;
}

static void test_apart(void **state)
{
	const size_t count = UNIT_LENGTH(words) * (UNIT_LENGTH(words) + 1);
	size_t accepted = 0, met = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = i; j < count; j++) {
			struct key_form_label one_label, other_label;
			struct map_block one = make(i, &one_label), other = make(j, &other_label);
			bool refused = map_block_may_meet(&one, &other);

			assert_int_equal(refused, map_block_may_meet(&other, &one));
			met += meet(&one, &other);
			accepted += !refused;
			if (!refused && meet(&one, &other))
				fail_msg("prefixes \"%s\" and \"%s\" meet", one.prefix,
					 other.prefix);
			other.type = (char *)"counter";
			assert_false(map_block_may_meet(&one, &other));
		}
	}
	/* Neither all nor none of them are refused. */
	assert_true(accepted > 100);
	assert_true(met > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("the outer key of a map of maps stands before the inner one", test_outer),
		UNIT_TEST("the keys of a map of maps fit a type instance together",
			  test_outer_fits),
		UNIT_TEST("a type instance is the key, behind the prefix and a dash", test_values),
		UNIT_TEST("the longest one is whole, and fits", test_longest),
		UNIT_TEST("maps that the configuration accepts never share a name", test_apart),
	};

	return cmocka_run_group_tests_name("custom/names", tests, NULL, NULL);
}
