/* SPDX-License-Identifier: GPL-2.0-only */
/* How a type instance is made of the key of a map: what the option Instance of a <Map> names. */
#ifndef COLLECTD_XDP_CONFIG_KEY_FORM_H
#define COLLECTD_XDP_CONFIG_KEY_FORM_H

#include <stdint.h>

enum key_form {
	KEY_FORM_DECIMAL, /* a number of 1, 2, 4 or 8 bytes, in the byte order of the machine */
	KEY_FORM_HEX,	  /* any bytes, in the order in which they are in memory */
	KEY_FORM_IPV4,	  /* 4 bytes, as in a packet */
	KEY_FORM_IPV6,	  /* 16 bytes, as in a packet */
	KEY_FORM_MAC,	  /* 6 bytes */
	KEY_FORM_STRING	  /* ends with a 0 byte or the key; what is odd becomes %XX */
};

/* The text of a number instead of its digits; KEY_FORM_DECIMAL. */
struct key_form_label {
	uint64_t key;
	char *text;
};

/* As in the configuration, by enum key_form; NULL behind the last one. */
extern const char *const key_form_names[];

#endif
