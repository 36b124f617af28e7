// SPDX-License-Identifier: GPL-2.0-only
/* The <Plugin xdp> block: what is taken, and how everything else is refused. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <liboconfig/oconfig.h>

#include "bpf/record.h"
#include "plugin/config/config.h"
#include "tests/unit/config/selects.h"
#include "tests/unit/fail_alloc.h"
#include "tests/unit/sample.h"

#define CONFIG_TEST_OPTIONS 6

/* One line of the block: a key and its values, or a block of its own. */
struct option {
	const char *key;
	int values_num;
	oconfig_value_t values[2];
	bool is_block;
};

// clang-format off
#define TEXT_VALUE(text) {.type = OCONFIG_TYPE_STRING, .value.string = (char *)(text)}
#define NUMBER_VALUE(amount) {.type = OCONFIG_TYPE_NUMBER, .value.number = (amount)}
#define TRUTH_VALUE(truth) {.type = OCONFIG_TYPE_BOOLEAN, .value.boolean = (truth)}
#define TEXT(name, text) {(name), 1, {TEXT_VALUE(text)}, false}
#define NUMBER(name, amount) {(name), 1, {NUMBER_VALUE(amount)}, false}
#define TRUTH(name, truth) {(name), 1, {TRUTH_VALUE(truth)}, false}
#define NOTHING(name) {(name), 0, {{.type = OCONFIG_TYPE_STRING}}, false}
#define TEXTS(name, one, other) {(name), 2, {TEXT_VALUE(one), TEXT_VALUE(other)}, false}
#define BLOCK(name, text) {(name), 1, {TEXT_VALUE(text)}, true}
// clang-format on
#define ETH0 TEXT("Interface", "eth0")

/* Reads the options up to the first without a key, as a block of liboconfig. */
static int read_options(const struct option *options, size_t size, struct config **ret_config)
{
	oconfig_item_t inner = {.key = (char *)"Anything"};
	oconfig_item_t items[CONFIG_TEST_OPTIONS] = {{0}};
	oconfig_item_t block = {.key = (char *)"Plugin", .children = items};

	assert_true(size <= CONFIG_TEST_OPTIONS);
	for (size_t i = 0; i < size && options[i].key; i++) {
		items[block.children_num++] = (oconfig_item_t){
			.key = (char *)options[i].key,
			.values = (oconfig_value_t *)options[i].values,
			.values_num = options[i].values_num,
			.parent = &block,
			.children = options[i].is_block ? &inner : NULL,
			.children_num = options[i].is_block,
		};
	}
	return config_read(&block, ret_config);
}

#define READ(ret_config, ...)                                                                      \
	read_options((const struct option[]){__VA_ARGS__},                                         \
		     UNIT_LENGTH(((const struct option[]){__VA_ARGS__})), (ret_config))

static void assert_accepted(int err)
{
	if (err)
		fail_msg("refused: %s", fake.log_count ? fake.logs[0].text : "no log line");
	assert_int_equal(fake.log_count, 0);
}

static void test_defaults(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_accepted(READ(&config, ETH0));
	assert_int_equal(selection_count(config->selection), 1);
	assert_true(selects(config->selection, "eth0"));
	assert_false(selection_is_inverted(config->selection));
	assert_int_equal(config->mode, XDP_LINK_AUTO);
	assert_false(config->persist);
	assert_string_equal(config->pin_directory, "/sys/fs/bpf/collectd-xdp");
	assert_null(config->next);
	assert_int_equal(config->max_interfaces, 64);
	assert_int_equal(config->breakdowns, RECORD_BY_PROTOCOL | RECORD_BY_VERDICT);
	assert_false(config->report.inactive);
	assert_false(config->report.self);
	config_free(config);
}

/* A value as it is written: "text", true or false, or a number. */
static oconfig_value_t written_value(const char *written)
{
	static char text[256];

	if (written[0] == '"') {
		snprintf(text, sizeof(text), "%.*s", (int)strlen(written) - 2, written + 1);
		return (oconfig_value_t)TEXT_VALUE(text);
	}
	if (strcmp(written, "true") == 0 || strcmp(written, "false") == 0)
		return (oconfig_value_t)TRUTH_VALUE(written[0] == 't');
	return (oconfig_value_t)NUMBER_VALUE(strtod(written, NULL));
}

