#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Next: the user's program after the counter.

load ../lib/next

setup() {
	next_setup
}

teardown() {
	rm -rf "$(default_pins)"
	next_teardown
}

@test "a firewall keeps dropping through 20 kills of collectd and upgrades of the counter" {
	local link i variants=(. tests/.build/program)
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	in_log "Next $FIREWALL: program drop_one (id [0-9]*, tag [0-9a-f]*) is called after counting"
	in_log "program xdp_count_next (id "
	link=$(link_at veth0)
	stream_start veth0 12000
	for i in $(seq 20); do
		collectd_stop KILL || true
		((i % 5)) || collectd_plugin "$LIVE_TOP/${variants[i / 5 % 2]}"
		collectd_start
		[ "$(link_at veth0)" = "$link" ]
		((i % 5)) || in_log "link kept, program replaced, counts go on"
	done
	stream_stop
	nothing_passed "$STREAM"
	[ "$(tally two)" -eq 0 ]
	rows veth0 if_rx_packets | awk -F, '$2 < before { exit 1 } { before = $2 }'
	log_is_clean
	collectd_stop
}

@test "a firewall keeps dropping through upgrades that change the layout of the records" {
	local variant
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	stream_start veth0 10000
	for variant in tests/.build/layout .; do
		collectd_stop KILL || true
		collectd_plugin "$LIVE_TOP/$variant"
		collectd_start
		in_log "link kept, program replaced, counts start at zero"
	done
	stream_stop
	await 5 dropped_is "$(sent "$STREAM" if_rx_packets)"
	[ "$(tally through)" -eq 0 ]
	collectd_stop
}

@test "another firewall at the path takes over under a stream, and no packet escapes both" {
	local i
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	stream_start veth0 15000
	for i in $(seq 5); do
		firewall drop_two
		await 10 called_times drop_two "$i"
		firewall drop_one
		await 10 called_times drop_one "$i"
	done
	stream_stop
	nothing_passed "$STREAM"
	[ "$(tally one)" -gt 0 ]
	[ "$(tally two)" -gt 0 ]
	log_is_clean
	collectd_stop
}

called_times() {
	[ "$(log_count "xdp plugin: .*program $1 (id [0-9]*, tag [0-9a-f]*) is called from now on, in place of")" -eq "$2" ]
}

@test "without a program at the path nothing is attached, and it is when there is one" {
	next_configure <<<'Interface "veth0"'
	collectd_start
	in_log "\[error\] .*nothing is counted: Next $FIREWALL cannot be called: nothing is pinned there; load and pin"
	await_gauge veth0 attached 0
	is_free veth0
	await_rows 4 veth0 gauge-attached
	[ "$(log_count "xdp plugin: .*cannot be called")" -eq 1 ]
	firewall drop_one
	await_gauge veth0 attached 1
	drops 100
	collectd_stop
	drops 100
}

@test "what cannot be called is refused before anything is attached, each with its reason" {
	local what reason
	while read -r what reason; do
		next_configure "$what" <<<'Interface "veth0"'
		collectd_start
		in_log "nothing is counted: Next $what cannot be called: $reason"
		is_free veth0
		collectd_stop
	done <<-END
		$SHELF/through its type is sched_cls, and XDP is what is called; pin an XDP program
		$SHELF/for_devmap it is made for the entries of a devmap or cpumap; pin one from
		$SHELF/maps/tally what is pinned there is no program; pin the program
		$LIFE/log no permission, or it is no pin on a bpf file system; pin the program
		$SHELF/drop_one/below nothing is pinned there
	END
	[ ! -e "$PINS" ] || [ -z "$(find "$PINS" -type f)" ]
	next_configure <<<'Interface "veth0"'
	bpftool prog load "$LIVE_TOP/bpf/count.bpf.o" "$FIREWALL"
	collectd_start
	in_log "it is a counter of this plugin; pin the program that is to decide"
	is_free veth0
	collectd_stop
}

@test "what cannot be called does not displace what is" {
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	firewall through
	logs "its type is sched_cls, .*; the counter still calls program drop_one (id [0-9]*, tag [0-9a-f]*)"
	drops 100
	rm "$FIREWALL"
	logs "nothing is pinned there; .*; the counter still calls program drop_one (id .*)"
	drops 100
	collectd_stop KILL || true
	collectd_start
	logs "nothing is pinned there; .*; the counter still calls program drop_one (id .*) of the last start"
	drops 100
	firewall drop_one
	logs "program drop_one (id .*) is there again"
	firewall drop_two
	logs "program drop_two (id .*) is called from now on, in place of drop_one"
	drops 100
	[ "$(tally two)" -eq 100 ]
	[ "$(tally through)" -eq 0 ]
	collectd_stop
}

