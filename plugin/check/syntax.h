/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The syntax of collectd.conf as collectd's liboconfig has it (collectd.conf(5)), which is a part
 * of the daemon and no library: blocks, quoted and bare values, comments. Pure.
 */
#ifndef COLLECTD_XDP_CHECK_SYNTAX_H
#define COLLECTD_XDP_CHECK_SYNTAX_H

#include <liboconfig/oconfig.h>

/*
 * Reads a text into the children of `root`, which are complete but for their parents.
 * Returns 0; -EINVAL for what is no configuration, or -ENOMEM, with children as far as it came.
 * `ret_line`: where it ended, from 1 on.
 */
int check_syntax_read(const char *text, oconfig_item_t *root, unsigned int *ret_line);

/* A new last child, which moves with the next one. NULL: no memory. */
oconfig_item_t *check_syntax_append(oconfig_item_t *parent);

/* Frees all that an item has, and leaves it empty. */
void check_syntax_clear(oconfig_item_t *item);

#endif
