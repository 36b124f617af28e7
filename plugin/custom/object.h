/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An object file of a custom counter: opens it, and finds what the configuration names in it,
 * before anything is loaded. Never logs; each difference is "cause; what to do".
 */
#ifndef COLLECTD_XDP_CUSTOM_OBJECT_H
#define COLLECTD_XDP_CUSTOM_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/config/map_block.h"
#include "plugin/custom/btf.h"

struct bpf_map;
struct bpf_object;
struct bpf_program;

/*
 * Opens an object from memory. libbpf prints; see loader_run().
 * Returns 0 and an object that bpf_object__close() takes; else -errno and `text`.
 */
int custom_object_open(const void *bytes, size_t length, struct bpf_object **ret_object, char *text,
		       size_t size);

/*
 * Finds the program by its function or section, and sees that no other is loaded.
 * 0, or -EINVAL and `text`.
 */
int custom_object_program(struct bpf_object *object, const char *name,
			  struct bpf_program **ret_program, char *text, size_t size);

/* Finds a map. NULL and `text` where it is not. */
const struct bpf_map *custom_object_find_map(const struct bpf_object *object, const char *name,
					     char *text, size_t size);

/* Finds a map and the integer in its values. 0, or -EINVAL and `text`. */
int custom_object_map(const struct bpf_object *object, const struct map_block *block,
		      const struct bpf_map **ret_map, struct custom_btf_layout *ret_layout,
		      char *text, size_t size);

/*
 * Bytes of the keys and values of all maps, where per-CPU maps have one for each
 * of `cpus` possible CPUs; what the kernel keeps besides is not in it.
 */
uint64_t custom_object_memory(const struct bpf_object *object, unsigned int cpus);

#endif
