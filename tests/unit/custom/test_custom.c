// SPDX-License-Identifier: GPL-2.0-only
/* Counters of a user's own: configuration, keys to text, members in BTF, sums, plain `++`. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/config/config.h"
#include "plugin/config/counter_block.h"
#include "plugin/custom/btf.h"
#include "plugin/custom/file.h"
#include "plugin/custom/key.h"
#include "plugin/custom/lint.h"
#include "plugin/custom/walk.h"
#include "plugin/custom/trial.h"
#include "tests/unit/fail_alloc.h"
#include "tests/lib/block.h"

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
	struct config *config = accepted(GOOD "  Instance decimal\n  Label 6 tcp\n  Label 17 udp\n"
					      "  Member inner.packets\n  MaxKeys 12\n"
					      "  Prefix ip\n AttachMode native\n");
	const struct counter_block *settings = config->counters[0];

	(void)state;
	assert_int_equal(config->counter_count, 1);
	assert_false(config_has_builtin(config));
	assert_string_equal(settings->name, "own");
	assert_string_equal(settings->object, "/lib/own.bpf.o");
	assert_string_equal(settings->program, "count");
	assert_true(selection_matches(settings->selection, "eth0"));
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
	 "counter own: unknown option \"Objekt\"; the options are Object, Program"},
	{GOOD "  Typ x\n",
	 "counter own: map packets: unknown option \"Typ\"; the options are Type"},
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
	{GOOD "  Label -1 one\n", "a whole number from 0 on"},
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

static void assert_key(enum key_form form, const void *key, size_t size, const char *wanted)
{
	static const struct key_form_label labels[] = {{6, (char *)"tcp"}, {17, (char *)"udp"}};
	char text[CUSTOM_KEY_TEXT];

	custom_key_format(form, labels, UNIT_LENGTH(labels), key, size, text);
	assert_string_equal(text, wanted);
}

static void test_keys(void **state)
{
	const uint8_t bytes[] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x01};
	const uint8_t one = 255;
	const uint16_t two = 65535;
	const uint32_t four = 17, unnamed = 4294967295;
	const uint64_t eight = UINT64_MAX;

	(void)state;
	assert_key(KEY_FORM_DECIMAL, &one, 1, "255");
	assert_key(KEY_FORM_DECIMAL, &two, 2, "65535");
	assert_key(KEY_FORM_DECIMAL, &four, 4, "udp");
	assert_key(KEY_FORM_DECIMAL, &unnamed, 4, "4294967295");
	assert_key(KEY_FORM_DECIMAL, &eight, 8, "18446744073709551615");
	assert_key(KEY_FORM_HEX, bytes, 4, "20010db8");
	assert_key(KEY_FORM_IPV4, "\300\0\2\1", 4, "192.0.2.1");
	assert_key(KEY_FORM_IPV6, bytes, 16, "2001:db8::1");
	assert_key(KEY_FORM_MAC, "\2\0\0\0\0\377", 6, "02:00:00:00:00:ff");
	assert_key(KEY_FORM_STRING, "eth0\0\0\0\0", 8, "eth0");
	assert_key(KEY_FORM_STRING, "a/b %\377", 6, "a%2Fb%20%25%FF");
	assert_key(KEY_FORM_STRING, "a\0b", 3, "a%00b");
}

/* The longest key of each form is written whole, so that no two have one text. */
static void test_long_keys(void **state)
{
	uint8_t key[256];
	char text[CUSTOM_KEY_TEXT];
	const char *wanted;

	(void)state;
	memset(key, 0xff, sizeof(key));
	for (int form = 0; key_form_names[form]; form++) {
		size_t fitting = 0;

		for (size_t size = 1; size <= sizeof(key); size++) {
			if (!custom_key_fits(form, size, &wanted))
				continue;
			fitting++;
			key[size - 1] = 0xfe;
			custom_key_format(form, NULL, 0, key, size, text);
			assert_true(strlen(text) < CUSTOM_KEY_TEXT);
			if (form == KEY_FORM_HEX || form == KEY_FORM_STRING)
				assert_string_equal(text + strlen(text) - 1,
						    form == KEY_FORM_HEX ? "e" : "E");
			key[size - 1] = 0xff;
		}
		assert_true(fitting > 0);
	}
}

