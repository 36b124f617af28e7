// SPDX-License-Identifier: GPL-2.0-only
/* Every failure is explained by a cause and something to do, in a buffer of any size. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/diagnose.h"

#define DIAGNOSE_TEXT 1024
#define DIAGNOSE_PARTS 6

/* An attempt to attach, and what its explanation has to contain. Facts left out: attach_facts(). */
struct attach_row {
	const char *name;
	struct diagnose_attach facts;
	const char *parts[DIAGNOSE_PARTS];
	const char *lacks;
};

static const struct attach_row attach_rows[] = {
	{"EBUSY names the program at the hook",
	 {.error = -EBUSY,
	  .holder_id = 42,
	  .holder_name = "xdp_firewall",
	  .holder_tag = "0123456789abcdef",
	  .holder_mode = "generic"},
	 {"xdp_firewall", "id 42", "tag 0123456789abcdef", "generic mode", "owner detach"},
	 NULL},
	{"EEXIST names the program at the hook",
	 {.error = -EEXIST,
	  .holder_id = 7,
	  .holder_name = "drop",
	  .holder_tag = "ff",
	  .holder_mode = "native"},
	 {"drop", "id 7", "tag ff", "native mode", "owner detach"},
	 NULL},
	{"EBUSY with a program that may not be asked gives its id",
	 {.error = -EBUSY, .holder_id = 42, .holder_mode = "native"},
	 {"program (id 42, native mode)", "owner detach"},
	 "tag"},
	{"EBUSY without a visible program points to bpftool",
	 {.error = -EBUSY},
	 {"another XDP program", "bpftool net", "remove it"},
	 "id 0"},
	{"EEXIST without a visible program points above and below",
	 {.error = -EEXIST},
	 {"above or below", "bpftool net"},
	 "id 0"},
	{"EOPNOTSUPP names the driver's kind and the option",
	 {.error = -EOPNOTSUPP, .kind = "bridge"},
	 {"driver bridge", "native XDP", "LRO", "AttachMode", "\"generic\""},
	 NULL},
	{"EOPNOTSUPP of offload names the option",
	 {.error = -EOPNOTSUPP, .mode = "offload"},
	 {"offload", "AttachMode", "\"auto\""},
	 NULL},
	{"ERANGE names the MTU and what to lower",
	 {.error = -ERANGE, .mtu = 9000, .frags = true},
	 {"MTU of 9000", "ethtool -l", "lower the MTU", "AttachMode", "\"generic\""},
	 "on this kernel"},
	{"ERANGE on a kernel without multi-buffer says so",
	 {.error = -ERANGE, .mtu = 3600},
	 {"MTU of 3600", "on this kernel", "lower the MTU"},
	 NULL},
	{"EINVAL names MTU, channels and the option",
	 {.error = -EINVAL, .mtu = 1501},
	 {"MTU of 1501", "channels", "\"generic\""},
	 NULL},
	{"ENOSPC names MTU, channels and the option",
	 {.error = -ENOSPC, .mtu = 1502},
	 {"MTU of 1502", "channels", "\"generic\""},
	 NULL},
	{"ENOMEM names memory and channels",
	 {.error = -ENOMEM},
	 {"memory", "native", "ethtool -L"},
	 NULL},
	{"EPERM names the capabilities",
	 {.error = -EPERM},
	 {"no permission", "CAP_NET_ADMIN", "CAP_BPF", "root"},
	 NULL},
	{"EACCES names the capabilities",
	 {.error = -EACCES},
	 {"no permission", "CAP_NET_ADMIN", "CAP_BPF"},
	 NULL},
	{"ENODEV says that it is waited for",
	 {.error = -ENODEV},
	 {"went away", "when it is back"},
	 NULL},
	{"an unknown error gives number, text, mode and a way out",
	 {.error = -EXDEV, .mode = "offload"},
	 {"errno 18", "Invalid cross-device link", "offload", "AttachMode",
	  "leave this interface out"},
	 NULL},
	{"an error no kernel has gives its number",
	 {.error = -4095},
	 {"errno 4095", "AttachMode"},
	 NULL},
};

static const char verifier_log[] =
	"libbpf: prog 'xdp_count': BPF program load failed: Permission denied\n"
	"libbpf: prog 'xdp_count': -- BEGIN PROG LOAD LOG --\n"
	"-- BEGIN --\n"
	"0: R1=ctx R10=fp0\n"
	"R2 pointer arithmetic on pkt_end prohibited\n"
	"processed 12 insns (limit 1000000) max_states_per_insn 0\n"
	"-- END PROG LOAD LOG --\n"
	"\n"
	"libbpf: failed to load object 'count'\n";

struct load_row {
	const char *name;
	struct diagnose_load facts;
	const char *parts[DIAGNOSE_PARTS];
	const char *lacks;
};

