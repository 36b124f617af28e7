// SPDX-License-Identifier: GPL-2.0-only
/* A table of options of each kind, and the blocks that it reads or refuses. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <liboconfig/oconfig.h>

#include "plugin/config/options.h"
#include "plugin/config/selection.h"
#include "plugin/kernel/xdp_link.h"
#include "tests/lib/block.h"
#include "tests/unit/config/selects.h"
#include "tests/unit/fail_alloc.h"

struct target {
	bool truth;
	uint32_t bits;
	unsigned int number;
	char *word;
	char *path;
	enum xdp_link_mode mode;
	struct selection *selection;
	unsigned int reads; /* of Other */
};

static int read_other(const oconfig_item_t *item, void *target)
{
	const char *text = options_string(item);

	if (text && strcmp(text, "full") == 0)
		return -ENOMEM;
	if (!text)
		return options_refuse(item, "expected a text");
	((struct target *)target)->reads++;
	return 0;
}

static const struct options_row rows[] = {
	{.name = "Truth", .offset = offsetof(struct target, truth)},
	{.name = "Bit", .offset = offsetof(struct target, bits), .bit = 4},
	{.name = "Number",
	 .kind = OPTIONS_NUMBER,
	 .offset = offsetof(struct target, number),
	 .max = 100},
	{.name = "Word",
	 .kind = OPTIONS_WORD,
	 .offset = offsetof(struct target, word),
	 .max = 5,
	 .others = "_-"},
	{.name = "Path",
	 .kind = OPTIONS_PATH,
	 .offset = offsetof(struct target, path),
	 .max = 8,
	 .expected = "expected a path"},
	{.name = "Mode",
	 .kind = OPTIONS_CHOICE,
	 .offset = offsetof(struct target, mode),
	 .choices = options_modes,
	 .expected = OPTIONS_MODES_EXPECTED},
	{.name = "Interface",
	 .kind = OPTIONS_INTERFACE,
	 .offset = offsetof(struct target, selection),
	 .repeats = true},
	{.name = "Inverted",
	 .kind = OPTIONS_INVERTED,
	 .offset = offsetof(struct target, selection)},
	{.name = "Other", .read = read_other, .values = 2, .repeats = true},
	{.name = "Block", .read = read_other, .block = true},
};

static const struct options_row needing[] = {
	{.name = "First",
	 .kind = OPTIONS_NUMBER,
	 .offset = offsetof(struct target, number),
	 .max = 9,
	 .needed = "no First is given; add it"},
	{.name = "Second",
	 .offset = offsetof(struct target, truth),
	 .needed = "no Second is given; add it"},
};

static int make_target(void **state)
{
	struct target *target = calloc(1, sizeof(*target));

	fake_reset(state);
	*state = target;
	return target && selection_new(&target->selection) == 0 ? 0 : -1;
}

static int free_target(void **state)
{
	struct target *target = *state;

	selection_free(target->selection);
	free(target->word);
	free(target->path);
	free(target);
	return 0;
}

static int read_rows(const char *text, const struct options_row *table, size_t count, void *target)
{
	struct block *block = malloc(sizeof(*block));
	char *copy = strdup(text);
	int err;

	assert_non_null(block);
	assert_non_null(copy);
	err = options_read_block(block_read(copy, block), table, count, target);
	free(copy);
	free(block);
	return err;
}

static int read_text(const char *text, void *target)
{
	return read_rows(text, rows, UNIT_LENGTH(rows), target);
}

static void assert_taken(const char *text, void *target)
{
	if (read_text(text, target))
		fail_msg("%s", fake.log_count ? fake.logs[0].text : "refused without a word");
	assert_int_equal(fake.log_count, 0);
}

static void test_kinds(void **state)
{
	struct target *target = *state;

	target->bits = 3;
	assert_taken("Truth true\nBit true\nNumber 100\nWord a_b-9\nPath /a/b/c.d\nMode generic\n"
		     "Interface eth0\nInterface /^wg/\nInverted true\nOther a b\nOther c d\n"
		     "Block x\n",
		     target);
	assert_true(target->truth);
	assert_int_equal(target->bits, 7);
	assert_int_equal(target->number, 100);
	assert_string_equal(target->word, "a_b-9");
	assert_string_equal(target->path, "/a/b/c.d");
	assert_int_equal(target->mode, XDP_LINK_GENERIC);
	assert_int_equal(selection_count(target->selection), 2);
	assert_false(selects(target->selection, "eth0"));
	assert_true(selects(target->selection, "eth1"));
	assert_int_equal(target->reads, 3);
}

