/* SPDX-License-Identifier: GPL-2.0-only */
/* Mistakes in the program of a custom counter that the verifier accepts. Pure. */
#ifndef COLLECTD_XDP_CUSTOM_LINT_H
#define COLLECTD_XDP_CUSTOM_LINT_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_insn;

/*
 * Whether instructions have a plain read, add and write back (`++`) of memory
 * other than the stack, and neither an atomic one nor a spin lock.
 */
bool custom_lint_loses_updates(const struct bpf_insn *instructions, size_t count);

#endif
