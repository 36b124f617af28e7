#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The account of ReportFate: every packet that was sent to a program of somebody else is found in
# exactly one value, and the kernel's own counters agree.
bats_require_minimum_version 1.5.0
load lib

# shellcheck source=tests/lib/fate.bash
. "$BATS_TEST_DIRNAME/../lib/fate.bash"

setup_file() {
	export LIVE_INTERVAL=0.5
	net_up
	account_up native
	life all
	collectd_configure <<-CONF
		Interface "/^cxdp-/"
		ReportFate true
	CONF
	collectd_start
	echo 1 >/proc/sys/kernel/bpf_stats_enabled
	account_send
	echo 0 >/proc/sys/kernel/bpf_stats_enabled
	account_settle
	collectd_stop
}

teardown_file() {
	account_down
	processes_down
	net_down
}

setup() {
	life all
}

@test "the programs of ReportFate run on this kernel, and nothing is said of them" {
	log_is_clean 'not counted: its XDP hook is held|losses of AF_XDP sockets are not counted'
	refute in_log "redirects are not counted (ReportFate)"
}

@test "each fate is in one value, and an interface of the same index elsewhere in none" {
	account_check
}

@test "a packet that nothing happens to runs no program, and a bulk of redirected ones runs one" {
	local runs time
	[ "$(wc -l <"$LIFE/runs.before")" -ge 6 ]
	diff -u "$LIFE/runs.before" "$LIFE/runs.plain"
	read -r runs time < <(awk '$1 == "fate_devmap" { print $2, $3 }' "$LIFE/runs.after")
	((runs > 0 && runs <= SENT[up] + SENT[tap]))
	tell "$(uname -r): ReportFate: $runs runs for $((SENT[up] + SENT[tap])) packets to a devmap, $((time / runs)) ns each"
}

@test "every packet is in one verdict of the program that is observed" {
	[ "$CXDP_ID" = vm ] || skip "this machine's kernel may be unable to trace programs"
	account_check_verdicts
}

@test "the kernel's own counters agree" {
	account_check_kernel
}

@test "what an AF_XDP socket lost is there by queue, also when it is closed" {
	account_has_diag || skip "this kernel does not tell of AF_XDP sockets"
	account_check_socket
}

@test "each series begins with a zero and never falls" {
	local name
	for name in cxdp-{in,up,tap} ""; do
		check_shape "$name" "if_*"
	done
}
