#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# kill -9 at any moment, init included.

load ../lib/hooks

setup() {
	test_up
	veth_add veth0
	veth_add veth1
}

teardown() {
	test_down
}

@test "after each of 100 kills without Persist nothing is left" {
	configure <<<'Interface "/^veth/"'
	for _ in $(seq 100); do
		kill_at_random
		await 10 nothing_left "$BATS_TEST_TMPDIR/before"
		await 10 is_free veth0
		await 10 is_free veth1
	done
}