/* As collectd.conf(5) writes its own, and as people do: in quotes, with any word for true. */
static void test_quotes(void **state)
{
	struct target *target = *state;

	assert_taken("Truth \"true\"\nBit Yes\nNumber \"64\"\nInverted ON\n", target);
	assert_true(target->truth);
	assert_int_equal(target->bits, 4);
	assert_int_equal(target->number, 64);
	assert_true(selection_is_inverted(target->selection));
	assert_taken("Truth \"False\"\nBit no\nNumber \"007\"\nInverted OFF\n", target);
	assert_false(target->truth);
	assert_int_equal(target->bits, 0);
	assert_int_equal(target->number, 7);
	assert_false(selection_is_inverted(target->selection));
}

/* Such a name can be an interface's; more often it is meant as a pattern. */
static void test_patterns(void **state)
{
	static const char *const names[] = {"eth*", "eth0,eth1", "eth[01]",
					    "^eth", "eth?",	 "eth.*"};
	struct target *target = *state;

	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		char text[64];

		fake_reset(NULL);
		snprintf(text, sizeof(text), "Interface %s\n", names[i]);
		assert_int_equal(read_text(text, target), 0);
		assert_int_equal(fake.log_count, 1);
		assert_int_equal(fake.logs[0].level, LOG_WARNING);
		assert_contains(fake.logs[0].text, names[i]);
		assert_contains(fake.logs[0].text,
				"is a name, not a pattern, and is taken as it is");
		assert_true(selection_has_name(target->selection, names[i]));
	}
	fake_reset(NULL);
	assert_taken("Interface eth0.100\nInterface br-lan\nInterface /^eth[01]$/\n", target);
}

/* What is set already, switched off; words and paths replaced; the least number. */
static void test_replaced(void **state)
{
	struct target *target = *state;

	target->truth = true;
	target->bits = 7;
	target->word = strdup("old");
	target->path = strdup("/old");
	selection_invert(target->selection, true);
	assert_taken("tRUTH false\nbit false\nnumber 1\nword n\npath /n\nmode AUTO\n"
		     "inverted false\n",
		     target);
	assert_false(target->truth);
	assert_int_equal(target->bits, 3);
	assert_int_equal(target->number, 1);
	assert_string_equal(target->word, "n");
	assert_string_equal(target->path, "/n");
	assert_int_equal(target->mode, XDP_LINK_AUTO);
	assert_false(selection_is_inverted(target->selection));
}

static void test_modes(void **state)
{
	struct target *target = *state;
	size_t count = 0;

	for (; options_modes[count]; count++) {
		char text[64];

		snprintf(text, sizeof(text), "Mode %s\n", options_modes[count]);
		assert_taken(text, target);
		assert_string_equal(xdp_link_mode_name(target->mode), options_modes[count]);
		assert_contains(OPTIONS_MODES_EXPECTED, options_modes[count]);
	}
	assert_int_equal(count, 3);
}

