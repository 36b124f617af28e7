// SPDX-License-Identifier: GPL-2.0-only
/* Every failure to load is explained by a cause and something to do. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include <bpf/libbpf.h>

#include "plugin/diagnose/load.h"

static const char verifier_log[] = "0: R1=ctx() R10=fp0\n"
				   "; return data[0] ? XDP_PASS : XDP_DROP; @ packet.bpf.c:14\n"
				   "0: (61) r1 = *(u32 *)(r1 +0)          ; R1=pkt(r=0)\n"
				   "1: (71) r1 = *(u8 *)(r1 +0)\n"
				   "invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)\n"
				   "R1 offset is outside of the packet\n"
				   "processed 2 insns (limit 1000000) max_states_per_insn 0\n";

/* As Linux 5.10 to 6.7 write it; the message comes before the state it is about. */
static const char old_verifier_log[] =
	"; if (cursor->pos + ip->ihl * 4 > cursor->end)\n"
	"88: (bf) r5 = r4\n"
	" R4_w=pkt(id=0,off=22,r=42,imm=0) R5_w=pkt(id=0,off=22,r=42,imm=0)\n"
	"89: (0f) r5 += r2\n"
	"R5 has pointer with unsupported alu operation, pointer arithmetic with it prohibited for "
	"!root\n"
	"processed 78 insns (limit 1000000) max_states_per_insn 0 total_states 7 peak_states 7 "
	"mark_read 0\n";

struct load_row {
	const char *name;
	struct diagnose_load facts;
	const char *parts[DIAGNOSE_PARTS];
	const char *lacks;
};