/* Each default that the sample configuration shows is the one that holds without it. */
static void test_sample(void **state)
{
	struct config *without = NULL;

	(void)state;
	assert_accepted(READ(&without, ETH0));
	assert_true(UNIT_LENGTH(sample_options) > 5);
	for (size_t i = 0; i < UNIT_LENGTH(sample_options); i++) {
		struct config *with = NULL, one = *without, other;
		struct option option = {
			sample_options[i].name, 1, {written_value(sample_options[i].value)}, false};

		assert_accepted(READ(&with, ETH0, option));
		other = *with;
		assert_string_equal(one.pin_directory, other.pin_directory);
		assert_int_equal(selection_is_inverted(one.selection),
				 selection_is_inverted(other.selection));
		one.pin_directory = other.pin_directory = NULL;
		one.selection = other.selection = NULL;
		assert_memory_equal(&one, &other, sizeof(one));
		config_free(with);
	}
	config_free(without);
}

static void test_interfaces(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_accepted(READ(&config, ETH0, TEXT("Interface", "/^wg[0-9]+$/"),
			     TEXT("Interface", "fifteen-letters")));
	assert_int_equal(selection_count(config->selection), 3);
	assert_true(selects(config->selection, "eth0"));
	assert_true(selects(config->selection, "wg12"));
	assert_true(selects(config->selection, "fifteen-letters"));
	assert_false(selects(config->selection, "eth1"));
	config_free(config);
}

static void test_ignore_selected(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_accepted(READ(&config, TRUTH("IgnoreSelected", 1), ETH0));
	assert_true(selection_is_inverted(config->selection));
	assert_false(selects(config->selection, "eth0"));
	assert_true(selects(config->selection, "eth1"));
	config_free(config);
	assert_accepted(READ(&config, ETH0, TRUTH("IgnoreSelected", 0)));
	assert_false(selection_is_inverted(config->selection));
	config_free(config);
}

static void test_modes(void **state)
{
	static const struct {
		const char *text;
		enum xdp_link_mode mode;
	} rows[] = {
		{"auto", XDP_LINK_AUTO},       {"native", XDP_LINK_NATIVE},
		{"generic", XDP_LINK_GENERIC}, {"Native", XDP_LINK_NATIVE},
		{"GENERIC", XDP_LINK_GENERIC},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		struct config *config = NULL;

		assert_accepted(READ(&config, ETH0, TEXT("AttachMode", rows[i].text)));
		assert_int_equal(config->mode, rows[i].mode);
		config_free(config);
	}
}

static void test_on_busy(void **state)
{
	static const struct {
		const char *text;
		bool observe;
	} rows[] = {{"observe", true}, {"wait", false}, {"Observe", true}, {"WAIT", false}};
	struct config *config = NULL;

	(void)state;
	assert_accepted(READ(&config, ETH0));
	assert_true(config->breakdowns & RECORD_BY_VERDICT);
	config_free(config);
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		assert_accepted(READ(&config, ETH0, TEXT("OnBusy", rows[i].text)));
		assert_int_equal((config->breakdowns & RECORD_BY_VERDICT) != 0, rows[i].observe);
		config_free(config);
	}
}

static void test_max_interfaces(void **state)
{
	static const unsigned int numbers[] = {1, 2, 64, 4095, 4096};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(numbers); i++) {
		struct config *config = NULL;

		assert_accepted(READ(&config, ETH0, NUMBER("MaxInterfaces", numbers[i])));
		assert_int_equal(config->max_interfaces, numbers[i]);
		config_free(config);
	}
}

static void test_pin_directory(void **state)
{
	static const char *const paths[] = {"/x", "/sys/fs/bpf/a.b", "/sys/fs/bpf/..a/...",
					    "/run/collectd/bpf/xdp"};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(paths); i++) {
		struct config *config = NULL;

		assert_accepted(READ(&config, ETH0, TEXT("PinDirectory", paths[i])));
		assert_string_equal(config->pin_directory, paths[i]);
		config_free(config);
	}
}

