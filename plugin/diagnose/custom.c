// SPDX-License-Identifier: GPL-2.0-only
/* A sentence for each fact; the author of the object reads most of them. */
#include "plugin/diagnose/custom.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "plugin/diagnose/errno_text.h"

void diagnose_custom_file_error(int error, char *text, size_t size)
{
	if (error == -ENOENT)
		snprintf(text, size, "it is not there (%s); correct Object, or put the file there",
			 diagnose_errno_text(error).text);
	else
		snprintf(text, size,
			 "it cannot be read (%s); correct Object, or find what keeps collectd from "
			 "reading it",
			 diagnose_errno_text(error).text);
}

void diagnose_custom_file_kind(char *text, size_t size)
{
	snprintf(text, size, "it is not a regular file; set Object to an object file (.bpf.o)");
}

void diagnose_custom_file_owner(unsigned int user, char *text, size_t size)
{
	snprintf(
		text, size,
		"it belongs to user %u, who could make the kernel run any program; look at what it "
		"is, and then `chown root` it",
		user);
}

void diagnose_custom_file_mode(unsigned int mode, char *text, size_t size)
{
	snprintf(text, size,
		 "users other than root may write to it (mode %04o), and could make the kernel run "
		 "any program; look at what it is, and then `chmod go-w` it",
		 mode);
}

void diagnose_custom_file_size(long long bytes, long long most, char *text, size_t size)
{
	snprintf(text, size,
		 "it has %lld bytes, and must have 1 to %lld; set Object to an object file "
		 "(.bpf.o)",
		 bytes, most);
}

void diagnose_custom_file_not_elf(char *text, size_t size)
{
	snprintf(text, size,
		 "it is not an ELF file; compile it with `clang -target bpf -g -O2 -c`");
}

void diagnose_custom_file_order(bool little, char *text, size_t size)
{
	if (little)
		snprintf(text, size,
			 "it is big-endian, and this machine is little-endian; compile it with "
			 "`-target bpfel`");
	else
		snprintf(text, size,
			 "it is little-endian, and this machine is big-endian; compile it with "
			 "`-target bpfeb`");
}

void diagnose_custom_file_not_bpf(unsigned int machine, char *text, size_t size)
{
	snprintf(text, size,
		 "it is an ELF file but not a BPF object (machine %u); compile it with `clang "
		 "-target bpf -g -O2 -c`",
		 machine);
}

void diagnose_custom_trial_start(int error, char *text, size_t size)
{
	snprintf(text, size,
		 "it cannot be tried in another process first (%s); raise the limits of collectd's "
		 "unit (LimitNPROC, LimitNOFILE, TasksMax)",
		 diagnose_errno_text(error).text);
}

void diagnose_custom_trial_crash(char *text, size_t size)
{
	snprintf(text, size,
		 "it is damaged: libbpf crashes when it opens it; compile it again with `clang "
		 "-target bpf -g -O2 -c`, and copy all of it");
}

void diagnose_custom_trial_timeout(unsigned int seconds, char *text, size_t size)
{
	snprintf(text, size,
		 "it is damaged, or the machine is overloaded: libbpf did not open it within %u s; "
		 "compile it again with `clang -target bpf -g -O2 -c`, and copy all of it",
		 seconds);
}

void diagnose_custom_object(const char *path, const char *cause, char *text, size_t size)
{
	snprintf(text, size, "object %s: %s", path, cause);
}

void diagnose_custom_object_open(int error, char *text, size_t size)
{
	snprintf(
		text, size,
		"libbpf cannot open it as a BPF object (%s); compile it with `clang -target bpf -g "
		"-O2 -c`, and define its maps in section \".maps\"",
		diagnose_errno_text(error).text);
}

void diagnose_custom_object_no_btf(char *text, size_t size)
{
	snprintf(text, size,
		 "it has no BTF, which describes what is in its maps; compile it with `-g`, and do "
		 "not strip it");
}

void diagnose_custom_object_no_program(const char *name, const char *programs, char *text,
				       size_t size)
{
	if (programs[0])
		snprintf(text, size, "it has no program \"%s\"; set Program to one of: %s", name,
			 programs);
	else
		snprintf(text, size,
			 "it has no program at all, and so not \"%s\"; write one in section "
			 "\"xdp\"",
			 name);
}

void diagnose_custom_object_section_shared(const char *section, const char *programs, char *text,
					   size_t size)
{
	snprintf(text, size,
		 "more than one program is in section \"%s\"; set Program to the name of one: %s",
		 section, programs);
}

void diagnose_custom_object_section(const char *program, const char *section, char *text,
				    size_t size)
{
	snprintf(text, size,
		 "program %s is in section \"%s\", which is not for the XDP hook of an interface; "
		 "use SEC(\"xdp\") or SEC(\"xdp.frags\")",
		 program, section);
}

void diagnose_custom_object_no_map(const char *name, const char *maps, char *text, size_t size)
{
	if (maps[0])
		snprintf(text, size, "it has no map \"%s\"; its maps are: %s", name, maps);
	else
		snprintf(text, size,
			 "it has no map at all, and so not \"%s\"; define it in section \".maps\"",
			 name);
}

void diagnose_custom_map_type(const char *map, const char *type, char *text, size_t size)
{
	snprintf(
		text, size,
		"map %s is of type %s, which this plugin cannot read; use an array or a hash (also "
		"per CPU, LRU)",
		map, type ? type : "unknown");
}

void diagnose_custom_map_variables(const char *map, char *text, size_t size)
{
	snprintf(text, size,
		 "map %s holds global variables of a program, which this plugin cannot read; count "
		 "in a map that the program declares",
		 map);
}

