#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Every system call but bpf() that the plugin makes at a start fails once, one by one, each in a real
# collectd; so do those for an interface that appears, and those of a stop.

load faults.bash

setup() {
	test_up
}

teardown() {
	test_down
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
