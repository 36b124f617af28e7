/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of collectd's configuration, read by a table of one row per option.
 * What is wrong is logged, one line each, with the value and what is expected.
 */
#ifndef COLLECTD_XDP_CONFIG_OPTIONS_H
#define COLLECTD_XDP_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oconfig_item_s;
struct oconfig_value_s;

#define OPTIONS_ROWS_MAX 32

/* Longest prefix of options_where(), with its end. */
#define OPTIONS_WHERE 192

/* What the value of an option is, and the member of the target that it goes to. */
enum options_kind {
	OPTIONS_TRUTH,	   /* true or false: a bool, or with `bit` this one of a uint32_t */
	OPTIONS_NUMBER,	   /* a whole number from 1 to `max`: an unsigned int */
	OPTIONS_WORD,	   /* at most `max` letters, digits or any of `others`: a char * */
	OPTIONS_PATH,	   /* absolute, plain, of at most `max` characters: a char * */
	OPTIONS_CHOICE,	   /* one of `choices`, whose index it is: an enum */
	OPTIONS_INTERFACE, /* a name or regular expression, to add to a struct selection * */
	OPTIONS_INVERTED   /* true or false: whether that struct selection * is inverted */
};

struct options_row {
	const char *name;
	enum options_kind kind;
	size_t offset; /* of the member in the target */
	unsigned int max;
	uint32_t bit;
	const char *others;
	const char *const *choices; /* NULL behind the last one */
	const char *expected;	    /* of a path or choice: "expected ..." */
	/*
	 * For what is of no such kind: checks the option and stores it in the target; returns 0,
	 * or -EINVAL with the reason logged, or -ENOMEM.
	 */
	int (*read)(const struct oconfig_item_s *item, void *target);
	int values;	    /* that it has; 0: one */
	bool repeats;	    /* may be given more than once */
	bool block;	    /* is written as <Name VALUE> ... </Name> */
	const char *needed; /* must be given: what is said where it is not; NULL: need not */
};

/* The names of enum xdp_link_mode, and what is expected of an AttachMode. */
extern const char *const options_modes[];
#define OPTIONS_MODES_EXPECTED "expected \"auto\", \"native\" or \"generic\""

/*
 * Reads all options of a block; `rows`: OPTIONS_ROWS_MAX at most.
 * Returns 0, -EINVAL if something is wrong with one or more of them or one is missing, -ENOMEM.
 */
int options_read_block(const struct oconfig_item_s *block, const struct options_row *rows,
		       size_t count, void *target);

/*
 * Reads the name of a block, <Block NAME>: a word, see OPTIONS_WORD. Returns 0 and a string in
 * place of the one that was there; -EINVAL with the reason logged, -ENOMEM.
 */
int options_read_name(const struct oconfig_item_s *block, const char *others, unsigned int max,
		      char **ret_name);

/*
 * Reads a path: absolute, without ".", "..", doubled or trailing slashes, and of at most `max`
 * characters; see options_refuse() for `expected`. Returns 0 and a string in place of the one
 * that was there; -EINVAL with the reason logged, -ENOMEM.
 */
int options_read_path(const struct oconfig_item_s *item, size_t max, const char *expected,
		      char **ret_path);

/* "counter NAME: map NAME: ", of an item that is a block with a name and those around it; else "".
 */
const char *options_where(const struct oconfig_item_s *item, char text[OPTIONS_WHERE]);

/*
 * Says that the value is not what is expected. `expected`: "expected ...", which ends the
 * sentence. Returns -EINVAL.
 */
int options_refuse(const struct oconfig_item_s *item, const char *expected);

/* Whether the text is at least one and at most `max` letters, digits or any of `others`. */
bool options_is_word(const char *text, const char *others, size_t max);

/* The string of the first value, NULL if it is none. */
const char *options_string(const struct oconfig_item_s *item);

/* The number of a value, also of digits in quotes; NAN if it is none. */
double options_number(const struct oconfig_value_s *value);

/* Replaces *text by a copy. Returns 0, -ENOMEM. */
int options_keep(const char *string, char **text);

#endif
