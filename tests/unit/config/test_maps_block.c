// SPDX-License-Identifier: GPL-2.0-only
/* <Maps>: what is kept, what is refused, and which names of a map of maps may meet others. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "plugin/config/config.h"
#include "plugin/config/maps_block.h"
#include "tests/lib/block.h"
#include "tests/unit/fail_alloc.h"

#define MAP(name, type) " Map " name "\n  Type " type "\n"
#define PIN "Maps theirs\n Pin /sys/fs/bpf/x\n"
#define OF "Maps theirs\n Of eth0\n"
#define GOOD PIN MAP("stats", "if_rx_packets")

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

static void test_pin(void **state)
{
	struct config *config = accepted(
		GOOD " Object /lib/x.bpf.o\n" MAP("my-map", "gauge") "  OuterInstance ipv6\n");
	const struct maps_block *settings = config->maps[0];

	(void)state;
	assert_int_equal(config->maps_count, 1);
	assert_false(config_has_builtin(config));
	assert_string_equal(settings->name, "theirs");
	assert_string_equal(settings->pin, "/sys/fs/bpf/x");
	assert_null(settings->interface);
	assert_string_equal(settings->object, "/lib/x.bpf.o");
	assert_int_equal(settings->map_count, 2);
	assert_int_equal(settings->maps[0].outer, MAP_BLOCK_OUTER_AUTO);
	assert_string_equal(settings->maps[1].name, "my-map");
	assert_int_equal(settings->maps[1].outer, MAP_BLOCK_OUTER_FORM + KEY_FORM_IPV6);
	config_free(config);
}

static void test_of(void **state)
{
	struct config *config =
		accepted("Interface eth1\n" OF " Program filter\n" MAP("stats", "gauge"));
	const struct maps_block *settings = config->maps[0];

	(void)state;
	assert_true(config_has_builtin(config));
	assert_string_equal(settings->interface, "eth0");
	assert_string_equal(settings->program, "filter");
	assert_null(settings->pin);
	config_free(config);
}

/* What is refused, and what the log says of it. */
static const struct {
	const char *text;
	const char *log;
} refused[] = {
	{PIN, "maps theirs: no Map is given"},
	{"Maps theirs\n" MAP("m", "gauge"), "maps theirs: nothing says where the maps are"},
	{PIN " Of eth0\n" MAP("m", "gauge"), "maps theirs: Pin and Of both say where"},
	{PIN " Program p\n" MAP("m", "gauge"), "maps theirs: Program is for maps of a program"},
	{"Maps theirs\n Pin x\n" MAP("m", "gauge"), "expected the absolute path of a pinned map"},
	{"Maps theirs\n Of /eth/\n" MAP("m", "gauge"), "expected the name of one interface"},
	{"Maps theirs\n Of \"\"\n" MAP("m", "gauge"), "expected the name of one interface"},
	{PIN " Object x.o\n" MAP("m", "gauge"), "expected the absolute path of an object file"},
	{"Maps a/b\n", "a/b"},
	{GOOD " Interface eth0\n", "maps theirs: unknown option \"Interface\""},
	{GOOD "  OuterInstance base64\n", "\"auto\", \"decimal\""},
	{GOOD "  OuterInstance string\n  Instance string\n", "needs inner keys without a dash"},
	{GOOD "  OuterInstance string\n  Label 1 a-b\n", "needs inner keys without a dash"},
	{GOOD GOOD, "there are two <Maps \"theirs\"> blocks"},
	{GOOD MAP("other", "if_rx_packets"), "map stats has the same Type"},
	/* 12-7 may be key 7 of the inner map under 12, and key 7 of the other one. */
	{GOOD MAP("other", "if_rx_packets") "  Prefix \"12\"\n", "map stats has the same Type"},
	{GOOD "  Prefix a\n" MAP("other", "if_rx_packets") "  Prefix a-ff\n",
	 "map stats has the same Type"},
	{GOOD "  OuterInstance string\n" MAP("other", "if_rx_packets") "  Prefix x\n",
	 "map stats has the same Type"},
	{"Counter own\n Object /lib/own.bpf.o\n Program count\n Interface eth0\n" MAP(
		 "m", "gauge") "  OuterInstance hex\n",
	 "counter own: map m: OuterInstance is for maps of maps in a <Maps> block"},
	{GOOD "ReportSizes true\n", "ReportSizes is for the built-in counter"},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < UNIT_LENGTH(refused); i++) {
		struct config *config = NULL;

		fake_reset(state);
		if (read_text(refused[i].text, &config) != -EINVAL)
			fail_msg("accepted: %s", refused[i].text);
		assert_null(config);
		assert_contains(fake.logs[0].text, refused[i].log);
	}
}

/* What cannot meet is accepted, also where a counter would have to be. */
static void test_apart(void **state)
{
	static const char *const texts[] = {
		GOOD MAP("other", "if_rx_packets") "  Prefix x\n",
		GOOD MAP("other", "if_rx_octets"),
		GOOD "  Prefix a\n" MAP("other", "if_rx_packets") "  Prefix b\n",
		GOOD "  OuterInstance string\n  Label 1 one\n",
		GOOD "Maps others\n Of eth0\n" MAP("stats", "if_rx_packets"),
		"Counter theirs\n Object /lib/own.bpf.o\n Program count\n Interface eth0\n" MAP(
			"m", "gauge") "  Prefix x\n" GOOD,
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++)
		config_free(accepted(texts[i]));
}

static void test_memory(void **state)
{
	char text[] = GOOD " Object /lib/x.bpf.o\n" MAP("m", "gauge");
	struct block *block = malloc(sizeof(*block));
	const oconfig_item_t *root;
	struct config *config = NULL;
	bool failed = true;

	(void)state;
	assert_non_null(block);
	root = block_read(text, block);
	for (unsigned int n = 1; failed; n++) {
		int err;

		fail_alloc(n);
		err = config_read(root, &config);
		failed = fail_alloc_happened();
		assert_int_equal(err, failed ? -ENOMEM : 0);
	}
	config_free(config);
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a pin, an object and maps are kept", test_pin),
		UNIT_TEST("an interface and a program are kept, beside the built-in counter",
			  test_of),
		UNIT_TEST("what is wrong is refused, and the log says why", test_refused),
		UNIT_TEST("names that cannot meet are accepted", test_apart),
		UNIT_TEST("without memory nothing is kept, and nothing leaks", test_memory),
	};

	return cmocka_run_group_tests(tests, fake_reset, NULL);
}
