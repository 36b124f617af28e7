/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads collectd.conf with what it includes, and finds the block of the plugin. */
#ifndef COLLECTD_XDP_CHECK_CONF_H
#define COLLECTD_XDP_CHECK_CONF_H

#include <stddef.h>

#include <liboconfig/oconfig.h>

/*
 * Reads a file, or a text that stands for one. Returns 0 and a tree the caller frees by
 * check_conf_free(); -EINVAL for what is no configuration, -ELOOP for Includes that go deeper
 * than collectd follows them, -ENOMEM, or -errno of open(2) or read(2); then `where` names the
 * file, and the line if it is known: "FILE" or "FILE, line N".
 */
int check_conf_read(const char *path, oconfig_item_t **ret_root, char *where, size_t size);
int check_conf_parse(const char *text, oconfig_item_t **ret_root);

/* Takes NULL. */
void check_conf_free(oconfig_item_t *root);

/* The blocks <Plugin xdp> at the top; how many there are, and the first one. */
size_t check_conf_find(const oconfig_item_t *root, const oconfig_item_t **ret_block);

#endif