static bool persist(const struct config *config)
{
	return config->persist;
}
static bool protocols(const struct config *config)
{
	return config->breakdowns & RECORD_BY_PROTOCOL;
}
static bool sizes(const struct config *config)
{
	return config->breakdowns & RECORD_BY_SIZE;
}
static bool cast(const struct config *config)
{
	return config->breakdowns & RECORD_BY_CAST;
}
static bool queues(const struct config *config)
{
	return config->breakdowns & RECORD_BY_QUEUE;
}
static bool fate(const struct config *config)
{
	return config->breakdowns & RECORD_BY_FATE;
}

static bool outgoing(const struct config *config)
{
	return config->breakdowns & RECORD_BY_DIRECTION;
}
static bool cpus(const struct config *config)
{
	return config->breakdowns & RECORD_BY_CPU;
}
static bool signals(const struct config *config)
{
	return config->breakdowns & RECORD_BY_SIGNAL;
}
static bool inactive(const struct config *config)
{
	return config->report.inactive;
}
static bool self(const struct config *config)
{
	return config->report.self;
}

/* Each sets its own member and no other one. */
static void test_next(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_accepted(
		READ(&config, ETH0, TEXT("next", "/sys/fs/bpf/firewall"), TRUTH("Persist", 1)));
	assert_string_equal(config->next, "/sys/fs/bpf/firewall");
	config_free(config);
	/* Off, and so without need of Persist. */
	assert_accepted(READ(&config, ETH0, TEXT("Next", "")));
	assert_null(config->next);
	config_free(config);
}

static void test_booleans(void **state)
{
	static const struct {
		const char *name;
		bool (*get)(const struct config *config);
	} rows[] = {
		{"Persist", persist},	    {"ReportProtocols", protocols}, {"ReportSizes", sizes},
		{"ReportCast", cast},	    {"ReportQueues", queues},	    {"ReportCPUs", cpus},
		{"ReportSignals", signals}, {"ReportInactive", inactive},   {"ReportSelf", self},
		{"ReportFate", fate},	    {"ReportOutgoing", outgoing},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		struct config *on = NULL, *off = NULL;

		assert_accepted(READ(&on, ETH0, TRUTH(rows[i].name, 1)));
		assert_accepted(READ(&off, ETH0, TRUTH(rows[i].name, 0)));
		for (size_t j = 0; j < UNIT_LENGTH(rows); j++) {
			bool preset = rows[j].get == protocols;

			assert_int_equal(rows[j].get(on), j == i ? true : preset);
			assert_int_equal(rows[j].get(off), j == i ? false : preset);
		}
		config_free(on);
		config_free(off);
	}
}

static void test_case_of_names(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_accepted(READ(&config, TEXT("INTERFACE", "eth0"), TEXT("attachmode", "generic"),
			     NUMBER("maxInterfaces", 7), TRUTH("reportcpus", 1),
			     TEXT("PINDIRECTORY", "/p"), TRUTH("ignoreSelected", 1)));
	assert_int_equal(config->mode, XDP_LINK_GENERIC);
	assert_int_equal(config->max_interfaces, 7);
	assert_int_equal(config->breakdowns,
			 RECORD_BY_PROTOCOL | RECORD_BY_CPU | RECORD_BY_VERDICT);
	assert_string_equal(config->pin_directory, "/p");
	assert_true(selection_is_inverted(config->selection));
	config_free(config);
}

/* Names say how many slots are needed only where the rest is not selected. */
static void test_names_and_slots(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_accepted(READ(&config, ETH0, TEXT("Interface", "eth1"), NUMBER("MaxInterfaces", 2),
			     TEXT("Interface", "/^veth/")));
	config_free(config);
	assert_accepted(READ(&config, ETH0, TEXT("Interface", "eth1"), NUMBER("MaxInterfaces", 1),
			     TRUTH("IgnoreSelected", 1)));
	config_free(config);
	assert_accepted(READ(&config, ETH0, ETH0, NUMBER("MaxInterfaces", 1)));
	config_free(config);
}

