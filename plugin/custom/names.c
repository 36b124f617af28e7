// SPDX-License-Identifier: GPL-2.0-only
/* The prefix of the configuration before the text of the key. */
#include "plugin/custom/names.h"

#include <stdio.h>

void custom_names_value(const struct map_block *block, const void *key, size_t key_size,
			char text[CUSTOM_NAMES_VALUE])
{
	char key_text[CUSTOM_KEY_TEXT];

	custom_key_format(block->form, block->labels, block->label_count, key, key_size, key_text);
	snprintf(text, CUSTOM_NAMES_VALUE, "%s%s%s", block->prefix, block->prefix[0] ? "-" : "",
		 key_text);
}
