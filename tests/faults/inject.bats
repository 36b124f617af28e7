#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Every system call that the plugin makes at a start and in its first readings fails once,
# one by one, each in a real collectd.

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

# Each of CALLS, a regular expression, with an error.
other_sweep() {
	local first last
	read -r first last < <(main_calls "$@")
	((first >= 1 && last >= first))
	for error in $ERRORS; do
		sweep "$1" "$error" "$first" "$last" "${@:2}"
	done
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

@test "each socket(), bind(), setsockopt() that fails is named, and over when it is" {
	local call
	for call in socket bind getsockname setsockopt; do
		ERRORS="EPERM ENOMEM EINVAL" other_sweep $call
	done
}

@test "each sendto() and recvmsg() that fails is named, and over when it is" {
	local call
	for call in sendto recvmsg; do
		ERRORS="EPERM ENOMEM EINVAL EBUSY EAGAIN ENOBUFS" other_sweep $call
	done
}

@test "each mmap() of a start that fails is survived, and over when it is" {
	ERRORS="ENOMEM EPERM" other_sweep mmap
}

@test "each open(), mkdir(), rename() and flock() that fails is named where it is of the pins, and counting goes on" {
	local call
	for call in mkdirat renameat flock; do
		ERRORS="EPERM EROFS ENOSPC" other_sweep $call 'Persist true' 'PinDirectory "PINS"'
	done
	ERRORS="EACCES EMFILE" other_sweep openat 'Persist true' 'PinDirectory "PINS"'
}

@test "each bpf() call for an interface that appears while collectd runs, the same" {
	export PHASE=appear
	local error
	for error in EPERM ENOMEM EINVAL E2BIG EBUSY EAGAIN; do
		sweep bpf "$error" 1 6
	done
}

@test "each recvmsg() that is to tell of an interface that appears, the same" {
	export PHASE=appear
	local error
	for error in EPERM ENOMEM EINVAL; do
		sweep recvmsg "$error" 1 6
	done
}

@test "a stop while all of its system calls fail comes to its end, and nothing is left" {
	local options
	export PHASE=stop
	for options in 'Persist false' 'Persist true'; do
		"$CASE" "$BATS_TEST_TMPDIR" bpf,unlinkat,rmdir,flock,sendto,recvmsg EPERM 1+ \
			"$options" 'PinDirectory "PINS"'
		await 20 nothing_left "$BATS_TEST_TMPDIR/before"
	done
}
