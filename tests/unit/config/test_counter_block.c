// SPDX-License-Identifier: GPL-2.0-only
/* <Counter> and the <Map> blocks in it: what is kept, what is refused, and which names may meet. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/config/config.h"
#include "plugin/config/counter_block.h"
#include "tests/lib/block.h"
#include "tests/unit/config/selects.h"
#include "tests/unit/fail_alloc.h"

/* A <Counter> of which a test replaces or adds lines. */
#define HEAD(interface)                                                                            \
	"Counter own\n Object /lib/own.bpf.o\n Program count\n Interface " interface "\n"
#define MAP(name, type) " Map " name "\n  Type " type "\n"
#define GOOD HEAD("eth0") MAP("packets", "if_rx_packets")

static int read_text(const char *text, struct config **ret_config)
{
	struct block *block = malloc(sizeof(*block));
	char *copy = strdup(text);
	int err;

	assert_non_null(block);
	assert_non_null(copy);
	err = config_read(block_read(copy, block), ret_config);
	free(copy);
	free(block);
	return err;
}

static struct config *accepted(const char *text)
{
	struct config *config = NULL;

	if (read_text(text, &config))
		fail_msg("refused: %s", fake.log_count ? fake.logs[0].text : "no log line");
	return config;
}

static void test_counter(void **state)
{
	struct config *config =
		accepted(GOOD "  Instance decimal\n  Label 6 tcp\n  Label \"17\" udp\n"
			      "  Member inner.packets\n  MaxKeys 12\n"
			      "  Prefix ip\n AttachMode native\n");
	const struct counter_block *settings = config->counters[0];

	(void)state;
	assert_int_equal(config->counter_count, 1);
	assert_false(config_has_builtin(config));
	assert_string_equal(settings->name, "own");
	assert_string_equal(settings->object, "/lib/own.bpf.o");
	assert_string_equal(settings->program, "count");
	assert_true(selects(settings->selection, "eth0"));
	assert_int_equal(settings->mode, XDP_LINK_NATIVE);
	assert_int_equal(settings->map_count, 1);
	assert_string_equal(settings->maps[0].name, "packets");
	assert_string_equal(settings->maps[0].type, "if_rx_packets");
	assert_int_equal(settings->maps[0].label_count, 2);
	assert_int_equal(settings->maps[0].labels[1].key, 17);
	assert_string_equal(settings->maps[0].labels[1].text, "udp");
	assert_string_equal(settings->maps[0].member, "inner.packets");
	assert_string_equal(settings->maps[0].prefix, "ip");
	assert_int_equal(settings->maps[0].max_keys, 12);
	config_free(config);
}

static void test_defaults(void **state)
{
	struct config *config = accepted("Interface eth1\n" GOOD);
	const struct counter_block *settings = config->counters[0];

	(void)state;
	assert_true(config_has_builtin(config));
	assert_int_equal(settings->mode, XDP_LINK_AUTO);
	assert_int_equal(settings->maps[0].form, KEY_FORM_DECIMAL);
	assert_string_equal(settings->maps[0].member, "");
	assert_string_equal(settings->maps[0].prefix, "");
	assert_int_equal(settings->maps[0].max_keys, 256);
	config_free(config);
}

static void test_forms(void **state)
{
	static const char *const forms[] = {"decimal", "hex", "ipv4", "ipv6", "mac", "string"};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(forms); i++) {
		struct config *config;
		char text[256];

		snprintf(text, sizeof(text), GOOD "  Instance %s\n", forms[i]);
		config = accepted(text);
		assert_string_equal(key_form_names[config->counters[0]->maps[0].form], forms[i]);
		config_free(config);
	}
}

