/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What outlives the daemon of a program, besides its links: the pins of the program and of its
 * maps, for every kind of program.
 *
 * The pins. "program" is the program that the links run. "program_next" is the one that they are
 * about to run. Each map has a pin, whose name says the layout of what is in the map, so that
 * another layout has another name. Maps that are pinned together are a set: they were made for one
 * load, and the program of that load wrote to all of them.
 *
 * The order. A start goes through these steps; it may be killed between any two of them, and
 * within the last one:
 *
 *   1. pinset_adopt() opens the pinned maps and compares each with what the object wants. All of
 *      them are used, or none; but for maps that can be made from the others (where to find
 *      what, in a layout of an earlier version). Nothing is changed.
 *   2. pinset_pin_program() pins the new program as "program_next". From here on its links are
 *      known to be ours (pinset_programs()).
 *   3. The links are updated, one after the other; or they go on running "program".
 *   4. pinset_pin(), when all links run the new program. If the maps were not adopted, first every
 *      pin of a map of the program goes, of whatever layout; only then come those of the new
 *      maps. If they were, those that can be made from the others are pinned again. Then the other
 * pins of the program (the settings of the counter), then "program_next" takes the place of
 * "program". What the set does not have goes.
 *
 * What is true for the next start, if the process was killed:
 *
 *   before 2:    nothing has changed.
 *   between 2 and 4: every link runs "program" or "program_next", so all of them are known. The
 *                maps that are pinned are those of "program": they are used again if they are as
 *                wanted. What the new program counted in new maps is lost with them.
 *   within 4:    all links run "program_next". All maps that are pinned are of one set, the old
 *                or the new one, and never some of each; for the first new one is pinned when the
 *                last old one has gone. The set has all its maps, or too few: then the next start
 *                finds that one is missing, uses none, and counts start at zero.
 *                Of those that can be made from the others the pins may be of the old and the
 *                new load: the maps were made from the same others, or the next start makes both.
 *   after 4:     all of it is pinned.
 *
 * So a pin that marks a set as whole is not needed: a set is whole when no map is missing. Within
 * a step a pin is put into the place of another one by rename(2), so a name has the one or the
 * other.
 */
#ifndef COLLECTD_XDP_HOOK_PINSET_H
#define COLLECTD_XDP_HOOK_PINSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_map;
struct hook_kind;
struct pin_dir;

#define PINSET_PROGRAM "program"
#define PINSET_PROGRAM_NEXT "program_next"

/* Bytes of the name of a pin, with its end. */
#define PINSET_NAME 160

/* Programs that may be pinned at a time: the one that links run, and the next. */
#define PINSET_PROGRAMS 2

/* What is the same for all programs of one kind. The arrays end with NULL. */
struct pinset_kind {
	const char *const *map_prefixes;      /* of the pins of maps, of any layout or version */
	const char *const *others;	      /* more pins that belong to such a program */
	bool (*is_program)(const char *name); /* whether a program has a name of this kind; NULL:
						 all that is pinned here is */
};

/* A map of an object, and its pin. */
struct pinset_map {
	struct bpf_map *map;
	char pin[PINSET_NAME];
	const char *name; /* in messages */
	/* It can be made from the others: where one such map is not as wanted, the set is used all
	   the same, and all such maps stay without a descriptor: they are to be made new. */
	bool derived;
};

struct pinset {
	const struct pinset_kind *kind;
	const struct pinset_map *maps;
	size_t count;
	/* Pinned behind the maps, at each start, and adopted by nobody; map NULL: there is none. */
	struct pinset_map settings;
};

/*
 * Before the object of the set is loaded: lets it use the pinned maps, all or none.
 * Returns 0, with `ret_adopted`, and with the cause in `reason` if something is pinned and is not
 * used, else ""; or -errno, which may pass, with the cause in `reason` as far as it is known: the
 * object may use some of them and is not to be loaded.
 */
int pinset_adopt(const struct pinset *set, const struct pin_dir *pins, bool *ret_adopted,
		 char *reason, size_t size);

/* Step 2. Returns 0 or as pin_dir_put(). */
int pinset_pin_program(const struct pin_dir *pins, int program);

/*
 * Step 4: after the load; `adopted`: of pinset_adopt(). May be called again after it failed.
 * Returns 0, or -errno as pin_dir_put(), pin_dir_drop() and pin_dir_list().
 */
int pinset_pin(const struct pinset *set, const struct pin_dir *pins, bool adopted);

/*
 * The same where the pinned program goes on, with all that it uses: only what the set does not
 * have goes. Returns 0 or -errno as above.
 */
int pinset_keep(const struct pinset *set, const struct pin_dir *pins);

/*
 * Ids of the programs that are pinned; 0: none of this kind. Returns 0, or -errno of bpf(2) where
 * that is not known.
 */
int pinset_programs(const struct pinset_kind *kind, const struct pin_dir *pins,
		    uint32_t ret_ids[PINSET_PROGRAMS]);

/* Whether a pin of this name belongs to a program of this kind. */
bool pinset_is_pin(const struct pinset_kind *kind, const char *name);

/* Removes all of them; links stay. Returns 0, or as pin_dir_drop() and pin_dir_list(), with some
 * left. */
int pinset_drop(const struct pinset_kind *kind, const struct pin_dir *pins);

/* --- the pins of links: one per interface, named after its index */

/* Pins the link of an interface. Returns 0 or as pin_dir_put(). */
int pinset_put_link(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		    int link);

/* Opens it. Returns 0 and a link that the kind closes; else as pin_dir_get(). */
int pinset_get_link(const struct hook_kind *kind, const struct pin_dir *pins, unsigned int ifindex,
		    int *ret_link);

/* Removes the pin. Returns 0 or as pin_dir_drop(). */
int pinset_drop_link(const struct hook_kind *kind, const struct pin_dir *pins,
		     unsigned int ifindex);

/* The interface whose link has a pin of this name; 0: the name is not that of a link. */
unsigned int pinset_link_ifindex(const struct hook_kind *kind, const char *name);

#endif
