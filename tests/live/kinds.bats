#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Each kind of device that this kernel makes: what comes in is counted once, by what was injected and
# by what the kernel received; or it is refused, or said, where that cannot be so. (What needs
# hardware, or a kernel with more kinds, is in tests/vm.)
bats_require_minimum_version 1.5.0
load ../lib/live

export LIVE_INTERVAL=0.2
# To which the samples are sent.
MAC=02:00:00:00:00:02

setup() {
	test_up
	veth_add veth0
	in_rx sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || true
}

teardown() {
	[ -z "${TAP:-}" ] || exec {TAP}>&-
	test_down
}

# start MODE INTERFACE...
start() {
	local mode=$1
	shift
	collectd_configure <<-CONF
		AttachMode "$mode"
		ReportSizes true
		ReportCast true
		$(printf 'Interface "%s"\n' "$@")
	CONF
	collectd_start
}

# What the kernel received on an interface in RX.
received() {
	ip -n "$RX" -j -s link show dev "$1" | jq '.[0].stats64.rx.packets'
}

# What was counted of each INTERFACE is N packets, and the kernel received as many since it had
# BEFORE: counted_once N INTERFACE... A row more would show a surplus.
counted_once() {
	local count=$1 interface
	shift
	for interface in "$@"; do
		await 20 has_come_to "$interface" "$count" || {
			echo "$interface: $(last "$interface" if_rx_packets), not $count"
			cat "$LIFE/log"
			return 1
		}
	done
	await_rows 2 "$1" if_rx_packets
	for interface in "$@"; do
		echo "$interface: $(last "$interface" if_rx_packets) of $count, received $(received "$interface") - ${BEFORE[$interface]}"
		[ "$(last "$interface" if_rx_packets)" -eq "$count" ]
		[ $(($(received "$interface") - ${BEFORE[$interface]})) -eq "$count" ]
	done
}

# Notes what the kernel has received of each INTERFACE.
declare -gA BEFORE
note() {
	local interface
	for interface in "$@"; do
		BEFORE[$interface]=$(received "$interface")
	done
}

@test "veth: counted once in both modes" {
	local mode
	for mode in generic native; do
		rm -rf "$LIFE"
		life "veth-$mode"
		start "$mode" veth0
		in_log "veth0: counting in $mode mode"
		note veth0
		inject veth0 300 --frame "IPv4 UDP" >"$LIFE/sent"
		counted_once 300 veth0
		check_counts veth0 "$LIFE/sent"
		collectd_stop
	done
}

@test "bridge, with its port: counted once each" {
	ip -n "$RX" link add br0 type bridge
	ip -n "$RX" link set br0 promisc on up
	ip -n "$RX" link set veth0 master br0
	start auto veth0 br0
	note veth0 br0
	inject veth0 300 --frame "IPv4 UDP" >"$LIFE/sent"
	counted_once 300 veth0 br0
	check_counts br0 "$LIFE/sent"
	log_is_clean
	collectd_stop
}

@test "macvlan and macvtap, with their parent: counted once each" {
	local kind
	for kind in macvlan macvtap; do
		life "$kind"
		ip -n "$RX" link add mv0 link veth0 address "$MAC" type "$kind" mode bridge
		ip -n "$RX" link set mv0 up
		start auto mv0 veth0
		note veth0 mv0
		inject veth0 300 --frame "IPv4 UDP" >"$LIFE/sent"
		counted_once 300 veth0 mv0
		check_counts mv0 "$LIFE/sent"
		log_is_clean
		collectd_stop
		ip -n "$RX" link del mv0
	done
}

@test "vxlan: what it carries and what carries it are counted once each" {
	local name
	ip -n "$RX" addr add 198.51.100.1/24 dev veth0
	ip -n "$TX" addr add 198.51.100.2/24 dev veth0-tx
	ip -n "$RX" link set veth0 address "$MAC"
	ip -n "$TX" link set veth0-tx arp on
	ip -n "$TX" neigh add 198.51.100.1 dev veth0-tx lladdr "$MAC" nud permanent
	ip -n "$RX" link add vx0 type vxlan id 5 dev veth0 dstport 4789 remote 198.51.100.2
	ip -n "$TX" link add vx0-tx type vxlan id 5 dev veth0-tx dstport 4789 remote 198.51.100.1
	for name in "$RX vx0" "$TX vx0-tx"; do
		ip -n "${name% *}" link set "${name#* }" arp off up
	done
	start auto vx0 veth0
	note vx0 veth0
	inject vx0 300 --frame "IPv4 UDP" >"$LIFE/sent"
	counted_once 300 vx0
	check_counts vx0 "$LIFE/sent"
	[ "$(last veth0 if_rx_packets-proto-ipv4_udp)" -eq 300 ]
	log_is_clean
	collectd_stop
}

