/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is a map or program what we think it is? Asked before anything that was
 * found pinned is read or written: a read into a buffer of another size than
 * the map's would overrun it.
 */
#ifndef COLLECTD_XDP_KERNEL_BPF_INFO_H
#define COLLECTD_XDP_KERNEL_BPF_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_map;

/*
 * Compares a map with what the loader would create for `wanted`: type, sizes of
 * key and value, entries, flags, name.
 * Returns 0; -EMEDIUMTYPE with the first difference and both sides of it in
 * `text`; or -errno of bpf(2).
 */
int verify_map(int fd, const struct bpf_map *wanted, const char *name, char *text, size_t size);

/* Whether two programs have the same instructions (tag) and neither is unknown. */
bool verify_same_program(int fd, int other);

/* Whether the program uses the map. */
bool verify_program_uses(int program, int map);

/* Whether two frozen maps of one entry hold the same bytes. */
bool verify_same_content(int map, int other);

/* Bytes of a value of a map. Returns 0 or -errno of bpf(2). */
int verify_value_size(int map, uint32_t *ret_size);

#endif