static const struct load_row load_rows[] = {
	{"EPERM without CAP_BPF and CAP_NET_ADMIN names all that loading takes",
	 {.error = -EPERM, .privileges = &only_bpf},
	 {"loading the counter failed", "CAP_NET_ADMIN and CAP_PERFMON missing", "root",
	  "AmbientCapabilities"},
	 "CAP_BPF"},
	{"EPERM before Linux 5.11 with too small a limit names both sizes",
	 {.error = -EPERM, .privileges = &old_kernel},
	 {"RLIMIT_MEMLOCK is 1 KiB", "65 KiB", "LimitMEMLOCK", "MaxInterfaces"},
	 "missing"},
	{"EPERM with the capabilities under a filter names seccomp",
	 {.error = -EPERM, .privileges = &filtered},
	 {"seccomp", "SystemCallFilter=bpf"},
	 "missing"},
	{"EPERM with the capabilities under a profile names it",
	 {.error = -EPERM, .privileges = &confined},
	 {"AppArmor or SELinux", "/usr/sbin/collectd (enforce)", "ausearch"},
	 "missing"},
	{"EPERM with the capabilities under lockdown names it",
	 {.error = -EPERM, .privileges = &locked},
	 {"lockdown is \"confidentiality\""},
	 "missing"},
	{"EPERM with the capabilities in a user namespace names that",
	 {.error = -EPERM, .privileges = &contained},
	 {"user namespace", "host"},
	 "missing"},
	{"EPERM that nothing explains says what was looked at",
	 {.error = -EPERM},
	 {"though CAP_BPF and CAP_NET_ADMIN are there", "none of lockdown", "dmesg"},
	 "missing"},
	{"CAP_SYS_ADMIN stands for the others",
	 {.error = -EPERM, .privileges = &only_sys_admin},
	 {"none of lockdown"},
	 "missing"},
	{"ENOMEM at load names the memory wanted and the option",
	 {.error = -ENOMEM},
	 {"no memory", "65 KiB", "MaxInterfaces", "MemoryMax"},
	 "control group may"},
	{"ENOMEM in a limited control group names its limit",
	 {.error = -ENOMEM, .privileges = &filtered},
	 {"no memory for 65 KiB", "control group may use 1024 KiB", "MemoryMax"},
	 NULL},
	{"E2BIG at load names the memory wanted and the options",
	 {.error = -E2BIG},
	 {"65 KiB", "too large", "MaxInterfaces", "ReportQueues"},
	 NULL},
	{"ENOSYS at load names the kernel's configuration",
	 {.error = -ENOSYS},
	 {"no bpf(2)", "CONFIG_BPF_SYSCALL", "5.10"},
	 NULL},
	{"ENOSYS under a filter names seccomp",
	 {.error = -ENOSYS, .privileges = &filtered},
	 {"seccomp", "SystemCallFilter=bpf"},
	 "CONFIG_BPF"},
	{"EMFILE at load names the limit", {.error = -EMFILE}, {"1024", "LimitNOFILE"}, NULL},
	{"ENFILE at load names the setting", {.error = -ENFILE}, {"fs.file-max"}, NULL},
	{"a refusal of the verifier says its class, message, instruction and line",
	 {.error = -EACCES, .verifier = verifier_log},
	 {"verifier rejects it: out-of-bounds packet access", "report it",
	  "(R1 offset is outside of the packet", "instruction 1: (71) r1 = *(u8 *)(r1 +0)",
	  "line \"return data[0] ? XDP_PASS : XDP_DROP; @ packet.bpf.c:14\""},
	 "processed"},
	{"pointer arithmetic without CAP_PERFMON names that alone",
	 {.error = -EACCES, .verifier = old_verifier_log, .privileges = &no_perfmon},
	 {"CAP_PERFMON missing", "AmbientCapabilities", "(R5 has pointer with unsupported",
	  "89: (0f) r5 += r2", "ip->ihl * 4"},
	 "CAP_BPF"},
	{"a feature that libbpf missed by chance asks for a restart",
	 {.error = -EINVAL,
	  .verifier = "28: (15) if r7 == 0x0 goto pc+275\n"
		      "BPF map 'count.rodata' is referenced but wasn't created\n"},
	 {"temporary failure", "restart collectd"},
	 "verifier rejects"},
	{"EACCES without a log says who refuses",
	 {.error = -EACCES},
	 {"verifier rejects", "report it"},
	 "()"},
	{"EINVAL at load names the oldest kernel",
	 {.error = -EINVAL},
	 {"does not accept", "5.10"},
	 "()"},
	{"EINVAL on an old kernel says so",
	 {.error = -EINVAL, .privileges = &old_kernel},
	 {"Linux 5.4 is too old", "use Linux 5.10"},
	 NULL},
	{"EAGAIN at load asks for nothing", {.error = -EAGAIN}, {"busy", "nothing to do"}, NULL},
	{"an unknown error at load gives number, text and step",
	 {.error = -EXDEV, .step = "opening the counter"},
	 {"opening the counter failed", "errno 18", "Invalid cross-device link", "report it"},
	 NULL},
	{"the map that libbpf could not create is named",
	 {.error = -EINVAL,
	  .libbpf = "libbpf: Error in bpf_create_map_xattr(records)\n"
		    "libbpf: map 'records': failed to create: Invalid argument(-22)"},
	 {"(map 'records': failed to create: Invalid argument(-22))"},
	 NULL},
	{"the advice to the author of a custom counter names no option of ours",
	 {.error = -E2BIG,
	  .custom = true,
	  .verifier = "BPF program is too large. Processed 1000001 insn\n"},
	 {"a loop without a bound", "bound the loop"},
	 "Report"},
	{"programs of the other byte order, which were built for another machine",
	 {.error = -LIBBPF_ERRNO__ENDIAN, .step = "opening the counter"},
	 {"opening the counter failed (errno 4003 of libbpf)", "of the other byte order",
	  "build the plugin again, with configure's --host="},
	 "Unknown error"},
	{"an object that somebody else compiled for the other byte order",
	 {.error = -LIBBPF_ERRNO__ENDIAN, .custom = true},
	 {"of the other byte order", "`-target bpfel` or `-target bpfeb`"},
	 "plugin"},
	{"the author of a custom counter gets advice for the program, and need report nothing",
	 {.error = -EACCES, .custom = true, .verifier = verifier_log},
	 {"out-of-bounds packet access; compare with data_end before each read (R1 offset"},
	 "report"},
	{"a helper that XDP has not is to be replaced in a custom counter",
	 {.error = -EINVAL,
	  .custom = true,
	  .verifier = "program of this type cannot use helper bpf_skb_load_bytes#26\n"},
	 {"use one that XDP programs may call"},
	 "report"},
	{"what nobody knows of a custom counter is to be corrected",
	 {.error = -EINVAL, .custom = true, .verifier = "a remark\n"},
	 {"correct what it says in the program", "(a remark)"},
	 "report"},
	{"EACCES of a custom counter without a log says where to find one",
	 {.error = -EACCES, .custom = true},
	 {"does not say why", "bpftool -d prog load"},
	 "report"},
	{"an array of programs that is to be filled",
	 {.error = -EBADF,
	  .custom = true,
	  .libbpf = "libbpf: map 'jmp': failed to initialize slot [0] to prog 'tail' fd=-2: -9\n"
		    "libbpf: failed to load object 'x'\n"},
	 {"filled with programs for tail calls", "call functions instead",
	  "(map 'jmp': failed to initialize slot [0] to prog 'tail' fd=-2: -9)"},
	 "report"},
	{"an error of a custom counter that nobody knows quotes libbpf",
	 {.error = -ESRCH,
	  .custom = true,
	  .libbpf = "libbpf: extern (ksym) 'no_such_thing': not found in kernel BTF\n"
		    "libbpf: failed to load object 'x'\n"},
	 {"errno 3", "libbpf or the kernel refuses it",
	  "(extern (ksym) 'no_such_thing': not found"},
	 "report"},
	{"libbpf's line that an object failed to load is not quoted",
	 {.error = -EINVAL, .custom = true, .libbpf = "libbpf: failed to load object 'x'\n"},
	 {"does not accept the program", "bpftool -d prog load"},
	 "(failed"},
	{"what libbpf says besides is not quoted",
	 {.error = -EINVAL, .libbpf = "libbpf: one\nlibbpf: two"},
	 {"does not accept"},
	 "libbpf"},
};

