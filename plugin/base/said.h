/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was last said about one subject, so that it is said once per change and not at every
 * interval. A subject is, for example, "why this interface waits": its key is the errno, or the
 * errno and the id of a program; 0: nothing is wrong. A subject that was never spoken of has key 0.
 */
#ifndef COLLECTD_XDP_BASE_SAID_H
#define COLLECTD_XDP_BASE_SAID_H

#include <stdbool.h>
#include <stdint.h>

struct said {
	uint64_t key;
};

/* The key of a negative errno and the id of what it is about; 0 for no error about nothing. */
static inline uint64_t said_key(int err, uint32_t id)
{
	return (uint64_t)id << 32 | (uint32_t)-err;
}

/* Whether this differs from what was last said; notes it. */
static inline bool said_change(struct said *said, uint64_t key)
{
	bool changed = said->key != key;

	said->key = key;
	return changed;
}

/* The same for a negative errno, or 0: the error is over. */
static inline bool said_error(struct said *said, int err)
{
	return said_change(said, said_key(err, 0));
}

/* The same for a text; "": nothing is wrong. */
static inline bool said_text(struct said *said, const char *text)
{
	uint64_t key = text[0] ? 0xcbf29ce484222325 : 0;

	/* FNV-1a: two texts with the same key would take the ill will of who writes them. */
	for (const char *c = text; *c; c++)
		key = (key ^ (unsigned char)*c) * 0x100000001b3;
	return said_change(said, key);
}

#endif
