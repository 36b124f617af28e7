#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ReportFate on this machine's kernel: where another program holds the hook and nothing is counted
# there, and where it is not allowed. tests/vm/fate.bats has the whole account.
bats_require_minimum_version 1.5.0
load ../lib/live

# shellcheck source=tests/lib/fate.bash
. "$BATS_TEST_DIRNAME/../lib/fate.bash"

# Whether the kernel is at least this old: kernel_from MAJOR.MINOR
kernel_from() {
	printf '%s\n' "$1" "$(uname -r)" | sort -VC
}

# A life with these options, under the command given: live NAME FATE [COMMAND...]
live() {
	local fate=$2
	life "$1"
	shift 2
	collectd_configure <<-CONF
		Interface "/^cxdp-/"
		OnBusy "wait"
		ReportProtocols false # which takes CAP_PERFMON, too
		ReportFate $fate
	CONF
	collectd_start "$@"
}

setup_file() {
	net_up
	account_up native
	live all true
	account_send
	account_settle
	collectd_stop
	live less true setpriv --bounding-set=-perfmon,-sys_admin
	await_rows 1 cxdp-up if_rx_packets
	collectd_stop
	live off false
	account_inject cxdp-in drop 5
	account_inject cxdp-in aborted 5
	await_rows 1 cxdp-in gauge-attached
	held_objects "$(<"$LIFE/pid")" | sed -n 's/^prog //p' | xargs -n 1 bpftool -j prog show id |
		jq -r '.name // "" | select(startswith("fate_"))' >"$LIFE/programs"
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

@test "each fate is in one value, though nothing counts at the hook, and elsewhere in none" {
	[ -z "$(rows cxdp-in if_rx_packets)" ]
	account_check
}

@test "the kernel's own counters agree" {
	account_check_kernel
}

@test "without CAP_PERFMON it is said once what is missing, and all else goes on" {
	life less
	[ "$(log_count '\[warning\] xdp plugin: .* are not counted (ReportFate): CAP_PERFMON missing; ')" = 1 ]
	[ "$(log_count '\] xdp plugin: .*redirects.*(ReportFate)')" = 1 ]
	[ -z "$(account_stored cxdp-in)" ]
	[ -n "$(rows cxdp-up if_rx_packets)" ]
}

@test "losses of an AF_XDP socket are there by queue, or it is said once why they are not" {
	if account_has_diag; then
		account_check_socket
	else
		[ "$(log_count '\[warning\] xdp plugin: losses of AF_XDP sockets are not counted (ReportFate)')" = 1 ]
		[ -z "$(compgen -G "$LIFE/csv/live/xdp-*/*xsk*")" ]
	fi
}

@test "switched off, it has no program and no value" {
	life off
	[ -z "$(account_stored cxdp-in)" ]
	refute grep -q . "$LIFE/programs"
}
