#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# More possible CPUs than are online, and CPUs that go and come while packets arrive:
# every packet is counted once, and no series falls.
bats_require_minimum_version 1.5.0
load lib

switch() {
	echo "$2" >"/sys/devices/system/cpu/cpu$1/online"
}

rows_of_total() {
	await_rows 1 cxdp-in if_rx_packets
}

# Two senders for about 10 seconds; CPU 1 goes and comes back, CPU 2 comes and goes.
live_in_mode() {
	local senders
	life "$1"
	veth_add cxdp-in
	collectd_configure <<-CONF
		Interface "cxdp-in"
		AttachMode "$1"
		$REPORT_ALL
	CONF
	collectd_start
	inject cxdp-in 10000 --rate 1000 --cpu 0 >"$LIFE/sent.0" 3>&- &
	senders=$!
	inject cxdp-in 10000 --rate 1000 --cpu 1 >"$LIFE/sent.1" 3>&- &
	senders+=" $!"
	await 20 has_come_to cxdp-in 100
	switch 1 0
	rows_of_total
	switch 2 1
	rows_of_total
	# The senders go on meanwhile; that of the CPU that went may be here, too.
	inject cxdp-in 5000 --rate 2000 --cpu 2 >"$LIFE/sent.2"
	switch 1 1
	rows_of_total
	switch 2 0
	# shellcheck disable=SC2086 # a list
	wait $senders
	sum_counts "$LIFE"/sent.? >"$LIFE/sent"
	await_counts cxdp-in "$LIFE/sent"
	collectd_stop
	ip -n "$RX" link del cxdp-in
}

setup_file() {
	net_up
	live_in_mode generic
	live_in_mode native
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	life "${BATS_TEST_DESCRIPTION%%:*}"
}

@test "generic: there are more possible CPUs than online ones, and their memory is in the summary" {
	local possible
	possible=$(($(sed 's/.*-//' /sys/devices/system/cpu/possible) + 1))
	[ "$possible" -gt "$(nproc)" ]
	in_log " bytes x $possible CPUs"
}

@test "generic: while CPUs go and come every packet is counted once" {
	check_counts cxdp-in "$LIFE/sent"
	[ "$(sum_of cxdp-in if_rx_packets-cpu-)" = 25000 ]
}

@test "native: while CPUs go and come every packet is counted once" {
	check_counts cxdp-in "$LIFE/sent"
	[ "$(sum_of cxdp-in if_rx_packets-cpu-)" = 25000 ]
}

@test "generic: no series falls while CPUs go and come, and one that came was counted on" {
	check_shape cxdp-in
	[ "$(last cxdp-in if_rx_packets-cpu-2)" -ge 5000 ]
}

@test "native: no series falls while CPUs go and come" {
	check_shape cxdp-in
}