static void test_numbers(void **state)
{
	const int8_t one = -1;
	const int32_t four = -5;
	const uint16_t two = 65535;

	(void)state;
	assert_true(custom_key_number(&one, 1, true) == (uint64_t)-1);
	assert_true(custom_key_number(&one, 1, false) == 255);
	assert_true(custom_key_number(&four, 4, true) == (uint64_t)-5);
	assert_true(custom_key_number(&two, 2, true) == (uint64_t)-1);
	assert_true(custom_key_number(&two, 3, false) == 0);
}

/* Values of 12 bytes lie 16 apart, one per CPU. */
static void test_sum(void **state)
{
	const struct custom_btf_layout layout = {.value_size = 12, .offset = 8, .size = 4};
	uint8_t values[3 * 16];

	(void)state;
	memset(values, 0xff, sizeof(values));
	for (uint32_t cpu = 0; cpu < 3; cpu++) {
		const uint32_t count = 100 + cpu;

		memcpy(values + 16 * (size_t)cpu + 8, &count, sizeof(count));
	}
	assert_int_equal(custom_walk_sum(&layout, values, 3), 303);
	assert_int_equal(custom_walk_sum(&layout, values, 1), 100);
}

/* struct outer { u32 pad; struct { u64 packets; count_t small; u32 bits : 4; } inner; u64 list[2];
 * } */
struct types {
	struct btf *btf;
	int outer;
	int number; /* typedef of a signed one of 2 bytes */
	int list;
};

static struct types make_types(void)
{
	struct types types = {.btf = btf__new_empty()};
	int u32, u64, inner;

	assert_non_null(types.btf);
	u32 = btf__add_int(types.btf, "u32", 4, 0);
	u64 = btf__add_int(types.btf, "u64", 8, 0);
	types.number = btf__add_typedef(types.btf, "count_t",
					btf__add_int(types.btf, "s16", 2, BTF_INT_SIGNED));
	types.list = btf__add_array(types.btf, u32, u64, 2);
	inner = btf__add_struct(types.btf, "inner", 16);
	assert_int_equal(btf__add_field(types.btf, "packets", u64, 0, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "small", types.number, 64, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "bits", u32, 96, 4), 0);
	types.outer = btf__add_struct(types.btf, "outer", 40);
	assert_int_equal(btf__add_field(types.btf, "pad", u32, 0, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "inner", inner, 64, 0), 0);
	assert_int_equal(btf__add_field(types.btf, "list", types.list, 192, 0), 0);
	return types;
}

/* The layout of an array whose values are of that type. */
static int find(const struct types *types, int id, const char *member,
		struct custom_btf_layout *ret_layout, char text[256])
{
	const struct map_block block = {.name = (char *)"m", .member = (char *)member};
	const struct custom_btf_map map = {
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 40,
		.entries = 1,
		.btf = types->btf,
		.value_type_id = (uint32_t)id,
	};

	text[0] = '\0';
	return custom_btf_layout(&map, &block, ret_layout, text, 256);
}

static void assert_member(const struct types *types, int id, const char *member, uint32_t offset,
			  uint32_t size, bool is_signed)
{
	struct custom_btf_layout layout = {0};
	char text[256];

	if (find(types, id, member, &layout, text))
		fail_msg("\"%s\": %s", member, text);
	assert_int_equal(layout.offset, offset);
	assert_int_equal(layout.size, size);
	assert_int_equal(layout.is_signed, is_signed);
}

static void assert_no_member(const struct types *types, int id, const char *member,
			     const char *reason)
{
	struct custom_btf_layout layout = {.offset = 99};
	char text[256];

	assert_int_equal(find(types, id, member, &layout, text), -EINVAL);
	assert_contains(text, reason);
	assert_int_equal(layout.offset, 99);
}

static void test_members(void **state)
{
	const struct types types = make_types();

	(void)state;
	assert_member(&types, types.number, "", 0, 2, true);
	assert_member(&types, types.outer, "pad", 0, 4, false);
	assert_member(&types, types.outer, "inner.packets", 8, 8, false);
	assert_member(&types, types.outer, "inner.small", 16, 2, true);
	assert_no_member(
		&types, types.outer, "",
		"map m: its value is a struct; set Member to one of its members: pad, inner, list");
	assert_no_member(
		&types, types.outer, "inner",
		"member inner is a struct; set Member to one of its members: packets, small");
	assert_no_member(&types, types.outer, "inne",
			 "no member \"inne\"; set Member to one of: pad, inner, list");
	assert_no_member(&types, types.outer, "inner.", "is a struct");
	assert_no_member(&types, types.outer, "inner.more",
			 "set Member to one of: packets, small, bits");
	assert_no_member(&types, types.outer, "inner.bits", "is a bit field");
	assert_no_member(&types, types.outer, "list", "is not an integer");
	assert_no_member(&types, types.number, "packets",
			 "is not a struct; shorten Member, or remove it");
	assert_no_member(&types, 0, "", "does not say of which type its values are");
	assert_no_member(&types, 9999, "packets", "is not a struct");
	btf__free(types.btf);
}

