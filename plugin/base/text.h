/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of names inside a line of the log, and sentences where there is no space for all of them.
 */
#ifndef COLLECTD_XDP_BASE_TEXT_H
#define COLLECTD_XDP_BASE_TEXT_H

#include <stddef.h>

/*
 * Adds a name to a list, which is "" at first, behind ", ". From the first that does not
 * fit into `size` bytes on, "..." stands for the rest.
 */
void text_append_name(char *names, size_t size, const char *name);

/*
 * Writes a sentence of the form "what happened: cause; what to do" into `size` bytes, 64 or more.
 * One that is longer keeps its beginning and what is to do; "..." stands for the words of the cause
 * that do not fit. Where what is to do fills most of the bytes by itself, its end goes, too.
 */
void text_shorten(const char *sentence, char *ret_text, size_t size);

#endif