@test "a slot that is emptied by hand lets packets pass, counted, and is filled again" {
	local slot empty
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	drops 100
	collectd_stop
	slot=$(echo "$PINS"/net-*/tail_call)
	empty="bpftool map delete pinned $slot key 0 0 0 0"
	$empty
	passes 100
	collectd_start
	in_log "\[warning\] .*the slot of the last start was emptied by somebody else"
	await 10 has_come_to veth0 200
	drops 100
	$empty
	logs "\[warning\] .*Next: its slot was emptied or filled by somebody else, and packets went by without program drop_one"
	drops 100
	bpftool map update pinned "$slot" key 0 0 0 0 value pinned "$SHELF/drop_two"
	await_rows 3 veth0 if_rx_packets
	drops 100
	[ "$(tally two)" -eq 0 ]
	[ "$(log_count "xdp plugin: .*its slot was emptied or filled")" -eq 1 ]
	collectd_stop
}

@test "a pin of the slot that is removed is put back" {
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	rm "$PINS"/net-*/tail_call
	logs "\[warning\] .*Next: the pin tail_call of its slot was removed"
	collectd_stop KILL || true
	drops 100
	rm -r "$PINS"/net-*/
}

@test "a firewall without packets of several buffers has a counter without them, each way without a gap" {
	local link
	firewall drop_plain
	next_configure <<<'Interface "veth0"'
	collectd_start
	in_log "program drop_plain .* is called after counting; it is not loaded for packets of several buffers"
	in_log "instructions verified, without multi-buffer packets"
	link=$(link_at veth0)
	stream_start veth0 10000
	firewall drop_one
	logs "it is loaded for packets of several buffers (xdp.frags), and the counter is not; restart collectd"
	[ "$(tally one)" -eq 0 ]
	collectd_stop KILL || true
	collectd_start
	in_log "program drop_one .* is called after counting\."
	[ "$(link_at veth0)" = "$link" ]
	await 5 has_dropped one
	firewall drop_plain
	logs "it is not loaded for packets of several buffers (xdp.frags), and the counter is; restart collectd"
	collectd_stop KILL || true
	collectd_start
	[ "$(link_at veth0)" = "$link" ]
	[ ! -e "$(echo "$PINS"/net-*)/tail_call_new" ]
	stream_stop
	nothing_passed "$STREAM"
	collectd_stop
}

@test "a firewall stays where the MTU is too large for the one that follows it" {
	local link
	mtu_set veth0 9000
	firewall drop_one
	next_configure <<<'Interface "veth0"
		AttachMode "native"'
	collectd_start
	await_gauge veth0 attached 1
	link=$(link_at veth0)
	firewall drop_plain
	for _ in 1 2; do
		collectd_stop KILL || true
		collectd_start
		in_log "\[error\] .*veth0: cannot update the counter at the XDP hook, which calls the program now at Next (errno 34, "
		[ "$(link_at veth0)" = "$link" ]
		drops 100
	done
	[ "$(tally one)" -eq 200 ]
	await 10 has_come_to veth0 200
	mtu_set veth0 1500
	logs "link kept, program replaced, counts go on"
	[ "$(link_at veth0)" = "$link" ]
	await 5 test ! -e "$(pins_of_rx)/tail_call_new"
	drops 100
	[ "$(tally two)" -eq 100 ]
	await 10 has_come_to veth0 300
	collectd_stop
}

@test "a firewall is called in native mode, too" {
	firewall drop_one
	next_configure <<<'Interface "veth0"
		AttachMode "native"'
	collectd_start
	await_gauge veth0 native 1
	drops 1000
	collectd_stop
}

@test "Next that is taken out of the configuration is no longer called, which is said" {
	local link
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	link=$(link_at veth0)
	drops 100
	collectd_stop
	persist_configure <<<'Interface "veth0"'
	collectd_start
	in_log "Next is off: the program of the last start (id [0-9]*) is no longer called, and packets pass"
	in_log "link kept, program replaced, counts go on"
	[ "$(link_at veth0)" = "$link" ]
	[ ! -e "$(echo "$PINS"/net-*)/tail_call" ]
	passes 100
	await 10 has_come_to veth0 200
	collectd_stop
	next_configure <<<'Interface "veth0"'
	collectd_start
	drops 100
	[ "$(link_at veth0)" = "$link" ]
	collectd_stop
	configure <<-CONF
		Interface "veth0"
		PinDirectory "$PINS"
	CONF
	collectd_start
	passes 100
	collectd_stop
	await 5 is_free veth0
	[ ! -e "$PINS" ]
}