/* struct NAME { u64 FIRST; SECOND_TYPE SECOND; } */
static uint32_t shape_of_pair(const char *name, const char *first, const char *second, bool alias,
			      int encoding)
{
	struct btf *btf = btf__new_empty();
	uint32_t shape;
	int u64, s64, id;

	assert_non_null(btf);
	u64 = btf__add_int(btf, "u64", 8, 0);
	s64 = btf__add_int(btf, "other", 8, encoding);
	if (alias)
		s64 = btf__add_typedef(btf, "alias", s64);
	id = btf__add_struct(btf, name, 16);
	assert_int_equal(btf__add_field(btf, first, u64, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, second, s64, 64, 0), 0);
	shape = custom_btf_shape(btf, (uint32_t)id);
	btf__free(btf);
	return shape;
}

static void test_shapes(void **state)
{
	const uint32_t shape = shape_of_pair("traffic", "packets", "bytes", false, 0);
	const struct types types = make_types();
	struct btf *endless = btf__new_empty();
	int id;

	(void)state;
	assert_true(shape == shape_of_pair("renamed", "packets", "bytes", true, 0));
	assert_true(shape != shape_of_pair("traffic", "bytes", "packets", false, 0));
	assert_true(shape != shape_of_pair("traffic", "packets", "bytes", false, BTF_INT_SIGNED));
	assert_true(custom_btf_shape(types.btf, (uint32_t)types.outer) !=
		    custom_btf_shape(types.btf, (uint32_t)types.list));
	assert_true(custom_btf_shape(types.btf, 9999) == custom_btf_shape(types.btf, 9999));
	btf__free(types.btf);
	/* As only a damaged file has it: each of its members is the struct itself. */
	assert_non_null(endless);
	id = btf__add_struct(endless, "endless", 8);
	for (int i = 0; i < 64; i++)
		assert_int_equal(btf__add_field(endless, "", id, 0, 0), 0);
	assert_true(custom_btf_shape(endless, (uint32_t)id) != shape);
	btf__free(endless);
}

#define LOAD(size, to, from, offset)                                                               \
	{                                                                                          \
		.code = BPF_LDX | BPF_MEM | (size), .dst_reg = (to), .src_reg = (from),            \
		.off = (offset)                                                                    \
	}
#define STORE(size, to, from, offset)                                                              \
	{                                                                                          \
		.code = BPF_STX | BPF_MEM | (size), .dst_reg = (to), .src_reg = (from),            \
		.off = (offset)                                                                    \
	}
#define ADD(to)                                                                                    \
	{                                                                                          \
		.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = 1                     \
	}
#define ATOMIC(to, from)                                                                           \
	{                                                                                          \
		.code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = (to), .src_reg = (from)          \
	}
#define CALL(helper)                                                                               \
	{                                                                                          \
		.code = BPF_JMP | BPF_CALL, .imm = (helper)                                        \
	}

#define LOSES(...)                                                                                 \
	custom_lint_loses_updates((const struct bpf_insn[]){__VA_ARGS__},                          \
				  UNIT_LENGTH(((const struct bpf_insn[]){__VA_ARGS__})))