/* What is refused, and what the log says of it. */
static const struct refused {
	const char *text;
	const char *log;
} refused[] = {
	{"Counter own\n Program p\n Interface eth0\n" MAP("m", "t"),
	 "counter own: no Object is given"},
	{"Counter own\n Object /o\n Interface eth0\n" MAP("m", "t"),
	 "counter own: no Program is given"},
	{"Counter own\n Object /o\n Program p\n" MAP("m", "t"),
	 "counter own: no Interface is given"},
	{HEAD("eth0"), "counter own: no Map is given"},
	{HEAD("eth0") " Map m\n  Prefix x\n", "counter own: map m: no Type is given"},
	{"Counter a/b\n", "a/b"},
	{"Counter 1 2\n", "option Counter has 2 values; expected 1"},
	{GOOD " Objekt /x\n",
	 "counter own: unknown option \"Objekt\"; did you mean Object? the options are "
	 "Object, Program"},
	{GOOD "  Typ x\n", "counter own: map packets: unknown option \"Typ\"; did you mean Type? "
			   "the options are Type"},
	{"Counter own\n Object /o /p\n", "counter own: option Object has 2 values; expected 1"},
	{"Counter own\n Program p\n  X 1\n", "counter own: option Program is not a block"},
	{GOOD " Object /other\n", "counter own: option Object is given twice"},
	{"Counter own\n Object relative.o\n Program p\n Interface eth0\n" MAP("m", "t"),
	 "invalid value \"relative.o\" for Object; expected the absolute path"},
	{GOOD "  MaxKeys 0\n", "a whole number from 1 to 65536"},
	{GOOD "  Instance base64\n", "\"hex\""},
	{GOOD "  Instance ipv4\n  Label 1 one\n", "Label is for numbers"},
	{GOOD "  Label 1\n", "option Label has 1 values; expected 2"},
	{GOOD "  Label x one\n", "a whole number from 0 on"},
	{GOOD "  Label 1 one\n  Label 1 other\n", "each key and each text once"},
	{GOOD "  Label 1 one\n  Label 2 one\n", "each key and each text once"},
	{GOOD "  Label 1 one\n  Label 3 x\n  Label 1 y\n", "each key and each text once"},
	{GOOD "  Label \"1x\" one\n", "invalid value \"1x\" for Label"},
	{GOOD "  Label -1 one\n", "a whole number from 0 on"},
	{GOOD "  Label 1.5 one\n", "a whole number from 0 on"},
	{GOOD "  Label 9007199254740994 one\n", "a whole number from 0 on"},
	{GOOD "  Label 1 2\n", "its text of 1 to 64 letters"},
	{GOOD "  Label 1 a/b\n", "its text of 1 to 64 letters"},
	{GOOD "  MaxKeys 65537\n", "invalid value 65537 for MaxKeys"},
	{GOOD "  Member a-b\n", "invalid value \"a-b\" for Member; expected 1 to 128 letters"},
	{GOOD "  Prefix 5\n", "invalid value 5 for Prefix; expected 1 to 24 letters"},
	{GOOD MAP("bytes", "if_rx_packets"),
	 "map bytes: map packets has the same Type \"if_rx_packets\", and values of both"},
	/* A key may be written as the other map's prefix and key are. */
	{GOOD "  Prefix ip\n" MAP("names", "if_rx_packets") "  Instance string\n",
	 "map names: map packets has the same Type \"if_rx_packets\""},
	{GOOD "  Instance string\n  Prefix a\n" MAP("other", "if_rx_packets") "  Prefix a-b\n",
	 "map other: map packets has the same Type \"if_rx_packets\""},
	{GOOD "  Label 1 ip-6\n" MAP("other", "if_rx_packets") "  Prefix ip\n",
	 "map other: map packets has the same Type \"if_rx_packets\""},
	{HEAD("eth0") MAP("m", "gauge") "  Prefix attached\n",
	 "map m: its values may get the names of gauge-attached-INTERFACE"},
	{HEAD("eth0") MAP("m", "gauge") "  Prefix native-eth0\n",
	 "map m: its values may get the names of gauge-native-INTERFACE"},
	{HEAD("eth0") MAP("m", "gauge") "  Instance string\n",
	 "map m: its values may get the names of gauge-attached-INTERFACE"},
	{HEAD("eth0") MAP("m", "gauge") "  Label 1 native-eth0\n",
	 "map m: its values may get the names of gauge-native-INTERFACE"},
	{GOOD GOOD, "two <Counter \"own\"> blocks"},
	{"Interface eth0\n" GOOD, "\"eth0\" is named for the built-in counter and for counter own"},
	{GOOD "Counter two\n Object /o\n Program p\n Interface eth0\n" MAP("m", "t"),
	 "\"eth0\" is named for counter own and for counter two"},
	{"Persist true\nNext /sys/fs/bpf/wall\n" GOOD, "Next is for the built-in counter"},
	{"IgnoreSelected true\n" GOOD, "IgnoreSelected is for the built-in counter"},
	{"AttachMode auto\n" GOOD, "AttachMode is for the built-in counter"},
	{"attachmode native\n" GOOD " AttachMode generic\n", "write it into the <Counter> block"},
	{"OnBusy wait\n" GOOD, "OnBusy is for the built-in counter"},
	{"ReportProtocols true\n" GOOD, "ReportProtocols is for the built-in counter"},
	{"ReportSizes true\n" GOOD, "ReportSizes is for the built-in counter"},
	{"ReportCast true\n" GOOD, "ReportCast is for the built-in counter"},
	{"ReportQueues true\n" GOOD, "ReportQueues is for the built-in counter"},
	{"Persist true\nReportCPUs true\n" GOOD, "ReportCPUs is for the built-in counter"},
	{"ReportPeaks \"yes\"\n" GOOD, "ReportPeaks is for the built-in counter"},
	{"MaxInterfaces 1\nInterface eth9\n" HEAD("eth0") " Interface eth1\n" MAP("m", "t"),
	 "counter own: 2 interfaces are named, but MaxInterfaces is 1"},
	{"MaxInterfaces 1\n" HEAD("eth0") " Interface eth1\n" MAP("m", "t"),
	 "counter own: 2 interfaces are named, but MaxInterfaces is 1"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(refused); i++) {
		struct config *config = NULL;
		bool found = false;

		fake_reset(NULL);
		assert_int_equal(read_text(refused[i].text, &config), -EINVAL);
		assert_null(config);
		for (size_t j = 0; j < fake.log_count; j++)
			found |= strstr(fake.logs[j].text, refused[i].log) != NULL;
		if (!found)
			fail_msg("\"%s\" is not told, but: %s", refused[i].log,
				 fake.log_count ? fake.logs[0].text : "nothing");
	}
}

