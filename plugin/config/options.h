/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of collectd's configuration, read by a table of one row per option.
 * What is wrong is logged, one line each, with the value and what is allowed.
 */
#ifndef COLLECTD_XDP_CONFIG_OPTIONS_H
#define COLLECTD_XDP_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/kernel/xdp_link.h"

struct oconfig_item_s;
struct selection;

#define OPTIONS_ROWS_MAX 32

struct options_row {
	const char *name;
	/*
	 * Checks the option and stores it in the target; returns 0, or -EINVAL with
	 * the reason logged, or -ENOMEM. NULL: true or false, see `offset`.
	 */
	int (*read)(const struct oconfig_item_s *item, void *target);
	bool repeats;  /* may be given more than once */
	bool block;    /* is written as <Name VALUE> ... </Name> */
	int values;    /* that it has; 0: one */
	size_t offset; /* of what true or false sets in the target: a bool, or with `bit`: */
	uint32_t bit;  /* this one of a uint32_t */
};

/*
 * Reads all options of a block; `rows`: OPTIONS_ROWS_MAX at most.
 * Returns 0, -EINVAL if something is wrong with one or more of them, -ENOMEM.
 */
int options_read_block(const struct oconfig_item_s *block, const struct options_row *rows,
		       size_t count, void *target);

/* "counter NAME: map NAME: ", of the blocks around or at an option; "" outside of them. */
const char *options_where(const struct oconfig_item_s *item, char *text, size_t size);

/* Says that a value is not what the option takes; `allowed` completes "it takes ...". -EINVAL. */
int options_refuse(const struct oconfig_item_s *item, const char *allowed);

/* Readers of one value; as `read` of a row. */
int options_interface(const struct oconfig_item_s *item, struct selection *selection);
int options_inverted(const struct oconfig_item_s *item, struct selection *selection);
int options_mode(const struct oconfig_item_s *item, enum xdp_link_mode *ret_mode);
int options_number(const struct oconfig_item_s *item, unsigned int max, unsigned int *ret_number);

/* The string of the first value, NULL if it is none. */
const char *options_string(const struct oconfig_item_s *item);

/* Replaces *text by a copy. Returns 0, -ENOMEM. */
int options_keep(const char *string, char **text);

#endif