static void test_lost_updates(void **state)
{
	(void)state;
	assert_true(LOSES(LOAD(BPF_DW, 1, 0, 8), ADD(1), STORE(BPF_DW, 0, 1, 8)));
	assert_true(LOSES(LOAD(BPF_W, 1, 0, 0), ADD(1), ADD(2), STORE(BPF_W, 0, 1, 0)));
	/* The stack, another place, another size: no `++` of a map. */
	assert_false(LOSES(LOAD(BPF_DW, 1, 10, -8), ADD(1), STORE(BPF_DW, 10, 1, -8)));
	assert_false(LOSES(LOAD(BPF_DW, 1, 0, 8), ADD(1), STORE(BPF_DW, 0, 1, 16)));
	assert_false(LOSES(LOAD(BPF_W, 1, 0, 8), ADD(1), STORE(BPF_DW, 0, 1, 8)));
	assert_false(LOSES(ADD(1), STORE(BPF_DW, 0, 1, 8)));
	/* Whoever knows of atomics or locks has used them where they are needed. */
	assert_false(LOSES(LOAD(BPF_DW, 1, 0, 8), ADD(1), STORE(BPF_DW, 0, 1, 8), ATOMIC(2, 1)));
	assert_false(LOSES(CALL(BPF_FUNC_spin_lock), LOAD(BPF_DW, 1, 0, 8), ADD(1),
			   STORE(BPF_DW, 0, 1, 8)));
}

/* In libbpf's place: what opening an object does to the process that tries it. */
static enum { OPENS, CRASHES, ORPHANED } opening;

struct bpf_object *bpf_object__open_mem(const void *bytes, size_t length,
					const struct bpf_object_open_opts *options)
{
	(void)bytes;
	(void)length;
	(void)options;
	if (opening == ORPHANED) {
		kill(getppid(), SIGKILL);
		/* Not for ever, where nothing ends it. */
		alarm(60);
		pause();
	}
	if (opening == CRASHES)
		abort();
	return NULL;
}

static int try_opening(char text[256])
{
	text[0] = '\0';
	return custom_trial("", 1, text, 256);
}

static void test_trial(void **state)
{
	char text[256];

	(void)state;
	opening = CRASHES;
	assert_int_equal(try_opening(text), -EINVAL);
	assert_contains(text, "libbpf crashes when it opens it");
	opening = OPENS;
	assert_int_equal(try_opening(text), 0);
	/* No child is left, neither with the signal nor where the daemon ignores it. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(try_opening(text), 0);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* The process that tries has copies of all descriptors; this one's end shows when it is gone. */
static void test_trial_ends(void **state)
{
	struct pollfd end = {.events = POLLIN};
	char text[256], byte;
	int ends[2];
	pid_t daemon;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	opening = ORPHANED;
	daemon = fork();
	assert_true(daemon >= 0);
	if (daemon == 0) {
		close(ends[0]);
		try_opening(text);
		_exit(0);
	}
	close(ends[1]);
	end.fd = ends[0];
	assert_int_equal(poll(&end, 1, 20000), 1);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	assert_int_equal(waitpid(daemon, NULL, 0), daemon);
}

static void test_files(void **state)
{
	char text[256] = "";

	(void)state;
	assert_int_equal(custom_file_check("", 0, text, sizeof(text)), -EINVAL);
	assert_contains(text, "not an ELF file");
	assert_int_equal(custom_file_check("\177ELF", 4, text, sizeof(text)), -EINVAL);
	assert_contains(text, "not an ELF file");
}

#define CUSTOM_TEST(sentence, function)                                                            \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = fake_reset              \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CUSTOM_TEST("a <Counter> keeps what its options say, and needs no Interface "
			    "outside of it",
			    test_counter),
		CUSTOM_TEST("what it does not say has its default", test_defaults),
		CUSTOM_TEST("Instance takes each form of a key", test_forms),
		CUSTOM_TEST("what is wrong is refused, with its block and what is allowed",
			    test_refused),
		CUSTOM_TEST("maps that cannot share a name are taken", test_names),
		CUSTOM_TEST("without memory it is refused, and leaks nothing", test_no_memory),
		CUSTOM_TEST("each form of a key becomes its text", test_keys),
		CUSTOM_TEST("the longest keys are written whole", test_long_keys),
		CUSTOM_TEST("integers are read in every size, with their sign", test_numbers),
		CUSTOM_TEST("a value is summed over the CPUs at its offset", test_sum),
		CUSTOM_TEST("members are found by their path, and the others are named",
			    test_members),
		CUSTOM_TEST("layouts are told apart by their members, not by names of types",
			    test_shapes),
		CUSTOM_TEST("a plain ++ is seen, unless there are atomics or locks",
			    test_lost_updates),
		CUSTOM_TEST("an object is tried in a child, which is reaped", test_trial),
		CUSTOM_TEST("the child ends with the daemon, also where it hangs", test_trial_ends),
		CUSTOM_TEST("what is too short for an object is none", test_files),
	};

	return cmocka_run_group_tests_name("custom", tests, NULL, NULL);
}