static const struct refused {
	const char *text;
	const char *log;
} refused[] = {
	{"Truth 1\n", "invalid value 1 for Truth; expected true or false."},
	{"Bit maybe\n", "invalid value \"maybe\" for Bit; expected true or false."},
	{"Inverted \"\"\n", "invalid value \"\" for Inverted; expected true or false."},
	{"Number 0\n", "invalid value 0 for Number; expected a whole number from 1 to 100."},
	{"Number 101\n", "invalid value 101 for Number; expected a whole number from 1 to 100."},
	{"Number 1.5\n", "invalid value 1.5 for Number; expected a whole number"},
	{"Number nan\n", "invalid value nan for Number; expected a whole number"},
	{"Number true\n", "invalid value true for Number; expected a whole number"},
	{"Number \"0\"\n",
	 "invalid value \"0\" for Number; expected a whole number from 1 to 100."},
	{"Number \"101\"\n", "invalid value \"101\" for Number; expected a whole number"},
	{"Number \"1.0\"\n", "invalid value \"1.0\" for Number; expected a whole number"},
	{"Number \"-1\"\n", "invalid value \"-1\" for Number; expected a whole number"},
	{"Number \"99999999999999999999\"\n", "for Number; expected a whole number"},
	{"Number many\n", "invalid value \"many\" for Number; expected a whole number"},
	{"Word a/b\n", "invalid value \"a/b\" for Word; expected 1 to 5 letters, digits or any of "
		       "\"_-\", in quotes."},
	{"Word abcdef\n", "invalid value \"abcdef\" for Word; expected 1 to 5 letters"},
	{"Word false\n", "invalid value false for Word; expected 1 to 5 letters"},
	{"Path a\n", "invalid value \"a\" for Path; expected a path."},
	{"Path /\n", "invalid value \"/\" for Path; expected a path."},
	{"Path /a/\n", "invalid value \"/a/\" for Path; expected a path."},
	{"Path /a//b\n", "invalid value \"/a//b\" for Path; expected a path."},
	{"Path /./b\n", "invalid value \"/./b\" for Path; expected a path."},
	{"Path /a/..\n", "invalid value \"/a/..\" for Path; expected a path."},
	{"Path /a/b/c.de\n", "invalid value \"/a/b/c.de\" for Path; expected a path."},
	{"Path 5\n", "invalid value 5 for Path; expected a path."},
	{"Mode fast\n", "invalid value \"fast\" for Mode; expected \"auto\", \"native\" or "
			"\"generic\"."},
	{"Mode 1\n", "invalid value 1 for Mode; expected \"auto\""},
	{"Interface 5\n", "invalid value 5 for Interface; expected an interface name like \"eth0\" "
			  "or a regular expression like \"/^eth/\", in quotes."},
	{"Interface //\n", "invalid value \"//\" for Interface: the regular expression is empty; "
			   "expected an interface name like"},
	{"Other 1 2\n", "invalid value 1 for Other; expected a text."},
	{"Other a\n", "option Other has 1 values; expected 2."},
	{"Truth\n", "option Truth has 0 values; expected 1."},
	{"Truth true true\n", "option Truth has 2 values; expected 1."},
	{"Number 1\nNumber 2\n", "option Number is given twice, as 1 and as 2; keep only one of "
				 "them."},
	{"Block x\nblock y\n", "option block is given twice, as \"x\" and as \"y\""},
	{"Truth true\n Inside 1\n", "option Truth is not a block; write it on a line of its own, "
				    "as Truth VALUE."},
	{"Thruth true\n",
	 "unknown option \"Thruth\"; did you mean Truth? the options are Truth, Bit, "
	 "Number, Word, Path, Mode, Interface, Inverted, Other, Block."},
	{"inter_faces 1\n", "unknown option \"inter_faces\"; did you mean Interface? the options"},
	{"Color 1\n", "unknown option \"Color\"; the options are Truth"},
	{"An-option-with-a-name-that-is-far-longer-than-any-that-there-is 1\n",
	 "than-any-that-there-is\"; the options are Truth"},
	{"interval 10\n",
	 "interval is no option of this block; write it into the block <LoadPlugin "
	 "xdp>."},
};

/* One line, as a whole; what was there before stays. */
static void test_refused(void **state)
{
	for (size_t i = 0; i < UNIT_LENGTH(refused); i++) {
		struct target *target = *state;
		const enum xdp_link_mode mode = target->mode;

		fake_reset(NULL);
		assert_int_equal(read_text(refused[i].text, target), -EINVAL);
		assert_int_equal(fake.log_count, 1);
		assert_int_equal(fake.logs[0].level, LOG_ERR);
		assert_int_equal(strncmp(fake.logs[0].text, "xdp plugin: ", 12), 0);
		assert_contains(fake.logs[0].text, refused[i].log);
		assert_null(target->word);
		assert_null(target->path);
		assert_int_equal(target->mode, mode);
	}
}

/* All mistakes are reported, and what is good besides is taken. */
static void test_all(void **state)
{
	struct target *target = *state;

	assert_int_equal(read_text("Truth 1\nNumber 7\nWord a/b\nNothing 1\nMode native\n", target),
			 -EINVAL);
	assert_int_equal(fake.log_count, 3);
	assert_int_equal(target->number, 7);
	assert_int_equal(target->mode, XDP_LINK_NATIVE);
}

