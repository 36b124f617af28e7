#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# kill -9 at any moment, init included, with Persist.

load ../lib/hooks

setup() {
	test_up
	veth_add veth0
	veth_add veth1
}

teardown() {
	test_down
}

@test "after each of 100 kills with Persist the next start adopts, and counts stay exact" {
	local i rounds=5 link
	persist_configure <<<'Interface "/^veth/"'
	collectd_start
	link=$(link_at veth0)
	collectd_stop
	stream_start veth0 4000
	for i in $(seq 100); do
		kill_at_random
		((i % (100 / rounds) == 0)) || continue
		collectd_start
		[ "$(link_at veth0)" = "$link" ]
		is_attached veth1
		collectd_stop
	done
	stream_stop
	collectd_start
	await 20 has_come_to veth0 "$(sent "$STREAM" if_rx_packets)"
	await_rows 1 veth0 if_rx_packets
	check_counts veth0 "$STREAM"
	rows veth0 if_rx_packets | awk -F, '$2 < before { exit 1 } { before = $2 }'
	[ "$(link_at veth0)" = "$link" ]
	collectd_stop
}
