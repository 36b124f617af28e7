// SPDX-License-Identifier: GPL-2.0-only
/* Keys to text: every form, the longest keys, numbers of every size. */
#include "tests/unit/unit.h"

#include "plugin/custom/key.h"

static void assert_key(enum key_form form, const void *key, size_t size, const char *wanted)
{
	static const struct key_form_label labels[] = {{6, (char *)"tcp"}, {17, (char *)"udp"}};
	char text[CUSTOM_KEY_TEXT];

	custom_key_format(form, labels, UNIT_LENGTH(labels), key, size, text);
	assert_string_equal(text, wanted);
}

static void test_keys(void **state)
{
	const uint8_t bytes[] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x01};
	const uint8_t one = 255;
	const uint16_t two = 65535;
	const uint32_t four = 17, unnamed = 4294967295;
	const uint64_t eight = UINT64_MAX;

	(void)state;
	assert_key(KEY_FORM_DECIMAL, &one, 1, "255");
	assert_key(KEY_FORM_DECIMAL, &two, 2, "65535");
	assert_key(KEY_FORM_DECIMAL, &four, 4, "udp");
	assert_key(KEY_FORM_DECIMAL, &unnamed, 4, "4294967295");
	assert_key(KEY_FORM_DECIMAL, &eight, 8, "18446744073709551615");
	assert_key(KEY_FORM_HEX, bytes, 4, "20010db8");
	assert_key(KEY_FORM_IPV4, "\300\0\2\1", 4, "192.0.2.1");
	assert_key(KEY_FORM_IPV6, bytes, 16, "2001:db8::1");
	assert_key(KEY_FORM_MAC, "\2\0\0\0\0\377", 6, "02:00:00:00:00:ff");
	assert_key(KEY_FORM_STRING, "eth0\0\0\0\0", 8, "eth0");
	assert_key(KEY_FORM_STRING, "a/b %\377", 6, "a%2Fb%20%25%FF");
	assert_key(KEY_FORM_STRING, "a\0b", 3, "a%00b");
}

/* The longest key of each form is written whole, so that no two have one text. */
static void test_long_keys(void **state)
{
	uint8_t key[256];
	char text[CUSTOM_KEY_TEXT];
	const char *wanted;

	(void)state;
	memset(key, 0xff, sizeof(key));
	for (int form = 0; key_form_names[form]; form++) {
		size_t fitting = 0;

		for (size_t size = 1; size <= sizeof(key); size++) {
			if (!custom_key_fits(form, size, &wanted))
				continue;
			fitting++;
			key[size - 1] = 0xfe;
			custom_key_format(form, NULL, 0, key, size, text);
			assert_true(strlen(text) < CUSTOM_KEY_TEXT);
			if (form == KEY_FORM_HEX || form == KEY_FORM_STRING)
				assert_string_equal(text + strlen(text) - 1,
						    form == KEY_FORM_HEX ? "e" : "E");
			key[size - 1] = 0xff;
		}
		assert_true(fitting > 0);
	}
}

static void test_numbers(void **state)
{
	const int8_t one = -1;
	const int32_t four = -5;
	const uint16_t two = 65535;
	const int64_t eight = -9;

	(void)state;
	assert_true(custom_key_number(&one, 1, true) == (uint64_t)-1);
	assert_true(custom_key_number(&one, 1, false) == 255);
	assert_true(custom_key_number(&four, 4, true) == (uint64_t)-5);
	assert_true(custom_key_number(&two, 2, true) == (uint64_t)-1);
	assert_true(custom_key_number(&two, 2, false) == 65535);
	assert_true(custom_key_number(&four, 4, false) == 4294967291);
	assert_true(custom_key_number(&eight, 8, true) == (uint64_t)-9);
	assert_true(custom_key_number(&eight, 8, false) == (uint64_t)-9);
	assert_true(custom_key_number(&two, 3, false) == 0);
}

static void test_fits(void **state)
{
	static const size_t decimal[] = {1, 2, 4, 8};

	(void)state;
	for (size_t size = 1; size < 64; size++) {
		const char *wanted = NULL;
		bool number = false;

		for (size_t i = 0; i < UNIT_LENGTH(decimal); i++)
			number |= size == decimal[i];
		assert_int_equal(custom_key_fits(KEY_FORM_DECIMAL, size, &wanted), number);
		assert_string_equal(wanted, "1, 2, 4 or 8 bytes");
		assert_int_equal(custom_key_fits(KEY_FORM_IPV4, size, &wanted), size == 4);
		assert_string_equal(wanted, "4 bytes");
		assert_int_equal(custom_key_fits(KEY_FORM_IPV6, size, &wanted), size == 16);
		assert_string_equal(wanted, "16 bytes");
		assert_int_equal(custom_key_fits(KEY_FORM_MAC, size, &wanted), size == 6);
		assert_string_equal(wanted, "6 bytes");
		assert_int_equal(custom_key_fits(KEY_FORM_HEX, size, &wanted), size <= 48);
		assert_string_equal(wanted, "at most 48 bytes");
		assert_int_equal(custom_key_fits(KEY_FORM_STRING, size, &wanted), size <= 32);
		assert_string_equal(wanted, "at most 32 bytes");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("each form of a key becomes its text", test_keys),
		UNIT_TEST("the longest keys are written whole", test_long_keys),
		UNIT_TEST("integers are read in every size, with their sign", test_numbers),
		UNIT_TEST("each form takes keys of its sizes, and says which", test_fits),
	};

	return cmocka_run_group_tests_name("custom/key", tests, NULL, NULL);
}
