// SPDX-License-Identifier: GPL-2.0-only
/* "link_7" is the pin of the link at interface 7. */
#include "plugin/hook/link_pin.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_PIN_SIZE 64

static void format_name(const struct hook_kind *kind, unsigned int ifindex, char *name)
{
	snprintf(name, LINK_PIN_SIZE, "%s%u", kind->pin, ifindex);
}

int link_pin_put(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		 int link)
{
	char name[LINK_PIN_SIZE];

	format_name(kind, ifindex, name);
	return pin_dir_put(pins, name, link);
}

int link_pin_get(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		 int *ret_link)
{
	char name[LINK_PIN_SIZE];

	format_name(kind, ifindex, name);
	return pin_dir_get(pins, name, PIN_DIR_LINK, ret_link);
}

int link_pin_drop(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex)
{
	char name[LINK_PIN_SIZE];

	format_name(kind, ifindex, name);
	return pin_dir_drop(pins, name);
}

unsigned int link_pin_ifindex(const struct hook_kind *kind, const char *name)
{
	size_t length = strlen(kind->pin);
	char canonical[LINK_PIN_SIZE];
	unsigned long ifindex;

	if (strncmp(name, kind->pin, length) != 0)
		return 0;
	ifindex = strtoul(name + length, NULL, 10);
	if (ifindex > INT_MAX)
		return 0;
	/* No leading zeros, signs or letters behind the number. */
	format_name(kind, (unsigned int)ifindex, canonical);
	return strcmp(name, canonical) == 0 ? (unsigned int)ifindex : 0;
}
