// SPDX-License-Identifier: GPL-2.0-only
/* One function per form of a key. */
#include "plugin/custom/key.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CUSTOM_KEY_STRING_MAX 32

static bool is_integer(size_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

bool custom_key_fits(enum key_form form, size_t size, const char **ret_wanted)
{
	switch (form) {
	case KEY_FORM_DECIMAL:
		*ret_wanted = "1, 2, 4 or 8 bytes";
		return is_integer(size);
	case KEY_FORM_HEX:
		*ret_wanted = "at most 48 bytes";
		return size <= CUSTOM_KEY_MAX;
	case KEY_FORM_IPV4:
		*ret_wanted = "4 bytes";
		return size == 4;
	case KEY_FORM_IPV6:
		*ret_wanted = "16 bytes";
		return size == 16;
	case KEY_FORM_MAC:
		*ret_wanted = "6 bytes";
		return size == 6;
	default:
		*ret_wanted = "at most 32 bytes";
		return size <= CUSTOM_KEY_STRING_MAX;
	}
}

size_t custom_key_longest(enum key_form form, size_t size)
{
	switch (form) {
	case KEY_FORM_DECIMAL:
		return size == 1 ? 3 : size == 2 ? 5 : size == 4 ? 10 : 20;
	case KEY_FORM_IPV4:
		return INET_ADDRSTRLEN - 1;
	case KEY_FORM_IPV6:
		return INET6_ADDRSTRLEN - 1;
	case KEY_FORM_STRING:
	case KEY_FORM_MAC:
		return 3 * size;
	default:
		return 2 * size;
	}
}

uint64_t custom_key_number(const void *bytes, size_t size, bool is_signed)
{
	uint64_t number = 0;
	uint8_t one;
	uint16_t two;
	uint32_t four;

	switch (size) {
	case 1:
		memcpy(&one, bytes, size);
		return is_signed ? (uint64_t)(int64_t)(int8_t)one : one;
	case 2:
		memcpy(&two, bytes, size);
		return is_signed ? (uint64_t)(int64_t)(int16_t)two : two;
	case 4:
		memcpy(&four, bytes, size);
		return is_signed ? (uint64_t)(int64_t)(int32_t)four : four;
	case 8:
		memcpy(&number, bytes, size);
		return number;
	default:
		return 0;
	}
}

static void format_number(const struct key_form_label *labels, size_t label_count, uint64_t number,
			  char text[CUSTOM_KEY_TEXT])
{
	for (size_t i = 0; i < label_count; i++) {
		if (labels[i].key == number) {
			snprintf(text, CUSTOM_KEY_TEXT, "%s", labels[i].text);
			return;
		}
	}
	snprintf(text, CUSTOM_KEY_TEXT, "%" PRIu64, number);
}

static void format_bytes(const uint8_t *bytes, size_t size, const char *between,
			 char text[CUSTOM_KEY_TEXT])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < size && used < CUSTOM_KEY_TEXT; i++)
		used += (size_t)snprintf(text + used, CUSTOM_KEY_TEXT - used, "%s%02x",
					 i ? between : "", bytes[i]);
}

/* What stands for itself in a type instance; collectd's identifiers are parted by slashes. */
static bool is_plain(uint8_t byte)
{
	return byte < 0x80 && (isalnum(byte) || strchr("_-.:+@", byte));
}

static void format_string(const uint8_t *bytes, size_t size, char text[CUSTOM_KEY_TEXT])
{
	size_t used = 0;

	/* Zeros fill it up to its end; what follows one of them tells two keys apart. */
	while (size && !bytes[size - 1])
		size--;
	text[0] = '\0';
	for (size_t i = 0; i < size && used < CUSTOM_KEY_TEXT; i++)
		used += (size_t)snprintf(text + used, CUSTOM_KEY_TEXT - used,
					 bytes[i] && is_plain(bytes[i]) ? "%c" : "%%%02X",
					 bytes[i]);
}

void custom_key_format(enum key_form form, const struct key_form_label *labels, size_t label_count,
		       const void *key, size_t size, char text[CUSTOM_KEY_TEXT])
{
	switch (form) {
	case KEY_FORM_DECIMAL:
		format_number(labels, label_count, custom_key_number(key, size, false), text);
		return;
	case KEY_FORM_IPV4:
		(void)inet_ntop(AF_INET, key, text, CUSTOM_KEY_TEXT);
		return;
	case KEY_FORM_IPV6:
		(void)inet_ntop(AF_INET6, key, text, CUSTOM_KEY_TEXT);
		return;
	case KEY_FORM_MAC:
		format_bytes(key, size, ":", text);
		return;
	case KEY_FORM_STRING:
		format_string(key, size, text);
		return;
	default:
		format_bytes(key, size, "", text);
		return;
	}
}
