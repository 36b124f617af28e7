/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong with the object, the maps and the keys of a custom counter, and what to do.
 * Pure: facts in, text out. Each function writes one line without its end into `text`, cut off
 * at `size`. Errors are negative errno values; lists of names are as text_append_name() makes
 * them, "" where there are none.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_CUSTOM_H
#define COLLECTD_XDP_DIAGNOSE_CUSTOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- the file, before libbpf sees it */

void diagnose_custom_file_error(int error, char *text, size_t size);
void diagnose_custom_file_kind(char *text, size_t size);
void diagnose_custom_file_owner(unsigned int user, char *text, size_t size);
void diagnose_custom_file_mode(unsigned int mode, char *text, size_t size);
/* `bytes` is not 1 to `most`. */
void diagnose_custom_file_size(long long bytes, long long most, char *text, size_t size);
void diagnose_custom_file_not_elf(char *text, size_t size);
/* `little`: this machine is little-endian, and the file is not; or the other way round. */
void diagnose_custom_file_order(bool little, char *text, size_t size);
/* `machine`: that of an ELF file which is no BPF object. */
void diagnose_custom_file_not_bpf(unsigned int machine, char *text, size_t size);

/* --- the trial of opening it in another process */

void diagnose_custom_trial_start(int error, char *text, size_t size);
void diagnose_custom_trial_crash(char *text, size_t size);
void diagnose_custom_trial_timeout(unsigned int seconds, char *text, size_t size);

/* --- the object */

/* What is wrong with the object at `path`; `cause` is "cause; what to do". */
void diagnose_custom_object(const char *path, const char *cause, char *text, size_t size);
void diagnose_custom_object_open(int error, char *text, size_t size);
void diagnose_custom_object_no_btf(char *text, size_t size);
void diagnose_custom_object_no_program(const char *name, const char *programs, char *text,
				       size_t size);
/* More than one program is in that section. */
void diagnose_custom_object_section_shared(const char *section, const char *programs, char *text,
					   size_t size);
/* The program is for another kind of hook. */
void diagnose_custom_object_section(const char *program, const char *section, char *text,
				    size_t size);
void diagnose_custom_object_no_map(const char *name, const char *maps, char *text, size_t size);

/* --- a map and its values; `member` is "" for the value itself */

/* `type`: as libbpf names it; NULL if it does not know it. */
void diagnose_custom_map_type(const char *map, const char *type, char *text, size_t size);
/* It is one that libbpf makes for global variables. */
void diagnose_custom_map_variables(const char *map, char *text, size_t size);
/* `form`: of the option Instance; `wanted`: "4 bytes". */
void diagnose_custom_map_key(const char *map, unsigned int bytes, const char *form,
			     const char *wanted, char *text, size_t size);
/* No Instance shows a key that has more than `most` bytes. */
void diagnose_custom_map_long_key(const char *map, unsigned int bytes, unsigned int most,
				  char *text, size_t size);
/* The keys of a map of maps; `wanted`: "4 bytes". */
void diagnose_custom_map_outer_key(const char *map, unsigned int bytes, const char *wanted,
				   char *text, size_t size);
/* There is an OuterInstance, and the map is no map of maps. */
void diagnose_custom_map_no_outer(const char *map, char *text, size_t size);
/* The map never has a key as large as that of the Label; `most`: the largest that it may have. */
void diagnose_custom_map_label(const char *map, uint64_t key, uint64_t most, char *text,
			       size_t size);
/* Nothing is known of a value of `bytes`; `is_plain`: it would be an integer without Member. */
void diagnose_custom_map_no_type(const char *map, unsigned int bytes, bool is_plain, char *text,
				 size_t size);
/* `members`: paths of the integers in the value. */
void diagnose_custom_map_struct(const char *map, const char *member, const char *members,
				char *text, size_t size);
void diagnose_custom_map_not_integer(const char *map, const char *member, const char *members,
				     char *text, size_t size);
void diagnose_custom_map_no_member(const char *map, const char *member, const char *members,
				   char *text, size_t size);
/* `member` is looked for in what is no struct. */
void diagnose_custom_map_not_struct(const char *map, const char *member, const char *members,
				    char *text, size_t size);
void diagnose_custom_map_bit_field(const char *map, const char *member, char *text, size_t size);
void diagnose_custom_map_unaligned(const char *map, const char *member, char *text, size_t size);
/* The integer of `bytes` at `offset` is not inside a value of `value_size` bytes. */
void diagnose_custom_map_outside(const char *map, unsigned int bytes, unsigned int offset,
				 unsigned int value_size, char *text, size_t size);

/* What a map is, in the kernel or in the object. */
struct diagnose_custom_map {
	uint32_t type; /* enum bpf_map_type */
	uint32_t key_size;
	uint32_t value_size;
};

/* The map that the kernel has is not that of the object. */
void diagnose_custom_map_differs(const char *map, const struct diagnose_custom_map *kernel,
				 const struct diagnose_custom_map *object, char *text, size_t size);

/* The program adds with a plain ++ to maps that several CPUs share. */
void diagnose_custom_lost_updates(const char *maps, char *text, size_t size);

#endif