/* A configuration that is refused: the log line quotes what is wrong, and names what is right. */
struct broken {
	const char *name;
	struct option options[CONFIG_TEST_OPTIONS];
	const char *quoted;
	const char *allowed;
};

#define LONG_PATH_PART "/0123456789012345678901234567890123456789012345678901234567890123456789"
#define LONG_PATH_10                                                                               \
	LONG_PATH_PART LONG_PATH_PART LONG_PATH_PART LONG_PATH_PART LONG_PATH_PART LONG_PATH_PART  \
		LONG_PATH_PART LONG_PATH_PART LONG_PATH_PART LONG_PATH_PART
#define LONG_PATH LONG_PATH_10 LONG_PATH_10 LONG_PATH_10 LONG_PATH_10 LONG_PATH_10 LONG_PATH_10

static const struct broken broken[] = {
	{"an empty block", {{0}}, "no Interface", "Interface \"eth0\""},
	{"no Interface", {TEXT("AttachMode", "auto")}, "no Interface", "Interface \"/^eth/\""},
	{"no Interface, with IgnoreSelected",
	 {TRUTH("IgnoreSelected", 1)},
	 "no Interface",
	 "Interface \"eth0\""},
	{"an unknown option",
	 {ETH0, TEXT("Interfaces", "eth1")},
	 "\"Interfaces\"",
	 "Interface, IgnoreSelected, AttachMode, OnBusy, Persist, PinDirectory, Next, "
	 "MaxInterfaces, "
	 "ReportProtocols, ReportSizes, ReportCast, ReportQueues, ReportCPUs, ReportPeaks, "
	 "ReportSignals, ReportFate, ReportOutgoing, "
	 "ReportInactive, "
	 "ReportSelf"},
	{"an unknown option without a value",
	 {ETH0, NOTHING("Verbose")},
	 "\"Verbose\"",
	 "ReportSelf"},
	{"a bad regular expression", {TEXT("Interface", "/eth[/")}, "\"/eth[/\"", "\"/^eth/\""},
	{"a regular expression with an open group",
	 {TEXT("Interface", "/(eth/")},
	 "\"/(eth/\"",
	 "\"/^eth/\""},
	{"an empty regular expression", {TEXT("Interface", "//")}, "\"//\"", "\"/^eth/\""},
	{"an unclosed regular expression",
	 {TEXT("Interface", "/eth")},
	 "\"/eth\"",
	 "ends with a slash"},
	{"an empty Interface", {TEXT("Interface", "")}, "\"\"", "1 to 127 characters"},
	{"an Interface with white space", {TEXT("Interface", "eth 0")}, "\"eth 0\"", "white space"},
	{"an alias as Interface", {TEXT("Interface", "eth0:1")}, "\"eth0:1\"", "without '/', ':'"},
	{"a path as Interface",
	 {TEXT("Interface", "net/eth0")},
	 "\"net/eth0\"",
	 "without '/', ':'"},
	{"\"..\" as Interface", {TEXT("Interface", "..")}, "\"..\"", "expected an interface name"},
	{"a number as Interface", {NUMBER("Interface", 5)}, "5", "in quotes"},
	{"true as Interface", {TRUTH("Interface", 1)}, "true", "in quotes"},
	{"Interface without a value",
	 {NOTHING("Interface")},
	 "Interface has 0 values",
	 "expected 1"},
	{"Interface with two values",
	 {TEXTS("Interface", "eth0", "eth1")},
	 "Interface has 2 values",
	 "expected 1"},
	{"Interface as a block",
	 {BLOCK("Interface", "eth0")},
	 "Interface is not a block",
	 "Interface VALUE"},
	{"IgnoreSelected \"none\"",
	 {ETH0, TEXT("IgnoreSelected", "none")},
	 "\"none\"",
	 "expected true or false"},
	{"IgnoreSelected 1", {ETH0, NUMBER("IgnoreSelected", 1)}, "1", "expected true or false"},
	{"AttachMode \"turbo\"",
	 {ETH0, TEXT("AttachMode", "turbo")},
	 "\"turbo\"",
	 "\"auto\", \"native\" or \"generic\""},
	{"AttachMode \"offload\", which no counter can be in",
	 {ETH0, TEXT("AttachMode", "offload")},
	 "\"offload\"",
	 "\"auto\", \"native\" or \"generic\""},
	{"an empty AttachMode",
	 {ETH0, TEXT("AttachMode", "")},
	 "\"\"",
	 "\"auto\", \"native\" or \"generic\""},
	{"a number as AttachMode", {ETH0, NUMBER("AttachMode", 2)}, "2", "\"auto\", \"native\""},
	{"false as AttachMode", {ETH0, TRUTH("AttachMode", 0)}, "false", "\"auto\", \"native\""},
	{"AttachMode without a value",
	 {ETH0, NOTHING("AttachMode")},
	 "AttachMode has 0 values",
	 "expected 1"},
	{"two modes in one AttachMode",
	 {ETH0, TEXTS("AttachMode", "native", "generic")},
	 "AttachMode has 2 values",
	 "expected 1"},
	{"OnBusy \"displace\"",
	 {ETH0, TEXT("OnBusy", "displace")},
	 "invalid value \"displace\" for OnBusy",
	 "expected \"observe\" or \"wait\""},
	{"true as OnBusy", {ETH0, TRUTH("OnBusy", 1)}, "true", "\"observe\" or \"wait\""},
	{"Persist \"maybe\"",
	 {ETH0, TEXT("Persist", "maybe")},
	 "\"maybe\"",
	 "invalid value \"maybe\" for Persist; expected true or false"},
	{"Persist 2", {ETH0, NUMBER("Persist", 2)}, "2", "expected true or false"},
	{"Persist as a block", {ETH0, BLOCK("Persist", "x")}, "Persist is not a block", "VALUE"},
	{"ReportCPUs \"all\"", {ETH0, TEXT("ReportCPUs", "all")}, "\"all\"", "true or false"},
	{"a relative PinDirectory",
	 {ETH0, TEXT("PinDirectory", "sys/fs/bpf/x")},
	 "\"sys/fs/bpf/x\"",
	 "absolute path"},
	{"an empty PinDirectory", {ETH0, TEXT("PinDirectory", "")}, "\"\"", "absolute path"},
	{"a PinDirectory with \"..\"",
	 {ETH0, TEXT("PinDirectory", "/sys/fs/bpf/../x")},
	 "\"/sys/fs/bpf/../x\"",
	 "without \".\", \"..\""},
	{"a PinDirectory that ends in \"..\"",
	 {ETH0, TEXT("PinDirectory", "/sys/fs/bpf/..")},
	 "\"/sys/fs/bpf/..\"",
	 "without \".\", \"..\""},
	{"a PinDirectory with \".\"",
	 {ETH0, TEXT("PinDirectory", "/sys/./fs")},
	 "\"/sys/./fs\"",
	 "without \".\", \"..\""},
	{"the root as PinDirectory", {ETH0, TEXT("PinDirectory", "/")}, "\"/\"", "absolute path"},
	{"a PinDirectory with two slashes",
	 {ETH0, TEXT("PinDirectory", "/sys//fs")},
	 "\"/sys//fs\"",
	 "doubled or trailing slashes"},
	{"a PinDirectory that ends in a slash",
	 {ETH0, TEXT("PinDirectory", "/sys/fs/bpf/x/")},
	 "\"/sys/fs/bpf/x/\"",
	 "doubled or trailing slashes"},
	{"a PinDirectory without room for names below it",
	 {ETH0, TEXT("PinDirectory", LONG_PATH)},
	 "\"/0123456789",
	 "at most"},
	{"Next without Persist",
	 {ETH0, TEXT("Next", "/sys/fs/bpf/firewall")},
	 "Next needs Persist: program \"/sys/fs/bpf/firewall\"",
	 "set Persist true, or leave Next out"},
	{"Next with Persist false",
	 {ETH0, TEXT("Next", "/sys/fs/bpf/firewall"), TRUTH("Persist", 0)},
	 "\"/sys/fs/bpf/firewall\"",
	 "set Persist true"},
	{"a relative Next",
	 {ETH0, TRUTH("Persist", 1), TEXT("Next", "firewall")},
	 "\"firewall\"",
	 "absolute path of a pinned XDP program"},
	{"a Next with \"..\"",
	 {ETH0, TRUTH("Persist", 1), TEXT("Next", "/sys/fs/bpf/../x")},
	 "\"/sys/fs/bpf/../x\"",
	 "without \".\", \"..\""},
	{"a number as Next",
	 {ETH0, TRUTH("Persist", 1), NUMBER("Next", 7)},
	 " 7 ",
	 "\"/sys/fs/bpf/firewall\""},
	{"Next given twice",
	 {ETH0, TRUTH("Persist", 1), TEXT("Next", "/a"), TEXT("Next", "/b")},
	 "\"/a\" and as \"/b\"",
	 "keep only one"},
	{"Next as a block",
	 {ETH0, TRUTH("Persist", 1), BLOCK("Next", "/a")},
	 "Next is not a block",
	 "VALUE"},
	{"a number as PinDirectory", {ETH0, NUMBER("PinDirectory", 1)}, "1", "absolute path"},
	{"MaxInterfaces 0", {ETH0, NUMBER("MaxInterfaces", 0)}, " 0 ", "from 1 to 4096"},
	{"MaxInterfaces -1", {ETH0, NUMBER("MaxInterfaces", -1)}, "-1", "from 1 to 4096"},
	{"MaxInterfaces 4097", {ETH0, NUMBER("MaxInterfaces", 4097)}, "4097", "from 1 to 4096"},
	{"MaxInterfaces 1e9", {ETH0, NUMBER("MaxInterfaces", 1e9)}, "1000000000", "from 1 to 4096"},
	{"MaxInterfaces 1e300", {ETH0, NUMBER("MaxInterfaces", 1e300)}, "1e+300", "from 1 to 4096"},
	{"MaxInterfaces 1.5", {ETH0, NUMBER("MaxInterfaces", 1.5)}, "1.5", "whole number"},
	{"MaxInterfaces that is no number",
	 {ETH0, NUMBER("MaxInterfaces", NAN)},
	 "nan",
	 "1 to 4096"},
	{"MaxInterfaces \"6 4\" in quotes",
	 {ETH0, TEXT("MaxInterfaces", "6 4")},
	 "\"6 4\"",
	 "a whole number from 1 to 4096"},
	{"MaxInterfaces true", {ETH0, TRUTH("MaxInterfaces", 1)}, "true", "from 1 to 4096"},
	{"more names than MaxInterfaces",
	 {ETH0, TEXT("Interface", "eth1"), TEXT("Interface", "eth2"), NUMBER("MaxInterfaces", 2)},
	 "3 interfaces are named, but MaxInterfaces is 2",
	 "set MaxInterfaces to 3 or more, up to 4096"},
	{"AttachMode given twice",
	 {ETH0, TEXT("AttachMode", "native"), TEXT("attachmode", "generic")},
	 "\"native\" and as \"generic\"",
	 "keep only one"},
	{"Persist true and Persist false",
	 {ETH0, TRUTH("Persist", 1), TRUTH("Persist", 0)},
	 "true and as false",
	 "keep only one"},
	{"MaxInterfaces given twice",
	 {ETH0, NUMBER("MaxInterfaces", 3), NUMBER("MaxInterfaces", 4)},
	 "3 and as 4",
	 "keep only one"},
	{"PinDirectory given twice",
	 {ETH0, TEXT("PinDirectory", "/a"), TEXT("PinDirectory", "/b")},
	 "\"/a\" and as \"/b\"",
	 "keep only one"},
	{"a good Interface beside a bad one",
	 {ETH0, TEXT("Interface", "eth 1"), TEXT("Interface", "eth2")},
	 "\"eth 1\"",
	 "expected an interface name"},
};