/* What cannot get the name of another series is taken, without a Prefix where none is needed. */
static void test_names(void **state)
{
	static const char *const distinct[] = {
		GOOD "  Instance ipv6\n" MAP("other", "if_rx_packets") "  Prefix ip\n",
		GOOD "  Label 1 ip6\n" MAP("other", "if_rx_packets") "  Prefix ip\n",
		GOOD
		"  Instance string\n  Prefix a\n" MAP("other", "if_rx_packets") "  Prefix ab\n",
		GOOD "  Instance string\n" MAP("other", "if_rx_octets") "  Prefix ip\n",
		HEAD("eth0") MAP("m", "gauge") "  Instance string\n  Prefix attach\n",
		HEAD("eth0") MAP("m", "gauge") "  Label 1 native\n",
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(distinct); i++)
		config_free(accepted(distinct[i]));
}

static void test_no_memory(void **state)
{
	struct block *block = malloc(sizeof(*block));
	struct config *config = NULL;
	unsigned int n = 0;
	int err;

	(void)state;
	assert_non_null(block);
	do {
		char text[] = GOOD "  Label 1 one\n  Member a\n" MAP("bytes", "if_rx_octets");

		config = NULL;
		fail_alloc(++n);
		err = config_read(block_read(text, block), &config);
		if (fail_alloc_happened())
			assert_int_equal(err, -ENOMEM);
		config_free(config);
	} while (err);
	assert_true(n > 10);
	free(block);
}

static void test_modes(void **state)
{
	static const struct {
		const char *text;
		enum xdp_link_mode mode;
	} modes[] = {{"auto", XDP_LINK_AUTO},
		     {"Native", XDP_LINK_NATIVE},
		     {"generic", XDP_LINK_GENERIC}};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(modes); i++) {
		struct config *config;
		char text[256];

		snprintf(text, sizeof(text), GOOD " AttachMode %s\n IgnoreSelected true\n",
			 modes[i].text);
		config = accepted(text);
		assert_int_equal(config->counters[0]->mode, modes[i].mode);
		assert_false(selects(config->counters[0]->selection, "eth0"));
		assert_true(selects(config->counters[0]->selection, "eth1"));
		config_free(config);
	}
}

/*
 * Without the built-in counter an option that switches something off is accepted, and each one that
 * asks something of the counter is refused.
 */
static void test_idle(void **state)
{
	struct config *config = NULL;

	config_free(accepted("ReportSizes \"false\"\nReportCast no\nReportProtocols false\n"
			     "ReportInactive true\nReportSelf true\nMaxInterfaces 3\n" GOOD));
	config_free(accepted("Interface eth1\nAttachMode native\nOnBusy wait\nReportSizes true\n"
			     "ReportQueues true\n" GOOD));
	fake_reset(state);
	assert_int_equal(
		read_text("ReportSizes true\nOnBusy wait\nReportCast true\n" GOOD, &config),
		-EINVAL);
	assert_int_equal(fake.log_count, 3);
}

/* Reads a configuration with a word of `length` letters between two texts. */
static int read_long(const char *before, size_t length, const char *behind)
{
	struct config *config = NULL;
	char text[1024], word[256] = "";
	int err;

	fake_reset(NULL);
	memset(word, 'a', length);
	snprintf(text, sizeof(text), "%s %s%s", before, word, behind);
	err = read_text(text, &config);
	config_free(config);
	return err;
}

