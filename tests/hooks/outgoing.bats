#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The tcx hook at egress: who else is there, restarts, upgrades and kills, beside the XDP hook.

load ../lib/hooks

AWAY=cxdp-away-$CXDP_ID
DROP=$LIVE_TOP/tests/lib/drop.bpf.o

setup() {
	has_tcx || skip "needs Linux 6.6"
	test_up
	veth_add veth0
}

teardown() {
	test_down
	[ ! -e "/run/netns/$AWAY" ] || ip netns del "$AWAY"
}

outgoing_configure() {
	{
		echo 'ReportOutgoing true'
		cat
	} | configure
}

outgoing_persist() {
	{
		echo 'ReportOutgoing true'
		cat
	} | persist_configure
}

# Sends out of INTERFACE: send_out INTERFACE COUNT [OPTION...]. Prints what was sent.
send_out() {
	in_rx "$INJECT" "$@"
}

# The same with datagrams, of which the sender does not hear that they are dropped.
send_datagrams() {
	ip -n "$RX" addr replace 192.0.2.1/24 dev veth0
	in_rx bash -c "for _ in {1..$1}; do echo >/dev/udp/192.0.2.2/9; done"
}

# The kernel's count of what an interface has sent.
kernel_sent() {
	ip -n "$RX" -j -s link show dev "$1" | jq '.[0].stats64.tx.packets'
}

# All that has been sent is stored, and no more: await_out INTERFACE N
await_out() {
	await 20 out_has_come_to "$1" "$2" || return 1
	await_rows 1 "$1" if_tx_packets
	[ "$(last "$1" if_tx_packets)" -eq "$2" ]
}

# What the program of holder_start, of DROP, has seen.
theirs_saw() {
	bpftool -j map dump id "$(bpftool -j prog show id "$HOLDER_ID" | jq '.map_ids[0]')" | jq '.[0].formatted.value'
}

@test "through restarts, a kill and an upgrade under a stream both links stay, and all that goes out is counted" {
	local in out before
	before=$(kernel_sent veth0)
	outgoing_persist <<<'Interface "veth0"'
	collectd_start
	in=$(link_at veth0)
	out=$(out_link veth0)
	[ -n "$in" ]
	[ -n "$out" ]
	stream_from "$RX" veth0 8000
	for _ in 1 2; do
		collectd_stop
		collectd_start
		[ "$(log_count "\] xdp plugin: .*link kept, counts go on")" -eq 2 ]
	done
	collectd_stop KILL || true
	collectd_start
	[ "$(log_count "\] xdp plugin: .*link kept, counts go on")" -eq 2 ]
	collectd_stop
	# Another setting is another program.
	CAST=false outgoing_persist <<<'Interface "veth0"'
	collectd_start
	in_log "outgoing: veth0: counting at the tcx hook, as before the restart: link kept, program replaced, counts go on"
	[ "$(log_count "\] xdp plugin: .*program replaced, counts go on")" -eq 2 ]
	stream_stop
	[ "$(link_at veth0)" = "$in" ]
	[ "$(out_link veth0)" = "$out" ]
	await_out veth0 "$(sent "$STREAM" if_rx_packets)"
	[ $((before + $(last veth0 if_tx_packets))) -eq "$(kernel_sent veth0)" ]
	[ "$(last veth0 if_tx_octets)" -eq "$(sent "$STREAM" if_rx_octets)" ]
	rows veth0 if_tx_packets | awk -F, '$2 < before { exit 1 } { before = $2 }'
	log_is_clean
	collectd_stop
}

@test "through 12 kills at any moment the link of what goes out stays, and counts stay exact" {
	local out
	outgoing_persist <<<'Interface "veth0"'
	collectd_start
	out=$(out_link veth0)
	collectd_stop
	stream_from "$RX" veth0 4000
	for _ in $(seq 12); do
		kill_at_random 300
		[ "$(out_link veth0)" = "$out" ]
	done
	stream_stop
	collectd_start
	[ "$(out_link veth0)" = "$out" ]
	await_out veth0 "$(sent "$STREAM" if_rx_packets)"
	collectd_stop
}

@test "without Persist nothing of it is left by a kill, and with it nothing when it is switched off" {
	local in
	outgoing_configure <<<'Interface "veth0"'
	collectd_start
	await_gauge veth0 attached_outgoing 1
	collectd_stop KILL || true
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
	outgoing_persist <<<'Interface "veth0"'
	collectd_start
	in=$(link_at veth0)
	collectd_stop
	[ -n "$(out_link veth0)" ]
	persist_configure <<<'Interface "veth0"'
	collectd_start
	in_log "outgoing: 1 pinned links in $PINS/outgoing/net-.* are no longer wanted: detached and removed"
	[ -z "$(out_link veth0)" ]
	[ ! -e "$PINS/outgoing" ] || [ -z "$(find "$PINS/outgoing" -mindepth 1)" ]
	[ "$(link_at veth0)" = "$in" ]
	collectd_stop
	# Of both, where Persist is.
	outgoing_persist <<<'Interface "veth0"'
	collectd_start
	collectd_stop
	outgoing_configure <<<"Interface \"veth0\"
		PinDirectory \"$PINS\""
	collectd_start
	[ "$(log_count "\] xdp plugin: .*1 pinned links in .* are no longer wanted: detached and removed")" -eq 2 ]
	collectd_stop
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}