/* Refused by one error line, and the caller's pointer is as it was. */
static void test_broken(void **state)
{
	const struct broken *row = *state;
	struct config *untouched = (void *)state, *config = untouched;

	assert_int_equal(read_options(row->options, UNIT_LENGTH(row->options), &config), -EINVAL);
	assert_ptr_equal(config, untouched);
	assert_int_equal(fake.log_count, 1);
	assert_int_equal(fake.logs[0].level, LOG_ERR);
	assert_int_equal(strncmp(fake.logs[0].text, "xdp plugin: ", 12), 0);
	assert_contains(fake.logs[0].text, row->quoted);
	assert_contains(fake.logs[0].text, row->allowed);
	assert_int_equal(fake.logs[0].text[strlen(fake.logs[0].text) - 1], '.');
	assert_lacks(fake.logs[0].text, "\n");
}

static void test_all_mistakes(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_int_equal(READ(&config, TEXT("Interface", "/"), TEXT("AttachMode", "turbo"),
			      NUMBER("MaxInterfaces", 0), TEXT("Persist", "maybe")),
			 -EINVAL);
	assert_null(config);
	assert_int_equal(fake.log_count, 4);
	assert_contains(fake.logs[0].text, "\"/\"");
	assert_contains(fake.logs[1].text, "\"turbo\"");
	assert_contains(fake.logs[2].text, "MaxInterfaces");
	assert_contains(fake.logs[3].text, "\"maybe\"");
}

