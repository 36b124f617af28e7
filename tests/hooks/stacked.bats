#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Interfaces that stand on others: the kernel lets no XDP program below another, so ours are
# attached from below, step aside for what comes later, and leave alone what is somebody else's.
bats_require_minimum_version 1.5.0
load ../lib/hooks

# To which the samples are sent.
MAC=02:00:00:00:00:02
CHECK=$LIVE_TOP/collectd-xdp-check

setup() {
	test_up
	veth_add veth0
}

teardown() {
	test_down
}

macvlan_add() {
	ip -n "$RX" link add "$1" link "$2" address "$MAC" type macvlan mode bridge
	ip -n "$RX" link set "$1" up
}

# A bridge to which all passes that is sent to anybody, and no firewall of the machine's.
bridge_add() {
	in_rx sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || true
	ip -n "$RX" link add "$1" type bridge
	ip -n "$RX" link set "$1" promisc on up
}

port_add() {
	ip -n "$RX" link set "$1" master "$2"
}

# Sends N frames to veth0, after which each INTERFACE has come to as many more than it had.
check_each() {
	local interface count=$1
	shift
	local -A wanted
	for interface in "$@"; do
		wanted[$interface]=$(($(last "$interface" if_rx_packets) + count))
	done
	inject veth0 "$count" --frame "IPv4 UDP" >"$LIFE/sent"
	for interface in "$@"; do
		await 20 has_come_to "$interface" "${wanted[$interface]}" || {
			echo "$interface: $(last "$interface" if_rx_packets), not ${wanted[$interface]}"
			cat "$LIFE/log"
			return 1
		}
	done
	await_rows 1 "$1" if_rx_packets
	for interface in "$@"; do
		[ "$(last "$interface" if_rx_packets)" -eq "${wanted[$interface]}" ]
	done
}

@test "a macvlan that is configured before its parent is attached after it, without a jump" {
	macvlan_add mv0 veth0
	configure <<<$'Interface "mv0"\nInterface "veth0"'
	collectd_start
	await_attached veth0
	await_attached mv0
	refute in_log "aside"
	log_is_clean
	check_each 50 veth0 mv0
	collectd_stop
}

@test "a port that joins a counted bridge is counted, and the bridge counts on" {
	veth_add veth1
	bridge_add br0
	port_add veth1 br0
	configure <<<$'Interface "br0"\nInterface "veth0"'
	ip -n "$RX" link set veth0 name apart0
	collectd_start
	await_attached br0
	ip -n "$RX" link set apart0 master br0
	ip -n "$RX" link set apart0 down
	ip -n "$RX" link set apart0 name veth0
	ip -n "$RX" link set veth0 up
	await_gauge veth0 attached 1
	await 5 veth_is_up veth0
	in_log "br0: counting again in generic mode: its program had stepped aside so that veth0 below it"
	await_attached br0
	check_each 50 veth0 br0
	check_each 30 br0 veth0
	[ "$(rows br0 gauge-attached | awk -F, 'NR > 1 && $2 != 1' | wc -l)" -eq 0 ]
	check_shape br0
	collectd_stop
}

take_off() {
	bpftool link detach id "$(link_at "$1")"
	is_free "$1"
}

@test "a lower link that is taken off by force comes back below our own" {
	macvlan_add mv0 veth0
	configure <<<$'Interface "/^(veth|mv)/"'
	collectd_start
	await_attached veth0
	await_attached mv0
	between_readings take_off veth0
	await 20 in_log "veth0: no longer counted: the counter was detached"
	await_attached veth0
	await_attached mv0
	await_rows 2 veth0 gauge-attached
	await_gauge veth0 attached 1
	check_each 50 veth0 mv0
	collectd_stop
}

@test "somebody else's program above is named, by the check too, and nothing of it or ours moves" {
	local link
	bridge_add br0
	port_add veth0 br0
	ip -n "$RX" link add link br0 name mv1 type macvlan mode bridge
	holder_start br0 generic
	configure <<<$'Interface "veth0"\nInterface "mv1"'
	collectd_start
	in_log "veth0: not counted: br0 above it has the XDP program other_owner (id $HOLDER_ID), and the kernel allows none below one"
	await_attached mv1
	link=$(link_at mv1)
	run -1 "$CHECK" --pid "$(<"$LIFE/pid")" veth0 mv1
	[[ $output == *"FAIL  veth0: not counted: br0 above it has the XDP program other_owner (id $HOLDER_ID)"* ]]
	[[ $output == *"ok    mv1: is counted already"* ]]
	await_rows 3 mv1 gauge-attached
	[ "$(link_at mv1)" = "$link" ]
	holds br0 "$HOLDER_ID"
	[ "$(log_count 'xdp plugin: veth0: not counted')" -eq 1 ]
	holder_stop
	await_attached veth0
	await_attached mv1
	collectd_stop
}

@test "the check foretells that an own program above steps aside, and a counted port is no obstacle" {
	bridge_add br0
	configure <<<'Interface "br0"'
	collectd_start
	await_attached br0
	port_add veth0 br0
	run -0 "$CHECK" --pid "$(<"$LIFE/pid")" veth0
	collectd_stop
	configure <<<'Interface "veth0"'
	collectd_start
	await_attached veth0
	run -0 "$CHECK" --pid "$(<"$LIFE/pid")" br0
	[[ $output != *FAIL* ]]
	collectd_stop
}

@test "a program above that is in another namespace is said to be there" {
	macvlan_add mv0 veth0
	configure <<<'Interface "mv0"'
	collectd_start
	await_attached mv0
	ip -n "$RX" link set mv0 netns "$TX"
	ip -n "$TX" link set mv0 up
	collectd_stop
	in_tx ip link set dev mv0 xdpgeneric obj "$OTHER" sec xdp
	configure <<<'Interface "veth0"'
	collectd_start
	in_log "veth0: not counted: an interface above it has an XDP program, .* it is not to be seen from here"
	in_tx ip link set dev mv0 xdpgeneric off
	await_attached veth0
	collectd_stop
}

@test "with Persist, what stepped aside is pinned again, and a restart goes on with all of it" {
	bridge_add br0
	persist_configure <<<'Interface "/^(br|veth)/"'
	collectd_start
	await_attached br0
	await_attached veth0
	port_add veth0 br0
	veth_add veth1
	port_add veth1 br0
	await_attached veth1
	await_attached br0
	check_each 20 veth0 br0
	collectd_stop KILL || true
	collectd_start
	[ "$(log_count 'xdp plugin: .*link kept')" -eq 3 ]
	refute in_log aside
	check_each 20 veth0 br0
	collectd_stop
}

@test "the built-in counter steps aside for a custom counter below, and the other way round" {
	install -m 0644 "$LIVE_TOP/tests/live/custom.bpf.o" "$LIFE/custom.bpf.o"
	macvlan_add mv0 veth0
	bridge_add br0
	configure <<-CONF
		Interface "mv0"
		Interface "veth1"
		<Counter "below">
			Object "$LIFE/custom.bpf.o"
			Program "count_everything"
			Interface "/^(veth0|br0)$/"
			<Map "by_array">
				Type "if_rx_packets"
			</Map>
		</Counter>
	CONF
	collectd_start
	await_attached mv0
	await 20 is_custom veth0
	await 20 is_custom br0
	veth_add veth1
	port_add veth1 br0
	await_attached veth1
	await 20 is_custom br0
	await_attached mv0
	collectd_stop
}

is_custom() {
	[ "$(bpftool -j prog show id "$(program_at "$1")" | jq -r .name)" = count_everything ]
}
