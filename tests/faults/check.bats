#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# conf/check says beforehand what the plugin would say, and touches nothing.

bats_require_minimum_version 1.5.0
load faults.bash

CHECK=$LIVE_TOP/conf/check

setup() {
	test_up
}

teardown() {
	test_down
}

@test "where all would work it says so, with the mode, and so it is" {
	veth_add cxdp0
	in_rx "$CHECK" -p "$PINS" lo cxdp0 >"$LIFE/check"
	grep -q '^ok    lo: generic' "$LIFE/check"
	grep -q '^ok    cxdp0 (veth): generic, for native mode on veth' "$LIFE/check"
	grep -q '^all would work$' "$LIFE/check"
	collectd_configure <<-CONF
		Interface "lo"
		Interface "cxdp0"
	CONF
	collectd_start
	in_log 'counting on 2 of 2 interfaces (lo generic, cxdp0 generic)'
	collectd_stop
}

@test "it names the program at a hook, and nobody else's hook is touched" {
	veth_add cxdp0
	mkdir "$PINS"
	bpftool prog load "$OTHER" "$PINS/other"
	in_rx bpftool net attach xdpgeneric pinned "$PINS/other" dev cxdp0
	interface_state cxdp0 >"$LIFE/before"
	run -1 in_rx "$CHECK" cxdp0
	[[ $output == *"FAIL  cxdp0: its XDP hook is held by program "*"(id $(program_at cxdp0));"* ]]
	[[ $output == *"1 would not work" ]]
	interface_state cxdp0 | diff "$LIFE/before" -
}

@test "it names the capabilities that are missing, and an interface that is not there" {
	run -1 in_rx setpriv --bounding-set=-all,+bpf --inh-caps=-all "$CHECK" lo nothing
	[[ $output == *"FAIL  capabilities: missing CAP_NET_ADMIN CAP_PERFMON;"* ]]
	[[ $output == *"FAIL  nothing: there is no such interface"* ]]
	[[ $output == *"2 would not work" ]]
}

@test "it names a directory of pins on no bpf file system" {
	run -1 in_rx "$CHECK" -p "$LIFE/pins" lo
	[[ $output == *"is on no bpf file system; mount one"* ]]
	[ ! -e "$LIFE/pins" ]
}

@test "the memory it forecasts is that of the plugin's own forecast" {
	local forecast
	forecast=$(in_rx "$CHECK" -m 1000 lo | sed -n 's/.*memory of the maps: \([0-9]*\) KiB.*/\1/p')
	collectd_configure 'Interval 0.2' <<-CONF
		Interface "lo"
		MaxInterfaces 1000
	CONF
	collectd_start strace -D -f -qq -e trace=bpf -e inject=bpf:error=ENOMEM:when=3 -o "$LIFE/trace"
	in_log "no memory for $forecast KiB of maps"
	collectd_stop
}

@test "it takes for MaxInterfaces what the plugin takes, and by default its default" {
	local slots most
	slots=$(in_rx "$CHECK" lo | sed -n 's/.*KiB (\([0-9]* slots x [0-9]* bytes x [0-9]* CPUs\),.*/\1/p')
	collectd_configure <<<'Interface "lo"'
	collectd_start
	in_log "bytes of maps ($slots)"
	collectd_stop
	collectd_configure <<-CONF
		Interface "lo"
		MaxInterfaces 0
	CONF
	run -1 collectd_start
	most=$(sed -n 's/.*invalid value 0 for MaxInterfaces; expected .* from 1 to \([0-9]*\)\..*/\1/p' "$LIFE/log" | head -n 1)
	in_rx "$CHECK" -m "$most" lo
	run -2 in_rx "$CHECK" -m $((most + 1)) lo
	run -2 in_rx "$CHECK" -m 0 lo
}