@test "Next needs Persist: a configuration without it, and a missing bpf file system, are reported" {
	firewall drop_one
	configure <<-CONF
		Interface "veth0"
		Next "$FIREWALL"
	CONF
	refute collectd_start
	grep "Next needs Persist: program \"$FIREWALL\" would not be called any more" "$LIFE/log"
	mkdir "$BATS_TEST_TMPDIR/plain"
	PINS=$BATS_TEST_TMPDIR/plain/pins next_configure <<<'Interface "veth0"'
	collectd_start
	in_log "\[error\] .*nothing is counted, for Next needs Persist: .* it is on no bpf file system"
	is_free veth0
	mount -t bpf -o ro bpf "$BATS_TEST_TMPDIR/plain"
	logs "nothing is counted, for Next needs Persist: .* it is read-only" &&
		mount -o remount,rw "$BATS_TEST_TMPDIR/plain" &&
		await_gauge veth0 attached 1 || { umount "$BATS_TEST_TMPDIR/plain"; false; }
	drops 100
	collectd_stop
	umount "$BATS_TEST_TMPDIR/plain"
}

@test "a slot that cannot be pinned is logged once, nothing is attached until it can be" {
	local blocked
	blocked=$(pins_of_rx)/program_next
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	mkdir -p "$blocked"
	collectd_start
	in_log "\[error\] .*nothing is counted, for Next needs Persist: "
	await_rows 5 veth0 gauge-attached
	is_free veth0
	[ "$(log_count "xdp plugin: ")" -eq 1 ]
	rmdir "$blocked"
	await_gauge veth0 attached 1
	drops 100
	collectd_stop
}

@test "a link that cannot be pinned is logged once, and is pinned when it can be" {
	local blocked
	blocked=$(pins_of_rx)/link_$(in_rx cat /proc/net/igmp | awk '$2 == "veth0" { print $1 }')
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	mkdir -p "$blocked"
	collectd_start
	in_log "\[warning\] .*veth0: its link could not be pinned in .*: counting here ends with collectd, and so does the call of Next's program"
	drops 100
	await_rows 4 veth0 gauge-attached
	[ "$(log_count "xdp plugin: .*its link could not be pinned")" -eq 1 ]
	rmdir "$blocked"
	logs "veth0: its link is pinned now"
	collectd_stop KILL || true
	drops 100
}

@test "a path that cannot be followed is logged once" {
	local path=$BATS_TEST_TMPDIR/path
	firewall drop_one
	ln -s "$FIREWALL" "$path"
	next_configure "$path" <<<'Interface "veth0"'
	collectd_start
	ln -sfn "$path" "$path"
	logs "\[warning\] .*Next $path cannot be called: .*; the counter still calls program drop_one (id .*)"
	await_rows 4 veth0 gauge-attached
	[ "$(log_count "xdp plugin: .*cannot be called")" -eq 1 ]
	drops 100
	ln -sfn "$FIREWALL" "$path"
	logs "program drop_one (id .*) is there again"
	collectd_stop
}

@test "what keeps the counter from being loaded is reported, also when nothing is at the path" {
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	collectd_stop
	rm "$FIREWALL"
	collectd_start setpriv --bounding-set=-perfmon,-sys_admin --inh-caps=-perfmon,-sys_admin
	in_log "\[error\] .*nothing is counted: .*PERFMON missing"
	drops 100
	collectd_stop
}

# Where a collectd in RX pins, unless told otherwise.
default_pins() {
	echo "/sys/fs/bpf/collectd-xdp/net-$(stat -L -c %i "/run/netns/$RX")"
}

was_replaced() {
	[ "$(log_count "xdp plugin: .*is called from now on, in place of no_ipv6")" -eq "$1" ]
}

@test "the example in the manual drops what it says, shows it, and can be replaced as it says" {
	local chapter="Example of Next" first=0 number
	[ ! -e /sys/fs/bpf/no_ipv6 ]
	veth_add eth0
	in_rx tc qdisc add dev eth0 clsact
	in_rx tc filter add dev eth0 ingress bpf direct-action object-pinned "$SHELF/through"
	follow "$chapter" 1
	example_options "$chapter" 2 | collectd_configure
	collectd_start
	logs "Next /sys/fs/bpf/no_ipv6: program no_ipv6 (id [0-9]*, tag [0-9a-f]*) is called after counting"
	for number in 1 2; do
		inject eth0 100 --frame "IPv6 TCP" >/dev/null
		inject eth0 100 --frame "IPv4 UDP" >/dev/null
		await 5 through_is "$((first += 100))"
		follow "$chapter" 4
		await 10 was_replaced "$number"
	done
	await 10 has_come_to eth0 400
	await_rows 1 eth0 if_rx_packets
	follow "$chapter" 3 | values_shown | diff - <(printf '%s\n' "if_rx_packets-proto-ipv4_udp 200" "if_rx_packets-proto-ipv6_tcp 200")
	collectd_stop
	rm -r "$(default_pins)" /sys/fs/bpf/no_ipv6
	rmdir --ignore-fail-on-non-empty /sys/fs/bpf/collectd-xdp
}
