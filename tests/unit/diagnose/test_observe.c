// SPDX-License-Identifier: GPL-2.0-only
/* Every reason not to observe a program is explained, with something to do. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include "plugin/diagnose/observe.h"

/* A program that cannot be observed. What was said is "" where it is left out. */
struct observe_row {
	const char *name;
	struct diagnose_observe facts;
	const char *parts[DIAGNOSE_PARTS];
	const char *lacks;
};

static const struct privileges without_jit = {.jit = PRIVILEGES_JIT_ABSENT};
static const struct privileges jit_off = {.jit = PRIVILEGES_JIT_OFF};
static const struct privileges jit_on = {.jit = PRIVILEGES_JIT_ON};

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
	{"bound to a device",
	 {.step = DIAGNOSE_OBSERVE_BOUND, .error = -EOPNOTSUPP},
	 {"bound to a device", "xdpmeta_dev"},
	 "network card"},
	{"without BTF",
	 {.step = DIAGNOSE_OBSERVE_BTF, .error = -ENODATA},
	 {"it has no BTF", "clang -g"},
	 NULL},
	{"interpreted",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EINVAL,
	  .verifier = "Can attach to only JITed progs\n"},
	 {"it is interpreted; where this kernel has a JIT compiler, set net.core.bpf_jit_enable"},
	 "report it"},
	{"interpreted, where the JIT compiler can be switched on",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EINVAL,
	  .verifier = "Can attach to only JITed progs\n",
	  .privileges = &jit_off},
	 {"it is interpreted; set net.core.bpf_jit_enable to 1, and ask its owner to load it"},
	 "CONFIG_BPF_JIT"},
	{"interpreted, where it was switched on too late",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EINVAL,
	  .verifier = "Can attach to only JITed progs\n",
	  .privileges = &jit_on},
	 {"the JIT compiler is on now; ask its owner to load it again"},
	 "net.core"},
	{"interpreted, by a kernel that can do nothing else",
	 {.step = DIAGNOSE_OBSERVE_LOAD,
	  .error = -EINVAL,
	  .verifier = "Can attach to only JITed progs\n",
	  .privileges = &without_jit},
	 {"the kernel has no JIT compiler", "CONFIG_BPF_JIT"},
	 "net.core"},
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
	{"a kernel that cannot trace programs",
	 {.step = DIAGNOSE_OBSERVE_LOAD, .error = -EPERM},
	 {"this kernel cannot trace BPF programs", "errno 1"},
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
	 {"cannot trace BPF programs"},
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

static void test_observe(void **state)
{
	const struct observe_row *row = *state;
	const struct diagnose_observe facts = observe_facts(&row->facts);
	char text[DIAGNOSE_TEXT];

	diagnose_observe(&facts, text, sizeof(text));
	assert_explained(text, row->parts, row->lacks);
}

static void explain_observe(const void *facts, char *text, size_t size)
{
	diagnose_observe(facts, text, size);
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(observe_rows); i++) {
		const struct diagnose_observe facts = observe_facts(&observe_rows[i].facts);

		assert_cut_off(explain_observe, &facts);
	}
}

int main(void)
{
	struct CMUnitTest tests[1 + UNIT_LENGTH(observe_rows)] = {
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
	};
	size_t count = 1;

	ADD_ROWS(tests, count, observe_rows, test_observe);
	return cmocka_run_group_tests_name("diagnose/observe", tests, NULL, NULL);
}
