/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the configuration expects of an object against what is in it, before
 * anything is attached. Never logs; each difference is "cause; what to do".
 */
#ifndef COLLECTD_XDP_CUSTOM_OBJECT_H
#define COLLECTD_XDP_CUSTOM_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/config/counter_block.h"

struct bpf_insn;
struct bpf_map;
struct bpf_object;
struct bpf_program;
struct btf;

/* How the values of a map are read, checked against object and kernel. */
struct custom_layout {
	uint32_t type; /* enum bpf_map_type */
	uint32_t key_size;
	uint32_t value_size;
	uint32_t entries;
	uint32_t offset; /* of the integer in the value; it lies inside */
	uint32_t size;	 /* its bytes: 1, 2, 4 or 8 */
	bool is_signed;
	bool per_cpu;
};

/*
 * Opens an object from memory. libbpf prints; see loader_run().
 * Returns 0 and an object that bpf_object__close() takes; else -errno and `text`.
 */
int custom_object_open(const void *bytes, size_t length, struct bpf_object **ret_object, char *text,
		       size_t size);

/* Finds the program by its function or section, and has no other loaded. 0, or -EINVAL and `text`.
 */
int custom_object_program(struct bpf_object *object, const char *name,
			  struct bpf_program **ret_program, char *text, size_t size);

/* Finds a map and the integer in its values. 0, or -EINVAL and `text`. */
int custom_object_map(const struct bpf_object *object, const struct map_block *settings,
		      const struct bpf_map **ret_map, struct custom_layout *ret_layout, char *text,
		      size_t size);

/*
 * Finds the integer that `member` ("a" or "a.b") names in a type; "": that is one itself.
 * `ret_layout`: offset, size and is_signed. 0, or -EINVAL and `text`.
 */
int custom_object_member(const struct btf *btf, uint32_t type_id, const char *member,
			 struct custom_layout *ret_layout, char *text, size_t size);

/*
 * A number that tells types of another layout apart: names, places and sizes of their members,
 * down to their integers; what the types themselves are called makes no difference.
 */
uint32_t custom_object_shape(const struct btf *btf, uint32_t type_id);

/*
 * Bytes of the keys and values of all maps, where per-CPU maps have one for each
 * of `cpus` possible CPUs; what the kernel keeps besides is not in it.
 */
uint64_t custom_object_memory(const struct bpf_object *object, unsigned int cpus);

/*
 * Whether instructions have a plain read, add and write back (`++`) of memory
 * other than the stack, and neither an atomic one nor a spin lock.
 */
bool custom_object_loses_updates(const struct bpf_insn *instructions, size_t count);

#endif
