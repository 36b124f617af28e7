#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Alternative names (`ip link property`): however many there are, and in place of the first one.
bats_require_minimum_version 1.5.0
load ../lib/live

setup() {
	net_up
	veth_add cxdp-a
	veth_add cxdp-b
	life "names-$BATS_TEST_NUMBER"
}

teardown() {
	processes_down
	net_down
}

add_name() {
	ip -n "$RX" link property add dev "$1" altname "$2"
}

counted() {
	await 20 in_log "$1: counting in"
	inject "$1" "$2" >"$LIFE/sent" 2>/dev/null
	await_counts "$1" "$LIFE/sent"
}

@test "an interface with 300 alternative names is counted, and so are the others" {
	for i in $(seq 300); do
		printf 'link property add dev cxdp-a altname cxdp-%0120d\n' "$i"
	done | ip -n "$RX" -batch -
	collectd_configure <<<'Interface "/^cxdp-[ab]$/"'
	collectd_start
	counted cxdp-a 500
	counted cxdp-b 300
	# A report of that length while it runs.
	ip -n "$RX" link set cxdp-a mtu 1400
	veth_add cxdp-c
	ip -n "$RX" link set cxdp-c name cxdp-d
	await_rows 2 cxdp-a if_rx_packets
	[ "$(last cxdp-a if_rx_packets)" = 500 ]
	collectd_stop
	log_is_clean
}

@test "an alternative name selects its interface, whose values are under the first one" {
	local long=cxdp-name-that-is-longer-than-fifteen-characters
	add_name cxdp-a uplink
	collectd_configure <<-CONF
		Interface "uplink"
		Interface "$long"
		Interface "cxdp-a"
	CONF
	collectd_start
	counted cxdp-a 400
	in_log "$long: not counted: there is no interface of this name"
	in_log 'warning.* is another name of cxdp-a, which is counted under that name'
	# What comes by that name later.
	add_name cxdp-b "$long"
	counted cxdp-b 300
	[ ! -e "$LIFE/csv/live/xdp-uplink" ]
	# Without the name it is not selected any more.
	ip -n "$RX" link property del dev cxdp-b altname "$long"
	await 20 in_log 'cxdp-b: no longer counted'
	await 5 is_free cxdp-b
	collectd_stop
}

@test "with IgnoreSelected an alternative name leaves its interface out" {
	add_name cxdp-a uplink
	collectd_configure <<-CONF
		Interface "uplink"
		IgnoreSelected true
	CONF
	collectd_start
	counted cxdp-b 300
	[ -z "$(program_at cxdp-a)" ]
	collectd_stop
}

@test "a regular expression that matches nothing at the start is warned of once, with what is wrong" {
	collectd_configure <<-CONF
		Interface "/^cxdp-\\\\d$/"
		Interface "/^late-/"
		Interface "cxdp-a"
	CONF
	collectd_start
	counted cxdp-a 100
	[ "$(grep 'matches no interface' "$LIFE/log" | grep -vc Notification:)" -eq 2 ]
	in_log 'warning.* Interface "/^cxdp-.d$/" matches no interface .*\\d is Perl.s; for a digit write \[0-9\]'
	in_log 'warning.* Interface "/^late-/" matches no interface .*those that come later are counted'
	ip -n "$RX" link add late-0 type veth peer name peer-0
	await 20 in_log 'late-0: counting in'
	[ "$(grep 'matches no interface' "$LIFE/log" | grep -vc Notification:)" -eq 2 ]
	collectd_stop
}
