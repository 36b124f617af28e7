#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Every bpf() call that the plugin makes at a start and in its first readings fails once, one by
# one, each in a real collectd; inject_calls and inject_pins have the others.

load faults.bash

setup() {
	test_up
}

teardown() {
	test_down
}

# The first sixteen calls of the thread that reads fail too, each in the same life.
bpf_sweep() {
	local first last remembered
	read -r first last < <(main_calls bpf)
	((first == 1 && last >= 30))
	sweep bpf "$1" "$first" "$last"
	# libbpf remembers what its own two probes for global data got as answers.
	remembered=$(grep -c '^ok remembered' "$BATS_TEST_TMPDIR/sweep" || true)
	((remembered <= 2))
}

@test "each bpf() call of a start and of readings that fails with EPERM is named, and over when it is" {
	bpf_sweep EPERM
}

@test "the same with ENOMEM" {
	bpf_sweep ENOMEM
}

@test "the same with EINVAL" {
	bpf_sweep EINVAL
}

@test "the same with E2BIG" {
	bpf_sweep E2BIG
}

@test "the same with EBUSY" {
	bpf_sweep EBUSY
}

@test "the same with EAGAIN" {
	bpf_sweep EAGAIN
}