static void test_no_memory(void **state)
{
	unsigned int failed = 0;

	for (unsigned int n = 1;; n++) {
		struct config *config = NULL;
		int err;

		fake_reset(state);
		fail_alloc(n);
		err = READ(&config, ETH0, TEXT("Interface", "/^wg/"), TEXT("PinDirectory", "/p"),
			   TEXT("Next", "/n"), TRUTH("Persist", 1));
		if (!fail_alloc_happened()) {
			assert_accepted(err);
			config_free(config);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_null(config);
		assert_int_equal(fake.log_count, 1);
		assert_contains(fake.logs[0].text, "no memory");
		failed++;
	}
	assert_true(failed >= 7);
}

static void test_free_null(void **state)
{
	(void)state;
	config_free(NULL);
}

// clang-format off
#define CONFIG_TEST(sentence, function) {(sentence), (function), fake_reset, NULL, NULL}
// clang-format on
#define CONFIG_OTHERS 15

int main(void)
{
	static char names[UNIT_LENGTH(broken)][96];
	struct CMUnitTest tests[CONFIG_OTHERS + UNIT_LENGTH(broken)] = {
		CONFIG_TEST("one Interface is enough, and every other option has its default",
			    test_defaults),
		CONFIG_TEST(
			"the defaults in the sample configuration are those that hold without it",
			test_sample),
		CONFIG_TEST("Interface may be given many times, as name and regular expression",
			    test_interfaces),
		CONFIG_TEST("IgnoreSelected true selects the others, wherever it stands",
			    test_ignore_selected),
		CONFIG_TEST("AttachMode takes auto, native and generic", test_modes),
		CONFIG_TEST("OnBusy takes observe, which it is by default, and wait", test_on_busy),
		CONFIG_TEST("MaxInterfaces takes 1 to 4096", test_max_interfaces),
		CONFIG_TEST("PinDirectory takes an absolute path", test_pin_directory),
		CONFIG_TEST("Next takes an absolute path, with Persist", test_next),
		CONFIG_TEST("each boolean sets what it names and nothing else", test_booleans),
		CONFIG_TEST("the case of option names does not matter", test_case_of_names),
		CONFIG_TEST(
			"names up to MaxInterfaces fit, a name counts once, and none when ignored",
			test_names_and_slots),
		CONFIG_TEST("every mistake is reported, not only the first", test_all_mistakes),
		CONFIG_TEST("without memory it is refused, says so, and leaks nothing",
			    test_no_memory),
		CONFIG_TEST("no configuration can be freed", test_free_null),
	};

	for (size_t i = 0; i < UNIT_LENGTH(broken); i++) {
		snprintf(names[i], sizeof(names[i]), "refuses %s, and says what is allowed",
			 broken[i].name);
		tests[CONFIG_OTHERS + i] = (struct CMUnitTest){.name = names[i],
							       .test_func = test_broken,
							       .setup_func = fake_reset,
							       .initial_state = (void *)&broken[i]};
	}
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