static struct diagnose_load load_facts(const struct load_row *row)
{
	struct diagnose_load facts = row->facts;

	facts.step = facts.step ? facts.step : "loading the counter";
	facts.libbpf = facts.libbpf ? facts.libbpf : "";
	facts.verifier = facts.verifier ? facts.verifier : "";
	facts.privileges = facts.privileges ? facts.privileges : &privileged;
	facts.memory = 65537;
	return facts;
}

static void test_load(void **state)
{
	const struct load_row *row = *state;
	const struct diagnose_load facts = load_facts(row);
	char text[DIAGNOSE_TEXT];

	diagnose_load(&facts, text, sizeof(text));
	assert_explained(text, row->parts, row->lacks);
}

static void explain_load(const void *facts, char *text, size_t size)
{
	diagnose_load(facts, text, size);
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(load_rows); i++) {
		const struct diagnose_load facts = load_facts(&load_rows[i]);

		assert_cut_off(explain_load, &facts);
	}
}

/* Each number of libbpf's has a cause and a fix of its own, and one that is not known yet, too. */
static void test_libbpf(void **state)
{
	static char texts[2 * (__LIBBPF_ERRNO__END - __LIBBPF_ERRNO__START + 1)][DIAGNOSE_TEXT];
	static const char *const nothing[DIAGNOSE_PARTS] = {NULL};
	size_t count = 0;

	(void)state;
	for (int number = __LIBBPF_ERRNO__START; number <= __LIBBPF_ERRNO__END; number++) {
		for (int custom = 0; custom <= 1; custom++) {
			char *text = texts[count++];

			assert_true(diagnose_libbpf_error(-number, custom, text, DIAGNOSE_TEXT));
			assert_explained(text, nothing, custom ? "report it" : "-target");
			for (size_t i = 0; i + custom + 1 < count; i++)
				assert_string_not_equal(texts[i], text);
		}
	}
	assert_false(diagnose_libbpf_error(-EINVAL, false, texts[0], DIAGNOSE_TEXT));
	assert_false(
		diagnose_libbpf_error(1 - __LIBBPF_ERRNO__START, false, texts[0], DIAGNOSE_TEXT));
}

static void test_long_log(void **state)
{
	char log[4096], text[DIAGNOSE_TEXT];
	const struct diagnose_load facts = {.error = -EACCES,
					    .step = "loading the counter",
					    .libbpf = "",
					    .verifier = log,
					    .privileges = &privileged};

	(void)state;
	memset(log, 'x', sizeof(log) - 1);
	log[sizeof(log) - 1] = '\0';
	diagnose_load(&facts, text, sizeof(text));
	assert_contains(text, "report it with this line and the kernel's version (xxxx");
	assert_true(strlen(text) < 512);
}

int main(void)
{
	struct CMUnitTest tests[3 + UNIT_LENGTH(load_rows)] = {
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
		UNIT_TEST("each number of libbpf's own has its cause and its fix", test_libbpf),
		UNIT_TEST("what to do comes before a very long log, which is cut off",
			  test_long_log),
	};
	size_t count = 3;

	ADD_ROWS(tests, count, load_rows, test_load);
	return cmocka_run_group_tests_name("diagnose/load", tests, NULL, NULL);
}
