#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The life of a program at Next, which rests on what a kernel can do with links and pins.
bats_require_minimum_version 1.5.0
load ../lib/next
export LIVE_INTERVAL=0.5 # an emulated CPU keeps pace with it

setup() {
	next_setup "$LIVE_TOP/tests/vm/next_plain.bpf.o"
}

teardown() {
	next_teardown
}

@test "a firewall drops all through kills of collectd, another takes over, and every packet is counted" {
	local link
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	link=$(link_at veth0)
	[ -n "$link" ]
	stream_start veth0 200 2>/dev/null
	for _ in $(seq 2); do
		collectd_stop KILL || true
		collectd_start
		[ "$(link_at veth0)" = "$link" ]
	done
	firewall drop_two
	logs "program drop_two .* is called from now on, in place of drop_one"
	await 20 has_dropped two
	stream_stop
	nothing_passed "$STREAM"
	[ "$(tally one)" -gt 0 ]
	collectd_stop
	persist_configure <<<'Interface "veth0"'
	collectd_start
	passes 100
	await 20 has_come_to veth0 $(($(sent "$STREAM" if_rx_packets) + 100))
	collectd_stop
	log_is_clean
}
