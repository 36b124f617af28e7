#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Another XDP program at the hook stays there and works on, whoever attached it and how;
# the plugin says so once, counts elsewhere, and takes the hook when it is free.
bats_require_minimum_version 1.5.0
load ../lib/live

HOLDERS=(cxdp-generic cxdp-native cxdp-link)

# What the program at the hook of an interface counted: the one value of its map.
seen_by_other() {
	local map
	map=$(bpftool -j prog show id "$(program_at "$1")" | jq '.map_ids[0]')
	bpftool -j map dump id "$map" | jq '.[0].formatted.value'
}

programs() {
	local interface
	for interface in "${HOLDERS[@]}"; do
		echo "$interface $(program_at "$interface")"
	done
}

is_counted() {
	[ "$(last "$1" gauge-attached)" = 1 ]
}

# One life: four busy intervals, then the hooks become free.
setup_file() {
	local interface
	net_up
	for interface in "${HOLDERS[@]}" cxdp-good; do
		veth_add "$interface"
	done
	in_rx ip link set dev cxdp-generic xdpgeneric obj "$OTHER" sec xdp
	in_rx ip link set dev cxdp-native xdpdrv obj "$OTHER" sec xdp
	life owner
	collectd_configure <<<'Interface "cxdp-link"'
	collectd_start
	await 10 has_rows cxdp-link gauge-attached 1

	life busy
	programs >"$LIFE/programs.before"
	collectd_configure "LoadPlugin uptime" <<-CONF
		Interface "/^cxdp-/"
		OnBusy "wait"
		ReportSizes true
		ReportCast true
	CONF
	collectd_start
	for interface in "${HOLDERS[@]}" cxdp-good; do
		inject "$interface" 300 >"$LIFE/sent.$interface"
	done
	await_rows 4 cxdp-native gauge-attached
	await_counts cxdp-good "$LIFE/sent.cxdp-good"
	programs >"$LIFE/programs.after"
	seen_by_other cxdp-generic >"$LIFE/seen.cxdp-generic"
	seen_by_other cxdp-native >"$LIFE/seen.cxdp-native"
	cp -r "$LIFE/csv" "$LIFE/csv.busy"
	cp "$LIFE/log" "$LIFE/log.busy"

	in_rx ip link set dev cxdp-generic xdpgeneric off
	in_rx ip link set dev cxdp-native xdpdrv off
	life owner
	await 20 has_come_to cxdp-link 300
	collectd_stop
	life busy
	for interface in "${HOLDERS[@]}"; do
		await 20 is_counted "$interface"
		inject "$interface" 200 >"$LIFE/sent.$interface"
	done
	for interface in "${HOLDERS[@]}"; do
		await_counts "$interface" "$LIFE/sent.$interface"
	done
	collectd_stop

	in_rx ip link set dev cxdp-generic xdpgeneric obj "$OTHER" sec xdp
	life observe
	collectd_configure <<<'Interface "cxdp-generic"'
	collectd_start
	await_rows 3 cxdp-generic gauge-observing
	collectd_stop
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	life busy
}

# The log while the hook was held has one line about an interface, with these words, and one
# notification.
told_once() {
	[ "$(grep -c "\[error\] xdp plugin: $1: " "$LIFE/log.busy")" = 1 ]
	grep "\[error\] xdp plugin: $1: not counted: its XDP hook is held by program $2" "$LIFE/log.busy"
	[ "$(grep -c "Notification: .* plugin_instance = $1," "$LIFE/log.busy")" = 1 ]
	grep "Notification: severity = FAILURE, .* plugin_instance = $1, .*held by program $2" "$LIFE/log.busy"
}

program_before() {
	awk -v name="$1" '$1 == name { print $2 }' "$LIFE/programs.before"
}

@test "programs attached by netlink, generic and native, and by a link keep the hook" {
	[ "$(wc -l <"$LIFE/programs.before")" = 3 ]
	refute grep -E ' $' "$LIFE/programs.before"
	diff -u "$LIFE/programs.before" "$LIFE/programs.after"
}

@test "programs attached by netlink see every packet while the plugin waits" {
	[ "$(<"$LIFE/seen.cxdp-generic")" = 300 ]
	[ "$(<"$LIFE/seen.cxdp-native")" = 300 ]
}

@test "a program held by a link sees every packet while the plugin waits" {
	life owner
	[ "$(last cxdp-link if_rx_packets)" = 300 ]
}

@test "a busy hook is logged once, not each interval, with the program's name, id and mode" {
	local id
	id=$(program_before cxdp-generic)
	told_once cxdp-generic "other_owner (id $id, tag [0-9a-f]*, generic mode)"
	id=$(program_before cxdp-native)
	told_once cxdp-native "other_owner (id $id, tag [0-9a-f]*, native mode)"
	id=$(program_before cxdp-link)
	told_once cxdp-link "xdp_count (id $id, tag [0-9a-f]*, generic mode)"
}

@test "while a hook is busy, gauge-attached is 0 and nothing is counted there" {
	local interface file
	for interface in "${HOLDERS[@]}"; do
		file=("$LIFE/csv.busy/live/xdp-$interface/gauge-attached"-*)
		[ "$(awk -F, 'NR > 1' "${file[@]}" | wc -l)" -ge 4 ]
		[ "$(awk -F, 'NR > 1 && $2 != 0' "${file[@]}")" = "" ]
		refute ls "$LIFE/csv.busy/live/xdp-$interface"/if_rx_*
	done
}

@test "a good interface beside busy ones is counted exactly" {
	check_counts cxdp-good "$LIFE/sent.cxdp-good"
	check_shape cxdp-good
}

@test "another plugin keeps its interval while hooks are busy" {
	local uptime=("$LIFE/csv.busy/live/uptime/uptime"-*)
	[ "$(awk -F, 'NR > 1' "${uptime[@]}" | wc -l)" -ge 4 ]
	refute grep -E 'read-function of plugin|Will suspend|too long' "$LIFE/log"
}

@test "a hook that becomes free is taken, and what comes then is counted exactly" {
	local interface
	for interface in "${HOLDERS[@]}"; do
		in_log "\[info\] xdp plugin: $interface: counting in generic mode"
		check_counts "$interface" "$LIFE/sent.$interface"
		check_shape "$interface"
	done
	log_is_clean 'xdp plugin: cxdp-(generic|native|link): not counted'
}

# Whether this kernel can trace programs is not known here; the vm tier tests what is counted then.
@test "by default a busy hook is observed, or once it is told why not, and it is waited for" {
	local observed
	life observe
	observed=$(log_count "\[info\] xdp plugin: cxdp-generic: observing program other_owner (id ")
	[ "$(log_count "\[error\] xdp plugin: cxdp-generic: not counted: its XDP hook is held by program other_owner (id .* mode), which stays and cannot be observed: this kernel cannot trace BPF programs (errno ")" = $((1 - observed)) ]
	[ "$(log_count "Notification: .* plugin_instance = cxdp-generic,")" = 1 ]
	[ "$(last cxdp-generic gauge-attached)" = 0 ]
	[ "$(last cxdp-generic gauge-observing)" = "$observed" ]
}
