#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Restarts with Persist, which rest on what a kernel can do with links and pins.
bats_require_minimum_version 1.5.0
load ../lib/hooks
export LIVE_INTERVAL=0.5 # an emulated CPU keeps pace with it

setup() {
	test_up
	veth_add cxdp-in
}

teardown() {
	test_down
}

# One life that is sent 100 frames, by which the stored total comes to N.
live_to() {
	collectd_start
	inject cxdp-in 100 >/dev/null 2>&1
	await 20 has_come_to cxdp-in "$1"
	collectd_stop
}

@test "what arrives while collectd is away is counted, and the link and the program stay" {
	local link program
	persist_configure <<<'Interface "cxdp-in"'
	live_to 100
	program=$(program_at cxdp-in)
	link=$(link_at cxdp-in)
	[ -n "$link" ]
	inject cxdp-in 50 >/dev/null 2>&1
	live_to 250
	[ "$(last cxdp-in if_rx_packets)" = 250 ]
	[ "$(program_at cxdp-in)" = "$program" ]
	[ "$(link_at cxdp-in)" = "$link" ]
	log_is_clean
}

# The same of both directions, on a kernel that has both hooks; another one says so, once.
lives_in_both_to() {
	collectd_start
	inject cxdp-in 100 >/dev/null 2>&1
	in_rx "$INJECT" cxdp-in 100 >/dev/null 2>&1
	await 20 has_come_to cxdp-in "$1"
	if has_tcx; then
		await 20 out_has_come_to cxdp-in "$1"
	else
		await_rows 2 cxdp-in if_rx_packets
		[ "$(log_count "] xdp plugin: outgoing: ")" -eq 1 ]
		in_log "outgoing: nothing is counted: ReportOutgoing needs tcx hooks, which this kernel does not have"
		run -1 "$LIVE_TOP/collectd-xdp-check" --pid "$(<"$LIFE/pid")" -c "$LIFE/collectd.conf"
		[ "$(grep -c '^FAIL .*ReportOutgoing needs tcx hooks, which this kernel does not have' <<<"$output")" -eq 1 ]
	fi
	collectd_stop
}

@test "another setting replaces the programs, the links stay, and counts go on; without tcx hooks this is said once" {
	local link out
	persist_configure <<-CONF
		Interface "cxdp-in"
		ReportOutgoing true
	CONF
	lives_in_both_to 100
	link=$(link_at cxdp-in)
	[ -n "$link" ]
	out=$(out_link cxdp-in)
	CAST=false persist_configure <<-CONF
		Interface "cxdp-in"
		ReportOutgoing true
	CONF
	lives_in_both_to 200
	in_log "cxdp-in: counting in .* link kept, program replaced, counts go on"
	[ "$(last cxdp-in if_rx_packets)" = 200 ]
	[ "$(link_at cxdp-in)" = "$link" ]
	! has_tcx || outgoing_went_on "$out"
}

outgoing_went_on() {
	in_log "outgoing: cxdp-in: counting at the tcx hook, as before the restart: link kept, program replaced, counts go on"
	[ "$(last cxdp-in if_tx_packets)" = 200 ]
	[ -n "$1" ] && [ "$(out_link cxdp-in)" = "$1" ]
}

@test "without Persist the pins of an earlier start are detached and removed" {
	persist_configure <<<'Interface "cxdp-in"'
	live_to 100
	configure <<-CONF
		Interface "lo"
		PinDirectory "$PINS"
	CONF
	collectd_start
	collectd_stop
	is_free cxdp-in
	[ ! -e "$PINS" ]
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}