# Makes a tap or tun with an owner that waits in the background: tap_add tap|tun|merged
tap_add() {
	mkfifo "$LIFE/owner"
	nsenter --net="/run/netns/$RX" "$LIVE_TOP/tests/live/tap.py" tap0 "$1" <"$LIFE/owner" >"$LIFE/owner.out" 3>&- &
	echo $! >"$LIFE/owner.pid"
	exec {TAP}>"$LIFE/owner"
	await 10 test -s "$LIFE/owner.out"
	ip -n "$RX" link set tap0 up
}

@test "tap: counted once in both modes" {
	local mode
	for mode in auto generic; do
		life "tap-$mode"
		tap_add tap
		start "$mode" tap0
		in_log "tap0: counting in ${mode/auto/native} mode\.$"
		note tap0
		echo 300 >&"$TAP"
		counted_once 300 tap0
		[ "$(last tap0 if_rx_octets)" -eq $((300 * 60)) ]
		collectd_stop
		exec {TAP}>&-
		await 10 has_ended "$(<"$LIFE/owner.pid")"
	done
}

@test "tap of a virtual machine: merged packets count as one, in native mode, too, which is said" {
	tap_add merged
	start native tap0
	in_log "tap0: counting in native mode; packets that the owner of this tap sends merged (vnet_hdr) count as one each"
	note tap0
	echo 300 >&"$TAP"
	counted_once 300 tap0
	[ "$(last tap0 if_rx_octets)" -eq $((300 * 2414)) ]
	collectd_stop
}

@test "tun, whose packets have no Ethernet header, is refused" {
	tap_add tun
	start auto tap0
	in_log "tap0: not counted: its frames have no Ethernet header (link type 65534)"
	[ "$(last tap0 gauge-attached)" = 0 ]
	collectd_stop
}

@test "lo: what the host sends to itself is counted once" {
	start auto lo
	note lo
	in_rx "$INJECT" lo 300 --frame "IPv4 UDP" >"$LIFE/sent"
	counted_once 300 lo
	check_counts lo "$LIFE/sent"
	collectd_stop
}

# Sends all that comes in on one interface through an ifb.
redirect() {
	ip -n "$RX" link add "$2" type ifb
	ip -n "$RX" link set "$2" up
	in_rx tc qdisc add dev "$1" clsact
	in_rx tc filter add dev "$1" ingress protocol all u32 match u32 0 0 action mirred egress redirect dev "$2"
}

@test "ifb is refused, by the check too; the log says that what is redirected through it is counted twice" {
	redirect veth0 ifb0
	# In a longer interval what comes between the two questions for a count is a smaller share.
	LIVE_INTERVAL=1 start generic veth0 ifb0
	in_log "ifb0: not counted: what is redirected to an ifb does not pass its XDP hook; count on the interface"
	[ "$(last ifb0 gauge-attached)" = 0 ]
	run -1 "$LIVE_TOP/collectd-xdp-check" --pid "$(<"$LIFE/pid")" ifb0
	[[ $output == *"FAIL  ifb0: not counted: what is redirected to an ifb does not pass its XDP hook"* ]]
	stream_start veth0 2000 --frame "IPv4 UDP"
	await 20 in_log "veth0: its counts are too high: the counter saw [0-9]* packets where the kernel received [0-9]* in"
	refute in_log "its counts stand still"
	# Without the redirection the counts agree again, and the log says so, once.
	in_rx tc filter del dev veth0 ingress
	await 60 in_log "veth0: its counts agree with the kernel's again"
	stream_stop
	[ "$(log_count 'xdp plugin: veth0: its counts are too high')" -eq 1 ]
	collectd_stop
}

@test "native mode counts once what is redirected through an ifb, and nothing is said" {
	redirect veth0 ifb0
	start native veth0
	note veth0
	inject veth0 3000 --rate 3000 --frame "IPv4 UDP" >"$LIFE/sent"
	counted_once 3000 veth0
	log_is_clean
	collectd_stop
}

@test "the log says that packets handed over past the driver are missed; generic mode counts them" {
	ip -n "$TX" link add host0 index 77 type veth peer name pod0 netns "$RX"
	ip -n "$TX" link add feed-tx type veth peer name feed
	ip -n "$RX" link set pod0 arp off up
	for name in host0 feed feed-tx; do
		ip -n "$TX" link set "$name" arp off up
	done
	in_tx tc qdisc add dev feed clsact
	in_tx tc filter add dev feed ingress bpf direct-action obj "$OTHER" sec classifier
	start native pod0
	stream_start feed 2000 --frame "IPv4 UDP"
	await 20 in_log "pod0: its counts stand still: the counter saw 0 of the [0-9]* packets .* in native mode; set AttachMode to .generic."
	collectd_stop
	life generic
	start generic pod0
	note pod0
	await 20 has_come_to pod0 2000
	refute in_log "its counts"
	collectd_stop
	STREAM=$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER/stream stream_stop
}
