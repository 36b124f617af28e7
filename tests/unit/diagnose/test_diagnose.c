// SPDX-License-Identifier: GPL-2.0-only
/* Every failure is explained by a cause and something to do, in a buffer of any size. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/diagnose/attach.h"
#include "plugin/diagnose/interfaces.h"
#include "plugin/diagnose/load.h"
#include "plugin/diagnose/observe.h"
#include "plugin/diagnose/pins.h"
#include "plugin/diagnose/verifier.h"
#include "plugin/kernel/privileges.h"

#define DIAGNOSE_TEXT 1024
#define DIAGNOSE_PARTS 6

/* Processes that differ in what they may do. */
#define ALL_CAPABILITIES (PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN | PRIVILEGES_PERFMON)
static const struct privileges privileged = {.known = true,
					     .effective = ALL_CAPABILITIES,
					     .kernel_major = 6,
					     .kernel_minor = 1,
					     .memlock = 8 << 20,
					     .files = 1024,
					     .group_memory = UINT64_MAX};
static const struct privileges only_bpf = {
	.known = true, .effective = PRIVILEGES_BPF, .kernel_major = 6, .group_memory = UINT64_MAX};
static const struct privileges only_sys_admin = {
	.known = true, .effective = PRIVILEGES_SYS_ADMIN, .group_memory = UINT64_MAX};
static const struct privileges no_perfmon = {.known = true,
					     .effective = PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN,
					     .group_memory = UINT64_MAX};
static const struct privileges filtered = {.known = true,
					   .effective = ALL_CAPABILITIES,
					   .seccomp = 2,
					   .files = 16,
					   .group_memory = 1 << 20};
static const struct privileges confined = {.known = true,
					   .effective = ALL_CAPABILITIES,
					   .confinement = "/usr/sbin/collectd (enforce)",
					   .group_memory = UINT64_MAX};
static const struct privileges locked = {.known = true,
					 .effective = ALL_CAPABILITIES,
					 .lockdown = "confidentiality",
					 .group_memory = UINT64_MAX};
static const struct privileges contained = {.known = true,
					    .effective = ALL_CAPABILITIES,
					    .user_namespace = true,
					    .group_memory = UINT64_MAX};
