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
struct pin_dir;

/* In what a map is not as it is wanted. */
enum bpf_info_property {
	BPF_INFO_TYPE,
	BPF_INFO_KEY_SIZE,
	BPF_INFO_VALUE_SIZE,
	BPF_INFO_ENTRIES,
	BPF_INFO_FLAGS,
	BPF_INFO_NAME,
	BPF_INFO_PROPERTIES
};

/* Both sides of it: numbers, or names. */
struct bpf_info_difference {
	enum bpf_info_property property;
	uint32_t found;
	uint32_t wanted;
	char found_name[16];
	char wanted_name[64]; /* of the object, where it may be longer than in the kernel */
};

/*
 * Compares a map with what the loader would create for `wanted`: type, sizes of
 * key and value, entries, flags, name.
 * Returns 0; -EMEDIUMTYPE with the first difference; or -errno of bpf(2).
 */
int bpf_info_map(int fd, const struct bpf_map *wanted, struct bpf_info_difference *ret_difference);

/*
 * Whether two programs have the same instructions (tag), are both compiled or both interpreted,
 * and neither is unknown.
 */
bool bpf_info_same_program(int fd, int other);

/* Whether the program uses the map. */
bool bpf_info_program_uses(int program, int map);

/* Whether two frozen maps of one entry hold the same bytes. */
bool bpf_info_same_content(int map, int other);

/* Bytes of a value of a map. Returns 0 or -errno of bpf(2). */
int bpf_info_value_size(int map, uint32_t *ret_size);

/*
 * Opens a map by its id, to be read alone; needs CAP_SYS_ADMIN.
 * Returns a descriptor the caller closes, or -errno of bpf(2): -ENOENT if it is gone.
 */
int bpf_info_open_map(uint32_t id);

/* What is known of a program. Where the caller may not ask, name and tag are "". */
struct bpf_info_program {
	uint32_t id; /* 0: none */
	char name[16];
	char tag[17]; /* hexadecimal */
	bool known;   /* the caller may ask: this and what follows is so */
	bool btf;     /* it has BTF of its functions, without which it cannot be traced */
};

/*
 * Finds out about a program by its id; needs CAP_SYS_ADMIN (Linux 5.8 on).
 * Always fills `ret_program` as far as it can.
 */
void bpf_info_program_by_id(uint32_t id, struct bpf_info_program *ret_program);

/* The same of an open program. Returns 0 or -errno of bpf(2). */
int bpf_info_program_by_fd(int program_fd, struct bpf_info_program *ret_program);

/*
 * The same of a pinned program; an id of 0 where none has this name. Returns 0, or -errno of
 * bpf(2) where that is not known.
 */
int bpf_info_program_by_pin(const struct pin_dir *pins, const char *name,
			    struct bpf_info_program *ret_program);

#endif
