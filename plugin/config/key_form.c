// SPDX-License-Identifier: GPL-2.0-only
/* Names of the forms. */
#include "plugin/config/key_form.h"

#include <stddef.h>

static const char *const form_names[] = {
	[KEY_FORM_DECIMAL] = "decimal", [KEY_FORM_HEX] = "hex", [KEY_FORM_IPV4] = "ipv4",
	[KEY_FORM_IPV6] = "ipv6",	[KEY_FORM_MAC] = "mac", [KEY_FORM_STRING] = "string",
};

const char *key_form_name(enum key_form form)
{
	return form < sizeof(form_names) / sizeof(form_names[0]) ? form_names[form] : NULL;
}
