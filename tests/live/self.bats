#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the plugin says of itself: the line at init, its own series, and that the kernel's
# statistics of programs are shown if the operator switched them on, and only then.
bats_require_minimum_version 1.5.0
load ../lib/live

SYSCTL=/proc/sys/kernel/bpf_stats_enabled

program_ran() {
	[ "$(last "" invocations-program)" = "$1" ]
}

setup_file() {
	net_up
	veth_add cxdp-a
	veth_add cxdp-b
	life self
	cp "$SYSCTL" "$BATS_FILE_TMPDIR/stats"
	echo 0 >"$SYSCTL"
	collectd_configure <<-CONF
		Interface "/^cxdp-/"
		ReportSelf true
		ReportQueues true
		MaxInterfaces 10
	CONF
	collectd_start
	inject cxdp-a 500 >"$LIFE/sent"
	await_counts cxdp-a "$LIFE/sent"
	ls "$LIFE/csv/live/xdp" >"$LIFE/series.off"
	cp "$SYSCTL" "$LIFE/stats.off"

	echo 1 >"$SYSCTL"
	inject cxdp-a 700 >/dev/null
	inject cxdp-b 300 >/dev/null
	await 20 program_ran 1000
	ls "$LIFE/csv/live/xdp" >"$LIFE/series.on"
	cp "$SYSCTL" "$LIFE/stats.on"
	cp "$BATS_FILE_TMPDIR/stats" "$SYSCTL"

	bpftool -j prog show id "$(program_id)" >"$LIFE/program"
	held_objects "$(<"$LIFE/pid")" | while read -r kind id; do
		[ "$kind" != map ] || bpftool -j map show id "$id"
	done | jq -s . >"$LIFE/maps"
	collectd_stop
}

teardown_file() {
	cp "$BATS_FILE_TMPDIR/stats" "$SYSCTL"
	processes_down
	net_down
}

setup() {
	life self
}

possible_cpus() {
	awk -F- '{ print $NF + 1 }' /sys/devices/system/cpu/possible
}

@test "one line at init tells interfaces, modes, program, instructions, memory and series at most" {
	[ "$(log_count 'xdp plugin: counting on ')" = 1 ]
	grep -E "\[info\] xdp plugin: counting on 2 of 2 interfaces \(cxdp-. generic, cxdp-. generic\): program xdp_count \(id [0-9]+, [0-9]+ instructions verified, length by [a-z_]+(\(\))?\), [0-9]+ bytes of maps \(10 slots x [0-9]+ bytes x $(possible_cpus) CPUs\), at most [0-9]+ series \([0-9]+ of each interface\)\." "$LIFE/log"
}

@test "of more interfaces than fit, this line names some and says that there are others" {
	local i
	for i in $(seq 20); do
		echo "link add cxdp-many$i type veth peer name cxdp-many$i-p"
	done | ip -n "$RX" -batch -
	life many
	collectd_configure <<<'Interface "/^cxdp-many/"'
	collectd_start
	collectd_stop
	grep -E 'counting on 40 of 40 interfaces \((cxdp-many[-0-9p]+ generic, )+\.\.\.\): program' "$LIFE/log"
}

@test "the program that this line names is the one that the kernel has at the hooks" {
	[ "$(jq -r .name "$LIFE/program")" = xdp_count ]
	[ "$(jq -r .type "$LIFE/program")" = xdp ]
}

@test "the memory that this line names is what the kernel accounts for the maps of the process" {
	local bytes
	bytes=$(sed -n 's/.*), \([0-9]*\) bytes of maps.*/\1/p' "$LIFE/log")
	[ "$(jq 'length' "$LIFE/maps")" -ge 3 ]
	[ "$bytes" = "$(jq '[.[].bytes_memlock] | add' "$LIFE/maps")" ]
	[ "$(last "" memory-maps)" = "$bytes" ]
}

# Totals and gauges 4, verdicts and their gauge 11, classes 22, tags, fragments and tunnels 4, two per queue: per interface.
@test "the number of series that this line names is what can come of the options, of the two interfaces there are" {
	local queues slot series
	slot=$(sed -n 's/.*slots x \([0-9]*\) bytes x.*/\1/p' "$LIFE/log")
	series=$(sed -n 's/.*at most \([0-9]*\) series.*/\1/p' "$LIFE/log")
	queues=$(((series / 2 - 41) / 2))
	[ "$series" = $((2 * (41 + 2 * queues))) ]
	grep -F "at most $series series ($((series / 2)) of each interface)." "$LIFE/log"
	[ "$queues" -ge 2 ]
	[ "$slot" = $(((320 + 16 * queues + 63) / 64 * 64)) ]
}

@test "ReportSelf gives the time of a reading, the memory, the interfaces and the instructions" {
	[ "$(sed 's/-20..-..-..$//' "$LIFE/series.off" | tr '\n' ' ')" = \
		"duration-read gauge-instructions gauge-interfaces memory-maps " ]
	[ "$(last "" gauge-interfaces)" = 2 ]
	[ "$(last "" gauge-instructions)" = \
		"$(sed -n 's/.*, \([0-9]*\) instructions verified.*/\1/p' "$LIFE/log")" ]
	# Seconds, which are more than the microseconds that it takes on any machine.
	rows "" duration-read | awk -F, '$2 <= 0 || $2 > 10 { exit 1 }'
}

@test "with the kernel's statistics on, the program's runs are exactly the packets since then, and its time is shown" {
	[ "$(sed 's/-20..-..-..$//' "$LIFE/series.on" | tr '\n' ' ')" = \
		"duration-read gauge-instructions gauge-interfaces invocations-program memory-maps total_time_in_ms-program " ]
	[ "$(last "" invocations-program)" = 1000 ]
}

@test "the plugin does not touch kernel.bpf_stats_enabled" {
	[ "$(<"$LIFE/stats.off")" = 0 ]
	[ "$(<"$LIFE/stats.on")" = 1 ]
	log_is_clean
}

@test "without ReportSelf the plugin has no series of its own" {
	life silent
	collectd_configure <<<'Interface "/^cxdp-/"'
	collectd_start
	await_rows 2 cxdp-a gauge-attached
	collectd_stop
	refute test -e "$LIFE/csv/live/xdp"
}
