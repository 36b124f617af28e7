// SPDX-License-Identifier: GPL-2.0-only
/* One set of maps is removed before another comes, so that there is never a mixture of two. */
#include "plugin/hook/pinset.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "plugin/base/error.h"
#include "plugin/diagnose/pins.h"
#include "plugin/hook/kind.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"

static bool is_one_of(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

/* Whether a pin of this name is of a map, of whatever layout. */
static bool is_map(const struct pinset_kind *kind, const char *name)
{
	for (const char *const *prefix = kind->map_prefixes; *prefix; prefix++) {
		if (strncmp(name, *prefix, strlen(*prefix)) == 0)
			return true;
	}
	return false;
}

bool pinset_is_pin(const struct pinset_kind *kind, const char *name)
{
	return strcmp(name, PINSET_PROGRAM) == 0 || strcmp(name, PINSET_PROGRAM_NEXT) == 0 ||
	       is_one_of(kind->others, name) || is_map(kind, name);
}

/* What goes through the pins. */
struct walk {
	const struct pinset *set;
	const struct pinset_kind *kind;
	const struct pin_dir *pins;
	bool keep; /* those of the set */
	bool found;
	int error;
};

/* pin_dir_list() callback. */
static void note_pin(void *context, const char *name)
{
	struct walk *walk = context;

	walk->found |= pinset_is_pin(walk->kind, name);
}

static bool is_in_set(const struct pinset *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(name, set->maps[i].pin) == 0)
			return true;
	}
	return false;
}

/* pin_dir_list() callback. */
static void drop_map(void *context, const char *name)
{
	struct walk *walk = context;
	int err;

	if (!is_map(walk->kind, name) || (walk->keep && is_in_set(walk->set, name)))
		return;
	err = pin_dir_drop(walk->pins, name);
	walk->error = walk->error ? walk->error : err;
}

/* Drops the pins of maps; with `keep`, of those that the set does not have. */
static int drop_maps(const struct pinset *set, const struct pin_dir *pins, bool keep)
{
	struct walk walk = {.set = set, .kind = set->kind, .pins = pins, .keep = keep};
	int err = pin_dir_list(pins, drop_map, &walk);

	return err ? err : walk.error;
}

/* Opens a pinned map that is as the object wants it. */
static int open_map(const struct pinset_map *map, const struct pin_dir *pins, int *ret_fd,
		    char *reason, size_t size)
{
	struct bpf_info_difference difference;
	struct diagnose_pinset facts = {.name = map->name, .pin = map->pin};
	int fd;
	int err = pin_dir_get(pins, map->pin, PIN_DIR_MAP, &fd);

	if (!err) {
		err = bpf_info_map(fd, map->map, &difference);
		if (!err) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
		facts.difference = &difference;
	}
	facts.error = err;
	diagnose_pinset(&facts, reason, size);
	return err;
}

/*
 * Opens all maps of the set; those that are derived, and not all as wanted, are -1.
 * Returns the number of those that are done with, which is less than all where `ret_err` is set.
 */
static size_t open_all(const struct pinset *set, const struct pin_dir *pins, int *fds, int *ret_err,
		       char *reason, size_t size)
{
	bool make_derived = false;
	size_t at;

	*ret_err = 0;
	for (at = 0; at < set->count; at++) {
		int err = open_map(&set->maps[at], pins, &fds[at], reason, size);

		if (err && (!set->maps[at].derived || error_is_transient(err))) {
			*ret_err = err;
			return at;
		}
		if (err) {
			fds[at] = -1;
			reason[0] = '\0';
			make_derived = true;
		}
	}
	for (at = 0; make_derived && at < set->count; at++) {
		if (set->maps[at].derived && fds[at] >= 0) {
			close(fds[at]);
			fds[at] = -1;
		}
	}
	return set->count;
}

/* All are open, and compared, before the first one is used. */
static int open_and_use(const struct pinset *set, const struct pin_dir *pins, int *fds,
			bool *ret_adopted, char *reason, size_t size)
{
	size_t opened;
	int err;

	opened = open_all(set, pins, fds, &err, reason, size);
	if (err && !error_is_transient(err)) {
		err = 0;
	} else {
		for (size_t i = 0; !err && i < set->count; i++) {
			if (fds[i] >= 0)
				err = bpf_map__reuse_fd(set->maps[i].map, fds[i]);
		}
		*ret_adopted = !err;
	}
	while (opened) {
		if (fds[--opened] >= 0)
			close(fds[opened]);
	}
	return err;
}