/* It ends the reading, whatever else is wrong. */
static void test_no_memory(void **state)
{
	assert_int_equal(read_text("Truth 1\nOther full x\nTruth 2\n", *state), -ENOMEM);
	assert_int_equal(fake.log_count, 1);
	for (unsigned int n = 1; n <= 2; n++) {
		struct block block;
		char text[] = "Word w\nPath /p\n";
		const oconfig_item_t *root = block_read(text, &block);

		fail_alloc(n);
		assert_int_equal(options_read_block(root, rows, UNIT_LENGTH(rows), *state),
				 -ENOMEM);
		assert_true(fail_alloc_happened());
	}
}

static void test_needed(void **state)
{
	assert_int_equal(read_rows("", needing, UNIT_LENGTH(needing), *state), -EINVAL);
	assert_int_equal(fake.log_count, 2);
	assert_string_equal(fake.logs[0].text, "xdp plugin: no First is given; add it.");
	assert_string_equal(fake.logs[1].text, "xdp plugin: no Second is given; add it.");
	fake_reset(NULL);
	assert_int_equal(read_rows("Second true\n", needing, UNIT_LENGTH(needing), *state),
			 -EINVAL);
	assert_int_equal(fake.log_count, 1);
	/* One that is misspelt is not told a second time, as missing. */
	fake_reset(NULL);
	assert_int_equal(read_rows("Fist 1\nSecond true\n", needing, UNIT_LENGTH(needing), *state),
			 -EINVAL);
	assert_int_equal(fake.log_count, 1);
	assert_contains(fake.logs[0].text, "unknown option \"Fist\"");
	fake_reset(NULL);
	assert_int_equal(read_rows("First 9\nSecond true\n", needing, UNIT_LENGTH(needing), *state),
			 0);
	assert_int_equal(fake.log_count, 0);
}

/* Blocks in blocks are named from the outside, the plugin's own not. */
static void test_where(void **state)
{
	char text[] = "Counter own\n Map m\n  Type t\nMaps\n Map n\n", where[OPTIONS_WHERE];
	struct block block;

	(void)state;
	block_read(text, &block);
	assert_string_equal(options_where(&block.root, where), "");
	assert_string_equal(
		options_where(block.root.children[0].children[0].children[0].parent, where),
		"counter own: map m: ");
	assert_string_equal(options_where(&block.root.children[0], where), "counter own: ");
	assert_string_equal(options_where(&block.root.children[1].children[0], where), "map n: ");
	assert_string_equal(options_where(NULL, where), "");
}

/* The names of blocks are as long as they please. */
static void test_long_where(void **state)
{
	char name[300] = "", where[OPTIONS_WHERE], text[1024];
	struct block block;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	snprintf(text, sizeof(text), "Counter %s\n Map %s\n  Map %s\n", name, name, name);
	block_read(text, &block);
	options_where(block.root.children[0].children[0].children, where);
	assert_true(strlen(where) < OPTIONS_WHERE);
	assert_contains(where, "counter nnn");
}

static void test_words(void **state)
{
	(void)state;
	assert_true(options_is_word("azAZ09", "", 6));
	assert_false(options_is_word("azAZ09", "", 5));
	assert_false(options_is_word("", "", 5));
	assert_false(options_is_word(NULL, "", 5));
	assert_false(options_is_word("a b", "_", 5));
	assert_true(options_is_word("a_b", "_", 5));
	assert_false(options_is_word("\303\244", "_", 5));
}

#define OPTIONS_TEST(sentence, function)                                                           \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = make_target,            \
		.teardown_func = free_target                                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPTIONS_TEST("an option of each kind goes to its member", test_kinds),
		OPTIONS_TEST("a number and true and false may be in quotes", test_quotes),
		OPTIONS_TEST(
			"where a name looks like a pattern, the refusal says what a pattern is",
			test_patterns),
		OPTIONS_TEST("what was there before is replaced", test_replaced),
		OPTIONS_TEST("each mode has its name, which is also expected", test_modes),
		OPTIONS_TEST("what is wrong is refused by one line, with what is expected",
			     test_refused),
		OPTIONS_TEST("all mistakes are reported, and the rest is read", test_all),
		OPTIONS_TEST("without memory reading ends", test_no_memory),
		OPTIONS_TEST("what is needed and not there is reported", test_needed),
		OPTIONS_TEST("the blocks around an option are named", test_where),
		OPTIONS_TEST("long names of blocks are cut off", test_long_where),
		OPTIONS_TEST("a word is of letters, digits and some others", test_words),
	};

	return cmocka_run_group_tests_name("config/options", tests, NULL, NULL);
}
