/* SPDX-License-Identifier: GPL-2.0-only */
/* A block of collectd's configuration from a text in which lines are indented below their block. */
#ifndef COLLECTD_XDP_TESTS_BLOCK_H
#define COLLECTD_XDP_TESTS_BLOCK_H

#include <stddef.h>

#include <liboconfig/oconfig.h>

#define BLOCK_LINES 40
#define BLOCK_VALUES 4

struct block {
	oconfig_item_t root;
	oconfig_item_t items[BLOCK_LINES];
	oconfig_value_t values[BLOCK_LINES][BLOCK_VALUES];
	size_t count; /* of items */
};

/*
 * Reads lines of "Key value value", in place: a value is a number, true or false, or else a
 * string, also what is in quotes, which has no space. Lines that begin with more spaces than the
 * one before are its block. Returns the root, valid as long as text and block; what is too much is
 * left out.
 */
const oconfig_item_t *block_read(char *text, struct block *block);

#endif