@test "what others at the tcx hook drop, before or after it came, is counted, and theirs is in nobody's way" {
	local tx
	holder_start veth0 after "$DROP"
	outgoing_configure <<<'Interface "veth0"'
	collectd_start
	tx=$(kernel_sent veth0)
	send_datagrams 100
	await_out veth0 100
	[ "$(theirs_saw)" -eq 100 ]
	[ "$(kernel_sent veth0)" -eq "$tx" ]
	holder_stop
	send_datagrams 10
	await_out veth0 110
	[ "$(kernel_sent veth0)" -eq $((tx + 10)) ]
	# One that is put before it ends the chain there.
	holder_start veth0 before "$DROP"
	send_datagrams 1000
	[ "$(theirs_saw)" -eq 1000 ]
	await_rows 2 veth0 if_tx_packets
	[ "$(last veth0 if_tx_packets)" -eq 110 ]
	collectd_stop
	send_datagrams 1
	[ "$(theirs_saw)" -eq 1001 ]
	holder_stop
}

@test "what a filter of tc drops is counted, and the filter stays" {
	outgoing_configure <<<'Interface "veth0"'
	in_rx tc qdisc add dev veth0 clsact
	in_rx tc filter add dev veth0 egress bpf direct-action obj "$DROP" sec tc
	collectd_start
	send_datagrams 100
	await_out veth0 100
	[ "$(kernel_sent veth0)" -eq 0 ]
	collectd_stop
	in_rx tc filter show dev veth0 egress | grep -q drop_all
}

@test "what goes through an ifb and back passes the hook twice, and the log says that the counts are too high" {
	ip -n "$RX" link add ifb0 type ifb
	ip -n "$RX" link set ifb0 up
	in_rx tc qdisc add dev veth0 clsact
	in_rx tc filter add dev veth0 egress protocol all u32 match u32 0 0 action mirred egress redirect dev ifb0
	# In a longer interval what goes out between the two questions for a count is a smaller share.
	LIVE_INTERVAL=1 outgoing_configure <<<'Interface "/./"'
	collectd_start
	# What is in XDP's way there is not in this one's.
	in_log "ifb0: not counted: what is redirected to an ifb does not pass its XDP hook"
	in_log "outgoing: ifb0: counting at the tcx hook"
	stream_from "$RX" veth0 2000
	await 20 in_log "outgoing: veth0: its counts are higher than what is sent: the counter saw [0-9]* packets where the kernel sent [0-9]* in"
	refute in_log "outgoing: veth0: its counts stand still"
	refute in_log "outgoing: ifb0: its counts"
	stream_stop
	collectd_stop
}

@test "two collectd count what goes out at one interface, and neither touches the other's" {
	local a b
	outgoing_persist <<<'Interface "veth0"'
	collectd_start
	a=$(out_link veth0)
	life b
	# At the XDP hook there is only one of them.
	outgoing_configure <<<'Interface "veth0"'
	collectd_start
	await_gauge veth0 attached_outgoing 1
	gauge_is veth0 attached 0
	send_out veth0 100 >/dev/null
	await_out veth0 100
	LIFE=$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER await_out veth0 100
	collectd_stop
	b=$(out_link veth0)
	[ "$b" = "$a" ]
	life "$BATS_TEST_NUMBER"
	send_out veth0 10 >/dev/null
	await_out veth0 110
	collectd_stop
	[ "$(out_link veth0)" = "$a" ]
}

# Whether the last total is the zero of an interface that has just come.
out_begins() {
	[ "$(last "$1" if_tx_packets)" = 0 ]
}

@test "where the XDP hook is held what goes out is counted, through the end and return of the interface" {
	holder_start veth0 native
	outgoing_configure <<<'Interface "veth0"'
	collectd_start
	await_gauge veth0 attached_outgoing 1
	gauge_is veth0 attached 0
	send_out veth0 100 >/dev/null
	await_out veth0 100
	recreate veth0
	holder_stop
	await 20 out_begins veth0
	gauge_is veth0 attached_outgoing 1
	send_out veth0 50 >/dev/null
	await_out veth0 50
	# The counter of what comes in had nothing to say of its end.
	in_log "outgoing: veth0: no longer counted: the interface went away"
	[ "$(log_count "\] xdp plugin: outgoing: veth0: counting at the tcx hook")" -eq 2 ]
	collectd_stop
}

@test "Persist: the link of an interface that went to another namespace is not taken for that of its successor" {
	local index
	outgoing_persist <<<'Interface "veth0"'
	collectd_start
	collectd_stop
	index=$(ip -n "$RX" -j link show dev veth0 | jq '.[0].ifindex')
	ip netns add "$AWAY"
	ip -n "$RX" link set veth0 netns "$AWAY"
	# It has the index there that it had here, and so says its link.
	[ "$(ip -n "$AWAY" -j link show dev veth0 | jq '.[0].ifindex')" = "$index" ]
	ip -n "$RX" link add index "$index" name veth0 type veth peer name veth0-new netns "$TX"
	ip -n "$TX" link set veth0-new arp off up
	ip -n "$RX" link set veth0 arp off up
	collectd_start
	in_log "outgoing: veth0: its pinned link is not taken over (it is of another interface or mode): detached, and attached again, from zero"
	send_out veth0 100 >/dev/null
	await_out veth0 100
	collectd_stop
}

@test "one that somebody detached comes back, and counts go on" {
	local link
	outgoing_configure <<<'Interface "veth0"'
	collectd_start
	send_out veth0 100 >/dev/null
	await_out veth0 100
	link=$(out_link veth0)
	bpftool link detach id "$link"
	await 20 in_log "outgoing: veth0: no longer counted: somebody else detached the counter from the tcx hook; it is attached again"
	await 20 is_out_again "$link"
	send_out veth0 50 >/dev/null
	await_out veth0 150
	collectd_stop
}

is_out_again() {
	local link
	link=$(out_link veth0)
	[ -n "$link" ] && [ "$link" != "$1" ]
}
