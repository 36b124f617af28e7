// SPDX-License-Identifier: GPL-2.0-only
/* The prefix of the configuration before the text of the key. */
#include "plugin/custom/names.h"

#include <stdio.h>
#include <string.h>

/* As it is configured, or as the key of a map of maps is written where nothing is. */
static enum key_form outer_form(const struct map_block *block, size_t size)
{
	const char *wanted;

	if (block->outer != MAP_BLOCK_OUTER_AUTO)
		return (enum key_form)(block->outer - MAP_BLOCK_OUTER_FORM);
	return custom_key_fits(KEY_FORM_DECIMAL, size, &wanted) ? KEY_FORM_DECIMAL : KEY_FORM_HEX;
}

void custom_names_value(const struct map_block *block, const void *key, size_t outer_size,
			size_t key_size, char text[CUSTOM_NAMES_VALUE])
{
	const uint8_t *inner = (const uint8_t *)key + outer_size;
	char outer_text[CUSTOM_KEY_TEXT] = "", key_text[CUSTOM_KEY_TEXT];

	if (outer_size)
		custom_key_format(outer_form(block, outer_size), NULL, 0, key, outer_size,
				  outer_text);
	custom_key_format(block->form, block->labels, block->label_count, inner,
			  key_size - outer_size, key_text);
	snprintf(text, CUSTOM_NAMES_VALUE, "%s%s%s%s%s", block->prefix, block->prefix[0] ? "-" : "",
		 outer_text, outer_size ? "-" : "", key_text);
}

/* Longest text of the inner keys. */
static size_t longest_inner(const struct map_block *block, size_t size)
{
	size_t longest = custom_key_longest(block->form, size);

	for (size_t i = 0; i < block->label_count; i++) {
		if (strlen(block->labels[i].text) > longest)
			longest = strlen(block->labels[i].text);
	}
	return longest;
}

bool custom_names_outer_fits(const struct map_block *block, size_t outer_size, size_t inner_size,
			     const char **ret_wanted)
{
	const enum key_form form = outer_form(block, outer_size);

	if (outer_size + inner_size > CUSTOM_KEY_MAX) {
		*ret_wanted = "at most 48 bytes with the inner one";
		return false;
	}
	if (!custom_key_fits(form, outer_size, ret_wanted))
		return false;
	*ret_wanted = "96 characters at most, of both keys";
	return custom_key_longest(form, outer_size) + 1 + longest_inner(block, inner_size) <
	       CUSTOM_KEY_TEXT;
}
