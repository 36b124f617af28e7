// SPDX-License-Identifier: GPL-2.0-only
/* Names of the forms. */
#include "plugin/config/key_form.h"

#include <stddef.h>

const char *const key_form_names[] = {
	[KEY_FORM_DECIMAL] = "decimal", [KEY_FORM_HEX] = "hex", [KEY_FORM_IPV4] = "ipv4",
	[KEY_FORM_IPV6] = "ipv6",	[KEY_FORM_MAC] = "mac", [KEY_FORM_STRING] = "string",
	[KEY_FORM_STRING + 1] = NULL,
};
