// SPDX-License-Identifier: GPL-2.0-only
/* Programs of a few instructions: which of them lose updates. */
#include "tests/unit/unit.h"

#include <linux/bpf.h>

#include "plugin/custom/lint.h"

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

/* Eight instructions between are near, and nine are not. */
static void test_distance(void **state)
{
	(void)state;
	assert_true(LOSES(LOAD(BPF_DW, 1, 0, 8), ADD(1), ADD(1), ADD(1), ADD(1), ADD(1), ADD(1),
			  ADD(1), STORE(BPF_DW, 0, 1, 8)));
	assert_false(LOSES(LOAD(BPF_DW, 1, 0, 8), ADD(1), ADD(1), ADD(1), ADD(1), ADD(1), ADD(1),
			   ADD(1), ADD(1), STORE(BPF_DW, 0, 1, 8)));
	/* What is stored first was not read before. */
	assert_false(LOSES(STORE(BPF_DW, 0, 1, 8), LOAD(BPF_DW, 1, 0, 8), ADD(1)));
}

/* Other calls, of helpers and of functions of the program, guard nothing. */
static void test_calls(void **state)
{
	const struct bpf_insn function = {
		.code = BPF_JMP | BPF_CALL, .src_reg = 1, .imm = BPF_FUNC_spin_lock};
	const struct bpf_insn immediate = {
		.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 0, .off = 8};

	(void)state;
	assert_true(LOSES(CALL(BPF_FUNC_map_lookup_elem), LOAD(BPF_DW, 1, 0, 8), ADD(1),
			  STORE(BPF_DW, 0, 1, 8)));
	assert_true(LOSES(function, LOAD(BPF_DW, 1, 0, 8), ADD(1), STORE(BPF_DW, 0, 1, 8)));
	assert_false(LOSES(LOAD(BPF_DW, 1, 0, 8), ADD(1), immediate));
	assert_false(custom_lint_loses_updates(NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a plain ++ is seen, unless there are atomics or locks",
			  test_lost_updates),
		UNIT_TEST("a load that is far from the store is none of the same ++",
			  test_distance),
		UNIT_TEST("other calls and stores are no lock and no ++", test_calls),
	};

	return cmocka_run_group_tests_name("custom/lint", tests, NULL, NULL);
}
