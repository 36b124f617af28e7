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

#include "plugin/config/key_form.h"

/* Bytes of the longest key that any form takes: hex does. */
#define CUSTOM_KEY_MAX 48

/* Longest text of a key, with its end; keys that would have longer ones do not fit their form. */
#define CUSTOM_KEY_TEXT 97

/* Whether keys of that many bytes can be written in that form; else what can, static. */
bool custom_key_fits(enum key_form form, size_t size, const char **ret_wanted);

/* Characters of the longest text of keys of that many bytes that fit the form, without labels. */
size_t custom_key_longest(enum key_form form, size_t size);

/* Writes a key that fits its form. */
void custom_key_format(enum key_form form, const struct key_form_label *labels, size_t label_count,
		       const void *key, size_t size, char text[CUSTOM_KEY_TEXT]);

/* An integer of 1, 2, 4 or 8 bytes in memory; 0 for any other size. Signed ones are extended. */
uint64_t custom_key_number(const void *bytes, size_t size, bool is_signed);

#endif
