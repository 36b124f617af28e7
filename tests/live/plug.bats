#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Interfaces that are missing, of a wrong kind, that come, go, come back or are renamed:
# each is logged once and hurts no other.
bats_require_minimum_version 1.5.0
load ../lib/live

# Waits until NAME is attached to for the Nth time, sends COUNT packets to it from PEER, and
# waits until they are stored: send_and_await NAME N COUNT PEER
send_and_await() {
	await 20 was_attached "$1" "$2"
	in_tx "$INJECT" "$4" "$3" --frame "IPv4 UDP" >"$LIFE/sent.$1.$2"
	await 20 last_is "$1" "$3"
}

was_attached() {
	[ "$(times_come "$1")" = "$2" ]
}

# How often the log says that NAME came, or that it went: in a line of its own, or in one about all of a reading.
times_come() {
	grep -cE "\[info\] xdp plugin: ($1: counting|[0-9]+ interfaces came and are counted \\(([^)]*, )?$1[,)])" "$LIFE/log" || true
}

times_gone() {
	grep -cE "\[info\] xdp plugin: ($1: no longer counted|.*[0-9]+ (interfaces )?went \\(([^)]*, )?$1[,)])" "$LIFE/log" || true
}

last_is() {
	[ "$(last "$1" if_rx_packets)" = "$2" ]
}

setup_file() {
	net_up
	veth_add cxdp-good
	in_rx ip tuntap add mode tun name cxdp-tun
	life plug
	kernel_objects >"$LIFE/objects"
	collectd_configure <<-CONF
		Interface "cxdp-good"
		Interface "cxdp-missing"
		Interface "cxdp-tun"
		Interface "/^cxdp-hot/"
		ReportSizes true
		ReportCast true
	CONF
	collectd_start

	veth_add cxdp-hot
	send_and_await cxdp-hot 1 100 cxdp-hot-tx
	ip -n "$RX" link del cxdp-hot
	veth_add cxdp-hot
	send_and_await cxdp-hot 2 50 cxdp-hot-tx
	ip -n "$RX" link set cxdp-hot down
	ip -n "$RX" link set cxdp-hot name cxdp-hot-new
	ip -n "$RX" link set cxdp-hot-new up
	await 5 veth_is_up cxdp-hot-new cxdp-hot-tx
	send_and_await cxdp-hot-new 1 70 cxdp-hot-tx

	inject cxdp-good 400 >"$LIFE/sent.good"
	await_counts cxdp-good "$LIFE/sent.good"
	collectd_stop KILL || true
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	life plug
}

# Where a series begins, how far it rises, where it falls to, and so on, on one line: a reading may
# see a part of what is sent.
steps() {
	rows "$1" "$2" | awk -F, '
		function top() { if (before != start) printf "%g ", before }
		NR == 1 || $2 < before { top(); printf "%g ", $2; start = $2 }
		{ before = $2 }
		END { top() }'
}

@test "a good interface is counted exactly beside a missing one, one without Ethernet and some that come and go" {
	check_counts cxdp-good "$LIFE/sent.good"
	check_shape cxdp-good
	[ "$(steps cxdp-good gauge-attached)" = "1 " ]
}

@test "a named interface that is missing is logged once, and its gauge-attached is 0" {
	[ "$(log_count '\[warning\] xdp plugin: cxdp-missing: ')" = 1 ]
	[ "$(steps cxdp-missing gauge-attached)" = "0 " ]
}

@test "an interface without Ethernet is logged once with what to do, and its gauge-attached is 0" {
	[ "$(log_count 'xdp plugin: cxdp-tun: ')" = 1 ]
	in_log '\[error\] xdp plugin: cxdp-tun: not counted: its frames have no Ethernet header'
	[ "$(steps cxdp-tun gauge-attached)" = "0 " ]
}

@test "an interface that appears later is counted from zero" {
	[[ $(steps cxdp-hot if_rx_packets) == "0 100 "* ]]
}

@test "an interface that is deleted and comes back by the same name starts at zero again" {
	[ "$(steps cxdp-hot if_rx_packets)" = "0 100 0 50 " ]
}

@test "a renamed interface is counted from zero under its new name" {
	[ "$(steps cxdp-hot-new if_rx_packets)" = "0 70 " ]
}

@test "each departure and each arrival is logged once" {
	[ "$(times_gone cxdp-hot)" = 1 ]
	[ "$(times_come cxdp-hot)" = 2 ]
	[ "$(log_count '\[info\] xdp plugin: cxdp-hot-new: counting from zero')" = 1 ]
	log_is_clean 'xdp plugin: (cxdp-(tun: not counted|missing: not counted)|Interface "/.cxdp-hot/" matches no interface)'
}

@test "after SIGKILL nothing of all that is left" {
	await 10 nothing_left "$LIFE/objects"
	[ -z "$(program_at cxdp-good)" ]
	[ -z "$(program_at cxdp-hot-new)" ]
}