void diagnose_custom_map_key(const char *map, unsigned int bytes, const char *form,
			     const char *wanted, char *text, size_t size)
{
	snprintf(
		text, size,
		"the key of map %s has %u bytes, and Instance \"%s\" needs %s; choose the Instance "
		"that fits the key",
		map, bytes, form, wanted);
}

void diagnose_custom_map_long_key(const char *map, unsigned int bytes, unsigned int most,
				  char *text, size_t size)
{
	snprintf(text, size,
		 "the key of map %s has %u bytes, and no Instance shows more than %u; count under "
		 "a shorter key",
		 map, bytes, most);
}

void diagnose_custom_map_outer_key(const char *map, unsigned int bytes, const char *wanted,
				   char *text, size_t size)
{
	snprintf(text, size,
		 "the outer key of map %s has %u bytes, and needs %s; choose an OuterInstance and "
		 "an Instance that fit",
		 map, bytes, wanted);
}

void diagnose_custom_map_no_outer(const char *map, char *text, size_t size)
{
	snprintf(text, size, "map %s is no map of maps, and has no outer key; remove OuterInstance",
		 map);
}

void diagnose_custom_map_label(const char *map, uint64_t key, uint64_t most, char *text,
			       size_t size)
{
	snprintf(text, size,
		 "map %s never has the key %" PRIu64 " of a Label, for its keys go to %" PRIu64
		 "; correct the number, or remove that Label",
		 map, key, most);
}

void diagnose_custom_map_no_type(const char *map, unsigned int bytes, bool is_plain, char *text,
				 size_t size)
{
	if (is_plain)
		snprintf(text, size,
			 "map %s: the object does not say of which type its values are; remove "
			 "Member, or declare the map with __type(value, struct ...)",
			 map);
	else
		snprintf(text, size,
			 "map %s: the object does not say of which type its values of %u bytes "
			 "are; declare it with __type(value, struct ...) instead of "
			 "__uint(value_size, ...), and set Member",
			 map, bytes);
}

/* There is nothing in the value that Member could be. */
static void explain_no_integer(const char *map, char *text, size_t size)
{
	snprintf(text, size,
		 "map %s: there is no integer of 1, 2, 4 or 8 bytes in its value; count in one "
		 "that is a value or a member of a struct, not of an array",
		 map);
}

void diagnose_custom_map_struct(const char *map, const char *member, const char *members,
				char *text, size_t size)
{
	if (!members[0])
		explain_no_integer(map, text, size);
	else if (member[0])
		snprintf(text, size,
			 "map %s: member %s is a struct; set Member to one of these: %s", map,
			 member, members);
	else
		snprintf(text, size,
			 "map %s: its value is a struct; set Member to one of these: %s", map,
			 members);
}

void diagnose_custom_map_not_integer(const char *map, const char *member, const char *members,
				     char *text, size_t size)
{
	if (members[0])
		snprintf(text, size,
			 "map %s: member %s is not an integer of 1, 2, 4 or 8 bytes; set Member to "
			 "one of these: %s",
			 map, member, members);
	else
		explain_no_integer(map, text, size);
}

void diagnose_custom_map_no_member(const char *map, const char *member, const char *members,
				   char *text, size_t size)
{
	if (members[0])
		snprintf(text, size,
			 "map %s: its value has no member \"%s\"; set Member to one of these: %s",
			 map, member, members);
	else
		explain_no_integer(map, text, size);
}

void diagnose_custom_map_not_struct(const char *map, const char *member, const char *members,
				    char *text, size_t size)
{
	if (members[0])
		snprintf(text, size,
			 "map %s: there is no member \"%s\", for what it would be in is not a "
			 "struct; set Member to one of these: %s",
			 map, member, members);
	else
		snprintf(text, size,
			 "map %s: there is no member \"%s\", for its value is not a struct; remove "
			 "Member",
			 map, member);
}

void diagnose_custom_map_bit_field(const char *map, const char *member, char *text, size_t size)
{
	snprintf(text, size, "map %s: member %s is a bit field; count in a whole integer", map,
		 member);
}

void diagnose_custom_map_unaligned(const char *map, const char *member, char *text, size_t size)
{
	snprintf(text, size, "map %s: member %s does not begin at a byte; count in a whole integer",
		 map, member);
}

void diagnose_custom_map_outside(const char *map, unsigned int bytes, unsigned int offset,
				 unsigned int value_size, char *text, size_t size)
{
	snprintf(
		text, size,
		"map %s: its BTF places the count (%u bytes at offset %u) outside its values of %u "
		"bytes; declare it with __type(value, ...)",
		map, bytes, offset, value_size);
}

void diagnose_custom_map_differs(const char *map, const struct diagnose_custom_map *kernel,
				 const struct diagnose_custom_map *object, char *text, size_t size)
{
	snprintf(text, size,
		 "map %s in the kernel differs from the object (type, key size, value size: %u, "
		 "%u, %u; in the object: %u, %u, %u); remove its pins",
		 map, kernel->type, kernel->key_size, kernel->value_size, object->type,
		 object->key_size, object->value_size);
}

void diagnose_custom_lost_updates(const char *maps, char *text, size_t size)
{
	snprintf(text, size,
		 "counts in map %s may be too low: the program adds with a plain `++` to memory "
		 "that several CPUs share, so updates are lost where an interface has more than "
		 "one RX queue; make the map one per CPU (BPF_MAP_TYPE_PERCPU_...), or add with "
		 "__sync_fetch_and_add()",
		 maps);
}
