/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the key of a map to a type instance: two keys of a map never get the
 * same one. Pure.
 */
#ifndef COLLECTD_XDP_CUSTOM_KEY_H
#define COLLECTD_XDP_CUSTOM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum custom_key_form {
	CUSTOM_KEY_DECIMAL, /* a number of 1, 2, 4 or 8 bytes, in the byte order of the machine */
	CUSTOM_KEY_HEX,	    /* any bytes, in the order in which they are in memory */
	CUSTOM_KEY_IPV4,    /* 4 bytes, as in a packet */
	CUSTOM_KEY_IPV6,    /* 16 bytes, as in a packet */
	CUSTOM_KEY_MAC,	    /* 6 bytes */
	CUSTOM_KEY_STRING   /* ends with a 0 byte or the key; what is odd becomes %XX */
};

/* The text of a number instead of its digits; CUSTOM_KEY_DECIMAL. */
struct custom_label {
	uint64_t key;
	char *text;
};

/* Longest text of a key, with its end; keys that would have longer ones do not fit their form. */
#define CUSTOM_KEY_TEXT 97

/* As in the configuration: "decimal", ...; NULL past the last one; static. */
const char *custom_key_form_name(enum custom_key_form form);

/* Whether keys of that many bytes can be written in that form; else what can, static. */
bool custom_key_fits(enum custom_key_form form, size_t size, const char **ret_wanted);

/* Writes a key that fits its form. */
void custom_key_format(enum custom_key_form form, const struct custom_label *labels,
		       size_t label_count, const void *key, size_t size,
		       char text[CUSTOM_KEY_TEXT]);

/* An integer of 1, 2, 4 or 8 bytes in memory; 0 for any other size. Signed ones are extended. */
uint64_t custom_key_number(const void *bytes, size_t size, bool is_signed);

#endif