static const struct privileges old_kernel = {.known = true,
					     .effective = ALL_CAPABILITIES,
					     .kernel_major = 5,
					     .kernel_minor = 4,
					     .memlock = 1000,
					     .group_memory = UINT64_MAX};

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
	{"EBUSY says why the program at the hook is not observed, and no other fix",
	 {.error = -EBUSY, .holder_id = 42, .holder_mode = "generic", .unobserved = "why; fix"},
	 {"id 42", "stays and cannot be observed: why; fix"},
	 "owner detach"},
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
	 "without packets of several buffers"},
	{"ERANGE on a kernel without multi-buffer says so",
	 {.error = -ERANGE, .mtu = 3600},
	 {"MTU of 3600", "without packets of several buffers", "lower the MTU"},
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
	{"EPERM names the capability that is missing, and no other",
	 {.error = -EPERM, .privileges = &only_bpf},
	 {"no permission", "errno 1", "CAP_NET_ADMIN missing", "AmbientCapabilities", "root"},
	 "CAP_BPF"},
	{"EACCES with all capabilities under seccomp names the filter",
	 {.error = -EACCES, .privileges = &filtered},
	 {"no permission", "seccomp", "SystemCallFilter"},
	 "missing"},
	{"EBUSY names the interface above or below that has a program",
	 {.error = -EEXIST, .neighbour = "bond0"},
	 {"bond0", "above or below", "count on bond0 instead"},
	 "errno"},
	{"EOPNOTSUPP with LRO on names it and how to switch it off",
	 {.error = -EOPNOTSUPP, .driver = "virtio_net", .lro = true},
	 {"LRO or GRO-HW is on", "ethtool -K", "generic"},
	 "MTU"},
	{"EOPNOTSUPP names the driver of hardware",
	 {.error = -EOPNOTSUPP, .driver = "e1000"},
	 {"driver e1000", "no native XDP"},
	 NULL},
	{"EINVAL with more than half of the channels in use names both numbers",
	 {.error = -EINVAL, .driver = "ena", .mtu = 1500, .channels = 8, .channels_max = 8},
	 {"driver ena", "8 of 8 channels", "half", "ethtool -L"},
	 "MTU"},
	{"EINVAL on a kernel before links says what is too old",
	 {.error = -EINVAL, .privileges = &old_kernel},
	 {"cannot attach by a link", "5.10"},
	 "MTU"},
	{"EMFILE names the limit and its value",
	 {.error = -EMFILE, .privileges = &filtered},
	 {"no file descriptor left", "RLIMIT_NOFILE is 16", "LimitNOFILE"},
	 NULL},
	{"EAGAIN asks for nothing", {.error = -EAGAIN}, {"busy", "nothing to do"}, NULL},
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
	 {"passing failure", "restart collectd"},
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
	{"what libbpf says besides is not quoted",
	 {.error = -EINVAL, .libbpf = "libbpf: one\nlibbpf: two"},
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

/* A program that cannot be observed. What was said is "" where it is left out. */
struct observe_row {
	const char *name;
	struct diagnose_observe facts;
	const char *parts[DIAGNOSE_PARTS];
	const char *lacks;
};

static const struct observe_row observe_rows[] = {
	{"without CAP_SYS_ADMIN, that, and OnBusy as the other way",
	 {.step = DIAGNOSE_OBSERVE_ID, .error = -EPERM},
	 {"CAP_SYS_ADMIN missing", "AmbientCapabilities", "OnBusy to \"wait\""},
	 "CAP_BPF"},
	{"with CAP_SYS_ADMIN, what else may refuse a program by its id",
	 {.step = DIAGNOSE_OBSERVE_ID, .error = -EPERM, .privileges = &only_sys_admin},
	 {"no permission"},
	 "missing"},
	{"on the network card",
	 {.step = DIAGNOSE_OBSERVE_OFFLOADED, .error = -EOPNOTSUPP},
	 {"network card", "native mode"},
	 NULL},
	{"without BTF",
	 {.step = DIAGNOSE_OBSERVE_BTF, .error = -ENODATA},
	 {"it has no BTF", "clang -g"},
	 NULL},
	{"interpreted",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EINVAL,
	  .verifier = "Can attach to only JITed progs\n"},
	 {"interpreted", "net.core.bpf_jit_enable"},
	 "report it"},
	{"a kernel without BTF",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -ESRCH,
	  .libbpf = "libbpf: failed to find valid kernel BTF\n"},
	 {"kernel has no BTF", "CONFIG_DEBUG_INFO_BTF"},
	 NULL},
	{"a kernel without a member that is read",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EINVAL,
	  .verifier = "9: <invalid CO-RE relocation>\nfailed to resolve CO-RE relocation\n"},
	 {"structures", "kernel's version"},
	 NULL},
	{"a main function that takes something else",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EACCES,
	  .verifier = "3: (79) r2 = *(u64 *)(r1 +0)\nR1 invalid mem access 'scalar'\n"},
	 {"struct xdp_md *", "owner"},
	 NULL},
	{"another rejection by the verifier, with its words",
	 {.step = DIAGNOSE_OBSERVE_LOAD, .error = -EACCES, .verifier = "R0 !read_ok\n"},
	 {"verifier", "R0 !read_ok"},
	 NULL},
	{"a missing capability to load",
	 {.step = DIAGNOSE_OBSERVE_LOAD, .error = -EPERM, .privileges = &no_perfmon},
	 {"CAP_PERFMON missing"},
	 NULL},
	{"before Linux 5.11, a limit that may be exceeded",
	 {.step = DIAGNOSE_OBSERVE_LOAD, .error = -EPERM, .privileges = &old_kernel},
	 {"RLIMIT_MEMLOCK is 1 KiB", "LimitMEMLOCK=infinity"},
	 "traced"},
	{"a kernel that does not have programs traced",
	 {.step = DIAGNOSE_OBSERVE_LOAD, .error = -EPERM},
	 {"this kernel does not have BPF programs traced", "errno 1"},
	 "lockdown"},
	{"a kernel that is locked down",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EINVAL,
	  .verifier = "unknown func bpf_probe_read_kernel#113\n",
	  .privileges = &locked},
	 {"lockdown is \"confidentiality\"", "boot without it"},
	 NULL},
	{"too many that trace",
	 {.step = DIAGNOSE_OBSERVE_ATTACH, .error = -E2BIG},
	 {"as many others", "bpftool link"},
	 NULL},
	{"a program that another one stands in the place of",
	 {.step = DIAGNOSE_OBSERVE_ATTACH, .error = -EBUSY},
	 {"in its place", "5.13"},
	 NULL},
	{"a kernel that does not have programs attached to others",
	 {.step = DIAGNOSE_OBSERVE_ATTACH, .error = -EOPNOTSUPP},
	 {"does not have BPF programs traced"},
	 NULL},
	{"no descriptor left",
	 {.step = DIAGNOSE_OBSERVE_LOAD, .error = -EMFILE},
	 {"file descriptor", "LimitNOFILE"},
	 NULL},
	{"no memory", {.step = DIAGNOSE_OBSERVE_ATTACH, .error = -ENOMEM}, {"memory"}, NULL},
};

static struct diagnose_observe observe_facts(const struct diagnose_observe *row)
{
	struct diagnose_observe facts = *row;

