#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Every system call that a start with Persist makes for its pins fails once, one by one, each in
# a real collectd.

load faults.bash

setup() {
	test_up
}

teardown() {
	test_down
}

@test "each bpf() call of a start with Persist and Next that fails with EPERM or ENOMEM is named, and over when it is" {
	ERRORS="EPERM ENOMEM" other_sweep bpf 'Persist true' 'PinDirectory "PINS"' 'Next "NEXT"'
}

@test "each bpf() call of a restart with Persist that fails costs neither the link nor a packet, also with Next" {
	local first last
	export PHASE=restart
	set -- 'Persist true' 'PinDirectory "PINS"' 'MaxInterfaces 1'
	ERRORS=ENOMEM other_sweep bpf "$@"
	# What takes over comes last.
	set -- "$@" 'Next "NEXT"'
	read -r first last < <(main_calls bpf "$@")
	((first < last - 40))
	sweep bpf ENOMEM $((last - 40)) "$last" "$@"
}

@test "each open(), mkdir(), rename() and flock() that fails is named where it is of the pins, and counting goes on" {
	local call
	for call in mkdirat renameat flock; do
		ERRORS="EPERM EROFS ENOSPC" other_sweep $call 'Persist true' 'PinDirectory "PINS"'
	done
	ERRORS="EACCES EMFILE" other_sweep openat 'Persist true' 'PinDirectory "PINS"'
}
