#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# However collectd ends, nothing of the plugin stays in the kernel and the interface is
# what it was before.
bats_require_minimum_version 1.5.0
load ../lib/live

setup_file() {
	net_up
	life before
	veth_add cxdp-in
}

teardown_file() {
	processes_down
	net_down
}

# Whoever made them; nothing else runs meanwhile.
all_objects() {
	kernel_objects
	machine_objects
}

# One life that counts and ends by a signal with a status, and leaves nothing:
# live_and_end MODE SIGNAL STATUS
live_and_end() {
	local mode=$1 signal=$2 status=0
	life "$mode-$signal"
	all_objects >"$LIFE/objects"
	interface_state cxdp-in >"$LIFE/interface"
	collectd_configure <<-CONF
		Interface "cxdp-in"
		AttachMode "$mode"
	CONF
	collectd_start
	[ "$(program_at cxdp-in)" = "$(program_id)" ]
	inject cxdp-in 100 >/dev/null
	await 20 has_come_to cxdp-in 100
	collectd_stop "$signal" || status=$?
	[ "$status" -eq "$3" ]
	all_is_as_before
}

all_is_as_before() {
	await 10 nothing_left "$LIFE/objects" all_objects || {
		nothing_left "$LIFE/objects" all_objects
		return 1
	}
	diff -u "$LIFE/interface" <(interface_state cxdp-in)
}

@test "after SIGTERM, from generic mode, collectd exits with 0 and nothing is left" {
	live_and_end generic TERM 0
}

@test "after SIGTERM, from native mode, collectd exits with 0 and nothing is left" {
	live_and_end native TERM 0
}

@test "after SIGKILL, from native mode, nothing is left" {
	live_and_end native KILL 137
}

@test "after SIGHUP, from generic mode, nothing is left" {
	live_and_end generic HUP 129
}

@test "collectd -T loads, attaches, reads once, exits with 0 and nothing is left" {
	life once
	all_objects >"$LIFE/objects"
	interface_state cxdp-in >"$LIFE/interface"
	collectd_configure <<<'Interface "cxdp-in"'
	in_rx collectd -T -C "$LIFE/collectd.conf" 3>&-
	in_log "cxdp-in: counting in generic mode"
	# It ends at once, and may leave values of this one reading to no writer.
	log_is_clean 'left after shutting down the write threads'
	all_is_as_before
}

@test "auto takes generic mode on veth and says so, and gauge-native is 0" {
	life auto
	collectd_configure <<<'Interface "cxdp-in"'
	collectd_start
	await_rows 2 cxdp-in gauge-native
	collectd_stop
	in_log "cxdp-in: counting in generic mode"
	[ "$(last cxdp-in gauge-native)" = 0 ]
	[ "$(last cxdp-in gauge-attached)" = 1 ]
}
