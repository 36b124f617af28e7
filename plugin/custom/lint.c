// SPDX-License-Identifier: GPL-2.0-only
/* A `++` as compilers write it: load, add, store to the same place. */
#include "plugin/custom/lint.h"

#include <linux/bpf.h>

/* Instructions between the read and the write of one `++`. */
#define CUSTOM_LINT_NEAR 8

static bool is_guarded(const struct bpf_insn *instruction)
{
	if (BPF_CLASS(instruction->code) == BPF_STX && BPF_MODE(instruction->code) == BPF_ATOMIC)
		return true;
	return instruction->code == (BPF_JMP | BPF_CALL) && instruction->src_reg == 0 &&
	       instruction->imm == BPF_FUNC_spin_lock;
}

/* Whether what is stored was read from the same place shortly before. */
static bool is_plain_update(const struct bpf_insn *store, size_t before)
{
	if (BPF_CLASS(store->code) != BPF_STX || BPF_MODE(store->code) != BPF_MEM ||
	    store->dst_reg == BPF_REG_10)
		return false;
	for (size_t i = 1; i <= before && i <= CUSTOM_LINT_NEAR; i++) {
		const struct bpf_insn *load = store - i;

		if (BPF_CLASS(load->code) == BPF_LDX && BPF_MODE(load->code) == BPF_MEM &&
		    BPF_SIZE(load->code) == BPF_SIZE(store->code) &&
		    load->src_reg == store->dst_reg && load->off == store->off)
			return true;
	}
	return false;
}

bool custom_lint_loses_updates(const struct bpf_insn *instructions, size_t count)
{
	bool plain = false;

	for (size_t i = 0; i < count; i++) {
		if (is_guarded(&instructions[i]))
			return false;
		plain |= is_plain_update(&instructions[i], i);
	}
	return plain;
}
