// SPDX-License-Identifier: GPL-2.0-only
/* What verifiers of all kernels say is put into its class. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include "plugin/diagnose/verifier.h"

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
	{"alignment, where the processor asks for it",
	 "misaligned packet access off 2+(0x0; 0xffff)+0+2 size 2\n", VERIFIER_ALIGNMENT},
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

int main(void)
{
	struct CMUnitTest tests[1 + UNIT_LENGTH(phrase_rows)] = {
		UNIT_TEST(
			"control characters of a verifier's log do not reach the log of the daemon",
			test_control_characters),
	};
	size_t count = 1;

	ADD_ROWS(tests, count, phrase_rows, test_phrase);
	return cmocka_run_group_tests_name("diagnose/verifier", tests, NULL, NULL);
}