static void test_lengths(void **state)
{
	static const struct {
		const char *before;
		size_t most;
		const char *behind;
	} words[] = {
		{"Counter", 32, "\n Object /o\n Program p\n Interface eth0\n" MAP("m", "t")},
		{"Counter c\n Object /o\n Interface eth0\n" MAP("m", "t") " Program", 128, "\n"},
		{HEAD("eth0") " Map", 128, "\n  Type t\n"},
		{HEAD("eth0") " Map m\n  Type", 127, "\n"},
		{GOOD "  Prefix", 24, "\n"},
		{GOOD "  Member", 128, "\n"},
		{GOOD "  Label 1", 64, "\n"},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(words); i++) {
		assert_int_equal(read_long(words[i].before, 1, words[i].behind), 0);
		assert_int_equal(read_long(words[i].before, words[i].most, words[i].behind), 0);
		assert_int_equal(read_long(words[i].before, words[i].most + 1, words[i].behind),
				 -EINVAL);
		assert_int_equal(fake.log_count, 1);
	}
}

/* The digits of a key may be its own text. */
static void test_labels(void **state)
{
	char text[] = GOOD "  Label 0 zero\n  Label 9007199254740992 most\n"
			   "  Label 7 7\n  Label 8 7a\n  MaxKeys 65536\n";
	struct block *block = malloc(sizeof(*block));
	struct config *config = NULL;
	const struct map_block *map;

	(void)state;
	assert_non_null(block);
	block_read(text, block);
	for (size_t i = 0; i < block->count; i++) {
		if (strcmp(block->items[i].key, "Label") == 0 &&
		    block->values[i][1].type == OCONFIG_TYPE_NUMBER)
			block->values[i][1] = (oconfig_value_t){.type = OCONFIG_TYPE_STRING,
								.value.string = (char *)"7"};
	}
	assert_int_equal(config_read(&block->root, &config), 0);
	map = &config->counters[0]->maps[0];
	assert_int_equal(map->label_count, 4);
	assert_true(map->labels[0].key == 0);
	assert_true(map->labels[1].key == 9007199254740992ULL);
	assert_string_equal(map->labels[2].text, "7");
	assert_string_equal(map->labels[3].text, "7a");
	assert_int_equal(map->max_keys, 65536);
	config_free(config);
	free(block);
}

/* What is named and left out is not counted by both. */
static void test_apart(void **state)
{
	static const char *const texts[] = {
		"Interface eth0\n" HEAD("eth1") MAP("m", "t"),
		"Interface eth0\n" HEAD("eth0") " IgnoreSelected true\n" MAP("m", "t"),
		"Interface eth0\nIgnoreSelected true\n" GOOD,
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++)
		config_free(accepted(texts[i]));
}

static void test_missing(void **state)
{
	static const char *const wanted[] = {
		"counter own: no Object is given; name the object file",
		"counter own: no Program is given; name its function or section",
		"counter own: no Interface is given; name at least one",
		"counter own: no Map is given; add a block",
	};
	struct config *config = NULL;

	(void)state;
	assert_int_equal(read_text("Counter own\n AttachMode auto\n", &config), -EINVAL);
	assert_int_equal(fake.log_count, UNIT_LENGTH(wanted));
	for (size_t i = 0; i < UNIT_LENGTH(wanted); i++)
		assert_contains(fake.logs[i].text, wanted[i]);
}

static void test_free_null(void **state)
{
	(void)state;
	counter_block_free(NULL);
}

#define BLOCK_TEST(sentence, function)                                                             \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = fake_reset              \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLOCK_TEST("a <Counter> keeps what its options say, and needs no Interface outside "
			   "of it",
			   test_counter),
		BLOCK_TEST("what it does not say has its default", test_defaults),
		BLOCK_TEST("Instance takes each form of a key", test_forms),
		BLOCK_TEST("each mode is taken, and what is inverted", test_modes),
		BLOCK_TEST("what is wrong is refused, with its block and what is expected",
			   test_refused),
		BLOCK_TEST("an option of the built-in counter that is on is refused without it",
			   test_idle),
		BLOCK_TEST("the longest words are taken, and longer ones are not", test_lengths),
		BLOCK_TEST("a Label takes keys from 0 to 2^53, and any text that is no other key's",
			   test_labels),
		BLOCK_TEST("an interface that one counter leaves out is named for another",
			   test_apart),
		BLOCK_TEST("each option that is missing is reported", test_missing),
		BLOCK_TEST("maps that cannot share a name are taken", test_names),
		BLOCK_TEST("without memory it is refused, and leaks nothing", test_no_memory),
		BLOCK_TEST("no counter can be freed", test_free_null),
	};

	return cmocka_run_group_tests_name("config/counter_block", tests, NULL, NULL);
}