static const struct load_row load_rows[] = {
	{"EPERM at load names capabilities and the limit",
	 {.error = -EPERM},
	 {"loading the counter failed", "RLIMIT_MEMLOCK", "CAP_BPF", "LimitMEMLOCK"},
	 NULL},
	{"ENOMEM at load names the memory wanted and the option",
	 {.error = -ENOMEM},
	 {"no memory", "65 KiB", "MaxInterfaces", "MemoryMax"},
	 NULL},
	{"E2BIG at load names the options",
	 {.error = -E2BIG},
	 {"too large", "MaxInterfaces", "ReportQueues"},
	 NULL},
	{"ENOSYS at load names the kernel's configuration",
	 {.error = -ENOSYS},
	 {"no bpf(2)", "CONFIG_BPF_SYSCALL", "5.10"},
	 NULL},
	{"EMFILE at load names the limit", {.error = -EMFILE}, {"LimitNOFILE"}, NULL},
	{"ENFILE at load names the setting", {.error = -ENFILE}, {"fs.file-max"}, NULL},
	{"EACCES at load quotes the verifier's last words",
	 {.error = -EACCES, .log = verifier_log},
	 {"verifier rejects", "(R2 pointer arithmetic on pkt_end prohibited)", "report it"},
	 "libbpf:"},
	{"EINVAL at load names the oldest kernel",
	 {.error = -EINVAL},
	 {"does not accept", "5.10"},
	 "()"},
	{"an unknown error at load gives number, text and step",
	 {.error = -EXDEV, .step = "opening the counter"},
	 {"opening the counter failed", "errno 18", "Invalid cross-device link", "report it"},
	 NULL},
	{"a log without an end of line is quoted",
	 {.error = -EINVAL, .log = "map 'records': bad"},
	 {"(map 'records': bad)"},
	 NULL},
	{"a log of libbpf's own lines alone is not quoted",
	 {.error = -EINVAL, .log = "libbpf: one\nlibbpf: two"},
	 {"does not accept"},
	 "libbpf"},
};

struct pins_row {
	const char *name;
	int error;
	const char *parts[DIAGNOSE_PARTS];
};

static const struct pins_row pins_rows[] = {
	{"EMEDIUMTYPE at pinning tells how to mount a bpf file system",
	 -EMEDIUMTYPE,
	 {"/my/pins", "no bpf file system", "mount -t bpf", "PrivateMounts"}},
	{"EROFS at pinning names the unit's setting",
	 -EROFS,
	 {"/my/pins", "read-only", "ProtectKernelTunables"}},
	{"EWOULDBLOCK at pinning names the other collectd and the option",
	 -EWOULDBLOCK,
	 {"/my/pins", "another collectd", "PinDirectory"}},
	{"EACCES at pinning names root", -EACCES, {"/my/pins", "no permission", "root"}},
	{"EPERM at pinning names the capability", -EPERM, {"/my/pins", "no permission", "CAP_BPF"}},
	{"ENOMEM at pinning names memory", -ENOMEM, {"/my/pins", "no memory"}},
	{"an unknown error at pinning gives number, text and the option",
	 -ENAMETOOLONG,
	 {"/my/pins", "errno 36", "File name too long", "another PinDirectory"}},
};

static void assert_explained(const char *text, const char *const parts[DIAGNOSE_PARTS],
			     const char *lacks)
{
	for (size_t i = 0; i < DIAGNOSE_PARTS && parts[i]; i++)
		assert_contains(text, parts[i]);
	if (lacks)
		assert_lacks(text, lacks);
	/* "cause; what to do", to stand in a line that the caller ends. */
	assert_contains(text, "; ");
	assert_lacks(text, "\n");
	assert_true(text[strlen(text) - 1] != '.');
}

/* As the plugin gives them: what is not known is "", and never NULL. */
static struct diagnose_attach attach_facts(const struct attach_row *row)
{
	struct diagnose_attach facts = row->facts;

	facts.mode = facts.mode ? facts.mode : "native";
	facts.kind = facts.kind ? facts.kind : "";
	facts.holder_name = facts.holder_name ? facts.holder_name : "";
	facts.holder_tag = facts.holder_tag ? facts.holder_tag : "";
	facts.holder_mode = facts.holder_mode ? facts.holder_mode : "";
	return facts;
}

static struct diagnose_load load_facts(const struct load_row *row)
{
	struct diagnose_load facts = row->facts;

	facts.step = facts.step ? facts.step : "loading the counter";
	facts.log = facts.log ? facts.log : "";
	facts.memory = 65537;
	return facts;
}

static void test_attach(void **state)
{
	const struct attach_row *row = *state;
	const struct diagnose_attach facts = attach_facts(row);
	char text[DIAGNOSE_TEXT];

	diagnose_attach(&facts, text, sizeof(text));
	assert_explained(text, row->parts, row->lacks);
}

