#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Interfaces that appear, go, get other names, move and come back while collectd runs.

load ../lib/hooks

setup() {
	test_up
	veth_add veth0
	configure <<-CONF
		Interface "/^veth/"
		MaxInterfaces 3
	CONF
	collectd_start
	await_gauge veth0 attached 1
}

teardown() {
	test_down
}

# Sends N frames to an interface whose sender is PEER, and checks that they are all that
# is counted: check_fresh INTERFACE PEER N
check_fresh() {
	in_tx "$INJECT" "$2" "$3" >"$BATS_TEST_TMPDIR/sent"
	await_counts "$1" "$BATS_TEST_TMPDIR/sent"
	check_counts "$1" "$BATS_TEST_TMPDIR/sent"
	check_shape "$1"
}

@test "an interface that appears is counted from its attachment on, beside the one that is there" {
	inject veth0 100 >"$BATS_TEST_TMPDIR/first"
	veth_add veth1
	await_gauge veth1 attached 1
	check_fresh veth1 veth1-tx 70
	await_counts veth0 "$BATS_TEST_TMPDIR/first"
	check_counts veth0 "$BATS_TEST_TMPDIR/first"
	collectd_stop
}

last_packets_and_delete() {
	inject veth0 20 >"$BATS_TEST_TMPDIR/last"
	ip -n "$RX" link del veth0
}

@test "an interface that goes has its last counts reported, and starts at zero when it is back" {
	check_fresh veth0 veth0-tx 100
	between_readings last_packets_and_delete
	await 20 in_log "veth0: no longer counted: the interface went away"
	sum_counts "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/last" >"$BATS_TEST_TMPDIR/all"
	await 20 counts_agree veth0 "$BATS_TEST_TMPDIR/all"
	between_readings rm -r "$LIFE/csv"
	veth_add veth0
	await_gauge veth0 attached 1
	check_fresh veth0 veth0-tx 30
	collectd_stop
}

# Packets that come between the last reading and the end.
last_packets_and_recreate() {
	inject veth0 20 >/dev/null
	recreate veth0
}

# Whether the total was N, and is now the zero of what came after that.
was_and_is_zero() {
	[ "$(rows veth0 if_rx_packets | cut -d , -f 2 | uniq | tail -n 2 | paste -sd ' ')" = "$1 0" ]
}

@test "an interface that is re-created with the same name and index between two readings has its last counts reported, and starts at zero" {
	check_fresh veth0 veth0-tx 100
	between_readings last_packets_and_recreate
	await 20 was_and_is_zero 120
	await_attached veth0
	between_readings rm -r "$LIFE/csv"
	await_gauge veth0 attached 1
	check_fresh veth0 veth0-tx 30
	collectd_stop
}

@test "an interface that is renamed is counted from zero under its new name with the same link" {
	local link
	check_fresh veth0 veth0-tx 100
	link=$(link_at veth0)
	ip -n "$RX" link set veth0 down
	ip -n "$RX" link set veth0 name vethnew
	ip -n "$RX" link set vethnew up
	await_gauge vethnew attached 1
	[ "$(link_at vethnew)" = "$link" ]
	await 5 veth_is_up vethnew veth0-tx
	check_fresh vethnew veth0-tx 60
	[ "$(last veth0 if_rx_packets)" -eq 100 ]
	collectd_stop
}

@test "an interface that is renamed out of the selection is let go" {
	ip -n "$RX" link set veth0 down
	ip -n "$RX" link set veth0 name other0
	await 20 is_free other0
	await 20 in_log "veth0: no longer counted"
	collectd_stop
}

@test "an interface that moves to another namespace is let go, and counted from zero when it is back" {
	veth_add veth1
	await_gauge veth1 attached 1
	check_fresh veth0 veth0-tx 100
	ip -n "$RX" link set veth0 netns "$TX"
	await 20 in_log "veth0: no longer counted: the interface went away"
	await_rows 2 veth1 gauge-attached # so that all of it is stored
	[ -z "$(ip -n "$TX" -j -d link show dev veth0 | jq -r '.[0].xdp.prog.id // empty')" ]
	between_readings rm -r "$LIFE/csv"
	ip -n "$TX" link set veth0 netns "$RX"
	ip -n "$RX" link set veth0 arp off up
	await_gauge veth0 attached 1
	check_fresh veth0 veth0-tx 40
	collectd_stop
}

@test "an interface that goes down and up keeps link and counts" {
	local link
	inject veth0 100 >"$BATS_TEST_TMPDIR/1"
	await_counts veth0 "$BATS_TEST_TMPDIR/1"
	link=$(link_at veth0)
	ip -n "$RX" link set veth0 down
	await_rows 2 veth0 gauge-attached
	ip -n "$RX" link set veth0 up
	await 5 veth_is_up veth0
	inject veth0 100 >"$BATS_TEST_TMPDIR/2"
	await 20 has_come_to veth0 200
	[ "$(link_at veth0)" = "$link" ]
	rows veth0 gauge-attached | awk -F, 'NR > 1 && $2 != 1 { exit 1 }'
	collectd_stop
}

@test "an interface that becomes the port of a bridge keeps link and counts" {
	local link
	link=$(link_at veth0)
	ip -n "$RX" link add br0 type bridge
	ip -n "$RX" link set br0 up
	ip -n "$RX" link set veth0 master br0
	await_rows 2 veth0 gauge-attached
	check_fresh veth0 veth0-tx 100
	[ "$(link_at veth0)" = "$link" ]
	collectd_stop
}

four_come() {
	local name
	for name in veth1 veth2 veth3 veth4; do
		veth_add "$name"
	done
}

@test "interfaces beyond MaxInterfaces are named once, and take the place of one that goes" {
	between_readings four_come
	await_gauge veth2 attached 1
	await 20 in_log "2 selected interfaces are not counted (veth3, veth4): MaxInterfaces is 3"
	await_rows 3 veth0 gauge-attached
	[ "$(log_count 'xdp plugin: .* are not counted')" -eq 1 ]
	is_free veth3
	ip -n "$RX" link del veth1
	await_gauge veth3 attached 1
	check_fresh veth3 veth3-tx 20
	collectd_stop
}