int pinset_adopt(const struct pinset *set, const struct pin_dir *pins, bool *ret_adopted,
		 char *reason, size_t size)
{
	struct walk walk = {.kind = set->kind, .pins = pins};
	int err = pin_dir_list(pins, note_pin, &walk);
	int *fds;

	*ret_adopted = false;
	reason[0] = '\0';
	if (err || !walk.found || !set->count)
		return err;
	fds = calloc(set->count, sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	err = open_and_use(set, pins, fds, ret_adopted, reason, size);
	free(fds);
	return err;
}

int pinset_pin_program(const struct pin_dir *pins, int program)
{
	return pin_dir_put(pins, PINSET_PROGRAM_NEXT, program);
}

static int put(const struct pinset_map *map, const struct pin_dir *pins)
{
	return pin_dir_put(pins, map->pin, bpf_map__fd(map->map));
}

/* The old set goes as a whole before the first map of the new one comes. */
static int replace_maps(const struct pinset *set, const struct pin_dir *pins)
{
	int err = drop_maps(set, pins, false);

	for (size_t i = 0; !err && i < set->count; i++)
		err = put(&set->maps[i], pins);
	return err;
}

/* They may be those that are pinned already. */
static int put_derived(const struct pinset *set, const struct pin_dir *pins)
{
	int err = 0;

	for (size_t i = 0; !err && i < set->count; i++) {
		if (set->maps[i].derived)
			err = put(&set->maps[i], pins);
	}
	return err;
}

int pinset_pin(const struct pinset *set, const struct pin_dir *pins, bool adopted)
{
	int err = adopted ? put_derived(set, pins) : replace_maps(set, pins);

	if (!err && set->settings.map)
		err = put(&set->settings, pins);
	/* It is not there where an earlier call failed after this. */
	if (!err && pin_dir_has(pins, PINSET_PROGRAM_NEXT))
		err = pin_dir_rename(pins, PINSET_PROGRAM_NEXT, PINSET_PROGRAM);
	return err ? err : drop_maps(set, pins, true);
}

int pinset_keep(const struct pinset *set, const struct pin_dir *pins)
{
	/* Left by an upgrade that was cut off. */
	int err = pin_dir_drop(pins, PINSET_PROGRAM_NEXT);

	return err ? err : drop_maps(set, pins, true);
}

static int program_id(const struct pinset_kind *kind, const struct pin_dir *pins, const char *name,
		      uint32_t *ret_id)
{
	struct bpf_info_program program;
	int err = bpf_info_program_by_pin(pins, name, &program);

	*ret_id = !kind->is_program || kind->is_program(program.name) ? program.id : 0;
	return err;
}

int pinset_programs(const struct pinset_kind *kind, const struct pin_dir *pins,
		    uint32_t ret_ids[PINSET_PROGRAMS])
{
	int err = program_id(kind, pins, PINSET_PROGRAM, &ret_ids[0]);
	int next = program_id(kind, pins, PINSET_PROGRAM_NEXT, &ret_ids[1]);

	return err ? err : next;
}

/* pin_dir_list() callback. */
static void drop_pin(void *context, const char *name)
{
	struct walk *walk = context;
	int err = pinset_is_pin(walk->kind, name) ? pin_dir_drop(walk->pins, name) : 0;

	walk->error = walk->error ? walk->error : err;
}

int pinset_drop(const struct pinset_kind *kind, const struct pin_dir *pins)
{
	struct walk walk = {.kind = kind, .pins = pins};
	int err = pin_dir_list(pins, drop_pin, &walk);

	return err ? err : walk.error;
}

/* --- links: "link_7" is the pin of the link at interface 7 */

#define PINSET_LINK_NAME 64

static void format_link_name(const struct hook_kind *kind, unsigned int ifindex, char *name)
{
	snprintf(name, PINSET_LINK_NAME, "%s%u", kind->pin, ifindex);
}

int pinset_put_link(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		    int link)
{
	char name[PINSET_LINK_NAME];

	format_link_name(kind, ifindex, name);
	return pin_dir_put(pins, name, link);
}

int pinset_get_link(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		    int *ret_link)
{
	char name[PINSET_LINK_NAME];

	format_link_name(kind, ifindex, name);
	return pin_dir_get(pins, name, PIN_DIR_LINK, ret_link);
}

int pinset_drop_link(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex)
{
	char name[PINSET_LINK_NAME];

	format_link_name(kind, ifindex, name);
	return pin_dir_drop(pins, name);
}

unsigned int pinset_link_ifindex(const struct hook_kind *kind, const char *name)
{
	size_t length = strlen(kind->pin);
	char canonical[PINSET_LINK_NAME];
	unsigned long ifindex;

	if (strncmp(name, kind->pin, length) != 0)
		return 0;
	ifindex = strtoul(name + length, NULL, 10);
	if (ifindex > INT_MAX)
		return 0;
	/* No leading zeros, signs or letters behind the number. */
	format_link_name(kind, (unsigned int)ifindex, canonical);
	return strcmp(name, canonical) == 0 ? (unsigned int)ifindex : 0;
}