	facts.libbpf = facts.libbpf ? facts.libbpf : "";
	facts.verifier = facts.verifier ? facts.verifier : "";
	facts.privileges = facts.privileges ? facts.privileges : &privileged;
	return facts;
}

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
	facts.neighbour = facts.neighbour ? facts.neighbour : "";
	facts.driver = facts.driver ? facts.driver : "";
	facts.unobserved = facts.unobserved ? facts.unobserved : "";
	facts.privileges = facts.privileges ? facts.privileges : &privileged;
	return facts;
}

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

static void test_observe(void **state)
{
	const struct observe_row *row = *state;
	const struct diagnose_observe facts = observe_facts(&row->facts);
	char text[DIAGNOSE_TEXT];

	diagnose_observe(&facts, text, sizeof(text));
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
	static const struct {
		int error;
		const char *parts[DIAGNOSE_PARTS];
	} others[] = {
		{-EMFILE, {"nothing is counted", "errno 24", "LimitNOFILE"}},
		{-ENFILE, {"nothing is counted", "errno 23", "fs.file-max"}},
		{-ENOMEM, {"nothing is counted", "errno 12", "more memory"}},
		{-ETIMEDOUT, {"nothing is counted", "errno 110", "`ip link`"}},
		{-EPROTO, {"nothing is counted", "errno 71", "report it"}},
	};
	char text[DIAGNOSE_TEXT];

	(void)state;
	diagnose_interfaces(-EAFNOSUPPORT, true, text, sizeof(text));
	assert_explained(text, parts, NULL);
	for (size_t i = 0; i < UNIT_LENGTH(others); i++) {
		diagnose_interfaces(others[i].error, false, text, sizeof(text));
		assert_explained(text, others[i].parts, "AF_NETLINK");
	}
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

static void explain_observe(const void *facts, char *text, size_t size)
{
	diagnose_observe(facts, text, size);
}

static void explain_interfaces(const void *facts, char *text, size_t size)
{
	diagnose_interfaces(*(const int *)facts, false, text, size);
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
	for (size_t i = 0; i < UNIT_LENGTH(observe_rows); i++) {
		const struct diagnose_observe facts = observe_facts(&observe_rows[i].facts);

		assert_cut_off(explain_observe, &facts);
	}
	for (size_t i = 0; i < UNIT_LENGTH(pins_rows); i++)
		assert_cut_off(explain_pins, &pins_rows[i].error);
	assert_cut_off(explain_interfaces, &error);
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

/* What a line of a verifier says; its class. */
struct phrase_row {
	const char *name;
	const char *log;
	enum verifier_class class;
};

/* Messages of kernels that the tests may not run on (kernel/bpf/verifier.c, 5.10 to 6.18). */
static const struct phrase_row phrase_rows[] = {
	{"too many instructions", "BPF program is too large. Processed 1000001 insn\n",
	 VERIFIER_COMPLEX},
	{"a loop, before bounded loops", "back-edge from insn 9 to 2\n", VERIFIER_COMPLEX},
	{"a loop without a bound", "infinite loop detected at insn 2\n", VERIFIER_COMPLEX},
	{"stack of 5.10, too deep", "invalid stack off=-520 size=8\n", VERIFIER_STACK_LIMIT},
	{"stack, too high", "invalid write to stack R10 off=8 size=8\n", VERIFIER_STACK},
	{"stack not written, 5.10", "invalid read from stack off -8+0 size 8\n",
	 VERIFIER_UNINITIALISED},
	{"stack not written, 5.12", "invalid indirect read from stack R2 off -8+0 size 8\n",
	 VERIFIER_UNINITIALISED},
	{"register of 5.10", "R1 invalid mem access 'inv'\n", VERIFIER_NO_POINTER},
	{"register of 5.18", "R1 invalid mem access 'scalar'\n", VERIFIER_NO_POINTER},
	{"map value", "invalid access to map value, value_size=8 off=8 size=8\n", VERIFIER_MAP},
	{"map range", "R0 max value is outside of the allowed memory range\n", VERIFIER_MAP},
	{"packet", "invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)\n", VERIFIER_PACKET},
	{"argument", "R2 type=inv expected=fp, pkt, map_value\n", VERIFIER_ARGUMENT},
	{"helper of 5.10", "unknown func bpf_skb_load_bytes#26\n", VERIFIER_HELPER},
	{"helper with a licence",
	 "cannot call GPL-restricted function from non-GPL compatible program\n", VERIFIER_HELPER},
	{"return of 5.10",
	 "At program exit the register R0 has value (0x5; 0x0) should have been in (0x0; 0x1)\n",
	 VERIFIER_RETURN},
	{"pointers subtracted", "R1 pointer -= pointer prohibited\n", VERIFIER_PRIVILEGE},
	{"pointers compared", "R1 pointer comparison prohibited\n", VERIFIER_PRIVILEGE},
	{"pointer masked", "R1 bitwise operator &= on pointer prohibited\n", VERIFIER_POINTER},
	{"map pointer", "R1 pointer arithmetic on map_ptr prohibited\n", VERIFIER_POINTER},
	{"the decisive line is not the last",
	 "R1 !read_ok\nsome remark\nprocessed 1 insns (limit 1000000)\n", VERIFIER_UNINITIALISED},
	{"what nobody knows", "a remark\n", VERIFIER_UNKNOWN},
	{"nothing", "", VERIFIER_UNKNOWN},
	{"statistics", "processed 1 insns (limit 1000000)\nstack depth 8\n", VERIFIER_UNKNOWN},
};

static void test_phrase(void **state)
{
	const struct phrase_row *row = *state;
	struct verifier_verdict verdict;

	verifier_read(row->log, &verdict);
	assert_int_equal(verdict.class, row->class);
	if (row->class != VERIFIER_UNKNOWN)
		assert_memory_equal(verdict.message, row->log, 10);
}

static void test_control_characters(void **state)
{
	struct verifier_verdict verdict;

	(void)state;
	verifier_read("R1 \033[31m!read_ok\r\377\n", &verdict);
	assert_string_equal(verdict.message, "R1 ?[31m!read_ok??");
}

static void test_status(void **state)
{
	struct privileges privileges = {0};
	char missing[64];

	(void)state;
	privileges_parse_status("Name:\tx\nCapEff:\t0000008000001000\nSeccomp:\t2\n", &privileges);
	assert_true(privileges.known);
	assert_int_equal(privileges.effective, PRIVILEGES_BPF | PRIVILEGES_NET_ADMIN);
	assert_int_equal(privileges.seccomp, 2);
	privileges_missing(&privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	assert_string_equal(missing, "CAP_PERFMON");
	privileges_missing(&privileges, PRIVILEGES_ATTACH, missing, sizeof(missing));
	assert_string_equal(missing, "");
}

static void test_no_status(void **state)
{
	struct privileges privileges = {0};
	char missing[64];

	(void)state;
	privileges_parse_status("CapEff:\nnonsense", &privileges);
	assert_false(privileges.known);
	privileges_missing(&privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	assert_string_equal(missing, "");
}

static void test_lockdown(void **state)
{
	struct privileges privileges = {0};

	(void)state;
	privileges_parse_lockdown("none [integrity] confidentiality\n", &privileges);
	assert_string_equal(privileges.lockdown, "integrity");
	privileges_parse_lockdown("[none] integrity confidentiality\n", &privileges);
	assert_string_equal(privileges.lockdown, "");
	privileges_parse_lockdown("none [integrity", &privileges);
	assert_string_equal(privileges.lockdown, "");
	privileges_parse_confinement("unconfined\n", &privileges);
	assert_string_equal(privileges.confinement, "");
	privileges_parse_confinement("system_u:system_r:collectd_t:s0", &privileges);
	assert_string_equal(privileges.confinement, "system_u:system_r:collectd_t:s0");
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

#define DIAGNOSE_OTHERS 7
#define DIAGNOSE_TESTS                                                                             \
	(DIAGNOSE_OTHERS + UNIT_LENGTH(attach_rows) + UNIT_LENGTH(load_rows) +                     \
	 UNIT_LENGTH(observe_rows) + UNIT_LENGTH(pins_rows) + UNIT_LENGTH(phrase_rows))

int main(void)
{
	struct CMUnitTest tests[DIAGNOSE_TESTS] = {
		UNIT_TEST("a list of interfaces that cannot be read names the unit's setting",
			  test_interfaces),
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
		UNIT_TEST("what to do comes before a very long log, which is cut off",
			  test_long_log),
		UNIT_TEST("control characters of a verifier's log do not reach the daemon's log",
			  test_control_characters),
		UNIT_TEST("what the status of a process says it lacks is named", test_status),
		UNIT_TEST("a status that cannot be read is no lack", test_no_status),
		UNIT_TEST("lockdown and confinement are read as the kernel writes them",
			  test_lockdown),
	};
	size_t count = DIAGNOSE_OTHERS;

	ADD_ROWS(tests, count, attach_rows, test_attach);
	ADD_ROWS(tests, count, load_rows, test_load);
	ADD_ROWS(tests, count, observe_rows, test_observe);
	ADD_ROWS(tests, count, pins_rows, test_pins);
	ADD_ROWS(tests, count, phrase_rows, test_phrase);
	return cmocka_run_group_tests_name("diagnose", tests, NULL, NULL);
}
