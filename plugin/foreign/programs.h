/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs at the hook of an interface, and their maps: the one that is attached, those that
 * replace functions of it (freplace), as behind the dispatcher of libxdp, and those that they
 * tail-call. Asks the kernel by ids, which takes CAP_SYS_ADMIN; changes nothing.
 */
#ifndef COLLECTD_XDP_FOREIGN_PROGRAMS_H
#define COLLECTD_XDP_FOREIGN_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More of them are not looked at. */
#define FOREIGN_PROGRAMS_MAX 64
#define FOREIGN_PROGRAMS_MAPS 256

struct foreign_program {
	uint32_t id;
	char name[16];
};

struct foreign_program_map {
	uint32_t id;
	char name[16];
	size_t program; /* the first one that uses it */
};

struct foreign_programs {
	struct foreign_program programs[FOREIGN_PROGRAMS_MAX];
	size_t count;
	struct foreign_program_map maps[FOREIGN_PROGRAMS_MAPS];
	size_t map_count;
	bool calls; /* some tail-call, so that others may be called without a change of the ids */
};

/*
 * Finds them by the id of the program at the hook.
 * Returns 0; -ENOENT if it is gone; -errno of bpf(2): -EPERM without CAP_SYS_ADMIN.
 */
int foreign_programs_find(uint32_t hook_program, struct foreign_programs *ret_programs);

/*
 * The map of that name, of the programs called `program` (NULL: of all): names in the kernel have
 * at most 15 characters, so that only those of a longer one count. Returns 0; -ENOENT; -ENOTUNIQ
 * if there are several; -ESRCH if no program is called so.
 */
int foreign_programs_map(const struct foreign_programs *programs, const char *name,
			 const char *program, uint32_t *ret_id);

/* The names of the programs that have a map of that name (NULL: of all), as a list. */
void foreign_programs_names(const struct foreign_programs *programs, const char *map, char *list,
			    size_t size);

/* The names of the maps that programs called `program` (NULL: all) have, as a list. */
void foreign_programs_map_names(const struct foreign_programs *programs, const char *program,
				char *list, size_t size);

#endif
