#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Kinds of devices that the machine's own kernel may lack (those that it has are in
# tests/live/kinds.bats): what comes in is counted once each, from below upwards; or it is refused.
bats_require_minimum_version 1.5.0
load lib

setup() {
	net_up
	life "$BATS_TEST_NUMBER"
	veth_add veth0
}

teardown() {
	processes_down
	net_down
}

# Uppers first: start INTERFACE...
start() {
	collectd_configure < <(printf 'Interface "%s"\n' "$@")
	collectd_start
	refute in_log "stepped aside"
}

# What is sent to veth0 is counted on each INTERFACE, and nothing else is.
counted_once() {
	local interface
	inject "${FROM:-veth0}" 200 --frame "IPv4 UDP" >"$LIFE/sent"
	for interface in "$@"; do
		await 20 has_come_to "$interface" 200 || {
			echo "$interface: $(last "$interface" if_rx_packets)"
			cat "$LIFE/log"
			return 1
		}
	done
	await_rows 2 "$1" if_rx_packets
	for interface in "$@"; do
		[ "$(last "$interface" if_rx_packets)" -eq 200 ]
	done
}

@test "a VLAN and its parent are counted once each" {
	ip -n "$RX" link add v5 link veth0 type vlan id 5
	ip -n "$TX" link add v5-tx link veth0-tx type vlan id 5
	ip -n "$RX" link set v5 arp off up
	ip -n "$TX" link set v5-tx arp off up
	start v5 veth0
	FROM=v5 counted_once v5 veth0
	collectd_stop
}

@test "a bond and its port are counted once each" {
	ip -n "$RX" link add bond7 type bond mode active-backup
	ip -n "$RX" link set veth0 down
	ip -n "$RX" link set veth0 master bond7
	ip -n "$RX" link set bond7 up
	await 10 veth_is_up bond7 veth0-tx
	start bond7 veth0
	counted_once bond7 veth0
	collectd_stop
}

@test "an ipvlan in modes l2 and l3 and its parent are counted once each; in mode l3s it is refused" {
	local mode
	for mode in l2 l3 l3s; do
		life "ipvlan-$mode"
		ip -n "$RX" link add iv0 link veth0 type ipvlan mode "$mode"
		ip -n "$RX" addr add 192.0.2.2/32 dev iv0
		ip -n "$RX" link set iv0 up
		start iv0 veth0
		if [ "$mode" = l3s ]; then
			in_log "iv0: not counted: an ipvlan in mode l3s gets its packets behind the XDP hook"
			counted_once veth0
		else
			counted_once iv0 veth0
		fi
		collectd_stop
		ip -n "$RX" link del iv0
	done
}

@test "a vrf is refused, and its ports are counted" {
	ip -n "$RX" link add red type vrf table 10
	ip -n "$RX" link set red up
	ip -n "$RX" link set veth0 master red
	start red veth0
	in_log "red: not counted: what a vrf receives passes the XDP hooks of its ports, and not its own; select the ports"
	counted_once veth0
	collectd_stop
}
