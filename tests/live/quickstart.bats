#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# conf/quickstart as a newcomer runs it, on lo of a network namespace of its own.

load ../lib/live

NETNS=cxdp-quick-$CXDP_ID
QUICKSTART=$LIVE_TOP/conf/quickstart

setup() {
	ip netns add "$NETNS"
	inside ip link set lo up
	export TMPDIR=$BATS_TEST_TMPDIR
	output=$BATS_TEST_TMPDIR/output
	quickstart=
}

teardown() {
	if [ -n "$quickstart" ] && kill -TERM "$quickstart" 2>/dev/null; then
		wait "$quickstart" || true
	fi
	ip netns del "$NETNS"
	[ ! -s "$output" ] || sed 's/^/# /' "$output"
}

inside() {
	nsenter --net="/run/netns/$NETNS" "$@"
}

# In the background, under its own pid; with SIGINT as a terminal would have it, not ignored.
start_quickstart() {
	nsenter --net="/run/netns/$NETNS" env --default-signal=INT "$QUICKSTART" "$@" >"$output" 2>&1 3>&- &
	quickstart=$!
}

stop_quickstart() {
	kill "-$1" "$quickstart"
	status=0
	wait "$quickstart" || status=$?
	quickstart=
}

shows() {
	grep -qE -- "$1" "$output"
}

# The last value that collectd's csv writer stored for a series.
stored() {
	cat "$BATS_TEST_TMPDIR"/collectd-xdp.*/csv/localhost/xdp-lo/"$1"-20* | tail -n 1 | cut -d , -f 2
}

has_stored() {
	[ "$(stored "$1" 2>/dev/null)" = "$2" ]
}

# Each datagram of 2 bytes is a frame of 14 + 20 + 8 + 2 bytes.
inject_udp() {
	inside bash -c "for ((i = 0; i < $1; i++)); do echo x >/dev/udp/127.0.0.1/9; done" 2>/dev/null
}

programs_in_namespace() {
	inside ip -d link | grep -c prog/xdp
}

@test "quickstart counts injected UDP packets, shows their protocol and stores them as CSV" {
	start_quickstart --interval 1 lo
	await 60 shows "lo: counting in generic mode"
	[ "$(programs_in_namespace)" -eq 1 ]
	inject_udp 300
	await 60 has_stored if_rx_packets-proto-ipv4_udp 300
	await 60 has_stored if_rx_octets-proto-ipv4_udp $((300 * 44))
	await 60 shows '^ +all .*ipv4_udp'
	await 60 shows '^[0-9:]{8} lo +[1-9]'
	stop_quickstart TERM
	[ "$status" -eq 0 ]
}

@test "quickstart shows the rates that follow from what the csv writer stored" {
	local column shown expected
	start_quickstart --interval 1 lo
	await 60 shows '^[0-9:]{8} lo '
	inject_udp 300
	await 60 has_stored if_rx_packets-proto-ipv4_udp 300
	await 60 shows '^[0-9:]{8} lo +0 +0( +0 +0)+$'
	stop_quickstart TERM
	# Two columns for each name in the header: packets/s and bytes/s.
	column=$(grep -m 1 -E '^ +all .*ipv4_udp' "$output" | xargs -n 1 | grep -nx ipv4_udp | cut -d : -f 1)
	shown=$(awk -v at=$((2 * column + 1)) '/^[0-9:]+ lo / { sum += $at } END { print sum }' "$output")
	expected=$(awk -F , 'FNR > 2 { sum += ($2 - value) / ($1 - time) } { time = $1; value = $2 } END { print sum }' \
		"$BATS_TEST_TMPDIR"/collectd-xdp.*/csv/localhost/xdp-lo/if_rx_packets-proto-ipv4_udp-20*)
	echo "shown $shown, expected $expected" >>"$output"
	awk -v a="$shown" -v b="$expected" 'BEGIN { exit !(b > 0 && a - b < 2 && b - a < 2) }'
}

@test "quickstart ends on Ctrl-C with status 0, leaves nothing attached and names the CSV files" {
	local folder
	start_quickstart --interval 1 lo
	await 60 shows "lo: counting in generic mode"
	stop_quickstart INT
	[ "$status" -eq 0 ]
	shows "nothing is left attached"
	[ "$(programs_in_namespace)" -eq 0 ]
	folder=$(tail -n 1 "$output" | sed -n 's/.*CSV files: //p')
	[[ $folder == "$BATS_TEST_TMPDIR"/collectd-xdp.*/csv/localhost/xdp-lo ]]
}

@test "quickstart started again from another directory builds nothing, and stops by itself after --seconds" {
	cd /
	run inside "$QUICKSTART" --seconds 3 lo
	[ "$status" -eq 0 ]
	[[ $output == *"lo: counting in generic mode"* ]]
	[[ $output != *building* && $output != *configuring* && $output != *installing* ]]
}

@test "quickstart without an interface takes that of the default route, else lo" {
	run inside "$QUICKSTART" --seconds 1
	[[ $output == *"counting on lo "* ]]
	output=$BATS_TEST_TMPDIR/output # run has taken the name
	inside ip link add cxdp-route type veth peer name cxdp-peer
	inside ip link set cxdp-route up
	inside ip route add default dev cxdp-route
	start_quickstart
	await 60 shows "cxdp-route: counting in generic mode"
	stop_quickstart INT
	[ "$status" -eq 0 ]
}

@test "quickstart names the interfaces there are when the one asked for is not" {
	run inside "$QUICKSTART" nowhere0
	[ "$status" -eq 1 ]
	[[ $output == *'there is no interface "nowhere0" here. There are: lo' ]]
}

@test "quickstart leaves a program that holds the hook, and shows who is in the way" {
	local pin=/sys/fs/bpf/cxdp-quick-$CXDP_ID
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	bpftool prog load "$LIVE_TOP/bpf/count.bpf.o" "$pin" type xdp
	inside bpftool net attach xdpgeneric pinned "$pin" dev lo
	rm "$pin"
	start_quickstart --interval 1 lo
	await 60 shows "lo: (not counted: its XDP hook is held by|observing) program xdp_count"
	await 60 shows "^[0-9:]{8} lo +not counted"
	stop_quickstart INT
	[ "$status" -eq 0 ]
	shows "is what was there before: XDP program id [0-9]+"
	[ "$(programs_in_namespace)" -eq 1 ]
}

@test "quickstart shows the end of the log and fails when collectd dies" {
	start_quickstart --interval 1 lo
	await 60 shows "lo: counting in generic mode"
	kill -KILL "$(pgrep -x collectd -P "$(pgrep -x timeout -P "$quickstart")")"
	status=0
	wait "$quickstart" || status=$?
	quickstart=
	[ "$status" -eq 1 ]
	shows "collectd ended with status 137"
	shows "\| .*lo: counting in generic mode"
}

@test "quickstart says what it takes when an option is wrong" {
	run "$QUICKSTART" --mode fastest lo
	[ "$status" -eq 2 ]
	[[ $output == *'--mode takes auto, native, generic or offload, not "fastest"'* ]]
	run "$QUICKSTART" --interval 0
	[ "$status" -eq 2 ]
	run "$QUICKSTART" lo eth0
	[ "$status" -eq 2 ]
}

@test "quickstart tells who is not root what to run" {
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$QUICKSTART" lo
	[ "$status" -eq 1 ]
	[[ $output == *"Run: sudo "*"conf/quickstart lo" ]]
}
