#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Whoever holds the hook keeps it: others against us, and we against others.

load ../lib/hooks

setup() {
	test_up
	veth_add veth0
}

teardown() {
	test_down
}

# What the foreign program in tests/lib/other.bpf.c has counted.
foreign_count() {
	bpftool -j map dump id "$(bpftool -j prog show id "$1" | jq '.map_ids[0]')" |
		jq '.[0].formatted.value'
}

foreign_has_counted() {
	[ "$(foreign_count "$1")" -eq "$2" ]
}

# With the hook held by program $1, collectd waits in each mode, names the holder once,
# and the holder stays, and counts on.
check_holder_stays() {
	local id=$1 mode=$2 asked before
	for asked in auto native generic; do
		life "$BATS_TEST_NUMBER-$asked"
		configure <<-CONF
			Interface "veth0"
			AttachMode "$asked"
		CONF
		collectd_start
		await_rows 4 veth0 gauge-attached
		rows veth0 gauge-attached | awk -F, '$2 != 0 { exit 1 }'
		holds veth0 "$id"
		[ "$(log_count "xdp plugin: veth0: not counted: its XDP hook is held by program .*(id $id, tag [0-9a-f]*, $mode mode)")" -eq 1 ]
		[ "$(log_count "Notification: severity = FAILURE.*plugin_instance = veth0.*id $id")" -eq 1 ]
		before=$(foreign_count "$id")
		inject veth0 100 >/dev/null
		await 10 foreign_has_counted "$id" $((before + 100))
		[ "$(row_count veth0 if_rx_packets)" -eq 0 ]
		collectd_stop
		holds veth0 "$id"
	done
}

# When the holder has gone, the hook is taken and counts are exact.
check_taken_over() {
	life "$BATS_TEST_NUMBER-after"
	configure <<<'Interface "veth0"'
	collectd_start
	await_gauge veth0 attached 0
	"$@"
	await_gauge veth0 attached 1
	in_log "xdp plugin: veth0: counting in generic mode"
	inject veth0 100 >"$BATS_TEST_TMPDIR/sent"
	await_counts veth0 "$BATS_TEST_TMPDIR/sent"
	check_counts veth0 "$BATS_TEST_TMPDIR/sent"
	collectd_stop
}

@test "a program attached by netlink in generic mode stays until it goes" {
	ip -n "$RX" link set dev veth0 xdpgeneric obj "$OTHER" sec xdp
	check_holder_stays "$(program_at veth0)" generic
	check_taken_over ip -n "$RX" link set dev veth0 xdpgeneric off
}

@test "a program attached by netlink in native mode stays until it goes" {
	ip -n "$RX" link set dev veth0 xdpdrv obj "$OTHER" sec xdp
	check_holder_stays "$(program_at veth0)" native
	check_taken_over ip -n "$RX" link set dev veth0 xdpdrv off
}

@test "a program attached by a link in generic mode stays until it goes" {
	holder_start veth0 generic
	check_holder_stays "$HOLDER_ID" generic
	check_taken_over holder_stop
}

@test "a program attached by a link in native mode stays until it goes" {
	holder_start veth0 native
	check_holder_stays "$HOLDER_ID" native
	check_taken_over holder_stop
}

@test "a program that xdp-loader attached stays until it goes" {
	in_rx xdp-loader load -m skb -s xdp veth0 "$OTHER"
	check_holder_stays "$(program_at veth0)" generic
	check_taken_over in_rx xdp-loader unload veth0 --all
}

@test "while we hold the hook other loaders are refused, and counts stay exact" {
	local id
	configure <<<'Interface "veth0"'
	collectd_start
	is_attached veth0
	id=$(program_at veth0)
	refute ip -n "$RX" link set dev veth0 xdpgeneric obj "$OTHER" sec xdp
	refute ip -n "$RX" -force link set dev veth0 xdpgeneric obj "$OTHER" sec xdp
	refute ip -n "$RX" link set dev veth0 xdpdrv obj "$OTHER" sec xdp
	refute ip -n "$RX" link set dev veth0 xdpgeneric off
	refute in_rx "$HOLDER" veth0 generic "$OTHER"
	refute in_rx "$HOLDER" veth0 native "$OTHER"
	holds veth0 "$id"
	inject veth0 100 >"$BATS_TEST_TMPDIR/sent"
	await_counts veth0 "$BATS_TEST_TMPDIR/sent"
	check_counts veth0 "$BATS_TEST_TMPDIR/sent"
	log_is_clean
	collectd_stop
}

@test "a link that was detached by force is noticed, told and attached again, and counts go on" {
	configure <<<'Interface "veth0"'
	collectd_start
	inject veth0 100 >/dev/null
	await 20 has_come_to veth0 100
	in_rx bpftool link detach id "$(link_at veth0)"
	await 20 in_log "veth0: no longer counted: the counter was detached from the hook by somebody else"
	await_attached veth0
	inject veth0 50 >/dev/null
	await 20 has_come_to veth0 150
	await_rows 1 veth0 if_rx_packets
	[ "$(last veth0 if_rx_packets)" -eq 150 ]
	collectd_stop
}

replaced_by_force() {
	in_rx bpftool link detach id "$(link_at "$1")"
	ip -n "$RX" link set dev "$1" xdpgeneric obj "$OTHER" sec xdp
}

@test "a link that was detached by force is not attached again where another program came" {
	local id
	configure <<<'Interface "veth0"'
	collectd_start
	await_gauge veth0 attached 1
	between_readings replaced_by_force veth0
	id=$(program_at veth0)
	await_gauge veth0 attached 0
	await_rows 3 veth0 gauge-attached
	holds veth0 "$id"
	in_log "its XDP hook is held by program .*(id $id"
	collectd_stop
	holds veth0 "$id"
}

@test "an attach that fails is tried after one interval, then two, then four, and at once when the interface changes" {
	configure <<-CONF
		Interface "lo"
		AttachMode "native"
	CONF
	collectd_start strace -f -qq -e trace=bpf -o "$BATS_TEST_TMPDIR/trace"
	await_rows 8 lo gauge-attached
	# At 0, 1, 3 and 7 intervals.
	[ "$(grep -c BPF_LINK_CREATE "$BATS_TEST_TMPDIR/trace")" -le 5 ]
	[ "$(grep -c BPF_LINK_CREATE "$BATS_TEST_TMPDIR/trace")" -ge 3 ]
	[ "$(log_count 'xdp plugin: lo: not counted: its driver has no native XDP')" -eq 1 ]
	local before
	before=$(grep -c BPF_LINK_CREATE "$BATS_TEST_TMPDIR/trace")
	ip -n "$RX" link set lo mtu 1400
	await_rows 3 lo gauge-attached # the first may be of a reading before it
	[ "$(grep -c BPF_LINK_CREATE "$BATS_TEST_TMPDIR/trace")" -gt "$before" ]
	kill -s TERM "$(pgrep -P "$(<"$LIFE/pid")" collectd)"
	await 20 has_ended "$(<"$LIFE/pid")"
	rm "$LIFE/pid"
}
