// SPDX-License-Identifier: GPL-2.0-only
/* Behind each name there is room left for the dots. */
#include "plugin/base/text.h"

#include <stdio.h>
#include <string.h>

#define TEXT_REST "..."

void text_append_name(char *names, size_t size, const char *name)
{
	const size_t dots = strlen(TEXT_REST), used = strlen(names);
	const char *between = used ? ", " : "";

	if (used >= dots && strcmp(names + used - dots, TEXT_REST) == 0)
		return;
	if (used + strlen(between) + strlen(name) + sizeof(", " TEXT_REST) > size)
		name = TEXT_REST;
	snprintf(names + used, size - used, "%s%s", between, name);
}
