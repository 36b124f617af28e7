# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of Next share. Their firewalls drop all and count what they drop; a classifier
# behind the hook counts what gets past them.

# shellcheck source=tests/lib/hooks.bash
. "$BATS_TEST_DIRNAME/../lib/hooks.bash"

# The programs of tests/lib/next.bpf.c, their map, and the path that Next names.
SHELF=/sys/fs/bpf/cxdp-shelf-$CXDP_ID
FIREWALL=/sys/fs/bpf/cxdp-firewall-$CXDP_ID

# next_setup [OBJECT]
next_setup() {
	bpftool prog loadall "${1:-$LIVE_TOP/tests/lib/next.bpf.o}" "$SHELF" pinmaps "$SHELF/maps"
	test_up
	veth_add veth0
	in_rx tc qdisc add dev veth0 clsact
	in_rx tc filter add dev veth0 ingress bpf direct-action object-pinned "$SHELF/through"
}

next_teardown() {
	test_down
	rm -rf "$SHELF" "$FIREWALL" "${FIREWALL}_new" /sys/fs/bpf/no_ipv6
}

# Pins a program of the shelf where Next looks, in place of what is there, in one step.
firewall() {
	bpftool prog pin pinned "$SHELF/$1" "${FIREWALL}_new"
	mv "${FIREWALL}_new" "$FIREWALL"
}

next_configure() {
	{
		echo "Next \"${1:-$FIREWALL}\""
		cat
	} | persist_configure
}

# The folder of pins of RX.
pins_of_rx() {
	echo "$PINS/net-$(stat -L -c %i "/run/netns/$RX")"
}

# How many packets: tally one|two|through
tally() {
	local key
	case $1 in
	one) key=0 ;;
	two) key=1 ;;
	through) key=2 ;;
	esac
	bpftool -j map dump pinned "$SHELF/maps/tally" | jq ".[$key].formatted.value"
}

dropped() {
	echo $(($(tally one) + $(tally two)))
}

# Whether a firewall has dropped a packet: has_dropped one|two
has_dropped() {
	[ "$(tally "$1")" -gt 0 ]
}

# All that was sent was counted and dropped: nothing_passed SENT-FILE
nothing_passed() {
	await 20 has_come_to veth0 "$(sent "$1" if_rx_packets)"
	await_rows 1 veth0 if_rx_packets
	check_counts veth0 "$1"
	echo "dropped by one $(tally one), by two $(tally two), through $(tally through)"
	[ "$(dropped)" -eq "$(sent "$1" if_rx_packets)" ]
	[ "$(tally through)" -eq 0 ]
}

# What was sent passed the hook, besides what did before: passes COUNT
passes() {
	local before
	before=$(tally through)
	inject veth0 "$1" --frame "IPv4 UDP" >/dev/null # none that the stack drops before
	await 5 through_is $((before + $1))
}

through_is() {
	[ "$(tally through)" -eq "$1" ]
}

# What was sent did not: drops COUNT
drops() {
	local before through
	before=$(dropped)
	through=$(tally through)
	inject veth0 "$1" >/dev/null
	await 5 dropped_is $((before + $1))
	[ "$(tally through)" -eq "$through" ]
}

dropped_is() {
	[ "$(dropped)" -eq "$1" ]
}

logs() {
	await 10 in_log "$1"
}
