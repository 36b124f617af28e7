// SPDX-License-Identifier: GPL-2.0-only
/* Behind each name there is room left for the dots. */
#include "plugin/base/text.h"

#include <stdio.h>
#include <string.h>

#define NAMES_REST "..."

void names_append(char *names, size_t size, const char *name)
{
	const size_t dots = strlen(NAMES_REST), used = strlen(names);
	const char *between = used ? ", " : "";

	if (used >= dots && strcmp(names + used - dots, NAMES_REST) == 0)
		return;
	if (used + strlen(between) + strlen(name) + sizeof(", " NAMES_REST) > size)
		name = NAMES_REST;
	snprintf(names + used, size - used, "%s%s", between, name);
}
