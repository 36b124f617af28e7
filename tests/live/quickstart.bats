#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# conf/quickstart as a newcomer runs it, on lo of a network namespace of its own.

load ../lib/quickstart

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
	[ "$status" -eq 5 ]
	[[ $output == *'there is no interface "nowhere0" here. There are: lo' ]]
}

# The check comes first; that no folder can be made ends it right after.
@test "quickstart finds the first of 500 interfaces, each time" {
	printf 'link add cxdp-%s type veth peer name cxdp-peer-%s\n' {1..250}{,} >"$BATS_TEST_TMPDIR/batch"
	inside ip -batch "$BATS_TEST_TMPDIR/batch"
	[ "$(inside ip -o link | wc -l)" -gt 500 ]
	for _ in {1..30}; do
		run inside env TMPDIR=/nonexistent "$QUICKSTART" lo
		[[ $output == *mktemp* && $output != *"no interface"* ]]
	done
}

@test "quickstart says that the interface it counts on is gone, and ends with a status of its own" {
	inside ip link add cxdp-gone type veth peer name cxdp-peer
	inside ip link set cxdp-gone up
	start_quickstart --interval 1 cxdp-gone
	await 60 shows "cxdp-gone: counting in generic mode"
	inside ip link del cxdp-gone
	await 20 has_ended "$quickstart"
	status=0
	wait "$quickstart" || status=$?
	quickstart=
	[ "$status" -eq 5 ]
	[[ $(tail -n 1 "$output") == *'no interface "cxdp-gone" any more'* ]]
}

@test "quickstart says that an interface cannot be counted, and ends with a status of its own" {
	inside ip tuntap add dev cxdp-tun mode tun
	inside ip link set cxdp-tun up
	run inside "$QUICKSTART" --interval 1 cxdp-tun
	[ "$status" -eq 4 ]
	[[ $output == *"cxdp-tun: not counted: its frames have no Ethernet header"* ]]
	[[ ${lines[-1]} == *"cxdp-tun cannot be counted"* ]]
	output=$BATS_TEST_TMPDIR/output
}

# Attaches a program to lo: hold_hook OBJECT
hold_hook() {
	inside ip link set dev lo xdpgeneric obj "$1" sec xdp
}

@test "quickstart leaves a program that holds the hook, and says which it is" {
	hold_hook "$OTHER"
	run inside "$QUICKSTART" --interval 1 lo
	[ "$status" -eq 3 ]
	[[ $output == *"lo: not counted: its XDP hook is held by"* && $output != *"bserved"* ]]
	[[ ${lines[-1]} == *"another XDP program, other_owner (id "* ]]
	[ "$(programs_in_namespace)" -eq 1 ]
	output=$BATS_TEST_TMPDIR/output
}

@test "quickstart recognises the plugin's own counter, and starts no second collectd" {
	hold_hook "$LIVE_TOP/bpf/count.bpf.o"
	run inside "$QUICKSTART" --interval 1 lo
	[ "$status" -eq 3 ]
	[[ ${lines[-1]} == *"lo is counted already, by this plugin's own program xdp_count (id "* ]]
	[[ $output != *"counting on lo every"* ]]
	[ "$(programs_in_namespace)" -eq 1 ]
	output=$BATS_TEST_TMPDIR/output
}

@test "quickstart leaves alone what another collectd has pinned" {
	local pin
	pin=/sys/fs/bpf/collectd-xdp/net-$(inside stat -Lc %i /proc/self/ns/net)
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	mkdir -p "$pin"
	bpftool map create "$pin/records_v1" type array key 4 value 4 entries 1 name cxdp
	start_quickstart --interval 1 lo
	await 60 shows "lo: counting in generic mode"
	stop_quickstart INT
	[ -e "$pin/records_v1" ]
	rm -r "$pin"
	rmdir --ignore-fail-on-non-empty /sys/fs/bpf/collectd-xdp
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
	[[ $output == *'--mode takes auto, native or generic, not "fastest"'* ]]
	run "$QUICKSTART" --interval 0
	[ "$status" -eq 2 ]
	run "$QUICKSTART" lo eth0
	[ "$status" -eq 2 ]
}

@test "quickstart tells who is not root what to run" {
	# The folders above the tree may be closed to others.
	# shellcheck disable=SC2016 # for the shell inside
	run unshare --mount sh -c 'mount --bind "$1" /mnt &&
		exec setpriv --reuid=65534 --regid=65534 --clear-groups /mnt/conf/quickstart lo' sh "$LIVE_TOP"
	[ "$status" -eq 1 ]
	[[ $output == *"Run: sudo "*"conf/quickstart lo" ]]
}

# --- installing

# A machine without bpftool, and an apt-get that only notes what it is called for.
without_bpftool() {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/bpftool"
	cat >"$BATS_TEST_TMPDIR/bin/apt-get" <<-END
		#!/bin/sh
		case \$* in
		*--assume-no*)
			echo "Need to get 1,169 kB/2,338 kB of archives."
			echo "After this operation, 3,210 kB of additional disk space will be used."
			exit 1
			;;
		esac
		echo "\$*" >>"$BATS_TEST_TMPDIR/apt"
	END
	chmod +x "$BATS_TEST_TMPDIR"/bin/*
	export PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# Runs it on a terminal where an answer is typed: on_terminal ANSWER [OPTION...]
on_terminal() {
	run script --quiet --return --command "nsenter --net=/run/netns/$NETNS $QUICKSTART ${*:2} lo" /dev/null <<<"$1"
}

@test "quickstart names what it would install and how much that is, asks on a terminal, and installs nothing without a yes" {
	without_bpftool
	on_terminal n
	[ "$status" -eq 1 ]
	[[ $output == *"to be installed"*"; 1,169 kB to download, 3,210 kB on disk): bpftool"*"[Y/n]"*"nothing was installed"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/apt" ]
	on_terminal y
	grep -E '^install .*bpftool$' "$BATS_TEST_TMPDIR/apt"
	output=$BATS_TEST_TMPDIR/output
}

@test "quickstart asks neither with --yes nor without a terminal, and names what it installs all the same" {
	without_bpftool
	on_terminal n --yes
	[[ $output == *"to be installed"*": bpftool"* && $output != *"[Y/n]"* ]]
	grep -E '^install .*bpftool$' "$BATS_TEST_TMPDIR/apt"
	rm "$BATS_TEST_TMPDIR/apt"
	run inside "$QUICKSTART" lo
	[[ $output == *"to be installed"*": bpftool"* && $output != *"[Y/n]"* ]]
	grep -E '^install .*bpftool$' "$BATS_TEST_TMPDIR/apt"
	output=$BATS_TEST_TMPDIR/output
}

@test "quickstart finishes an installation that was interrupted, before it starts another" {
	without_bpftool
	printf '#!/bin/sh\necho "$*" >>"%s"\n' "$BATS_TEST_TMPDIR/apt" >"$BATS_TEST_TMPDIR/bin/dpkg"
	chmod +x "$BATS_TEST_TMPDIR/bin/dpkg"
	# shellcheck disable=SC2016 # for the shell inside
	run inside unshare --mount sh -c 'mount -t tmpfs tmpfs /var/lib/dpkg/updates && touch /var/lib/dpkg/updates/0001 &&
		exec "$@"' sh "$QUICKSTART" lo
	cat "$BATS_TEST_TMPDIR/apt"
	[ "$(sed -nE 's/.*(configure -a|update|^install).*/\1/p' "$BATS_TEST_TMPDIR/apt" | paste -sd ' ')" = "configure -a update install" ]
	output=$BATS_TEST_TMPDIR/output
}