static void test_load(void **state)
{
	const struct load_row *row = *state;
	const struct diagnose_load facts = load_facts(row);
	char text[DIAGNOSE_TEXT];

	diagnose_load(&facts, text, sizeof(text));
	assert_explained(text, row->parts, row->lacks);
}

static void test_pins(void **state)
{
	const struct pins_row *row = *state;
	char text[DIAGNOSE_TEXT];

	diagnose_pins(row->error, "/my/pins", text, sizeof(text));
	assert_explained(text, row->parts, NULL);
}

static void test_interfaces(void **state)
{
	static const char *const parts[DIAGNOSE_PARTS] = {"list of interfaces", "errno 97",
							  "not noticed", "AF_NETLINK",
							  "RestrictAddressFamilies"};
	char text[DIAGNOSE_TEXT];

	(void)state;
	diagnose_interfaces(-EAFNOSUPPORT, text, sizeof(text));
	assert_explained(text, parts, NULL);
}

/* Calls one of the functions with a row's facts. */
typedef void (*explain_fn)(const void *facts, char *text, size_t size);

static void explain_attach(const void *facts, char *text, size_t size)
{
	diagnose_attach(facts, text, size);
}

static void explain_load(const void *facts, char *text, size_t size)
{
	diagnose_load(facts, text, size);
}

static void explain_interfaces(const void *facts, char *text, size_t size)
{
	diagnose_interfaces(*(const int *)facts, text, size);
}

static void explain_pins(const void *facts, char *text, size_t size)
{
	diagnose_pins(*(const int *)facts, "/my/pins", text, size);
}

/* In a buffer of each size there is as much of the text as fits, ended, and nothing behind. */
static void assert_cut_off(explain_fn explain, const void *facts)
{
	char full[DIAGNOSE_TEXT];
	size_t length;

	explain(facts, full, sizeof(full));
	length = strlen(full);
	for (size_t size = 0; size <= length + 1; size++) {
		char *text = malloc(size + 1);

		assert_non_null(text);
		memset(text, '#', size + 1);
		explain(facts, text, size);
		assert_int_equal(text[size], '#');
		if (size > 0) {
			assert_int_equal(strlen(text), size - 1);
			assert_memory_equal(text, full, size - 1);
		}
		free(text);
	}
}

static void test_sizes(void **state)
{
	const int error = -EPERM;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(attach_rows); i++) {
		const struct diagnose_attach facts = attach_facts(&attach_rows[i]);

		assert_cut_off(explain_attach, &facts);
	}
	for (size_t i = 0; i < UNIT_LENGTH(load_rows); i++) {
		const struct diagnose_load facts = load_facts(&load_rows[i]);

		assert_cut_off(explain_load, &facts);
	}
	for (size_t i = 0; i < UNIT_LENGTH(pins_rows); i++)
		assert_cut_off(explain_pins, &pins_rows[i].error);
	assert_cut_off(explain_interfaces, &error);
}

static void test_long_log(void **state)
{
	char log[4096], text[DIAGNOSE_TEXT];
	const struct diagnose_load facts = {
		.error = -EACCES, .step = "loading the counter", .log = log};

	(void)state;
	memset(log, 'x', sizeof(log) - 1);
	log[sizeof(log) - 1] = '\0';
	diagnose_load(&facts, text, sizeof(text));
	assert_contains(text, "(xxxx");
	assert_contains(text, "x); give collectd CAP_PERFMON, ");
	assert_contains(text, "report it with the kernel's version and this line");
}

/* Adds one test per row of a table. */
#define ADD_ROWS(tests, count, rows, function)                                                     \
	do {                                                                                       \
		for (size_t i = 0; i < UNIT_LENGTH(rows); i++)                                     \
			(tests)[(count)++] =                                                       \
				(struct CMUnitTest){.name = (rows)[i].name,                        \
						    .test_func = (function),                       \
						    .initial_state = (void *)&(rows)[i]};          \
	} while (0)

#define DIAGNOSE_OTHERS 3
#define DIAGNOSE_TESTS                                                                             \
	(DIAGNOSE_OTHERS + UNIT_LENGTH(attach_rows) + UNIT_LENGTH(load_rows) +                     \
	 UNIT_LENGTH(pins_rows))

int main(void)
{
	struct CMUnitTest tests[DIAGNOSE_TESTS] = {
		UNIT_TEST("a list of interfaces that cannot be read names the unit's setting",
			  test_interfaces),
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
		UNIT_TEST("a very long log leaves room for what to do", test_long_log),
	};
	size_t count = DIAGNOSE_OTHERS;

	ADD_ROWS(tests, count, attach_rows, test_attach);
	ADD_ROWS(tests, count, load_rows, test_load);
	ADD_ROWS(tests, count, pins_rows, test_pins);
	return cmocka_run_group_tests_name("diagnose", tests, NULL, NULL);
}
